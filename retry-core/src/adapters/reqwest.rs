//! `reqwest::Error`.

use std::error::Error;

use super::connection::cannot_pass;
use crate::classify::{Classify, Verdict};

/// Classified in this order:
///
/// | error | verdict | because |
/// |---|---|---|
/// | with a status (`error_for_status`) | the HTTP rule | its `Retry-After` is lost by then: `persevere::http::ResponseExt::error_for_retry` keeps it |
/// | builder, redirect loop, upgrade | permanent | the same request would fail the same way |
/// | timeout | transient | always |
/// | connection, request | transient, unless the next would fail the same way: an untrusted certificate, a scheme that the client does not support, a proxy that wants credentials | the connection could not be made, broke before the answer, or corrupted it |
/// | decode | permanent, unless the connection broke while the body was read | the answer is not the expected one, and would be the same again |
/// | body | transient | the connection broke in the middle of the answer |
/// | any other | permanent | nothing says that it is temporary |
#[cfg(feature = "reqwest")]
impl Classify for reqwest::Error {
    fn classify(&self) -> Verdict {
        if let Some(status) = self.status() {
            return status.classify();
        }
        if self.is_builder() || self.is_redirect() || self.is_upgrade() {
            return Verdict::PERMANENT;
        }
        if self.is_timeout() {
            return Verdict::TRANSIENT;
        }
        // Only its sources: its own text has the URL, which may contain anything.
        let hopeless = || self.source().is_some_and(cannot_pass);
        let unanswered = is_connect(self) || self.is_request();
        Verdict::from(if unanswered { !hopeless() } else { broke_off(self) })
    }
}

/// Classified by its status, with its `Retry-After`: for `on_ok`, in a function that returns a response.
#[cfg(feature = "reqwest")]
impl Classify for reqwest::Response {
    fn classify(&self) -> Verdict {
        super::http_rule::of_response(self.status(), self.headers())
    }
}

/// Whether there was no connection. In a browser that is a request error like any other.
fn is_connect(error: &reqwest::Error) -> bool {
    #[cfg(target_family = "wasm")]
    let is_connect = error.is_request();
    #[cfg(not(target_family = "wasm"))]
    let is_connect = error.is_connect();
    is_connect
}

/// Whether the body ended early. With a `timeout`, that is a body error, which
/// `bytes` and `json` wrap in a decode error; without one, they wrap `hyper`'s own error.
fn broke_off(error: &reqwest::Error) -> bool {
    error.is_body()
        || std::iter::successors(error.source(), |&cause| cause.source()).any(|cause| {
            cause.downcast_ref().is_some_and(reqwest::Error::is_body) || cause.is::<hyper::Error>()
        })
}
