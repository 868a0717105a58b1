//! Attempts of a service without chaos: nothing happens, at no cost.

use std::future::Future;

use persevere_core::closure::parts::{DefaultTimer, Layered};
use persevere_core::closure::{AsyncOperation, Retrying};

use super::upstream::Failed;
use crate::{Rejection, Upstream};

/// A call on an upstream.
type Call<O, R> = Retrying<O, R, DefaultTimer, Layered>;

/// What an attempt of a service has of chaos.
#[derive(Clone)]
pub(super) struct Chaos;

#[allow(clippy::unused_self, reason = "as with the feature `chaos`")]
impl Chaos {
    pub(super) fn on(_upstream: &Upstream) -> Self {
        Self
    }

    pub(super) fn anew(&self) -> Self {
        Self
    }

    pub(super) fn noted_by<O: AsyncOperation, R>(self, call: Call<O, R>) -> Call<O, R> {
        call
    }

    #[inline]
    pub(super) fn is_any() -> bool {
        false
    }

    pub(super) fn around<Res, E>(
        self,
        body: impl Future<Output = Result<Res, Failed<E>>>,
    ) -> impl Future<Output = Result<Res, Failed<E>>> {
        body
    }
}

/// Whether chaos put it in, in place of an answer.
pub(super) fn is_fault(_rejection: Rejection) -> bool {
    false
}
