//! The sizes of upstreams' layers, as the table in force has them.

use std::collections::BTreeSet;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use std::sync::{Mutex, TryLockError};

use super::{in_force, report};
use crate::layers::breaker::State;
use crate::layers::upstream::{Layers, Listed, upstreams, when_listed};
use crate::policy::partial::{Forced, PerTime, Sizes};

/// Whether a size is not that of the code.
static ARE_CHANGED: AtomicBool = AtomicBool::new(false);

/// How often the sizes were to be looked at.
static ASKED: AtomicU64 = AtomicU64::new(0);

/// What the log has said of settings that change nothing. Who finds it taken leaves the work to who has it.
static WORKING: Mutex<BTreeSet<Idle>> = Mutex::new(BTreeSet::new());

/// A setting of an upstream that has no such layer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Idle {
    pub(super) upstream: &'static str,
    pub(super) setting: &'static str,
    pub(super) layer: &'static str,
}

/// Brings the sizes of all listed upstreams in line with the table in force.
pub(super) fn bring_in_line() {
    if !ARE_CHANGED.load(Ordering::SeqCst) && !in_force::has_sizes() {
        return;
    }
    when_listed(bring_in_line);
    ASKED.fetch_add(1, Ordering::SeqCst);
    // Either this finds the work left, or who leaves it finds what was asked here: not neither.
    fence(Ordering::SeqCst);
    loop {
        // Never waited for: what hears of a circuit that is forced may install a table.
        let mut said = match WORKING.try_lock() {
            Ok(said) => said,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let asked = ASKED.load(Ordering::SeqCst);
        set_all(&mut said);
        drop(said);
        fence(Ordering::SeqCst); // with the one above
        if ASKED.load(Ordering::SeqCst) == asked {
            return;
        }
    }
}

type Wanted = (&'static Listed, Sizes);

fn set_all(said: &mut BTreeSet<Idle>) {
    let wanted: Vec<Wanted> =
        upstreams().map(|listed| (listed, in_force::sizes_of(listed.name()))).collect();
    let are_changed = wanted.iter().any(|(_, sizes)| !sizes.is_empty());
    ARE_CHANGED.store(are_changed, Ordering::SeqCst);
    each(
        &wanted,
        |layers| layers.bulkhead,
        |bulkhead, sizes| {
            let number = |size: Option<u32>| size.map(|size| size as usize);
            bulkhead.set_from_outside(number(sizes.max_concurrent), number(sizes.max_queue));
        },
    );
    each(
        &wanted,
        |layers| layers.rate,
        |rate, sizes| {
            rate.set_from_outside(sizes.rate.map(PerTime::interval), sizes.burst);
        },
    );
    each(
        &wanted,
        |layers| layers.breaker,
        |breaker, sizes| {
            breaker.set_from_outside(sizes.breaker.map(|forced| match forced {
                Forced::Off => State::Disabled,
                Forced::Open => State::ForcedOpen,
                Forced::Closed => State::ForcedClosed,
            }));
        },
    );
    for idle in wanted.iter().flat_map(|(listed, sizes)| idle(listed, *sizes)) {
        if said.insert(idle) {
            report::idle(idle);
        }
    }
}

/// Sets each layer of one kind once. Of upstreams that share one, the first that has a size has the word.
fn each<L>(
    wanted: &[Wanted],
    layer: fn(Layers<'static>) -> Option<&'static L>,
    set: impl Fn(&L, Sizes),
) {
    let of = |(listed, _): &Wanted| layer(listed.layers());
    for (index, it) in wanted.iter().enumerate() {
        let Some(own) = of(it) else { continue };
        let has_it = |other: &&Wanted| of(other).is_some_and(|layer| ptr::eq(layer, own));
        if !wanted[..index].iter().any(|other| has_it(&other)) {
            let sizes = wanted.iter().filter(has_it).map(|(_, sizes)| *sizes);
            set(own, sizes.reduce(Sizes::or).unwrap_or_default());
        }
    }
}

/// The settings of an upstream that has no layer for them.
fn idle(listed: &Listed, sizes: Sizes) -> impl Iterator<Item = Idle> {
    let (upstream, layers) = (listed.name(), listed.layers());
    let texts = sizes.texts().map(|(setting, _)| setting);
    texts.filter_map(move |setting| {
        let (layer, has_it) = match setting {
            "max_concurrent" | "max_queue" => ("bulkhead", layers.bulkhead.is_some()),
            "breaker" => ("circuit breaker", layers.breaker.is_some()),
            _ => ("rate", layers.rate.is_some()),
        };
        (!has_it).then_some(Idle { upstream, setting, layer })
    })
}
