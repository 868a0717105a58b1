//! [`Rules`]: what the user says of outcomes.

use super::fallback::NoFallback;
use super::hooks::Silent;
use super::judge::{ByClassify, Never};

/// Which outcomes are retried, the hooks, and the fallback.
#[derive(Clone, Copy, Debug)]
pub struct Rules<J = ByClassify, A = Never, L = Silent, F = NoFallback> {
    pub(super) judge: J,
    pub(super) again: A,
    pub(super) listener: L,
    pub(super) fallback: F,
}

impl Rules {
    pub(super) const NONE: Self =
        Self { judge: ByClassify, again: Never, listener: Silent, fallback: NoFallback };
}
