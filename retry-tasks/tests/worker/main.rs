//! Workers: on tokio's clock, which is paused, and in a file.
#![deny(warnings, clippy::pedantic)]

mod ends;
#[cfg(feature = "sqlite")]
mod in_a_file;
#[cfg(feature = "sqlite")]
mod killed;
mod limits;
mod retries;
mod rig;
mod shutdown;
