//! `reqwest::Error`.

use std::error::Error;

use super::connection::cannot_pass;
use crate::classify::{Classify, Verdict};

/// Decided in this order:
///
/// | error | verdict | because |
/// |---|---|---|
/// | with a status (`error_for_status`) | the HTTP rule | its `Retry-After` is lost by then: `persevere::http::ResponseExt::error_for_retry` keeps it |
/// | builder, redirect loop, upgrade | permanent | the same request would fail the same way |
/// | timeout | transient | always |
/// | connection, request | transient, unless the next would fail the same way: a certificate that is not trusted, a scheme that the client does not speak, a proxy that asks for credentials | the connection could not be made, or broke before the answer, or garbled it: another may be sound |
/// | decode | permanent, unless the body broke off while being read | what came is not what was expected, and would come again |
/// | body | transient | the connection broke in the middle of the answer |
/// | any other | permanent | nothing says that it would pass |
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
        // Its own text has the URL, in which anything may stand: its sources are asked.
        let hopeless = || self.source().is_some_and(cannot_pass);
        let unanswered = is_connect(self) || self.is_request();
        Verdict::from(if unanswered { !hopeless() } else { broke_off(self) })
    }
}

/// By its status, with its `Retry-After`: for `on_ok`, where a response is what was returned.
impl Classify for reqwest::Response {
    fn classify(&self) -> Verdict {
        super::http::of_response(self.status(), self.headers())
    }
}

/// Whether there was no connection, which a browser does not tell apart: it is a request error there.
fn is_connect(error: &reqwest::Error) -> bool {
    #[cfg(target_family = "wasm")]
    let is_connect = error.is_request();
    #[cfg(not(target_family = "wasm"))]
    let is_connect = error.is_connect();
    is_connect
}

/// Whether the body ended before its time. Where a `timeout` is set, that is a body error, which
/// `bytes` and `json` wrap in a decode error; elsewhere they wrap the error of `hyper` itself.
fn broke_off(error: &reqwest::Error) -> bool {
    error.is_body()
        || std::iter::successors(error.source(), |&cause| cause.source()).any(|cause| {
            cause.downcast_ref().is_some_and(reqwest::Error::is_body) || cause.is::<hyper::Error>()
        })
}
