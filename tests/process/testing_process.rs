//! A switch for the whole process. One test: it would be seen by others.
#![deny(warnings, clippy::pedantic)]

use std::thread;

use persevere::retry;
use persevere::testing::{self, Recorder, Switch};

#[retry(on = _, jitter = "none")]
fn blocking() -> Result<(), &'static str> {
    Err("busy")
}

#[test]
fn a_process_has_a_switch_that_scopes_win_over() {
    let recorder = Recorder::new();
    let quick = testing::no_waiting().cap_retries(2).recording(&recorder).for_process();
    assert!(blocking().is_err());
    recorder.assert("3 attempts, waited 2 s then 4 s, gave up");

    recorder.clear();
    let elsewhere = thread::spawn(|| {
        let _scope = Switch::new().cap_retries(1).on_this_thread();
        assert!(blocking().is_err());
    });
    elsewhere.join().unwrap();
    recorder.assert("2 attempts, waited 2 s, gave up");

    recorder.clear();
    let off = testing::off().for_process();
    assert!(blocking().is_err());
    recorder.assert("1 attempt, gave up");
    drop(quick);
    assert!(blocking().is_err());
    recorder.assert("1 attempt, gave up"); // it no longer listens
    drop(off);
    assert!(format!("{:?}", testing::current()).contains("max_retries: None"));
}
