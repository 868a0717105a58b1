//! What the manifests say, beside what the pages and other manifests say of it.

mod features;
mod manifests;
mod minimum_rust;
