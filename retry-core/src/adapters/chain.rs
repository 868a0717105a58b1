//! The verdict on an error whose type is hidden: that of the first error in its source chain with a
//! known type.

use std::error::Error;
use std::io;

use super::io_error::own_verdict;
use crate::classify::judge::{chain, downcast};
use crate::classify::rejection::Rejection;
use crate::classify::{Classify, Verdict};

/// The verdict of the outermost error in the chain with a known type; `None` if there is none.
pub(crate) fn verdict(error: &(dyn Error + 'static)) -> Option<Verdict> {
    chain(error).find_map(known)
}

macro_rules! known_errors {
    ($($(#[$attribute:meta])* $error:ty,)*) => {
        /// The error's verdict, if its type is one of these.
        fn known(error: &(dyn Error + 'static)) -> Option<Verdict> {
            $(
                $(#[$attribute])*
                if let Some(error) = downcast::<$error>(error) {
                    return Some(error.classify());
                }
            )*
            // One that only wraps another error takes that one's verdict.
            downcast::<io::Error>(error).and_then(own_verdict)
        }
    };
}

// Each adapter adds its errors.
known_errors! {
    Rejection,
    #[cfg(feature = "aws-smithy")]
    aws_smithy_runtime_api::client::result::ConnectorError,
    #[cfg(feature = "aws-smithy")]
    aws_smithy_types::error::ErrorMetadata,
    #[cfg(feature = "http")]
    super::http_error::HttpError,
    #[cfg(feature = "object_store")]
    ::object_store::Error,
    #[cfg(feature = "object_store")]
    ::object_store::client::HttpError,
    #[cfg(feature = "redis")]
    ::redis::RedisError,
    #[cfg(feature = "reqwest")]
    ::reqwest::Error,
    #[cfg(feature = "reqwest-middleware")]
    ::reqwest_middleware::Error,
    #[cfg(feature = "sqlx")]
    ::sqlx::Error,
    #[cfg(feature = "tokio")]
    tokio::time::error::Elapsed,
    #[cfg(feature = "tonic")]
    ::tonic::ConnectError,
    #[cfg(feature = "tonic")]
    ::tonic::Status,
    #[cfg(feature = "tonic")]
    ::tonic::TimeoutExpired,
}
