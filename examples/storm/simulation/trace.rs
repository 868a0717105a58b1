//! The steps of all calls, in order: the result of a simulation, from which figures are computed.

use persevere::engine::GiveUp;

use super::agenda::Moment;

/// All steps, the earliest first.
pub(crate) type Trace = Vec<Step>;

/// A step of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) at: Moment,
    /// The call's number, counted from 0 in the order in which calls begin.
    pub(crate) call: u32,
    pub(crate) what: What,
}

/// The kind of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Begun,
    /// A request went to the server.
    Sent,
    /// The circuit breaker, the bulkhead or the rate refused it.
    Refused,
    /// The caller stopped waiting for that request, unknown to the server.
    TimedOut,
    /// The answer was a failure.
    Failed,
    /// The server answered at once that it is overloaded.
    TurnedAway,
    Succeeded,
    GaveUp(GiveUp),
    /// The server answered a request that nobody waits for any more.
    Wasted,
}
