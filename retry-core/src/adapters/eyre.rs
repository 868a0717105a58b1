//! `eyre::Report`.

use crate::classify::{Classify, Verdict};

/// Classified by the outermost error in its source chain that has a verdict of its own: [`std::io::Error`],
/// [`Rejection`](crate::Rejection), and the errors of the crates whose features are enabled.
/// Permanent if there is none.
///
/// | error | verdict | because |
/// |---|---|---|
/// | one of a known type | its own, with its wait | it is nearest to the call |
/// | an `io::Error` of kind `Other`, made from another error | that of the other | it is only a wrapper |
/// | messages, contexts, any other type | skipped | they do not say whether another attempt can help |
/// | no known type in the chain | permanent | retries are opt-in |
///
/// An error that is transparent (`#[error(transparent)]`) has the source of what it wraps, and so hides that
/// itself, whatever its type: give it a text of its own and a `#[source]`. Where nothing in the chain is
/// known, the line in the log says so.
///
/// Your own error types are not found, even if they implement `Classify`: this crate does not know
/// them. Name them in the attribute, `on = [MyError]`, which then decides alone.
///
/// ```
/// # let _ = eyre::set_hook(Box::new(eyre::DefaultHandler::default_with));
/// use std::io;
/// use eyre::WrapErr;
/// use persevere::{Classify, Verdict};
///
/// let refused = Err::<(), _>(io::Error::from(io::ErrorKind::ConnectionRefused));
/// let report = refused.wrap_err("fetching the report").unwrap_err();
/// assert_eq!(report.classify(), Verdict::TRANSIENT);
/// assert_eq!(eyre::eyre!("no such report").classify(), Verdict::PERMANENT);
/// ```
#[cfg(feature = "eyre")]
impl Classify for eyre::Report {
    fn classify(&self) -> Verdict {
        super::chain::verdict(self.as_ref()).unwrap_or(Verdict::UNSAID)
    }
}
