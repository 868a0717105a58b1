//! What the types of retried closures consist of. Not public API: nobody has to name these, and they
//! may change in any release.

pub use super::alarmed::Alarmed;
pub use super::beside::{Beside, WithBeside};
pub use super::boxed::Boxed;
pub use super::conclude::Follows;
pub use super::fallback::{Fallback, NoFallback, Recover, Replace, UsedUp};
pub use super::guard::{Around, AsyncGuard, BlockingGuard, Guard, JudgeBodies, Judged, Unguarded};
pub use super::guarded::Guarded;
pub use super::guards::Guards;
pub use super::hedged::{Body, BodyEnd, Hedged, NamesHedge, OfClosure, Raced};
pub use super::hooks::{Listen, Listening, Silent};
pub use super::judge::{Also, Both, Refine, Unless};
pub use super::layered::{Layered, Options};
pub use super::operation::{Cut, Reject};
pub use super::rules::Rules;
pub use super::settings::{ClosureSettings, Kept, Settings};
pub use super::state::{State, Waiting};
pub use super::timer::{ByFunction, DefaultTimer, Pause, Timing};
