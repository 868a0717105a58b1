//! [`Caller`]: whose call it is.

use crate::events::name::Name;
use crate::events::site::Site;

/// Whose call it is: an annotated function's, which has a static, or a closure's.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Caller {
    /// By what returns its static: before Rust 1.90, no constant may refer to one that changes.
    Function(fn() -> &'static Site),
    Closure(Name),
}

impl Caller {
    pub(crate) fn name(self) -> Name {
        match self {
            Self::Function(site) => site().function(),
            Self::Closure(name) => name,
        }
    }
}
