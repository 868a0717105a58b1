//! Without a prelude: not even `Some` is in scope.
#![no_implicit_prelude]
#![allow(missing_docs, clippy::missing_errors_doc, reason = "they are called by the tests alone")]

use ::std::clone::Clone;
use ::std::fmt::Debug;
use ::std::future::Future;
use ::std::marker::{Copy, Send, Sync};
use ::std::ops::Fn;
use ::std::sync::atomic::{AtomicU32, Ordering};

type Call<'a> = &'a (dyn Fn() -> ::std::result::Result<u32, Failure> + Send + Sync);

#[derive(Clone, Copy, Debug, ::std::cmp::PartialEq, ::std::cmp::Eq, ::sturdy::Classify)]
#[retry(crate = ::sturdy)]
pub enum Failure {
    #[retry(transient)]
    Busy,
    #[retry(throttled)]
    Limited,
    #[retry(permanent)]
    Broken,
}

impl ::std::convert::From<::sturdy::Rejection> for Failure {
    fn from(_: ::sturdy::Rejection) -> Self {
        Self::Broken
    }
}

/// The events that the hooks received: 1 for each retry, 100 for a success.
pub static REPORTED: AtomicU32 = AtomicU32::new(0);

fn report(event: &::sturdy::Event<'_>) {
    let _ = event.attempt();
    REPORTED.fetch_add(1, Ordering::Relaxed);
}

#[::sturdy::retry(crate = ::sturdy, base_delay = 0)]
pub fn blocking(call: Call<'_>) -> ::std::result::Result<u32, Failure> {
    call()
}

#[::sturdy::retry(crate = ::sturdy, base_delay = 0, clone(text))]
pub fn cloned(
    call: Call<'_>,
    text: ::std::string::String,
) -> ::std::result::Result<::std::string::String, Failure> {
    call()?;
    ::std::result::Result::Ok(text)
}

#[::sturdy::retry(crate = ::sturdy, base_delay = 0, on = _)]
pub fn option(call: &dyn Fn() -> ::std::option::Option<u32>) -> ::std::option::Option<u32> {
    call()
}

#[::sturdy::retry(
    crate = ::sturdy,
    base_delay = 0,
    on = Failure::Busy | Failure::Limited,
    unless = Failure::Broken,
    on_retry = report,
    on_give_up = |_| {},
    on_success = |_| { REPORTED.fetch_add(100, Ordering::Relaxed); },
    name = "reported",
    id = 7
)]
pub fn reported(call: Call<'_>) -> ::std::result::Result<u32, Failure> {
    call()
}

#[::sturdy::retry(
    crate = ::sturdy,
    policy = "conservative",
    throttled = ::sturdy::Policy::DEFAULT
        .with_base_delay(::std::time::Duration::from_secs(1))
        .with_jitter(::sturdy::Jitter::None)
)]
pub async fn waiting(call: Call<'_>) -> ::std::result::Result<u32, Failure> {
    call()
}

#[::sturdy::retry(
    crate = ::sturdy,
    context = attempt,
    timeout = "1s",
    deadline = "1h",
    on_ok = 0,
    when = |_: &Failure| true
)]
pub async fn bounded(call: Call<'_>) -> ::std::result::Result<u32, Failure> {
    ::std::result::Result::Ok(call()? + attempt.retries())
}

#[::sturdy::retry(crate = ::sturdy)]
pub fn future(call: Call<'_>) -> impl Future<Output = ::std::result::Result<u32, Failure>> + Send {
    let before = 1;
    async move { ::std::result::Result::Ok(call()? + before) }
}

#[::sturdy::retry(crate = ::sturdy, fallback = |_| ::std::result::Result::Ok(7))]
pub async fn instead(call: Call<'_>) -> ::std::result::Result<u32, Failure> {
    call()
}

#[derive(Debug)]
pub struct Client {
    pub calls: u32,
}

impl Client {
    #[::sturdy::retry(crate = ::sturdy)]
    pub async fn call(&mut self, call: Call<'_>) -> ::std::result::Result<u32, Failure> {
        self.calls += 1;
        call()
    }
}
