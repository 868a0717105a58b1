//! The sizes of upstreams' layers, as the table in force has them.

use std::collections::BTreeSet;
use std::ptr;

use super::coalesced::Coalesced;
use super::{in_force, report};
use crate::layers::breaker::State;
use crate::layers::upstream::{Layers, Listed, upstreams, when_listed};
use crate::policy::partial::{Forced, PerTime, Sizes};

/// What the log has said of settings that change nothing is remembered.
static WORK: Coalesced<BTreeSet<Idle>> = Coalesced::new(BTreeSet::new());

/// A setting of an upstream that has no such layer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Idle {
    pub(super) upstream: &'static str,
    pub(super) setting: &'static str,
    pub(super) layer: &'static str,
}

/// Brings the sizes of all listed upstreams in line with the table in force.
pub(super) fn bring_in_line() {
    if !WORK.is_changed() && !in_force::has_sizes() {
        return;
    }
    when_listed(bring_in_line);
    // Never waited for: what hears of a circuit that is forced may install a table.
    WORK.run(
        wanted,
        |wanted| wanted.iter().any(|(_, sizes)| !sizes.is_empty()),
        |wanted, said| set_all(wanted, said),
    );
}

type Wanted = (&'static Listed, Sizes);

fn wanted() -> Vec<Wanted> {
    upstreams().map(|listed| (listed, in_force::sizes_of(listed.name()))).collect()
}

fn set_all(wanted: &[Wanted], said: &mut BTreeSet<Idle>) {
    each(
        wanted,
        |layers| layers.bulkhead,
        |bulkhead, sizes| {
            let number = |size: Option<u32>| size.map(|size| size as usize);
            bulkhead.set_from_outside(number(sizes.max_concurrent), number(sizes.max_queue));
        },
    );
    each(
        wanted,
        |layers| layers.rate,
        |rate, sizes| {
            rate.set_from_outside(sizes.rate.map(PerTime::interval), sizes.burst);
        },
    );
    each(
        wanted,
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
