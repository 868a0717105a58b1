//! What waits on the runtime's timer.

#[cfg(feature = "chaos")]
pub use crate::call::perturb::on_timer::perturbed;
pub use crate::call::turn::on_timer::take_turn;
pub use crate::call::wait::{Sleep, sleep};
pub use crate::layers::bulkhead::on_timer::{admit, admit_if_any};
pub use crate::layers::hedge::on_timer::hedged;
pub use crate::time::timer::{Alarm, within};
