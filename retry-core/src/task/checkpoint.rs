//! [`CheckpointError`]: why a checkpoint is not stored; and where it would be.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use super::Payload;
use crate::classify::{Classify, Verdict};

/// Where a worker stores checkpoints.
#[doc(hidden)]
pub trait Checkpoints: fmt::Debug + Send + Sync {
    /// Stores one.
    fn store<'a>(&'a self, value: &'a Payload) -> Storing<'a>;
}

/// A checkpoint that is being stored.
#[doc(hidden)]
pub type Storing<'a> = Pin<Box<dyn Future<Output = Result<(), CheckpointError>> + Send + 'a>>;

/// Why a checkpoint was not stored.
#[derive(Debug)]
#[non_exhaustive]
pub enum CheckpointError {
    /// It cannot be written as JSON.
    Json(serde_json::Error),
    /// It is larger than the queue takes.
    TooLarge {
        /// Its length in bytes, in JSON.
        bytes: usize,
        /// The greatest length in bytes.
        limit: usize,
    },
    /// The lease is over, and another worker may run the task: this attempt is being dropped.
    LeaseLost,
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => write!(f, "the checkpoint cannot be written as JSON: {error}"),
            Self::TooLarge { bytes, limit } => write!(
                f,
                "the checkpoint has {bytes} bytes in JSON, and the queue takes {limit}: store what is \
                 large elsewhere, and keep its name"
            ),
            Self::LeaseLost => {
                f.write_str("the lease is over, so that no checkpoint is stored any more")
            }
        }
    }
}

impl std::error::Error for CheckpointError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Json(error) => Some(error),
            Self::TooLarge { .. } | Self::LeaseLost => None,
        }
    }
}

/// Permanent: the same value is refused again.
impl Classify for CheckpointError {
    fn classify(&self) -> Verdict {
        Verdict::PERMANENT
    }
}
