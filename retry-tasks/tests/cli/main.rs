//! The program `persevere-tasks`: run as people run it, on a file and on a server.
#![cfg(feature = "cli")]

mod calls;
mod commands;
mod foreign;
mod program;
#[path = "../../../tests/services"]
#[allow(dead_code, reason = "not every file uses all")]
mod services {
    pub(crate) mod postgres;
    pub(crate) mod server;

    pub(crate) use server::{Server, User, find, free_port, give_away, run};
}
