//! What several tests share.

#![allow(dead_code, reason = "not every binary needs all of it")]

pub(crate) mod arbitrary;
pub(crate) mod busy;
pub(crate) mod circuits;
pub(crate) mod classes;
pub(crate) mod layered;
pub(crate) mod loopback;
pub(crate) mod overriding;
pub(crate) mod paused;
pub(crate) mod queue;
pub(crate) mod racers;
pub(crate) mod recorded;
pub(crate) mod scripted;
pub(crate) mod series;
pub(crate) mod timed_runs;
pub(crate) mod waited;
