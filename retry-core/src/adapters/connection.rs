//! Connections: which failures would happen again.

use std::error::Error;
use std::io;

#[cfg(any(feature = "redis", feature = "sqlx"))]
use crate::classify::Verdict;
use crate::classify::judge::{chain, downcast};

/// Transient, unless it [cannot pass](cannot_pass).
///
/// More is transient here than for [`io::Error`] in general. For a file, `NotFound` and unnamed kinds
/// are permanent; for a server, they mean a Unix socket that does not exist yet, or a host that does
/// not answer at the moment.
#[cfg(any(feature = "redis", feature = "sqlx"))]
pub(super) fn of_io(error: &io::Error) -> Verdict {
    Verdict::from(!cannot_pass(error))
}

/// Whether a connection that failed like this would fail the same way again. Every client's adapter
/// calls this with the client's error or one of its sources.
///
/// | in the source chain | because |
/// |---|---|
/// | an I/O error of kind `PermissionDenied`, `InvalidInput`, `Unsupported` | a mistake, or access denied |
/// | of kind `InvalidData` | `rustls` failed: the certificate is untrusted, has expired or belongs to another host; the peer does not speak TLS, or no common version. Except where the peer reports an internal error |
/// | an error of OpenSSL, Schannel or Apple that says the same | |
/// | a URL without scheme or host, or with a scheme that this client does not support | |
/// | a proxy that wants credentials, or rejects those it got | |
///
/// An I/O error of one of these kinds decides; otherwise the text of the root cause does, since these
/// errors have no public types, or types of crates that would become dependencies.
pub(super) fn cannot_pass(error: &(dyn Error + 'static)) -> bool {
    let mut root_cause = error;
    for cause in chain(error) {
        if let Some(error) = downcast::<io::Error>(cause) {
            if error.raw_os_error().is_some_and(is_refusal_of_schannel) {
                return true;
            }
            if error.kind() != io::ErrorKind::Other {
                return is_mistake(error);
            }
        }
        root_cause = cause;
    }
    says_mistake(&root_cause.to_string())
}

fn is_mistake(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::PermissionDenied | Kind::InvalidInput | Kind::Unsupported => true,
        // RFC 8446 section 6.2 names running out of memory as an example of such an alert.
        Kind::InvalidData => error.to_string() != "received fatal alert: InternalError",
        _ => false,
    }
}

/// `winerror.h`: `CERT_E_…` and `TRUST_E_…`, and what `SEC_E_…` names of certificates and messages.
#[allow(clippy::cast_sign_loss, reason = "its bits are the code")]
fn is_refusal_of_schannel(code: i32) -> bool {
    matches!(
        code as u32,
        0x800B_0001..=0x800B_0115 // CERT_E_UNTRUSTEDROOT, CERT_E_EXPIRED, CERT_E_CN_NO_MATCH, …
        | 0x8009_0322 // SEC_E_WRONG_PRINCIPAL: another host's
        | 0x8009_0325..=0x8009_0328 // SEC_E_UNTRUSTED_ROOT, ILLEGAL_MESSAGE, CERT_UNKNOWN, CERT_EXPIRED
        | 0x8009_0331 // SEC_E_ALGORITHM_MISMATCH
    )
}

fn says_mistake(text: &str) -> bool {
    // OpenSSL: `error:0A000086:SSL routines:…:certificate verify failed:…`. It also reports the end
    // of the stream as such an error.
    let is_openssl = text.contains("SSL routines")
        && !text.contains("unexpected eof")
        && !text.contains("alert internal error");
    is_openssl
        || text.contains("ertificate") // Apple: "The certificate was not trusted."
        || text.starts_with("invalid URL, ") // `hyper-util`, of scheme and host
        || matches!(
            text,
            "tunnel error: proxy authorization required" // 407
            | "SOCKS error: credentials not accepted"
            | "SOCKS error: server does not support user/pass authentication"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Text(&'static str);

    impl std::fmt::Display for Text {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Text {}

    /// Texts and codes of OpenSSL 3.0, Schannel and Apple's framework; other tests use real servers.
    #[test]
    fn other_libraries_for_tls_are_understood() {
        for text in [
            "error:0A000086:SSL routines:tls_post_process_server_certificate:certificate verify failed:../ssl/statem/statem_clnt.c:1889:",
            "error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../ssl/record/rec_layer_s3.c:1601:SSL alert number 116",
            "error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../ssl/record/ssl3_record.c:350:",
            "error:0A000410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:../ssl/record/rec_layer_s3.c:1601:SSL alert number 40",
            "The certificate was not trusted.",
            "Certificate name does not match input.",
        ] {
            assert!(cannot_pass(&Text(text)), "{text}");
            assert!(cannot_pass(&io::Error::other(Text(text))), "{text}");
        }
        for text in [
            "error:0A000126:SSL routines:ssl3_read_n:unexpected eof while reading:../ssl/record/rec_layer_s3.c:303:",
            "error:0A000438:SSL routines:ssl3_read_bytes:tlsv1 alert internal error:../ssl/record/rec_layer_s3.c:1601:SSL alert number 80",
            "unexpected EOF",
        ] {
            assert!(!cannot_pass(&Text(text)), "{text}");
        }
        for (code, refused) in [
            (0x8009_0325_u32, true), // SEC_E_UNTRUSTED_ROOT
            (0x8009_0328, true),     // SEC_E_CERT_EXPIRED
            (0x800B_0109, true),     // CERT_E_UNTRUSTEDROOT
            (0x800B_010F, true),     // CERT_E_CN_NO_MATCH
            (0x8009_0304, false),    // SEC_E_INTERNAL_ERROR
            (0x8009_0317, false),    // SEC_I_CONTEXT_EXPIRED: closed
        ] {
            let error = io::Error::from_raw_os_error(code.cast_signed());
            assert_eq!(cannot_pass(&error), refused, "{code:#x}");
        }
    }

    #[test]
    fn mistakes_and_refusals_cannot_pass() {
        use io::ErrorKind as Kind;
        for (kind, mistake) in [
            (Kind::PermissionDenied, true),
            (Kind::InvalidInput, true),
            (Kind::InvalidData, true),
            (Kind::Unsupported, true),
            (Kind::ConnectionRefused, false),
            (Kind::NotFound, false), // a Unix socket that is not there yet
            (Kind::Other, false),
        ] {
            assert_eq!(cannot_pass(&io::Error::from(kind)), mistake, "{kind:?}");
        }
    }

    #[test]
    fn the_outermost_kind_that_tells_decides() {
        let kind = |kind: io::ErrorKind| io::Error::from(kind);
        assert!(cannot_pass(&io::Error::other(kind(io::ErrorKind::InvalidData))));
        assert!(!cannot_pass(&io::Error::other(kind(io::ErrorKind::ConnectionReset))));
        let reset = io::Error::new(io::ErrorKind::ConnectionReset, Text("certificate"));
        assert!(!cannot_pass(&reset));
        let internal = Text("received fatal alert: InternalError");
        assert!(!cannot_pass(&io::Error::new(io::ErrorKind::InvalidData, internal)));
    }

    #[test]
    fn proxies_that_refuse_and_urls_that_make_no_sense_are_mistakes() {
        for (text, mistake) in [
            ("invalid URL, scheme is not http", true),
            ("invalid URL, host is missing", true),
            ("tunnel error: proxy authorization required", true),
            ("SOCKS error: credentials not accepted", true),
            ("tunnel error: unsuccessful", false),
            ("SOCKS error: failed to create underlying connection", false),
        ] {
            assert_eq!(cannot_pass(&Text(text)), mistake, "{text}");
        }
    }
}
