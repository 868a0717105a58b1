//! [`Hedged`]: the settings of a call whose attempts are races; and what conducts these.

use std::any::type_name;
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::beside::{Beside, WithBeside};
use super::boxed::Boxed;
use super::guard::{Around, AsyncGuard, Guard, JudgeBodies, Judged};
use super::guarded::Guarded;
use super::guards::Guards;
use super::layered::{Layered, Options};
use super::limited::LimitedGuard;
use super::parts::{Reject, Timing};
use super::settings::{ClosureSettings, Kept, Settings};
use super::state::State;
use super::{AsyncOperation, BlockingOperation, Operation, Polled};
use crate::call::attempt::Attempt;
use crate::call::retry::Retry;
use crate::classify::Verdict;
use crate::classify::outcome::Outcome;
use crate::classify::rejection::Rejection;
use crate::classify::stopped::Stopped;
use crate::layers::budget::{Budget, Cause, Permit};
use crate::layers::hedge::plan::HedgePlan;
use crate::layers::hedge::race::{Conduct, Race};
use crate::layers::hedge::{Hedge, HedgeBudget, Latency};
use crate::layers::rate::pace::{OwnedPace, Paced};
use crate::layers::shared::{Lent, Shared};
use crate::time::limit::{Limit, Limited, within_by};

/// What names a hedge.
#[diagnostic::on_unimplemented(
    message = "`.hedge(…)` takes a static `Hedge` or an `Arc` of one, and this is `{Self}`",
    label = "neither a `&'static Hedge` nor an `Arc<Hedge>`",
    note = "write `static HEDGE: Hedge = Hedge::after(Duration::from_millis(200));` and `.hedge(&HEDGE)`"
)]
pub trait NamesHedge {
    /// The hedge.
    fn named(self) -> Shared<'static, Hedge>;
}

#[diagnostic::do_not_recommend]
impl<H: Into<Shared<'static, Hedge>>> NamesHedge for H {
    fn named(self) -> Shared<'static, Hedge> {
        self.into()
    }
}

/// The settings of a call that names a hedge.
#[derive(Debug)]
pub struct Hedged {
    layered: Layered,
    hedge: Shared<'static, Hedge>,
}

impl Hedged {
    pub(super) fn of(layered: Layered, hedge: Shared<'static, Hedge>) -> Self {
        Self { layered: layered.with_options(|options| options.is_hedged = true), hedge }
    }
}

impl Settings for Hedged {
    type Kept = WithBeside;
    type Beside = Self;
    type Layered = Self;
    type Async<O: AsyncOperation, T: Timing> = Raced<Boxed<O::Output, T::Alarm>>;
    type Blocking<O: BlockingOperation> = Option<Guarded<O::Output>>;

    fn common(&mut self) -> &mut ClosureSettings {
        self.layered.common()
    }

    fn with_beside(mut self, change: impl FnOnce(&mut Beside)) -> Self {
        self.layered = self.layered.with_beside(change);
        self
    }

    fn layered(self) -> Layered {
        self.layered
    }

    fn with_options(mut self, change: impl FnOnce(&mut Options)) -> Self {
        self.layered = self.layered.with_options(change);
        self
    }

    fn guard<O: AsyncOperation, T: Timing>(
        self,
        reject: Option<Reject<O::Output>>,
    ) -> (WithBeside, Raced<Boxed<O::Output, T::Alarm>>) {
        let (kept, guard) = self.layered.guard::<O, T>(reject);
        (kept, Raced { guard, hedge: self.hedge, bodies: 0, judged: None })
    }

    fn guard_blocking<O: BlockingOperation>(
        self,
        reject: Option<Reject<O::Output>>,
    ) -> (WithBeside, Option<Guarded<O::Output>>) {
        self.layered.guard_blocking::<O>(reject)
    }
}

/// What stands around the attempts of a call, each of which is a race.
pub struct Raced<G> {
    guard: G,
    hedge: Shared<'static, Hedge>,
    /// The number of bodies that the attempt has started.
    bodies: u32,
    /// What the race's outcome has come to.
    judged: Option<Judged>,
}

impl<O: Outcome, G: Guard<O>> Guard<O> for Raced<G> {
    fn guarded<'a>(&'a self) -> Option<&'a Guarded<O>>
    where
        O: 'a,
    {
        self.guard.guarded()
    }

    fn guarded_mut<'a>(&'a mut self) -> Option<&'a mut Guarded<O>>
    where
        O: 'a,
    {
        self.guard.guarded_mut()
    }

    fn guards(&self) -> Option<&Guards> {
        self.guard.guards()
    }

    fn judged(&mut self) -> Option<Judged> {
        self.judged.take()
    }
}

