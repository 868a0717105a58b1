//! `Classify` and `Verdict`: what the library itself knows of each kind of failure.

use std::convert::Infallible;
use std::io::{self, ErrorKind};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use persevere::{Class, Classify, NoValue, Verdict};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn verdicts_say_what_they_are() {
    for (verdict, class, retryable, word) in [
        (Verdict::PERMANENT, Class::Permanent, false, "permanent"),
        (Verdict::TRANSIENT, Class::Transient, true, "transient"),
        (Verdict::THROTTLED, Class::Throttled, true, "throttled"),
    ] {
        assert_eq!(verdict.class(), class);
        assert_eq!(verdict.is_retryable(), retryable);
        assert_eq!(verdict.retry_after(), None);
        assert_eq!(class.as_str(), word);

        let hinted = verdict.with_retry_after(SECOND);
        assert_ne!(hinted, verdict);
        assert_eq!(hinted.retry_after(), Some(SECOND));
        assert_eq!((hinted.class(), hinted.is_retryable()), (class, retryable));
        assert_eq!(hinted.with_retry_after(2 * SECOND).retry_after(), Some(2 * SECOND));
    }
}

#[test]
fn verdicts_come_from_booleans() {
    assert_eq!(Verdict::from(true), Verdict::TRANSIENT);
    assert_eq!(Verdict::from(false), Verdict::PERMANENT);
}

const TRANSIENT_KINDS: [ErrorKind; 17] = [
    ErrorKind::ConnectionRefused,
    ErrorKind::ConnectionReset,
    ErrorKind::ConnectionAborted,
    ErrorKind::NotConnected,
    ErrorKind::BrokenPipe,
    ErrorKind::TimedOut,
    ErrorKind::Interrupted,
    ErrorKind::WouldBlock,
    ErrorKind::UnexpectedEof,
    ErrorKind::HostUnreachable,
    ErrorKind::NetworkUnreachable,
    ErrorKind::NetworkDown,
    ErrorKind::AddrInUse,
    ErrorKind::ResourceBusy,
    ErrorKind::ExecutableFileBusy,
    ErrorKind::Deadlock,
    ErrorKind::StaleNetworkFileHandle,
];

/// The rest of the stable kinds.
const PERMANENT_KINDS: [ErrorKind; 22] = [
    ErrorKind::NotFound,
    ErrorKind::PermissionDenied,
    ErrorKind::AddrNotAvailable,
    ErrorKind::AlreadyExists,
    ErrorKind::NotADirectory,
    ErrorKind::IsADirectory,
    ErrorKind::DirectoryNotEmpty,
    ErrorKind::ReadOnlyFilesystem,
    ErrorKind::InvalidInput,
    ErrorKind::InvalidData,
    ErrorKind::WriteZero,
    ErrorKind::StorageFull,
    ErrorKind::NotSeekable,
    ErrorKind::QuotaExceeded,
    ErrorKind::FileTooLarge,
    ErrorKind::CrossesDevices,
    ErrorKind::TooManyLinks,
    ErrorKind::InvalidFilename,
    ErrorKind::ArgumentListTooLong,
    ErrorKind::Unsupported,
    ErrorKind::OutOfMemory,
    ErrorKind::Other,
];

#[test]
fn io_errors_go_by_their_kind() {
    let kinds = TRANSIENT_KINDS.map(|kind| (kind, Verdict::TRANSIENT));
    let permanent = PERMANENT_KINDS.map(|kind| (kind, Verdict::PERMANENT));
    for (kind, verdict) in kinds.into_iter().chain(permanent) {
        assert_eq!(kind.classify(), verdict, "{kind:?}");
        assert_eq!(io::Error::from(kind).classify(), verdict, "{kind:?}");
        assert_eq!(io::Error::new(kind, "why").classify(), verdict, "{kind:?}, with a reason");
    }
}

/// As the operating system reports it, a kind the standard library has no stable name for.
#[cfg(target_os = "linux")]
#[test]
fn unknown_io_errors_are_permanent() {
    let refused = io::Error::from_raw_os_error(111); // ECONNREFUSED
    assert_eq!(refused.classify(), Verdict::TRANSIENT);
    for code in [i32::MAX, -1, 74] {
        let error = io::Error::from_raw_os_error(code); // 74: EBADMSG
        let named = TRANSIENT_KINDS.iter().chain(&PERMANENT_KINDS);
        assert!(!named.clone().any(|kind| *kind == error.kind()), "{code}: {error:?}");
        assert_eq!(error.classify(), Verdict::PERMANENT, "{error:?}");
    }
}

/// Too many open files, no room for buffers and the like, by the numbers of `errno.h`.
#[cfg(target_os = "linux")]
#[test]
fn shortages_of_the_system_pass() {
    for (code, name) in [
        (12, "ENOMEM"),
        (23, "ENFILE"),
        (24, "EMFILE"),
        (37, "ENOLCK"),
        (64, "ENONET"),
        (102, "ENETRESET"),
        (105, "ENOBUFS"),
        (108, "ESHUTDOWN"),
        (112, "EHOSTDOWN"),
        (114, "EALREADY"),
        (115, "EINPROGRESS"),
        // These have kinds.
        (4, "EINTR"),
        (11, "EAGAIN"),
        (16, "EBUSY"),
        (103, "ECONNABORTED"),
        (110, "ETIMEDOUT"),
        (113, "EHOSTUNREACH"),
    ] {
        let error = io::Error::from_raw_os_error(code);
        assert_eq!(error.classify(), Verdict::TRANSIENT, "{name}");
        let wrapped = io::Error::other(io::Error::from_raw_os_error(code));
        assert_eq!(wrapped.classify(), Verdict::TRANSIENT, "{name}");
    }
    for (code, name) in
        [(2, "ENOENT"), (9, "EBADF"), (13, "EACCES"), (22, "EINVAL"), (28, "ENOSPC")]
    {
        assert_eq!(io::Error::from_raw_os_error(code).classify(), Verdict::PERMANENT, "{name}");
    }
}

