//! `anyhow::Error`.

use crate::classify::{Classify, Verdict};

/// By the outermost error in its chain of sources that has a verdict of its own: [`std::io::Error`],
/// [`Rejection`](crate::Rejection), and the errors of the crates whose features are enabled.
/// Permanent if there is none.
///
/// | error | verdict | because |
/// |---|---|---|
/// | one whose type is known | its own, with its wait | it is the nearest to the call that knows |
/// | an `io::Error` of kind `Other`, made from another error | that of the other | it is only a wrapper |
/// | words, contexts, any other type | skipped | they do not say whether trying again can help |
/// | nothing known in the whole chain | permanent | a retry must be asked for |
///
/// Errors of your own are not found, even if they implement `Classify`: their types are not known
/// here. Name them in the attribute, `on = [MyError]`, which then decides alone.
///
/// ```
/// use std::io;
/// use anyhow::Context;
/// use persevere::{Classify, Verdict};
///
/// let refused = Err::<(), _>(io::Error::from(io::ErrorKind::ConnectionRefused));
/// let error = refused.context("fetching the report").unwrap_err();
/// assert_eq!(error.classify(), Verdict::TRANSIENT);
/// assert_eq!(anyhow::anyhow!("no such report").classify(), Verdict::PERMANENT);
/// ```
impl Classify for anyhow::Error {
    fn classify(&self) -> Verdict {
        super::chain::verdict(self.as_ref()).unwrap_or(Verdict::PERMANENT)
    }
}
