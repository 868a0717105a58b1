//! The parts of the measured functions, and how they are run.

mod gate;

use std::future::Future;
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

pub use self::gate::{Phase, failed_at_gate, gated, open};

/// The number of retries that every function allows.
pub const RETRIES: u32 = 10;
/// The first wait, doubled from retry to retry.
pub const BASE_DELAY: Duration = Duration::from_secs(1);
/// The longest wait.
pub const MAX_DELAY: Duration = Duration::from_mins(5);

/// The error of the calls.
#[derive(Debug, PartialEq)]
pub enum Error {
    /// Retried.
    Busy,
    /// Not retried.
    Broken,
}

/// A layer's refusal is not retried.
impl From<persevere::Rejection> for Error {
    fn from(_: persevere::Rejection) -> Self {
        Self::Broken
    }
}

/// Whether an error is retried, for libraries that take a function.
pub fn is_busy(error: &Error) -> bool {
    matches!(error, Error::Busy)
}

/// The work: a check that the compiler cannot foresee.
///
/// # Errors
///
/// When `input` is zero or all ones.
#[inline(never)]
pub fn work(input: u64) -> Result<u64, Error> {
    match black_box(input) {
        0 => Err(Error::Busy),
        u64::MAX => Err(Error::Broken),
        other => Ok(other + 1),
    }
}

/// The work behind an await that is ready.
///
/// # Errors
///
/// As [`work`].
pub async fn step(input: u64) -> Result<u64, Error> {
    std::future::ready(()).await;
    work(input)
}

/// As [`step`], but ready at its second poll.
///
/// # Errors
///
/// As [`work`].
pub async fn slow_step(input: u64) -> Result<u64, Error> {
    let mut is_ready = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut is_ready, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    work(input)
}

/// As [`step`], with an answer that has to be freed.
///
/// # Errors
///
/// As [`work`].
pub async fn read(input: u64) -> Result<String, Error> {
    std::future::ready(()).await;
    work_on_text(input)
}

#[inline(never)]
fn work_on_text(input: u64) -> Result<String, Error> {
    match black_box(input) {
        0 => Err(Error::Busy),
        u64::MAX => Err(Error::Broken),
        _ => Ok(String::new()), // takes no memory: what is measured is what carries it
    }
}

/// Bytes that a body keeps across its await. Never written, so that they cost space alone.
#[derive(Debug)]
pub struct Kept<const N: usize>([MaybeUninit<u8>; N]);

impl<const N: usize> Kept<N> {
    /// The bytes.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "a call would copy them")]
    #[must_use]
    pub const fn new() -> Self {
        Self([const { MaybeUninit::uninit() }; N])
    }

    /// They are needed here.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "what is measured is the space, not a call")]
    pub fn touch(&self) {
        black_box(&self.0);
    }
}

impl<const N: usize> Default for Kept<N> {
    fn default() -> Self {
        Self::new()
    }
}

/// The body that every function has: `kept` bytes and `arguments` live across an await.
#[macro_export]
macro_rules! body {
    ($kept:expr, $input:expr $(, $argument:expr)*) => {{
        let kept = $crate::harness::Kept::<{ $kept }>::new();
        kept.touch();
        let output = $crate::harness::step($input).await?;
        kept.touch();
        $(std::hint::black_box($argument);)*
        Ok(output + 1)
    }};
}

/// The body of the functions that return text.
#[macro_export]
macro_rules! text_body {
    ($input:expr) => {{
        let output = $crate::harness::read($input).await?;
        Ok(output)
    }};
}

/// The number of attempts that are still to fail.
#[derive(Debug)]
pub struct Failures(AtomicU32);

impl Failures {
    /// The next `count` attempts fail.
    pub const fn new(count: u32) -> Self {
        Self(AtomicU32::new(count))
    }

    /// One attempt.
    ///
    /// # Errors
    ///
    /// While failures are left.
    #[inline(never)]
    pub fn attempt(&self) -> Result<u64, Error> {
        match self.0.load(Ordering::Relaxed) {
            0 => work(7),
            left => {
                self.0.store(left - 1, Ordering::Relaxed);
                Err(Error::Busy)
            }
        }
    }
}

/// Polls once a future that is ready at its first poll.
///
/// # Panics
///
/// If it is not ready.
#[inline(always)]
#[allow(clippy::inline_always, reason = "the future must not be moved after it was made")]
pub fn poll_once<F: Future>(future: F) -> F::Output {
    let mut context = Context::from_waker(black_box(Waker::noop()));
    match poll_out_of_line(pin!(future), &mut context) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future was not ready at its first poll"),
    }
}

/// Polls a future that is ready at its second poll.
///
/// # Panics
///
/// If it is ready earlier or later.
#[inline(always)]
#[allow(clippy::inline_always, reason = "the future must not be moved after it was made")]
pub fn poll_twice<F: Future>(future: F) -> F::Output {
    let mut context = Context::from_waker(black_box(Waker::noop()));
    let mut future = pin!(future);
    assert!(poll_out_of_line(future.as_mut(), &mut context).is_pending());
    match poll_out_of_line(future, &mut context) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future was not ready at its second poll"),
    }
}

/// Or the compiler would do the work of the bare function in its caller.
#[inline(never)]
fn poll_out_of_line<F: Future>(future: Pin<&mut F>, context: &mut Context<'_>) -> Poll<F::Output> {
    black_box(future.poll(context))
}

/// Runs a future to its end in tokio, unhindered by the budget that makes long tasks yield.
#[inline(never)]
pub fn run<F: Future>(runtime: &tokio::runtime::Runtime, future: F) -> F::Output {
    black_box(runtime.block_on(tokio::task::coop::unconstrained(future)))
}

/// One thread, its clock stopped: a wait takes no longer than the work of waiting.
///
/// # Panics
///
/// If the runtime cannot be built.
pub fn paused_runtime() -> tokio::runtime::Runtime {
    builder().start_paused(true).build().expect("a runtime can be built")
}

/// One thread, on the real clock.
///
/// # Panics
///
/// If the runtime cannot be built.
pub fn runtime() -> tokio::runtime::Runtime {
    builder().build().expect("a runtime can be built")
}

fn builder() -> tokio::runtime::Builder {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time();
    builder
}
