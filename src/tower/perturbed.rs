//! What chaos does to the attempts of a service, innermost.

use std::future::Future;
use std::sync::Arc;

use persevere_core::closure::parts::{DefaultTimer, Layered};
use persevere_core::closure::{AsyncOperation, Retrying};
use persevere_core::generated::{Acted, Perturb, is_any_breaking, perturbed};

use super::upstream::Failed;
use crate::{Rejection, Upstream};

/// A call on an upstream.
type Call<O, R> = Retrying<O, R, DefaultTimer, Layered>;

/// What an attempt of a service has of chaos.
#[derive(Clone)]
pub(super) struct Chaos {
    upstream: &'static str,
    acted: Arc<Acted>,
}

impl Chaos {
    pub(super) fn on(upstream: &Upstream) -> Self {
        Self { upstream: upstream.name(), acted: Arc::default() }
    }

    /// As it is in a call that begins.
    pub(super) fn anew(&self) -> Self {
        Self { upstream: self.upstream, acted: Arc::default() }
    }

    /// `call`, whose events say so if chaos has acted.
    pub(super) fn noted_by<O: AsyncOperation, R>(self, call: Call<O, R>) -> Call<O, R> {
        call.acted_elsewhere(self.acted)
    }

    /// Whether any attempt may be broken.
    #[inline]
    pub(super) fn is_any() -> bool {
        is_any_breaking()
    }

    /// Awaits `body`, unless chaos fails it; later, if chaos delays it.
    pub(super) async fn around<Res, E>(
        self,
        body: impl Future<Output = Result<Res, Failed<E>>>,
    ) -> Result<Res, Failed<E>> {
        let fault = Some((|fault| Err(Failed::Rejected(fault))) as fn(Rejection) -> _);
        perturbed(Perturb::of_service(&self.acted, self.upstream, fault), body).await
    }
}

/// Whether chaos put it in, in place of an answer.
pub(super) fn is_fault(rejection: Rejection) -> bool {
    matches!(rejection, Rejection::Fault(_))
}
