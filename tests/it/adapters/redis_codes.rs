//! The verdict on each answer and each kind of `redis::RedisError`, and where it differs from the
//! crate's own `retry_method`.

use std::io;

use persevere::{Classify as _, Verdict};
use redis::{ErrorKind, RedisError, RetryMethod, parse_redis_value};

/// The error in a server's answer, as it comes over the wire.
fn answered(error: &str) -> RedisError {
    let answer = parse_redis_value(format!("-{error}\r\n").as_bytes());
    answer.expect("an answer").extract_error().expect_err("an error")
}

fn of_kind(kind: ErrorKind) -> RedisError {
    RedisError::from((kind, "made by hand"))
}

fn of_io(kind: io::ErrorKind) -> RedisError {
    io::Error::from(kind).into()
}

const TRANSIENT: [&str; 8] = [
    "LOADING Redis is loading the dataset in memory",
    "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
    "TRYAGAIN Multiple keys request during rehashing of slot",
    "CLUSTERDOWN The cluster is down",
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "NOREPLICAS Not enough good replicas to write.",
    "READONLY You can't write against a read only replica.",
    "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
];

const THROTTLED: [&str; 3] = [
    "OOM command not allowed when used memory > 'maxmemory'.",
    "ERR max number of clients reached",
    "ERR max number of clients + cluster connections reached",
];

const PERMANENT: [&str; 14] = [
    "MOVED 3999 127.0.0.1:6381",
    "ASK 3999 127.0.0.1:6381",
    "WRONGTYPE Operation against a key holding the wrong kind of value",
    "NOAUTH Authentication required.",
    "WRONGPASS invalid username-password pair or user is disabled.",
    "NOPERM this user has no permissions to run the 'flushall' command",
    "NOSCRIPT No matching script. Please use EVAL.",
    "NOTBUSY No scripts in execution right now.",
    "CROSSSLOT Keys in request don't hash to the same slot",
    "EXECABORT Transaction discarded because of previous errors.",
    "MISCONF Redis is configured to save RDB snapshots, but it's unable to persist to disk.",
    "BUSYGROUP Consumer Group name already exists",
    "BUSYKEY Target key name already exists.",
    "ERR unknown command 'FOO'",
];

#[test]
fn every_answer_has_its_verdict() {
    for error in TRANSIENT {
        assert_eq!(answered(error).classify(), Verdict::TRANSIENT, "{error}");
    }
    for error in THROTTLED {
        assert_eq!(answered(error).classify(), Verdict::THROTTLED, "{error}");
    }
    for error in PERMANENT {
        assert_eq!(answered(error).classify(), Verdict::PERMANENT, "{error}");
    }
}

/// As Redis 6 and 7 answer for a script that does not catch its error.
#[test]
fn what_ends_a_script_has_the_verdict_that_it_has_outside() {
    let all = [
        (&TRANSIENT[..], Verdict::TRANSIENT),
        (&THROTTLED[..], Verdict::THROTTLED),
        (&PERMANENT[..], Verdict::PERMANENT),
    ];
    for (errors, verdict) in all {
        for error in errors {
            let hash = "f_9b1c9f1f0d9b2e6c8a9e0e9d0b4b1c9f1f0d9b2e";
            let old = format!(
                "ERR Error running script (call to {hash}): @user_script:5: @user_script: 5: -{error}"
            );
            assert_eq!(answered(&old).classify(), verdict, "{old}");
            let returned = format!("@user_script: 5: -{error}");
            assert_eq!(answered(&returned).classify(), verdict, "{returned}");
            let new = format!("{error} script: {hash}, on @user_script:5.");
            assert_eq!(answered(&new).classify(), verdict, "{new}");
        }
    }
    let without_code = [
        ("cript attempted to execute a command while the cluster is down", Verdict::TRANSIENT),
        (
            "cript attempted to execute a write command while the cluster is down and readonly",
            Verdict::TRANSIENT,
        ),
        ("cript attempted to access a non local key in a cluster node", Verdict::PERMANENT),
    ];
    for (error, verdict) in without_code {
        let old = format!(
            "ERR Error running script (call to f_1): @user_script:1: @user_script: 1: Lua s{error}"
        );
        assert_eq!(answered(&old).classify(), verdict, "{old}");
        let new = format!("ERR S{error} script: 9b1c, on @user_script:1.");
        assert_eq!(answered(&new).classify(), verdict, "{new}");
    }
    let stale =
        "ERR Can not execute the command on a stale replica script: 9b1c, on @user_script:1.";
    assert_eq!(answered(stale).classify(), Verdict::TRANSIENT);
    let mistake = "ERR Error running script (call to f_1): @user_script:1: user_script:1: \
                   attempt to compare nil with number";
    assert_eq!(answered(mistake).classify(), Verdict::PERMANENT);
    let own = "ERR Error running script (call to f_1): @user_script:1: no -READONLY in sight";
    assert_eq!(answered(own).classify(), Verdict::PERMANENT, "a script's own words");
    let quoted = "ERR unknown command 'Error running script': -READONLY";
    assert_eq!(answered(quoted).classify(), Verdict::PERMANENT);
}

