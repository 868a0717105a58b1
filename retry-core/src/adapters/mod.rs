//! `Classify` for the errors of other crates, each behind the feature of its name. They stand
//! beside the trait because coherence lets nobody else implement it for them.

#[cfg(any(feature = "redis", feature = "sqlx"))]
mod connection;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "reqwest")]
mod reqwest;
#[cfg(feature = "http")]
pub(crate) mod retry_after;
#[cfg(feature = "sqlx")]
mod sqlx;
