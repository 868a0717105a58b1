//! `redis::RedisError`.

use std::error::Error;
use std::io;
use std::sync::Arc;

use ::redis::{ErrorKind, RedisError, ServerError};

use super::connection::of_io;
use crate::classify::rejection::{Rejection, rejection};
use crate::classify::{Class, Classify, Verdict};

/// The server's answers, by the first word of the error (Redis documents them with the commands and
/// settings that cause them; the texts are in its `server.c`):
///
/// | answer | verdict | because |
/// |---|---|---|
/// | `LOADING` | transient | the server loads its data from disk after a start |
/// | `BUSY` | transient | a script runs for longer than `busy-reply-threshold` |
/// | `TRYAGAIN`, `CLUSTERDOWN` | transient | slots move, or the cluster chooses a new master |
/// | `MASTERDOWN`, `NOREPLICAS` | transient | replica and master have lost each other |
/// | `READONLY` | transient | a write reached a replica: after a failover, until the client finds the new master |
/// | `UNBLOCKED` | transient | a blocking command was cancelled, since the server became a replica |
/// | `OOM` | throttled | the server is at `maxmemory`, and accepts writes again once keys are gone |
/// | `ERR max number of clients …` | throttled | the server is at `maxclients` |
/// | the same in what ends a script: `ERR Error running script …: -READONLY …`, `@user_script: 5: -READONLY …` (Redis up to 6) or `READONLY … script: …` (since 7) | that of the answer to the script, here `READONLY` | a script that does not catch an error ends with it |
/// | `ERR Script attempted to …` while the cluster is down or the slot not served, `ERR … on a stale replica` | transient | as `CLUSTERDOWN` and `MASTERDOWN`: a script gets them without their code |
/// | `MOVED`, `ASK` | permanent | another node has the key: a cluster client goes there by itself; any other client would get the same answer again |
/// | any other | permanent | among them `WRONGTYPE`, `NOAUTH`, `WRONGPASS`, `NOPERM`, `NOSCRIPT`, `CROSSSLOT`, `MISCONF` (its disk is full, or cannot be written) |
///
/// For a pipeline or a transaction, the worst verdict of its errors counts: it is repeated as a whole,
/// so every part must be able to succeed. An `EXECABORT` is judged by the commands that caused it. The
/// commands of a pipeline before its error are not undone, and run again.
///
/// The client's own errors:
///
/// | kind | verdict | because |
/// |---|---|---|
/// | `Io`, made from a [`Rejection`] | that of the rejection | the call was cut or refused on this side |
/// | `Io`, timeouts too | transient, unless its kind names a mistake: `PermissionDenied`, `InvalidInput`, `InvalidData`, `Unsupported` | the connection was refused, broken or slow, or the host was not found |
/// | `ClusterConnectionNotFound`, `MasterNameNotFoundBySentinel`, `NoValidReplicasFoundBySentinel` | transient | nodes go and come back |
/// | `AuthenticationFailed` | permanent | the password stays wrong |
/// | `Parse` | permanent | nearly always a value that is not of the type asked for |
/// | any other | permanent | a mistake in the call or in the settings |
///
/// This is not [`RedisError::retry_method`], which says what to do with the connection as much as
/// with the call. It reconnects after `AuthenticationFailed` and `Parse`, and tries again after I/O
/// errors of kind `InvalidData` and `InvalidInput`, which are permanent here; it follows `MOVED` and
/// `ASK`, as a cluster client does. It gives up on `BUSY`, `NOREPLICAS`, `UNBLOCKED`, `OOM` and
/// `ERR max number of clients …`, which it does not know, and on every `EXECABORT`. For a pipeline, it
/// looks at the first error.
///
/// A broken `MultiplexedConnection` stays broken: open a new one in the annotated function, or use a
/// `ConnectionManager`, which reconnects. Set its own retries to 0, or they multiply with these.
///
/// ```
/// use redis::{ErrorKind, RedisError};
/// use persevere::{Classify, Verdict};
///
/// let refused = RedisError::from(std::io::Error::from(std::io::ErrorKind::ConnectionRefused));
/// assert_eq!(refused.classify(), Verdict::TRANSIENT);
/// let wrong = RedisError::from((ErrorKind::AuthenticationFailed, "wrong password"));
/// assert_eq!(wrong.classify(), Verdict::PERMANENT);
/// ```
#[cfg(feature = "redis")]
impl Classify for RedisError {
    fn classify(&self) -> Verdict {
        let answers = self.clone().into_server_errors();
        let gravest = answers.iter().flat_map(|answers| answers.iter());
        let gravest = gravest.map(|(_, answer)| answer.classify()).max_by_key(gravity);
        gravest.unwrap_or_else(|| match self.kind() {
            ErrorKind::Io => match (rejection(self), io_cause(self)) {
                (Some(ours), _) => ours.classify(),
                (None, Some(cause)) => of_io(cause),
                (None, None) => Verdict::from(self.is_connection_dropped()),
            },
            ErrorKind::ClusterConnectionNotFound
            | ErrorKind::MasterNameNotFoundBySentinel
            | ErrorKind::NoValidReplicasFoundBySentinel => Verdict::TRANSIENT,
            _ => of_answer(self.code(), self.detail()),
        })
    }
}

