//! All that happens to calls, in order: what a simulation returns, and what is measured.

use persevere::engine::GiveUp;

use super::agenda::Moment;

/// Everything that happened, the earliest first.
pub(crate) type Trace = Vec<Step>;

/// Something that happened to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) at: Moment,
    /// The call's number, counted from 0 in the order in which calls begin.
    pub(crate) call: u32,
    pub(crate) what: What,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Begun,
    /// A request went to the server.
    Sent,
    /// The circuit breaker kept it back.
    Refused,
    /// The caller waits no longer for that request. The server does not know.
    TimedOut,
    /// The answer was a failure.
    Failed,
    Succeeded,
    GaveUp(GiveUp),
    /// The server has done what nobody waits for any more.
    Wasted,
}