#[test]
fn every_kind_has_its_verdict() {
    use ErrorKind as Kind;
    let transient = [
        Kind::ClusterConnectionNotFound,
        Kind::MasterNameNotFoundBySentinel,
        Kind::NoValidReplicasFoundBySentinel,
        Kind::Io, // without a cause: "connection dropped"
    ];
    for kind in transient {
        assert_eq!(of_kind(kind).classify(), Verdict::TRANSIENT, "{kind:?}");
    }
    let permanent = [
        Kind::AuthenticationFailed,
        Kind::Client,
        Kind::EmptySentinelList,
        Kind::Extension,
        Kind::InvalidClientConfig,
        Kind::Parse,
        Kind::RESP3NotSupported,
        Kind::UnexpectedReturnType,
    ];
    for kind in permanent {
        assert_eq!(of_kind(kind).classify(), Verdict::PERMANENT, "{kind:?}");
    }
}

#[test]
fn io_errors_are_transient_unless_they_name_a_mistake() {
    use io::ErrorKind as Kind;
    // A Unix socket that is not there yet is `NotFound`.
    for kind in [Kind::ConnectionRefused, Kind::BrokenPipe, Kind::TimedOut, Kind::NotFound] {
        assert_eq!(of_io(kind).classify(), Verdict::TRANSIENT, "{kind}");
    }
    for kind in [Kind::PermissionDenied, Kind::InvalidInput, Kind::InvalidData, Kind::Unsupported] {
        assert_eq!(of_io(kind).classify(), Verdict::PERMANENT, "{kind}");
    }
    let lookup = io::Error::other("failed to lookup address information");
    assert_eq!(RedisError::from(lookup).classify(), Verdict::TRANSIENT);
}

/// An error made from a known code holds its kind, and no answer of a server.
#[test]
fn known_codes_are_judged_by_their_kind_without_an_answer() {
    use redis::ServerErrorKind as Kind;
    let loading = of_kind(ErrorKind::Server(Kind::BusyLoading));
    assert_eq!(loading.classify(), Verdict::TRANSIENT);
    assert_eq!(of_kind(ErrorKind::Server(Kind::NoPerm)).classify(), Verdict::PERMANENT);
    let full = (Kind::ResponseError.into(), "refused", "max number of clients reached".to_owned());
    assert_eq!(RedisError::from(full).classify(), Verdict::THROTTLED);
}

/// Where `retry_method` and the verdict differ, and nowhere else, as the documentation says.
#[test]
fn differs_from_retry_method_where_the_documentation_says() {
    use io::ErrorKind as Io;
    let answers = TRANSIENT.iter().chain(&THROTTLED).chain(&PERMANENT);
    let kinds = [
        ErrorKind::ClusterConnectionNotFound,
        ErrorKind::MasterNameNotFoundBySentinel,
        ErrorKind::NoValidReplicasFoundBySentinel,
        ErrorKind::AuthenticationFailed,
        ErrorKind::Client,
        ErrorKind::EmptySentinelList,
        ErrorKind::Extension,
        ErrorKind::InvalidClientConfig,
        ErrorKind::Io,
        ErrorKind::Parse,
        ErrorKind::RESP3NotSupported,
        ErrorKind::UnexpectedReturnType,
    ];
    let ios = [
        Io::ConnectionRefused,
        Io::ConnectionReset,
        Io::TimedOut,
        Io::NotFound,
        Io::Other,
        Io::PermissionDenied,
        Io::InvalidInput,
        Io::InvalidData,
        Io::Unsupported,
    ];
    let named = answers
        .map(|answer| (answer.split(' ').take(2).collect::<Vec<_>>().join(" "), answered(answer)))
        .chain(kinds.map(|kind| (format!("{kind:?}"), of_kind(kind))))
        .chain(ios.map(|kind| (format!("{kind:?}"), of_io(kind))));

    let (mut only_ours, mut only_theirs) = (Vec::new(), Vec::new());
    for (name, error) in named {
        let retried_there = !matches!(error.retry_method(), RetryMethod::NoRetry);
        match (error.classify().is_retryable(), retried_there) {
            (true, false) => only_ours.push(name),
            (false, true) => only_theirs.push(name),
            _ => {}
        }
    }
    let ours_expected =
        ["BUSY Redis", "NOREPLICAS Not", "UNBLOCKED force", "OOM command", "ERR max", "ERR max"];
    assert_eq!(only_ours, ours_expected);
    let theirs_expected =
        ["MOVED 3999", "ASK 3999", "AuthenticationFailed", "Parse", "InvalidInput", "InvalidData"];
    assert_eq!(only_theirs, theirs_expected);
}
