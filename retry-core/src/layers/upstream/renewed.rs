//! An [`Upstream`] as new: for tests, and for one of many that is forgotten.

use std::sync::Arc;

use super::{Counts, Layers, Upstream};
use crate::layers::breaker::CircuitBreaker;
use crate::layers::budget::Budget;
use crate::layers::bulkhead::Bulkhead;
use crate::layers::rate::Rate;
use crate::layers::shared::Shared;

impl Upstream {
    /// Whether each layer that it owns is as new, and nobody else holds it. Statics that it refers to are no
    /// part of it.
    pub(crate) fn owns_nothing_but_new(&mut self) -> bool {
        fn is<L>(layer: &mut Shared<'static, L>, as_new: impl Fn(&L) -> bool) -> bool {
            match layer {
                Shared::Counted(layer) => Arc::get_mut(layer).is_some_and(|layer| as_new(layer)),
                Shared::Borrowed(_) => true,
            }
        }
        is(&mut self.budget, Budget::is_as_new)
            && self.breaker.as_mut().is_none_or(|breaker| is(breaker, CircuitBreaker::is_as_new))
            && self.bulkhead.as_mut().is_none_or(|bulkhead| is(bulkhead, Bulkhead::is_as_new))
            && self.rate.as_mut().is_none_or(|rate| is(rate, Rate::is_as_new))
            && self.gate.as_ref().is_none_or(|gate| gate.is_open())
    }

    /// It, counting its calls in `counts`, if it has counts of its own.
    pub(crate) fn counting_with(mut self, counts: &mut Option<Arc<Counts>>) -> Self {
        if let Some(Shared::Counted(own)) = &mut self.counts {
            *own = Arc::clone(counts.get_or_insert_with(|| Arc::clone(own)));
        }
        self
    }

    /// Makes its layers as new: [`Budget::reset`], [`CircuitBreaker::reset`], [`Bulkhead::reset`],
    /// [`Rate::reset`]; and forgets a pause that it has asked for. Its
    /// [`Counts`] go on.
    pub fn reset(&self) {
        let Layers { budget, breaker, bulkhead, rate, .. } = self.layers();
        budget.reset();
        breaker.into_iter().for_each(CircuitBreaker::reset);
        bulkhead.into_iter().for_each(Bulkhead::reset);
        rate.into_iter().for_each(Rate::reset);
        if let Some(gate) = self.gate().find() {
            gate.reset();
        }
    }
}
