//! `Classify` for the errors of other crates, each behind the feature of its name. They stand
//! beside the trait because coherence lets nobody else implement it for them.

#[cfg(feature = "http")]
mod http;
#[cfg(feature = "reqwest")]
mod reqwest;
#[cfg(feature = "reqwest-middleware")]
mod reqwest_middleware;
#[cfg(feature = "http")]
pub(crate) mod retry_after;
