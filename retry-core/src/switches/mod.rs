//! How retries differ in tests, where that holds, and what is recorded of them: the part of the test
//! kit that every decision asks. The rest of it is [`testing`](crate::testing).

mod entries;
mod in_force;
pub(crate) mod recorded;
pub(crate) mod recorder;
pub(crate) mod scope;
pub(crate) mod switch;

pub(crate) use self::in_force::{InForce, in_force};
