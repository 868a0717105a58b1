//! What follows an attempt of a retried closure.

use std::any::type_name;
use std::fmt;

use super::{Again, Judge, Listen, Settings};
use crate::attempt::Attempt;
use crate::call::Call;
use crate::classify::Verdict;
use crate::outcome::Outcome;
use crate::progress::Retry;
use crate::site::Site;
use crate::text::Text;
use crate::timeline::Timeline;

/// The parts of a call that have a say when an attempt has ended.
pub(super) struct Parts<J, A, L> {
    pub(super) judge: J,
    pub(super) again: A,
    pub(super) listener: L,
}

impl<J, A, L: Listen> Parts<J, A, L> {
    /// Whether a retry follows `outcome`, which `so_far` then is; else it goes to the caller.
    /// Hooks are called.
    ///
    /// `Operation` tells the function that the closure stands in.
    pub(super) fn conclude<Operation, O: Outcome>(
        &mut self,
        settings: &Settings<O>,
        timeline: Option<&Timeline>,
        attempt: Option<&Attempt>,
        so_far: &mut Option<Retry>,
        outcome: &O,
    ) -> bool
    where
        O::Error: fmt::Debug,
        J: Judge<O::Error>,
        A: Again<O::Value>,
    {
        let Self { judge, again, listener } = self;
        let result = outcome.as_result();
        let again = match result {
            Ok(value) => again.again(value),
            Err(_) => Verdict::PERMANENT,
        };
        if result.is_ok() && !again.is_retryable() && so_far.is_none() {
            return false;
        }
        let name = settings.name;
        let site = name.map_or_else(|| Site::of_closure(type_name::<Operation>()), Site::named);
        let call = settings.call(&site, timeline, attempt);
        let told = match result {
            Err(error) => {
                let text = Text::Owned(format!("{error:?}"));
                call.failed(so_far, judge.judge(error), text)
            }
            Ok(_) if again.is_retryable() => call.again(so_far, again),
            Ok(_) => call.succeeded(so_far),
        };
        listener.hear(&told.event);
        told.goes_on()
    }
}

impl<O: Outcome> Settings<O> {
    fn call<'a>(
        &'a self,
        site: &'a Site,
        timeline: Option<&'a Timeline>,
        attempt: Option<&'a Attempt>,
    ) -> Call<'a> {
        let mut call = Call::new(site, &self.policy);
        if let Some(policy) = &self.throttled {
            call = call.throttled(policy);
        }
        if let Some(id) = &self.id {
            call = call.id(Text::Display(id));
        }
        if let Some(timeline) = timeline {
            call = call.timeline(timeline);
        }
        if let Some(attempt) = attempt {
            call = call.context(attempt);
        }
        call
    }
}