/// Lets functions with this error have a `timeout`, a `deadline` or a layer: of the kind `Io`, with the
/// [`Rejection`] inside.
///
/// ```
/// use persevere::{Classify, Rejection, Verdict, rejection};
/// use redis::RedisError;
///
/// let full = RedisError::from(Rejection::BulkheadFull);
/// assert_eq!(full.to_string(), "too many calls are running");
/// assert_eq!(full.classify(), Verdict::PERMANENT);
/// assert_eq!(rejection(&full), Some(Rejection::BulkheadFull));
/// assert!(RedisError::from(Rejection::TimedOut).is_timeout());
/// ```
#[cfg(feature = "redis")]
impl From<Rejection> for RedisError {
    fn from(rejection: Rejection) -> Self {
        io::Error::from(rejection).into()
    }
}

/// Classified as the server's answers in [`RedisError`].
///
/// ```
/// use redis::{ServerError, make_extension_error};
/// use persevere::{Classify, Verdict};
///
/// let busy = make_extension_error("BUSY".to_owned(), None);
/// let busy = ServerError::try_from(busy).unwrap();
/// assert_eq!(busy.classify(), Verdict::TRANSIENT);
/// ```
#[cfg(feature = "redis")]
impl Classify for ServerError {
    fn classify(&self) -> Verdict {
        of_answer(Some(self.code()), self.details())
    }
}

fn of_answer(code: Option<&str>, detail: Option<&str>) -> Verdict {
    let detail = detail.unwrap_or_default();
    match code {
        Some(
            "LOADING" | "BUSY" | "TRYAGAIN" | "CLUSTERDOWN" | "MASTERDOWN" | "NOREPLICAS"
            | "READONLY" | "UNBLOCKED",
        ) => Verdict::TRANSIENT,
        Some("OOM") => Verdict::THROTTLED,
        Some("ERR") if detail.starts_with("max number of clients") => Verdict::THROTTLED,
        Some("ERR") => of_script(within_script(detail)),
        // An error caught by `pcall` and returned by the script: `@user_script: 5: -READONLY …`.
        Some("@user_script:") => of_script(after_line(detail).unwrap_or(detail)),
        _ => Verdict::PERMANENT,
    }
}

/// The error that ended a script, without what Redis up to 6 puts before it (`evalGenericCommand` and
/// `luaPushError` in its `scripting.c`): `Error running script (call to f_…): @user_script:5:
/// @user_script: 5: -READONLY You can't write …`. Redis 7 names the script after the error.
fn within_script(detail: &str) -> &str {
    let wrapped = detail.strip_prefix("Error running script ");
    let Some((_, mut error)) = wrapped.and_then(|wrapped| wrapped.split_once("): ")) else {
        return detail;
    };
    while let Some(rest) = error.strip_prefix("@user_script:").and_then(after_line) {
        error = rest;
    }
    error
}

/// The text after `5: `, a line number.
fn after_line(text: &str) -> Option<&str> {
    let (line, rest) = text.split_once(": ")?;
    line.trim_start().parse::<u32>().is_ok().then_some(rest)
}

/// An error with its own code after a hyphen, or one without a code that only scripts get.
fn of_script(error: &str) -> Verdict {
    match error.strip_prefix('-') {
        Some(answer) => {
            let (code, detail) = answer.split_once(' ').unwrap_or((answer, ""));
            of_answer(Some(code), Some(detail))
        }
        None => Verdict::from(WITHIN_SCRIPTS.iter().any(|known| error.starts_with(known))),
    }
}

/// The texts that a script gets instead of `CLUSTERDOWN` and `MASTERDOWN`: from `script.c` since
/// Redis 7, and from `scripting.c` before.
const WITHIN_SCRIPTS: [&str; 6] = [
    "Script attempted to execute a command while the cluster is down",
    "Script attempted to execute a write command while the cluster is down",
    "Script attempted to access a slot not served",
    "Can not execute the command on a stale replica",
    "Lua script attempted to execute a command while the cluster is down",
    "Lua script attempted to execute a write command while the cluster is down",
];

fn gravity(verdict: &Verdict) -> u8 {
    match verdict.class() {
        Class::Transient => 0,
        Class::Throttled => 1,
        Class::Permanent => 2,
    }
}

/// The I/O error inside, which the client returns in a shared pointer.
fn io_cause(error: &RedisError) -> Option<&io::Error> {
    let shared = error.source()?.downcast_ref::<Arc<dyn Error + Send + Sync>>()?;
    shared.downcast_ref()
}
