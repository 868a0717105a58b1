//! Workers: on tokio's clock, which is paused, and in a file.
#![deny(warnings, clippy::pedantic)]

mod bombs;
mod centuries;
mod deliveries;
mod ends;
#[cfg(feature = "sqlite")]
mod foreign_rows;
#[cfg(feature = "sqlite")]
mod in_a_file;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod killed;
mod limits;
#[cfg(feature = "sqlite")]
mod many_delayed;
#[cfg(feature = "sqlite")]
mod on_a_file;
#[cfg(feature = "postgres")]
mod on_a_server;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
#[path = "../place/mod.rs"]
mod place;
mod retries;
mod rig;
#[cfg(feature = "postgres")]
#[path = "../../../tests/services"]
#[allow(dead_code, reason = "not every file uses all")]
mod services {
    pub(crate) mod postgres;
    pub(crate) mod server;

    pub(crate) use server::{Server, User, find, free_port, give_away, run};
}
mod schedules;
mod shutdown;
mod signals;
#[path = "../subscribed/mod.rs"]
mod subscribed;
#[cfg(feature = "sqlite")]
mod testing;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod two_workers;
mod unrun;