impl<O: AsyncOperation, T: Timing> AsyncGuard<O, T> for Raced<Boxed<O::Output, T::Alarm>> {
    type Attempt = RaceOf<O, T>;

    fn poll_attempt(
        &mut self,
        state: Pin<&mut State<O::Output, RaceOf<O, T>, T::Wait>>,
        around: Around<'_, O, T, impl Kept, impl JudgeBodies<O::Output>>,
        context: &mut Context<'_>,
    ) -> Poll<Option<O::Output>> {
        LimitedGuard::poll_outcome(self, state, around, context)
    }
}

/// An attempt of a call that names a hedge.
type RaceOf<O, T> = Race<OfClosure, Body<O, <T as Timing>::Alarm>, Paid, <T as Timing>::Alarm>;

impl<O: AsyncOperation, T: Timing> LimitedGuard<O, T> for Raced<Boxed<O::Output, T::Alarm>> {
    type Attempt = RaceOf<O, T>;

    fn poll_begin(
        &mut self,
        kept: &impl Kept,
        timer: &mut T,
        is_first: bool,
        context: &mut Context<'_>,
    ) -> Poll<Option<O::Output>> {
        LimitedGuard::<O, T>::poll_begin(&mut self.guard, kept, timer, is_first, context)
    }

    fn attempt(&mut self, _: &mut O, kept: &impl Kept, retry: Option<&Retry<'_>>) -> Self::Attempt {
        self.bodies = 0;
        if let Some(guarded) = self.guard.guarded_mut() {
            drop(guarded.attempt::<O>(kept.common(), retry)); // it is kept there
        }
        Race::new(OfClosure::new::<O>(self.hedge.clone(), kept.common()))
    }

    fn poll(
        &mut self,
        attempt: Pin<&mut Self::Attempt>,
        around: Around<'_, O, T, impl Kept, impl JudgeBodies<O::Output>>,
        context: &mut Context<'_>,
    ) -> Poll<Result<O::Output, Rejection>> {
        let Self { guard, bodies, judged, .. } = self;
        let Some(alarmed) = &mut guard.0 else {
            return Poll::Pending; // a hedge is an option, so it is there
        };
        let polled = alarmed.as_mut().poll_limited(context, |guarded, context| {
            let reject = guarded.reject;
            let guards = &guarded.guards;
            let mut conduct = Conducting { around, guards, reject, bodies };
            guards.enclose(|| attempt.poll(&mut conduct, context))
        });
        let end = match ready!(polled) {
            Ok(end) => end,
            Err(rejection) => return Poll::Ready(Err(rejection)),
        };
        *judged = end.judged.get();
        if let Some(stopped) = end.stopped {
            alarmed.as_mut().guarded().guards.cut(stopped);
        }
        Poll::Ready(Ok(end.outcome))
    }

    fn cut(&mut self, rejection: Rejection) -> Option<O::Output> {
        LimitedGuard::<O, T>::cut(&mut self.guard, rejection)
    }

    fn silence(&mut self) {
        LimitedGuard::<O, T>::silence(&mut self.guard);
    }
}

/// What an extra body has been paid with, if its call has a budget.
type Paid = Option<Permit<'static>>;

/// What conducts the race of an attempt.
struct Conducting<'a, O: AsyncOperation, T, K, R> {
    around: Around<'a, O, T, K, R>,
    guards: &'a Guards,
    reject: Option<Reject<O::Output>>,
    bodies: &'a mut u32,
}

impl<O, T, K, R> Conduct for Conducting<'_, O, T, K, R>
where
    O: AsyncOperation,
    T: Timing,
    K: Kept,
    R: JudgeBodies<O::Output>,
{
    type Attempt = Body<O, T::Alarm>;
    type Permit = Paid;
    type Alarm = T::Alarm;

    fn start(&mut self) -> Self::Attempt {
        let Self { around, guards, reject, bodies } = self;
        let seen = guards
            .attempt
            .as_ref()
            .map(|race| Seen { race: Arc::clone(race), body: Arc::new(race.of_hedge(**bodies)) });
        **bodies = bodies.saturating_add(1);
        let limit = Limit::of(None, guards.options.timeout);
        let alarm = limit.map(|limit| around.timer.alarm(limit.after()));
        let future = around.operation.attempt(|| match &seen {
            Some(seen) => Arc::clone(&seen.body),
            None => around.kept.common().lone_attempt(type_name::<O>)(),
        });
        Body { future: within_by(limit, future, alarm), seen, reject: *reject }
    }

    fn judge(&mut self, end: &BodyEnd<O::Output>) -> Option<Verdict> {
        let judged = self.around.rules.judge(&end.outcome);
        end.judged.set(Some(judged));
        match judged {
            Judged::Value(Polled::Final) => None,
            Judged::Value(Polled::Waiting(verdict) | Polled::Failed(verdict))
            | Judged::Error(verdict) => Some(verdict),
        }
    }

    fn ask(&mut self) -> Option<Paid> {
        let budget = self.around.kept.beside().and_then(|beside| beside.budget.as_ref());
        let upstream = self.guards.options.upstream.as_ref().filter(|known| known.takes_turns);
        let pace = upstream.and_then(|known| known.pace.as_ref()).map(OwnedPace::borrowed);
        Paced { pace, budget: || pay(budget) }.try_acquire()
    }

    fn succeeded(&mut self, paid: Paid) {
        if let Some(permit) = paid {
            permit.succeeded();
        }
    }

    fn failed(&mut self, paid: Paid, verdict: Verdict) {
        if let Some(permit) = paid {
            permit.failed(verdict);
        }
    }

    fn alarm(&mut self, after: Duration) -> T::Alarm {
        self.around.timer.alarm(after)
    }
}

