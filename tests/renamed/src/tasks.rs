//! Tasks, without a prelude, and without serde among the dependencies.
#![no_implicit_prelude]
#![allow(missing_docs, clippy::missing_errors_doc, reason = "they are called by the tests alone")]

use ::std::result::Result;

use crate::bare::Failure;

/// What its tasks borrow.
#[derive(::sturdy::tasks::Provide)]
#[provide(crate = ::sturdy)]
pub struct State {
    pub factor: u32,
}

#[::sturdy::task(
    crate = ::sturdy,
    formerly = ["twofold"],
    version = 2,
    from = DoubleV1,
    keep = "2d",
    priority = low,
    unique = number,
    id = number,
    base_delay = 0,
    timeout = "2s",
    deadline = "30s",
    on = Failure::Busy,
    on_ok = 0,
    on_retry = |event| {
        let _ = event.attempt();
    }
)]
pub async fn double(
    factor: &u32,
    attempt: &::sturdy::Attempt,
    number: u32,
) -> Result<u32, Failure> {
    ::core::future::ready(()).await;
    match attempt.number() {
        1 => Result::Err(Failure::Busy),
        2 => Result::Ok(0),
        _ => Result::Ok(*factor * number),
    }
}

impl ::std::convert::From<DoubleV1> for Double {
    fn from(old: DoubleV1) -> Self {
        Self { number: old.number }
    }
}

#[::sturdy::task(crate = ::sturdy, name = "double", base_delay = 0)]
pub fn double_v1(number: u32) -> Result<u32, Failure> {
    Result::Ok(number)
}
