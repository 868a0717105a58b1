//! The measured functions, one module a library; each module holds those of these functions that
//! the library can retry, under the same policy: 10 retries, waits of 1 s, 2 s, 4 s … up to 5 min,
//! no jitter, and only [`Error::Busy`](crate::harness::Error::Busy) is retried.
//!
//! - `one(input)`, `none()`, `shared(a, b, c)`, `owned(a, b, c)`: the body of
//!   [`body!`](crate::body), with one argument, none, three shared and three owned ones
//! - `text(input)`: as `one`, returning a `String`; only of the limits and of this library
//! - `timeout(input)`, `deadline(input)`: as `one`, each attempt cut after 2 s, the call after 10 s; only
//!   of the hand-written loop and of this library
//! - `failing(failures)`: fails that number of times
//! - `at_once(failures)`: as `failing`, its waits zero
//! - `gated()`: waits at a [gate](crate::harness::gated)
//! - `blocking(input)`: as `one`, in a function that is not async
//!
//! - `service()`: a `tower` service whose requests are as `one`; only of `tower::retry` and of this library
//!
//! With the feature `middleware`, `middleware` holds clients of `reqwest-middleware`. In [`layered`] are `one` and `blocking` once more, under each layer; in [`alone`], layers by themselves.

#![allow(missing_docs, clippy::missing_errors_doc, reason = "all are described above")]

pub mod alone;
pub mod backon;
pub mod backon_macros;
pub mod bare;
pub mod careful;
pub mod closure;
pub mod empty;
pub mod hand_written;
pub mod layered;
#[cfg(feature = "middleware")]
pub mod middleware;
pub mod mulligan;
pub mod persevere;
pub mod retry;
#[allow(unexpected_cfgs, reason = "its code asks for a feature of the crate that it is used in")]
pub mod retry_if;
pub mod retry_layer;
pub mod tokio_retry;
pub mod tokio_retry2;
pub mod tower;
pub mod tryhard;

/// Calls a macro with the names of all modules whose functions are async and retry.
#[macro_export]
macro_rules! for_each_retrying {
    ($callback:ident) => {
        $callback! {
            hand_written persevere tokio_retry tokio_retry2 tryhard tower retry_if mulligan
            backon_macros backon
        }
    };
}

/// How a module's name is written in tables.
#[must_use]
pub fn title(module: &str) -> &'static str {
    match module {
        "backon" => "`backon`",
        "backon_macros" => "`backon-macros`",
        "bare" => "bare function",
        "closure" => "**`persevere`**, a closure",
        "closure_named" => "**`persevere`**, a closure with a name",
        "careful" => "hand-written loop with jitter and events",
        "empty" => "empty function",
        "hand_written" => "hand-written loop",
        "mulligan" => "`mulligan`",
        "persevere" => "**`persevere`**",
        "persevere_jittered" => "**`persevere`**, with jitter",
        "reqwest_retry" => "`reqwest-retry`",
        "retry" => "`retry`",
        "retry_if" => "`retry-if`",
        "retry_layer" => "**`persevere`**, `RetryLayer`",
        "tokio_retry" => "`tokio-retry`",
        "tokio_retry2" => "`tokio-retry2`",
        "tower" => "`tower::retry`",
        "tryhard" => "`tryhard`",
        _ => "unknown",
    }
}
