//! [`Shared`]: a layer as whoever passes through it names it.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

/// A layer that several calls share: a static, or an [`Arc`] of one that is made at run time.
///
/// Closures and `tower` layers take it wherever they take a layer, so that either can be given:
///
/// ```
/// use std::sync::Arc;
/// use persevere::{CircuitBreaker, Policy, Rejection};
///
/// static BREAKER: CircuitBreaker = CircuitBreaker::new();
/// let of_this_host = Arc::new(CircuitBreaker::new());
///
/// let ask = || Ok::<u8, Rejection>(1);
/// assert_eq!(Policy::DEFAULT.retry_blocking(ask).breaker(&BREAKER).call(), Ok(1));
/// assert_eq!(Policy::DEFAULT.retry_blocking(ask).breaker(&of_this_host).call(), Ok(1));
/// assert_eq!(of_this_host.tally().calls, 1);
/// ```
pub enum Shared<'b, L> {
    /// One that outlives whoever names it.
    Borrowed(&'b L),
    /// One that lives until nobody names it any more.
    Counted(Arc<L>),
}

impl<L> Clone for Shared<'_, L> {
    fn clone(&self) -> Self {
        match self {
            Self::Borrowed(layer) => Self::Borrowed(layer),
            Self::Counted(layer) => Self::Counted(Arc::clone(layer)),
        }
    }
}

impl<L> Deref for Shared<'_, L> {
    type Target = L;

    #[inline]
    fn deref(&self) -> &L {
        match self {
            Self::Borrowed(layer) => layer,
            Self::Counted(layer) => layer,
        }
    }
}

impl<L: fmt::Debug> fmt::Debug for Shared<'_, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<'b, L> From<&'b L> for Shared<'b, L> {
    fn from(layer: &'b L) -> Self {
        Self::Borrowed(layer)
    }
}

impl<'b, L> From<&'b mut L> for Shared<'b, L> {
    fn from(layer: &'b mut L) -> Self {
        Self::Borrowed(layer)
    }
}

impl<'b, L> From<&'b LazyLock<L>> for Shared<'b, L> {
    fn from(layer: &'b LazyLock<L>) -> Self {
        Self::Borrowed(layer)
    }
}

impl<L> From<Arc<L>> for Shared<'_, L> {
    fn from(layer: Arc<L>) -> Self {
        Self::Counted(layer)
    }
}

impl<L> From<&Arc<L>> for Shared<'_, L> {
    fn from(layer: &Arc<L>) -> Self {
        Self::Counted(Arc::clone(layer))
    }
}

/// A [`Shared`] layer without a count of its own: what it grants can be kept as long as that is.
#[derive(Debug)]
pub(crate) enum Lent<'a, 'b, L> {
    Borrowed(&'b L),
    Counted(&'a Arc<L>),
}

impl<L> Clone for Lent<'_, '_, L> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<L> Copy for Lent<'_, '_, L> {}

impl<L> Deref for Lent<'_, '_, L> {
    type Target = L;

    fn deref(&self) -> &L {
        match self {
            Self::Borrowed(layer) => layer,
            Self::Counted(layer) => layer,
        }
    }
}
