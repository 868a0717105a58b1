//! `Classify` for the errors of other crates, each behind the feature of its name. They stand
//! beside the trait because coherence lets nobody else implement it for them.

#[cfg(feature = "anyhow")]
mod anyhow;
#[cfg(feature = "aws-smithy")]
mod aws_smithy;
#[cfg(any(feature = "anyhow", feature = "eyre", feature = "object_store"))]
mod chain;
#[cfg(feature = "eyre")]
mod eyre;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "http")]
pub(crate) mod http_error;
#[cfg(any(feature = "object_store", feature = "tonic"))]
mod hyper;
#[cfg(feature = "object_store")]
mod object_store;
#[cfg(feature = "reqwest")]
mod reqwest;
#[cfg(feature = "http")]
pub(crate) mod retry_after;
#[cfg(feature = "tonic")]
mod tonic;
