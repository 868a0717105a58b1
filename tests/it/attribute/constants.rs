//! Failures that are named: constants, variants that are imported, and functions that are made.

use crate::support::scripted;

use persevere::retry;
use scripted::Script;

const BUSY: u16 = 503;

mod codes {
    pub(super) const GONE: u16 = 410;
}

struct Limits;

impl Limits {
    const REACHED: u16 = 429;
}

#[retry(on = BUSY, unless = codes::GONE, base_delay = 0)]
async fn while_busy(script: &Script<u16>) -> Result<u32, u16> {
    script.run()
}

#[retry(on = _, unless = Limits::REACHED, base_delay = 0)]
fn unless_limited(script: &Script<u16>) -> Result<u32, u16> {
    script.run()
}

#[tokio::test]
async fn a_constant_is_compared_with_the_failure() {
    assert_eq!(while_busy(&Script::of([BUSY, BUSY])).await, Ok(3));
    assert_eq!(while_busy(&Script::of([BUSY, codes::GONE])).await, Err(codes::GONE));
    assert_eq!(unless_limited(&Script::of([BUSY, codes::GONE])), Ok(3));
    assert_eq!(unless_limited(&Script::of([BUSY, Limits::REACHED])), Err(Limits::REACHED));
}

#[derive(Debug, PartialEq)]
enum Failure {
    Busy,
    Broken,
}
use Failure::{Broken, Busy};

#[retry(on = Busy, base_delay = 0)]
fn while_it_is_busy(script: &Script<Failure>) -> Result<u32, Failure> {
    script.run()
}

#[retry(on = Busy, base_delay = 0)]
fn while_what_is_behind_is_busy(
    script: &Script<&'static Failure>,
) -> Result<u32, &'static Failure> {
    script.run()
}

#[test]
fn an_imported_variant_is_one() {
    assert_eq!(while_it_is_busy(&Script::of([Busy, Broken])), Err(Broken));
    assert_eq!(while_it_is_busy(&Script::of([Busy])), Ok(2));
    assert_eq!(while_what_is_behind_is_busy(&Script::of([&Busy, &Broken])), Err(&Broken));
}

fn is(code: u16) -> impl Fn(&u16) -> bool {
    move |failure| *failure == code
}

fn not<E>(judge: impl Fn(&E) -> bool) -> impl Fn(&E) -> bool {
    move |failure| !judge(failure)
}

#[retry(when = not(is(codes::GONE)), base_delay = 0)]
fn when_made(script: &Script<u16>) -> Result<u32, u16> {
    script.run()
}

#[test]
fn a_call_makes_the_function_that_decides() {
    assert_eq!(when_made(&Script::of([BUSY, codes::GONE])), Err(codes::GONE));
    assert_eq!(when_made(&Script::of([BUSY, BUSY])), Ok(3));
}
