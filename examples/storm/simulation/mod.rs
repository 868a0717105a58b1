//! Simulations in virtual time: what retries do to a server, with the engine and the layers that
//! programs use.

pub(crate) mod agenda;
pub(crate) mod call;
pub(crate) mod contention;
pub(crate) mod measures;
pub(crate) mod server;
pub(crate) mod services;
pub(crate) mod stall;
pub(crate) mod strategy;
pub(crate) mod trace;
