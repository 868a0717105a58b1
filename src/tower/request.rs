//! Whether, and how, a request may be sent again.

/// Copies a request for a retry.
#[diagnostic::on_unimplemented(
    message = "a request that is to be sent again must be copied, and `{Req}` is not `Clone`",
    label = "cannot be cloned",
    note = "say how by `.clone_request(|request: &{Req}| -> Option<{Req}> {{ … }})`, `None` for one that is sent only once"
)]
pub trait CloneRequest<Req> {
    /// The copy, or `None` if the request can only be sent once.
    fn clone_request(&self, request: &Req) -> Option<Req>;
}

/// Copies by `Clone`.
#[derive(Clone, Copy, Debug)]
pub struct ByClone;

impl<Req: Clone> CloneRequest<Req> for ByClone {
    fn clone_request(&self, request: &Req) -> Option<Req> {
        Some(request.clone())
    }
}

/// Copies by a function.
#[derive(Clone, Copy, Debug)]
pub struct CloneWith<F>(pub(super) F);

impl<Req, F: Fn(&Req) -> Option<Req>> CloneRequest<Req> for CloneWith<F> {
    fn clone_request(&self, request: &Req) -> Option<Req> {
        (self.0)(request)
    }
}

/// Decides which requests may be sent twice.
pub trait Idempotency<Req> {
    /// Whether `request` may be sent again after a failure that leaves open whether it arrived.
    fn is_idempotent(&self, request: &Req) -> bool;
}

/// Decides which responses mean that nothing was done: only after these is a request that is not
/// idempotent sent again.
pub trait Refusal<Res> {
    /// Whether the server refused the request without carrying it out.
    fn was_refused(&self, response: &Res) -> bool;
}

/// Allows every request to be sent again.
#[derive(Clone, Copy, Debug)]
pub struct AnyRequest;

impl<Req> Idempotency<Req> for AnyRequest {
    fn is_idempotent(&self, _: &Req) -> bool {
        true
    }
}

/// Decides by the method (RFC 9110 section 9.2.2) or an `Idempotency-Key` header.
///
/// ```
/// use http::Request;
/// use persevere::tower::{ByMethod, Idempotency};
///
/// let by_method = ByMethod::default();
/// let order = Request::post("/orders").body(()).unwrap();
/// assert!(!by_method.is_idempotent(&order));
/// let keyed = Request::post("/orders").header("idempotency-key", "7f3a").body(()).unwrap();
/// assert!(by_method.is_idempotent(&keyed));
/// assert!(by_method.is_idempotent(&Request::put("/orders/7").body(()).unwrap()));
/// ```
#[cfg(feature = "http")]
#[derive(Clone, Copy, Debug, Default)]
pub struct ByMethod {
    pub(super) all: bool,
}

/// Never used: every request may be sent again.
impl<Res> Refusal<Res> for AnyRequest {
    fn was_refused(&self, _: &Res) -> bool {
        true
    }
}

/// Decides by the status: see [`was_refused`](crate::http::was_refused).
#[cfg(feature = "http")]
impl<B> Refusal<http::Response<B>> for ByMethod {
    fn was_refused(&self, response: &http::Response<B>) -> bool {
        crate::http::was_refused(response)
    }
}

#[cfg(feature = "http")]
impl<B> Idempotency<http::Request<B>> for ByMethod {
    fn is_idempotent(&self, request: &http::Request<B>) -> bool {
        self.all || crate::http::is_idempotent(request.method(), request.headers())
    }
}
