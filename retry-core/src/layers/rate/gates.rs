//! [`GateRef`]: where the pause of an upstream without a rate is kept.
//!
//! An upstream that owns its layers owns this, too. One that refers to them is a static, of which constants
//! read the timeout, and so can hold nothing that changes: the pauses of all these stand in one list, from
//! which those that are over are removed. It is empty until a service asks for a pause.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::gate::Gate;

/// By what an upstream is known that refers to its layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) address: usize,
    pub(crate) name: &'static str,
}

static NAMED: RwLock<Vec<(Key, Arc<Gate>)>> = RwLock::new(Vec::new());

/// Whether that list has ever had an entry: while it has not, nothing else is read.
static ARE_ANY: AtomicBool = AtomicBool::new(false);

/// The pause of an upstream.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GateRef<'u> {
    Owned(&'u Arc<Gate>),
    Named(Key),
}

/// As [`GateRef`], of a caller that may outlive the upstream.
#[derive(Clone, Debug)]
pub(crate) enum OwnedGate {
    Owned(Arc<Gate>),
    Named(Key),
}

impl GateRef<'_> {
    /// It, if there has been a pause.
    #[inline]
    pub(crate) fn find(self) -> Option<Arc<Gate>> {
        match self {
            Self::Owned(gate) => gate.is_used().then(|| Arc::clone(gate)),
            Self::Named(key) => ARE_ANY.load(Ordering::Relaxed).then(|| find(key)).flatten(),
        }
    }

    /// It, made if there has been no pause.
    pub(crate) fn make(self) -> Arc<Gate> {
        match self {
            Self::Owned(gate) => Arc::clone(gate),
            Self::Named(key) => make(key),
        }
    }

    /// By what calls within an attempt know it: no address of a layer is one.
    pub(crate) fn address(self) -> usize {
        match self {
            Self::Owned(gate) => Arc::as_ptr(gate).addr(),
            Self::Named(Key { address, .. }) => address | 2,
        }
    }

    pub(crate) fn keep(self) -> OwnedGate {
        match self {
            Self::Owned(gate) => OwnedGate::Owned(Arc::clone(gate)),
            Self::Named(key) => OwnedGate::Named(key),
        }
    }
}

impl OwnedGate {
    pub(crate) fn borrowed(&self) -> GateRef<'_> {
        match self {
            Self::Owned(gate) => GateRef::Owned(gate),
            Self::Named(key) => GateRef::Named(*key),
        }
    }
}

#[cold]
fn find(key: Key) -> Option<Arc<Gate>> {
    let named = NAMED.read().unwrap_or_else(PoisonError::into_inner);
    named.iter().find(|(other, _)| *other == key).map(|(_, gate)| Arc::clone(gate))
}

#[cold]
fn make(key: Key) -> Arc<Gate> {
    let mut named = NAMED.write().unwrap_or_else(PoisonError::into_inner);
    named.retain(|(other, gate)| *other == key || !gate.is_open());
    if let Some((_, gate)) = named.iter().find(|(other, _)| *other == key) {
        return Arc::clone(gate);
    }
    let gate = Arc::new(Gate::new());
    named.push((key, Arc::clone(&gate)));
    ARE_ANY.store(true, Ordering::Relaxed);
    gate
}
