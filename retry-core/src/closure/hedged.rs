//! [`Hedged`]: the settings of a call whose attempts are races, and what stands around these.

mod plan;
mod race;

use std::pin::Pin;
use std::task::{Context, Poll, ready};

pub use self::plan::OfClosure;
pub use self::race::{Body, BodyEnd};
use self::race::{Conducting, Paid};
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
use super::{AsyncOperation, BlockingOperation};
use crate::call::retry::Retry;
use crate::classify::outcome::Outcome;
use crate::classify::rejection::Rejection;
use crate::layers::hedge::Hedge;
use crate::layers::hedge::race::Race;
use crate::layers::shared::Shared;

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
            // Asked here, since what is enclosed is within the call's own turn.
            let pace = guarded.guards.pace().filter(|pace| !pace.is_nested());
            let guarded = &*guarded;
            let mut conduct = Conducting { around, guarded, pace, bodies };
            guarded.guards.enclose(|| attempt.poll(&mut conduct, context))
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
