//! [`Fault`]: what chaos makes an attempt fail with.

use std::collections::BTreeSet;
use std::fmt;
use std::io::ErrorKind;
use std::sync::{Mutex, PoisonError};

use crate::classify::{Classify, Verdict};
use crate::primitives::one_line::AtMost;
use crate::primitives::suggest;

/// Longer than the name of any error.
const LONGEST_NAME: usize = 64;

/// With those, what is kept is 64 KiB at most.
const MOST_NAMES: usize = 1024;

/// The bytes of a name that an error quotes.
const LONGEST_QUOTED: usize = 120;

/// The name of `return` without one.
const TRANSIENT: &str = "transient";

/// Names by what they mean for retries.
const CLASSES: [(&str, Verdict); 3] = [
    (TRANSIENT, Verdict::TRANSIENT),
    ("throttled", Verdict::THROTTLED),
    ("permanent", Verdict::PERMANENT),
];

/// Names of the standard library's errors.
const KINDS: [(&str, ErrorKind); 20] = [
    ("timeout", ErrorKind::TimedOut),
    ("timed_out", ErrorKind::TimedOut),
    ("connection_refused", ErrorKind::ConnectionRefused),
    ("connection_reset", ErrorKind::ConnectionReset),
    ("connection_aborted", ErrorKind::ConnectionAborted),
    ("not_connected", ErrorKind::NotConnected),
    ("broken_pipe", ErrorKind::BrokenPipe),
    ("unexpected_eof", ErrorKind::UnexpectedEof),
    ("interrupted", ErrorKind::Interrupted),
    ("would_block", ErrorKind::WouldBlock),
    ("host_unreachable", ErrorKind::HostUnreachable),
    ("network_unreachable", ErrorKind::NetworkUnreachable),
    ("network_down", ErrorKind::NetworkDown),
    ("addr_in_use", ErrorKind::AddrInUse),
    ("not_found", ErrorKind::NotFound),
    ("permission_denied", ErrorKind::PermissionDenied),
    ("already_exists", ErrorKind::AlreadyExists),
    ("invalid_input", ErrorKind::InvalidInput),
    ("invalid_data", ErrorKind::InvalidData),
    ("storage_full", ErrorKind::StorageFull),
];

/// Names of gRPC's codes that are not among those.
const CODES: [(&str, Verdict); 13] = [
    ("unavailable", Verdict::TRANSIENT),
    ("aborted", Verdict::TRANSIENT),
    ("deadline_exceeded", Verdict::TRANSIENT),
    ("resource_exhausted", Verdict::THROTTLED),
    ("cancelled", Verdict::PERMANENT),
    ("unknown", Verdict::PERMANENT),
    ("invalid_argument", Verdict::PERMANENT),
    ("failed_precondition", Verdict::PERMANENT),
    ("out_of_range", Verdict::PERMANENT),
    ("unimplemented", Verdict::PERMANENT),
    ("internal", Verdict::PERMANENT),
    ("data_loss", Verdict::PERMANENT),
    ("unauthenticated", Verdict::PERMANENT),
];

/// What an attempt fails with that chaos ends: the name in `return(name)`.
///
/// The attempt's error is made of it as of a refusal, by `From<Rejection>`, from
/// [`Rejection::Fault`](crate::Rejection::Fault). It is classified as the real failure of that name is:
///
/// | name | the fault is |
/// |---|---|
/// | `transient`, `throttled`, `permanent` | of that class |
/// | `timeout`, `connection_refused`, `connection_reset`, …: a [kind](ErrorKind) of `std::io::Error`, in `snake_case` | classified as the kind |
/// | `unavailable`, `resource_exhausted`, `internal`, …: a code of gRPC, in `snake_case` | classified as the code |
/// | `503`, `429`, `404`, …: an HTTP status (feature `http`) | classified as the status |
/// | any other: one that your own `From<Rejection>` knows | transient |
///
/// Where the error has the failure itself, it is that: an `io::Error` has the kind, an `HttpError` the
/// status, a `tonic::Status` the code.
///
/// ```
/// use std::io;
/// use persevere::chaos::Fault;
/// use persevere::{Classify, Rejection, Verdict};
///
/// let refused = Rejection::Fault(Fault::named("connection_refused")?);
/// assert_eq!(refused.classify(), Verdict::TRANSIENT);
/// assert_eq!(io::Error::from(refused).kind(), io::ErrorKind::ConnectionRefused);
/// # Ok::<(), persevere::InvalidPolicy>(())
/// ```
///
/// An error of your own has the failures that it names:
///
/// ```
/// use persevere::Rejection;
///
/// #[derive(Debug)]
/// enum Error {
///     OutOfStock,
///     Refused(Rejection),
/// }
///
/// impl From<Rejection> for Error {
///     fn from(rejection: Rejection) -> Self {
///         match rejection {
///             Rejection::Fault(fault) if fault.name() == "out_of_stock" => Self::OutOfStock,
///             other => Self::Refused(other),
///         }
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fault {
    name: &'static str,
}

