//! The decision: one pure function, without clock or input/output. Every way of retrying asks it what to
//! do after a failure.
//!
//! ```
//! use std::time::Duration;
//! use rand::{SeedableRng, rngs::SmallRng};
//! use persevere::engine::{Decision, Failure, GiveUp, History, decide};
//! use persevere::{Policy, Verdict};
//!
//! let policy = Policy::CONSERVATIVE; // 3 retries, no jitter
//! let mut rng = SmallRng::seed_from_u64(7);
//! let busy = Failure::new(&policy, Verdict::TRANSIENT);
//!
//! let first = decide(&busy, &History::NEW, &mut rng);
//! assert_eq!(first, Decision::Retry(Duration::from_secs(5)));
//!
//! let spent = History::new(3, Some(Duration::from_secs(20)));
//! assert_eq!(decide(&busy, &spent, &mut rng), Decision::GiveUp(GiveUp::Exhausted));
//!
//! let broken = Failure::new(&policy, Verdict::PERMANENT);
//! let refused = decide(&broken, &History::NEW, &mut rng);
//! assert_eq!(refused, Decision::GiveUp(GiveUp::Permanent));
//! ```

mod by_kind;
mod decide;
mod decision;
mod failure;
mod give_up;
mod history;
pub(crate) mod steering;

pub use self::by_kind::ByKind;
pub use self::decide::decide;
pub use self::decision::Decision;
pub use self::failure::Failure;
pub use self::give_up::GiveUp;
pub use self::history::History;
pub use self::steering::Steering;
