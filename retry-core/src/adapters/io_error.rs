//! `io::Error`, and its kind.

use std::error::Error;
use std::io;

use super::{chain, os_code};
use crate::classify::rejection::{Rejection, rejection};
use crate::classify::{Classify, Verdict};

/// Failures caused by the network, the peer or a temporary shortage are transient; all others are
/// permanent.
///
/// | error | verdict |
/// |---|---|
/// | made from a [`Rejection`] | that of the rejection |
/// | of a temporary [kind](io::ErrorKind) | transient: `ConnectionRefused`, `ConnectionReset`, `ConnectionAborted`, `NotConnected`, `BrokenPipe`, `TimedOut`, `Interrupted`, `WouldBlock`, `UnexpectedEof`, `HostUnreachable`, `NetworkUnreachable`, `NetworkDown`, `AddrInUse`, `ResourceBusy`, `ExecutableFileBusy`, `Deadlock`, `StaleNetworkFileHandle` |
/// | with an operating system's code for a temporary failure without a named kind | transient: too many open files (`EMFILE`, `ENFILE`), no buffer space (`ENOBUFS`, `ENOMEM`), no locks (`ENOLCK`), a host or network that is down, reset or shut down (`EHOSTDOWN`, `ENETRESET`, `ENONET`, `ESHUTDOWN`), an operation in progress (`EINPROGRESS`, `EALREADY`); on Windows the same, and files that another process holds |
/// | a host name that could not be resolved | transient, whatever the resolver's reason: it does not distinguish a name that does not exist from one that it does not know yet |
/// | of the kind `Other`, made from another error ([`io::Error::other`]) | that of the first error inside with a known type, as inside `anyhow::Error` |
/// | any other | permanent |
///
/// ```
/// use std::io;
/// use persevere::{Classify, Verdict};
///
/// let timed_out = || io::Error::from(io::ErrorKind::TimedOut);
/// assert_eq!(timed_out().classify(), Verdict::TRANSIENT);
/// assert_eq!(io::Error::other(timed_out()).classify(), Verdict::TRANSIENT);
/// assert_eq!(io::Error::from(io::ErrorKind::NotFound).classify(), Verdict::PERMANENT);
/// ```
impl Classify for io::Error {
    fn classify(&self) -> Verdict {
        own_verdict(self)
            .or_else(|| self.get_ref().and_then(|inner| chain::verdict(inner)))
            .unwrap_or(Verdict::PERMANENT)
    }
}

/// The error's own verdict; `None` if it only wraps another error.
pub(super) fn own_verdict(error: &io::Error) -> Option<Verdict> {
    let inner = error.get_ref();
    if let Some(ours) = inner.and_then(|inner| rejection(inner)) {
        return Some(ours.classify());
    }
    let passes = error.kind().classify().is_retryable()
        || error.raw_os_error().is_some_and(os_code::passes)
        || inner.is_some_and(|inner| is_failed_look_up(inner));
    let only_wraps = error.kind() == io::ErrorKind::Other && inner.is_some();
    if passes || !only_wraps { Some(Verdict::from(passes)) } else { None }
}

/// Lets functions with this error have a `timeout`, a `deadline` or a layer: of the kind `TimedOut` if a
/// limit cut the call, else `Other`, since no kind means that this side refused. The
/// [`Rejection`] is inside ([`get_ref`](io::Error::get_ref)).
///
/// ```
/// use std::io;
/// use persevere::{Classify, Rejection, Verdict, rejection};
///
/// let refused = io::Error::from(Rejection::BulkheadFull);
/// assert_eq!(refused.to_string(), "too many calls are running");
/// assert_eq!(refused.classify(), Verdict::PERMANENT);
/// assert_eq!(rejection(&refused), Some(Rejection::BulkheadFull));
/// assert_eq!(io::Error::from(Rejection::TimedOut).kind(), io::ErrorKind::TimedOut);
/// ```
impl From<Rejection> for io::Error {
    fn from(rejection: Rejection) -> Self {
        let kind = match rejection {
            Rejection::TimedOut | Rejection::DeadlineExceeded => io::ErrorKind::TimedOut,
            Rejection::CircuitOpen { .. }
            | Rejection::BulkheadFull
            | Rejection::Cancelled
            | Rejection::RateLimited { .. } => io::ErrorKind::Other,
            #[cfg(feature = "chaos")]
            Rejection::Fault(fault) => fault.io_kind().unwrap_or(io::ErrorKind::Other),
        };
        Self::new(kind, rejection)
    }
}

/// Whether `getaddrinfo` failed. The standard library turns its failure into an error of an unnamed
/// kind, with this text before the resolver's own (`cvt_gai` in `sys/net/connection`); on Windows it
/// is a code.
fn is_failed_look_up(inner: &(dyn Error + 'static)) -> bool {
    inner.to_string().starts_with("failed to lookup address information")
}

/// Classified as [`io::Error`], by the kind alone.
impl Classify for io::ErrorKind {
    fn classify(&self) -> Verdict {
        use io::ErrorKind as Kind;
        match self {
            Kind::ConnectionRefused
            | Kind::ConnectionReset
            | Kind::ConnectionAborted
            | Kind::NotConnected
            | Kind::BrokenPipe
            | Kind::TimedOut
            | Kind::Interrupted
            | Kind::WouldBlock
            | Kind::UnexpectedEof
            | Kind::HostUnreachable
            | Kind::NetworkUnreachable
            | Kind::NetworkDown
            | Kind::AddrInUse
            | Kind::ResourceBusy
            | Kind::ExecutableFileBusy
            | Kind::Deadlock
            | Kind::StaleNetworkFileHandle => Verdict::TRANSIENT,
            _ => Verdict::PERMANENT,
        }
    }
}
