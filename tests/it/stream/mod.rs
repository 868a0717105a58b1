//! Streams that outlive their connections.
#![deny(warnings, clippy::pedantic)]

#[path = "../../../examples/events.rs"]
#[allow(unreachable_pub, reason = "it is a program of its own")]
mod events;
mod reconnect;

#[test]
fn a_servers_events_come_each_once_though_it_hangs_up() {
    events::main().unwrap();
}
