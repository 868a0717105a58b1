//! What generated code names. Not public API: it may change in any release.

pub use core::option::Option::{self, None, Some};
pub use core::{concat, module_path};

pub use crate::call::{Call, attempt, context, hook, settle, start};
pub use crate::judge::{
    CloneArgument, ErrorText, FreshArgument, HintByClassify, NoHint, Probe, TextByDebug,
    TextByDisplay, TextByName, classified, clone_argument, decided, fresh_argument, id, policy,
    when, with_exponential_base, with_jitter,
};
pub use crate::progress::Retry;
pub use crate::site::Site;
pub use crate::sleep::sleep_blocking;
#[cfg(feature = "tokio")]
pub use crate::tokio_timer::{Sleep, sleep};
pub use crate::{Jitter, Policy, Verdict};
pub use core::time::Duration;
