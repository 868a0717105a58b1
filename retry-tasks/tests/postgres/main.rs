//! Tasks in a real PostgreSQL: what is wrong with servers, and several processes on one.
#![cfg(feature = "postgres")]

mod foreign;
#[path = "../processes/mod.rs"]
mod processes;
mod servers;
#[path = "../../../tests/services"]
#[allow(dead_code, reason = "not every file uses all")]
mod services {
    pub(crate) mod postgres;
    pub(crate) mod server;

    pub(crate) use server::{Server, User, find, free_port, give_away, run};
}
mod several;