/// Asks `budget`, if there is any, to pay for an extra body, which then begins.
fn pay(budget: Option<&Shared<'static, Budget>>) -> Option<Paid> {
    let Some(budget) = budget else { return Some(None) };
    let lent = match budget {
        Shared::Borrowed(budget) => Lent::Borrowed(*budget),
        Shared::Counted(budget) => Lent::Counted(budget),
    };
    let mut permit = budget.try_acquire(Cause::Failure)?.kept_by(lent);
    permit.begin();
    Some(Some(permit))
}

/// What a body sees of its attempt.
#[derive(Debug)]
struct Seen {
    race: Arc<Attempt>,
    body: Arc<Attempt>,
}

pin_project_lite::pin_project! {
    /// One body of a race.
    pub struct Body<O: AsyncOperation, A> {
        #[pin]
        future: Limited<O::Future, A>,
        seen: Option<Seen>,
        reject: Option<Reject<O::Output>>,
    }
}

/// How a body has ended.
pub struct BodyEnd<O> {
    outcome: O,
    stopped: Option<Stopped>,
    judged: Cell<Option<Judged>>,
}

impl<O: AsyncOperation, A: Future<Output = ()>> Future for Body<O, A> {
    type Output = BodyEnd<O::Output>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let (outcome, stopped) = match ready!(this.future.poll(context)) {
            Ok(outcome) => (outcome, None),
            Err(stopped) => match this.reject {
                Some(reject) => (reject(stopped.rejection(), None), Some(stopped)),
                None => return Poll::Pending, // no limit is set without it
            },
        };
        if let Some(Seen { race, body }) = this.seen.take() {
            race.ask_also(body.steering());
        }
        Poll::Ready(BodyEnd { outcome, stopped, judged: Cell::new(None) })
    }
}

/// The hedge of a closure, whose extra bodies are counted.
#[derive(Debug)]
pub struct OfClosure {
    hedge: Shared<'static, Hedge>,
    #[cfg(feature = "metrics")]
    name: Option<&'static str>,
    #[cfg(feature = "metrics")]
    type_name: fn() -> &'static str,
}

impl OfClosure {
    fn new<O: Operation>(hedge: Shared<'static, Hedge>, settings: &ClosureSettings) -> Self {
        #[cfg(not(feature = "metrics"))]
        let _ = (settings, type_name::<O>);
        Self {
            hedge,
            #[cfg(feature = "metrics")]
            name: settings.name,
            #[cfg(feature = "metrics")]
            type_name: type_name::<O>,
        }
    }

    #[cfg(feature = "metrics")]
    fn full_name(&self) -> &'static str {
        use crate::events::closure_names::of_closure;
        self.name.unwrap_or_else(|| of_closure((self.type_name)()).full())
    }
}

impl HedgePlan for OfClosure {
    fn delay(&self) -> Option<Duration> {
        self.hedge.delay()
    }

    fn max(&self) -> u32 {
        self.hedge.max()
    }

    fn measures(&self) -> bool {
        HedgePlan::measures(&&*self.hedge)
    }

    fn record(&self, latency: Latency) {
        HedgePlan::record(&&*self.hedge, latency);
    }

    fn may_hedge(&self) -> bool {
        HedgePlan::may_hedge(&&*self.hedge)
    }

    fn has_started(&self) {
        HedgePlan::has_started(&&*self.hedge);
        #[cfg(feature = "metrics")]
        crate::events::metrics::record_hedge_started(self.full_name());
    }

    fn has_won(&self) {
        HedgePlan::has_won(&&*self.hedge);
        #[cfg(feature = "metrics")]
        crate::events::metrics::record_hedge_won(self.full_name());
    }
}
