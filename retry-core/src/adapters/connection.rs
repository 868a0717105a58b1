//! The I/O errors of clients that talk to nothing but their server.

use std::io;

use crate::classify::Verdict;

/// Transient, unless the kind names a mistake or a refusal: `PermissionDenied`, `InvalidInput`,
/// `InvalidData` (a certificate that does not hold is that), `Unsupported`.
///
/// This is wider than the rule of [`io::Error`] itself. Of any file, `NotFound` and kinds without a
/// name are permanent; of a server, they are a Unix socket that is not there yet, and a host whose
/// name could not be looked up just now.
pub(super) fn of_io(error: &io::Error) -> Verdict {
    use io::ErrorKind as Kind;
    Verdict::from(!matches!(
        error.kind(),
        Kind::PermissionDenied | Kind::InvalidInput | Kind::InvalidData | Kind::Unsupported
    ))
}
