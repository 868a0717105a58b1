//! [`Steering`]: what a body asked for.

use std::time::Duration;

use crate::policy::Policy;
use crate::time::clock::Instant;

/// What a body asked for through its [`Attempt`](crate::Attempt): see
/// [`Attempt::steering`](crate::Attempt::steering).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Steering {
    pub(crate) give_up: bool,
    pub(crate) delay: Option<Duration>,
    pub(crate) policy: Option<Policy>,
    /// Whether a wait that the failure asks for is made however long it is: a durable task's.
    pub(crate) waits_as_asked: bool,
    pub(crate) connection: Connection,
}

/// From when an attempt counts as having run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(not(feature = "stream"), allow(dead_code, reason = "streams alone connect"))]
pub(crate) enum Connection {
    /// From its beginning.
    #[default]
    None,
    /// It connects, and has not run yet.
    Awaited,
    /// From then on, since it is connected.
    Since(Instant),
}

impl Steering {
    /// Both are asked for; where they contradict, `later` counts.
    pub(crate) fn also(&mut self, later: Self) {
        self.give_up |= later.give_up;
        self.delay = later.delay.or(self.delay);
        self.policy = later.policy.or(self.policy);
        self.waits_as_asked |= later.waits_as_asked;
        if later.connection != Connection::None {
            self.connection = later.connection;
        }
    }

    pub(super) fn asks_to_retry(&self) -> bool {
        self.delay.is_some() || self.policy.is_some()
    }
}