static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

impl Fault {
    /// The fault of `return` without a name.
    pub(crate) const TRANSIENT: Self = Self { name: TRANSIENT };

    /// The fault of that name, or a sentence that says what to write instead.
    pub(crate) fn read(name: &str) -> Result<Self, String> {
        let quoted = AtMost(LONGEST_QUOTED, name);
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
        if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(is_part) {
            return Err(format!(
                "`{quoted}` is no name of a fault: write at most {LONGEST_NAME} of the letters a to z, \
                 digits, `_`, `-` and `.`, such as `timeout` or `503`"
            ));
        }
        if name.bytes().all(|byte| byte.is_ascii_digit()) {
            check_status(name)?;
        } else if let Some(known) = known().find(|known| *known == name) {
            return Ok(Self { name: known });
        } else if let Some(nearest) = suggest::nearest(name, known()) {
            return Err(format!(
                "there is no fault `{quoted}`; did you mean `{nearest}`? A name of your own must differ \
                 more from those that are known"
            ));
        }
        let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = names.get(name) {
            return Ok(Self { name });
        }
        if names.len() >= MOST_NAMES {
            return Err(format!(
                "this process has read {MOST_NAMES} different names of faults, and keeps no more: write \
                 one that it has read before"
            ));
        }
        let name: &'static str = Box::leak(name.into());
        names.insert(name);
        Ok(Self { name })
    }

    /// Its name, as in `return(name)`; `transient` of a `return` without one.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The kind of `std::io::Error` of that name, if there is one.
    ///
    /// ```
    /// use std::io::ErrorKind;
    /// use persevere::chaos::Fault;
    ///
    /// assert_eq!(Fault::named("timeout")?.io_kind(), Some(ErrorKind::TimedOut));
    /// # Ok::<(), persevere::InvalidPolicy>(())
    /// ```
    #[must_use]
    pub fn io_kind(self) -> Option<ErrorKind> {
        KINDS.iter().find(|(name, _)| *name == self.name).map(|(_, kind)| *kind)
    }

    /// The HTTP status, if its name is one.
    ///
    /// ```
    /// use persevere::chaos::Fault;
    ///
    /// assert_eq!(Fault::named("503")?.status(), Some(503));
    /// # Ok::<(), persevere::InvalidPolicy>(())
    /// ```
    #[must_use]
    pub fn status(self) -> Option<u16> {
        self.name.parse().ok()
    }
}

/// The names that have a meaning, but for statuses.
fn known() -> impl Iterator<Item = &'static str> {
    let classes = CLASSES.iter().map(|(name, _)| *name);
    let kinds = KINDS.iter().map(|(name, _)| *name);
    classes.chain(kinds).chain(CODES.iter().map(|(name, _)| *name))
}

#[cfg(feature = "http")]
fn check_status(status: &str) -> Result<(), String> {
    match status.parse::<u16>() {
        Ok(400..=599) => Ok(()),
        _ => Err(format!(
            "`{}` is no HTTP status of a failure: write one from 400 to 599, such as `503`",
            AtMost(LONGEST_QUOTED, status)
        )),
    }
}

#[cfg(not(feature = "http"))]
fn check_status(status: &str) -> Result<(), String> {
    Err(format!(
        "`{}` is an HTTP status, which needs the feature `http` of `persevere`: enable it, or write \
         another name, such as `timeout`",
        AtMost(LONGEST_QUOTED, status)
    ))
}

impl Classify for Fault {
    /// As the real failure of that name.
    fn classify(&self) -> Verdict {
        if let Some(kind) = self.io_kind() {
            return kind.classify();
        }
        #[cfg(feature = "http")]
        if let Some(status) = self.status().and_then(|code| ::http::StatusCode::from_u16(code).ok())
        {
            return status.classify();
        }
        let named = CLASSES.iter().chain(&CODES).find(|(name, _)| *name == self.name);
        named.map_or(Verdict::TRANSIENT, |(_, verdict)| *verdict)
    }
}

impl fmt::Display for Fault {
    /// Its name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
