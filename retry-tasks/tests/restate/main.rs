//! Tasks that a real Restate server runs.
#![cfg(feature = "restate")]
#![deny(warnings, clippy::pedantic)]

mod away;
mod balanced;
mod cancelling;
mod keys;
mod killed;
mod limits;
mod releases;
mod rig;
mod rules;
mod runs;
#[path = "../../../tests/services"]
#[allow(dead_code, reason = "not every file uses all")]
mod services {
    pub(crate) mod restate;
    pub(crate) mod server;

    pub(crate) use server::{Server, free_port};
}
mod shutdown;
mod signals;
mod speed;
#[path = "../subscribed/mod.rs"]
mod subscribed;
