//! What ends calls from outside: the [shutdown](shutdown()) of the process, and a [`Cancel`] for a tree of
//! calls. Between two attempts it ends the wait at once, and no attempt follows; an attempt that runs is not
//! cut.

pub(crate) mod scope;
pub(crate) mod shutdown;
pub(crate) mod token;
mod waiters;
pub(crate) mod watch;
mod word;

/// Whether a call that runs here, on this thread, is to make no further attempt. While there has been no
/// shutdown, and no [`Cancel`](token::Cancel) has a scope anywhere, that is two relaxed loads.
#[inline]
pub(crate) fn is_cancelled() -> bool {
    shutdown::has_begun() && !scope::is_shielded() || scope::is_cancelled()
}
