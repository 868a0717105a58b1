//! Servers that tests start for themselves, each on a port and in a folder of its own.
//! `tests/services/install` installs them.
#![allow(dead_code, reason = "not every file uses all")]

pub(crate) mod mariadb;
pub(crate) mod postgres;
pub(crate) mod redis;
mod server;

pub(crate) use server::{Server, User, find, free_port, give_away, run};
