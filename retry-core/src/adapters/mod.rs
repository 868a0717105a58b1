//! Implementations for other crates, each behind the feature of its name: `Classify` for their errors,
//! and their traits for `Policy`. By the orphan rule they can only be here.
//!
//! The standard library's `io::Error` is here, too: it may wrap any of the others.

#[cfg(feature = "anyhow")]
mod anyhow;
#[cfg(feature = "aws-smithy")]
mod aws_smithy;
#[cfg(feature = "backon")]
mod backon;
pub(crate) mod chain;
#[cfg(any(
    feature = "aws-smithy",
    feature = "object_store",
    feature = "redis",
    feature = "reqwest",
    feature = "sqlx",
    feature = "tonic"
))]
mod connection;
#[cfg(feature = "eyre")]
mod eyre;
#[cfg(feature = "http")]
mod http_date;
#[cfg(feature = "http")]
pub(crate) mod http_error;
#[cfg(feature = "http")]
mod http_rule;
#[cfg(any(feature = "object_store", feature = "tonic"))]
mod hyper;
mod io_error;
#[cfg(feature = "object_store")]
mod object_store;
mod os_code;
#[cfg(feature = "http")]
mod rate_limit;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "reqwest")]
mod reqwest;
#[cfg(feature = "reqwest-middleware")]
mod reqwest_middleware;
#[cfg(feature = "http")]
mod response_body;
#[cfg(feature = "http")]
pub(crate) mod retry_after;
#[cfg(feature = "retry-policies")]
mod retry_policies;
#[cfg(feature = "sqlx")]
mod sqlx;
#[cfg(feature = "tonic")]
mod tonic;
