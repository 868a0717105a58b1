//! What the types of retried closures consist of. Not public API: nobody has to name these, and they
//! may change in any release.

pub use super::fallback::{Fallback, NoFallback, Recover, Replace, UsedUp};
pub use super::hooks::{Listen, Listening, Silent};
pub use super::judge::{Also, Both, Refine, Unless};
pub use super::operation::{Cut, Reject};
pub use super::rules::Rules;
pub use super::timer::{ByFunction, DefaultTimer, Pause, Timing};
