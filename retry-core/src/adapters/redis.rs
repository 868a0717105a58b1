//! `redis::RedisError`.

use std::error::Error;
use std::io;
use std::sync::Arc;

use ::redis::{ErrorKind, RedisError, ServerError};

use super::connection::of_io;
use crate::classify::{Class, Classify, Verdict};

/// What the server answered, by the first word of its error (Redis documents them with the commands
/// and settings that give them; the texts are in its `server.c`):
///
/// | answer | verdict | because |
/// |---|---|---|
/// | `LOADING` | transient | it reads its data from disk after a start |
/// | `BUSY` | transient | a script runs for longer than `busy-reply-threshold` |
/// | `TRYAGAIN`, `CLUSTERDOWN` | transient | slots move, or the cluster chooses a new master |
/// | `MASTERDOWN`, `NOREPLICAS` | transient | replica and master have lost each other |
/// | `READONLY` | transient | a write reached a replica: after a failover, until the client finds the new master |
/// | `UNBLOCKED` | transient | a blocking command was broken off, since the server became a replica |
/// | `OOM` | throttled | it is at `maxmemory`, and takes writes again when keys have gone |
/// | `ERR max number of clients …` | throttled | it is at `maxclients` |
/// | `ERR Error running script …: -READONLY …`, of Redis up to 6 | as the answer that the script got, here `READONLY` | a script that does not catch an error ends with it |
/// | `MOVED`, `ASK` | permanent | another node has the key: a cluster client goes there by itself, and to others this one would say it again |
/// | any other | permanent | among them `WRONGTYPE`, `NOAUTH`, `WRONGPASS`, `NOPERM`, `NOSCRIPT`, `CROSSSLOT`, `MISCONF` (its disk is full, or cannot be written) |
///
/// Of the errors in a pipeline or a transaction, the gravest counts: it is repeated whole, so all of
/// it must have a chance. An `EXECABORT` is told by the commands that caused it. What a pipeline did
/// before its error is not undone, and is done again.
///
/// What the client itself says:
///
/// | kind | verdict | because |
/// |---|---|---|
/// | `Io`, timeouts too | transient, unless its kind names a mistake: `PermissionDenied`, `InvalidInput`, `InvalidData`, `Unsupported` | the connection was refused, cut, slow, or not found just now |
/// | `ClusterConnectionNotFound`, `MasterNameNotFoundBySentinel`, `NoValidReplicasFoundBySentinel` | transient | nodes go and come back |
/// | `AuthenticationFailed` | permanent | the password stays wrong |
/// | `Parse` | permanent | nearly always a value that is not of the type asked for |
/// | any other | permanent | a mistake in the call or in the settings |
///
/// This is not [`RedisError::retry_method`], which says what to do with the connection as much as
/// with the call. It reconnects after `AuthenticationFailed` and `Parse`, and tries again after I/O
/// errors of kind `InvalidData` and `InvalidInput`, which are permanent here; it follows `MOVED` and
/// `ASK`, as a cluster client does. It gives up on `BUSY`, `NOREPLICAS`, `UNBLOCKED`, `OOM` and
/// `ERR max number of clients …`, whose names it does not know, and on every `EXECABORT`. Of a
/// pipeline's errors, it asks the first.
///
/// A `MultiplexedConnection` that broke stays broken: take a new one in the function that is
/// retried, or use a `ConnectionManager`, which makes new ones. Set its own retries to 0, or they
/// multiply with these.
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
impl Classify for RedisError {
    fn classify(&self) -> Verdict {
        let answers = self.clone().into_server_errors();
        let gravest = answers.iter().flat_map(|answers| answers.iter());
        let gravest = gravest.map(|(_, answer)| answer.classify()).max_by_key(gravity);
        gravest.unwrap_or_else(|| match self.kind() {
            ErrorKind::Io => {
                io_cause(self).map_or(Verdict::from(self.is_connection_dropped()), of_io)
            }
            ErrorKind::ClusterConnectionNotFound
            | ErrorKind::MasterNameNotFoundBySentinel
            | ErrorKind::NoValidReplicasFoundBySentinel => Verdict::TRANSIENT,
            _ => of_answer(self.code(), self.detail()),
        })
    }
}

/// As for the server's answers in [`RedisError`].
///
/// ```
/// use redis::{ServerError, make_extension_error};
/// use persevere::{Classify, Verdict};
///
/// let busy = make_extension_error("BUSY".to_owned(), None);
/// let busy = ServerError::try_from(busy).unwrap();
/// assert_eq!(busy.classify(), Verdict::TRANSIENT);
/// ```
impl Classify for ServerError {
    fn classify(&self) -> Verdict {
        of_answer(Some(self.code()), self.details())
    }
}

fn of_answer(code: Option<&str>, detail: Option<&str>) -> Verdict {
    match code {
        Some(
            "LOADING" | "BUSY" | "TRYAGAIN" | "CLUSTERDOWN" | "MASTERDOWN" | "NOREPLICAS"
            | "READONLY" | "UNBLOCKED",
        ) => Verdict::TRANSIENT,
        Some("OOM") => Verdict::THROTTLED,
        Some("ERR") => match detail {
            Some(text) if text.starts_with("max number of clients") => Verdict::THROTTLED,
            Some(text) => within_script(text).map_or(Verdict::PERMANENT, |answer| {
                let (code, detail) = answer.split_once(' ').unwrap_or((answer, ""));
                of_answer(Some(code), Some(detail))
            }),
            None => Verdict::PERMANENT,
        },
        _ => Verdict::PERMANENT,
    }
}

/// The answer that ended a script, as Redis up to 6 wraps it: `Error running script (call to f_…):
/// @user_script:5: @user_script: 5: -READONLY You can't write …` (`scripting.c`, `evalGenericCommand`).
/// Redis 7 answers with it alone, and names the script after it.
fn within_script(detail: &str) -> Option<&str> {
    let (_, answer) = detail.strip_prefix("Error running script ")?.split_once(": -")?;
    Some(answer)
}

fn gravity(verdict: &Verdict) -> u8 {
    match verdict.class() {
        Class::Transient => 0,
        Class::Throttled => 1,
        Class::Permanent => 2,
    }
}

/// The I/O error inside, which the client hands out in the shared pointer it keeps it in.
fn io_cause(error: &RedisError) -> Option<&io::Error> {
    let shared = error.source()?.downcast_ref::<Arc<dyn Error + Send + Sync>>()?;
    shared.downcast_ref()
}