#[tokio::test]
async fn a_look_up_that_fails_is_transient() {
    let host = "no-such-host.invalid:80"; // RFC 6761: there never will be one
    let blocking = std::net::TcpStream::connect(host).unwrap_err();
    assert_eq!(blocking.classify(), Verdict::TRANSIENT, "{blocking:?}");
    let asynchronous = tokio::net::TcpStream::connect(host).await.unwrap_err();
    assert_eq!(asynchronous.classify(), Verdict::TRANSIENT, "{asynchronous:?}");
    let wrapped = io::Error::other(blocking);
    assert_eq!(wrapped.classify(), Verdict::TRANSIENT, "{wrapped:?}");
    let reported = "failed to lookup address information: Temporary failure in name resolution";
    assert_eq!(io::Error::other(reported).classify(), Verdict::TRANSIENT);
}

#[test]
fn what_only_wraps_an_error_is_judged_as_that_error() {
    fn both(error: impl Fn() -> io::Error) -> Verdict {
        let plain = error().classify();
        assert_eq!(anyhow::Error::from(error()).classify(), plain, "{:?}", error());
        plain
    }
    assert_eq!(
        both(|| io::Error::other(io::Error::from(ErrorKind::ConnectionReset))),
        Verdict::TRANSIENT
    );
    assert_eq!(both(|| io::Error::other(io::Error::from(ErrorKind::NotFound))), Verdict::PERMANENT);
    let timed_out = || io::Error::from(ErrorKind::TimedOut);
    assert_eq!(both(move || io::Error::other(io::Error::other(timed_out()))), Verdict::TRANSIENT);
    let pointed_at = move || io::Error::other(Arc::new(io::Error::other(timed_out())));
    assert_eq!(both(pointed_at), Verdict::TRANSIENT);
    let throttled = || io::Error::other(tonic::Status::resource_exhausted("quota"));
    assert_eq!(both(throttled), Verdict::THROTTLED);
    assert_eq!(both(|| io::Error::other(persevere::Rejection::TimedOut)), Verdict::TRANSIENT);
    assert_eq!(both(|| io::Error::other("only words")), Verdict::PERMANENT);
    assert_eq!(both(|| io::Error::from(ErrorKind::Other)), Verdict::PERMANENT);
    // A kind with a meaning of its own decides, whatever the error was made from.
    let reset = || io::Error::from(ErrorKind::ConnectionReset);
    assert_eq!(both(|| io::Error::new(ErrorKind::InvalidData, "garbled")), Verdict::PERMANENT);
    assert_eq!(io::Error::new(ErrorKind::NotFound, reset()).classify(), Verdict::PERMANENT);
    let behind = anyhow::Error::from(io::Error::new(ErrorKind::NotFound, reset()));
    assert_eq!(behind.classify(), Verdict::PERMANENT);
    assert_eq!(both(|| io::Error::new(ErrorKind::TimedOut, "slow")), Verdict::TRANSIENT);
}

/// The rule written out on its own: 408, 425 and 5xx are transient, 429 is throttled.
#[test]
fn statuses_go_by_the_http_rule() {
    for code in 100..=999 {
        let expected = match code {
            429 => Verdict::THROTTLED,
            408 | 425 | 500..=599 => Verdict::TRANSIENT,
            _ => Verdict::PERMANENT,
        };
        assert_eq!(StatusCode::from_u16(code).unwrap().classify(), expected, "{code}");
    }
}

/// Generic over what `#[retry]` asks of an error.
fn verdict<E: Classify + ?Sized>(error: &E) -> Verdict {
    error.classify()
}

#[test]
fn pointers_ask_the_error_behind_them() {
    struct Hinted;
    impl Classify for Hinted {
        fn classify(&self) -> Verdict {
            Verdict::THROTTLED.with_retry_after(SECOND)
        }
    }
    let expected = Hinted.classify();
    assert_eq!(verdict(&&Hinted), expected);
    assert_eq!(verdict(&Box::new(Hinted)), expected);
    assert_eq!(verdict(&Rc::new(Hinted)), expected);
    assert_eq!(verdict(&Arc::new(Hinted)), expected);
    assert_eq!(verdict::<Box<dyn Classify>>(&(Box::new(Hinted) as Box<dyn Classify>)), expected);
    assert_eq!(verdict(&Arc::new(Box::new(&Hinted))), expected);
}

#[test]
fn a_missing_value_is_transient() {
    assert_eq!(NoValue.to_string(), "no value");
}

#[test]
fn what_cannot_fail_needs_no_verdict() {
    #[persevere::retry(base_delay = 0)]
    fn seven() -> Result<u8, Infallible> {
        Ok(7)
    }
    assert_eq!(seven(), Ok(7));
}

#[tokio::test(start_paused = true)]
async fn an_elapsed_timeout_is_transient() {
    let elapsed = tokio::time::timeout(SECOND, std::future::pending::<()>()).await.unwrap_err();
    assert_eq!(elapsed.classify(), Verdict::TRANSIENT);
}
