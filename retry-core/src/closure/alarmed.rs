//! [`Alarmed`]: the guards of an async call, and the alarm that its limits set.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::AsyncOperation;
use super::guarded::Guarded;
use super::parts::Timing;
use super::perturbed::Delay;
use super::settings::ClosureSettings;
use crate::classify::outcome::Outcome;
use crate::classify::rejection::Rejection;
use crate::classify::stopped::Stopped;
use crate::layers::rate::wait::Waited;
use crate::time::limit::Limit;

pin_project_lite::pin_project! {
    /// A call's guards, and the alarm of what is limited now: its wait for a permit, or its attempt.
    pub struct Alarmed<O, A> {
        guarded: Guarded<O>,
        #[pin]
        alarm: Option<A>,
        // What the alarm stands for.
        rejection: Rejection,
        // Whether it has been set and not polled.
        is_fresh: bool,
        // Of the wait for a turn.
        waited: Waited,
        delay: Delay<A>,
    }
}

impl<O: Outcome, A: Future<Output = ()>> Alarmed<O, A> {
    pub(super) fn new(guarded: Guarded<O>) -> Self {
        Self {
            guarded,
            alarm: None,
            rejection: Rejection::TimedOut,
            is_fresh: false,
            waited: Waited::NOTHING,
            delay: Delay::none(),
        }
    }

    pub(super) fn guarded_ref(self: Pin<&Self>) -> &Guarded<O> {
        self.project_ref().guarded
    }

    pub(super) fn guarded(self: Pin<&mut Self>) -> &mut Guarded<O> {
        self.project().guarded
    }

    /// Waits for the permit of the call's bulkhead, if it names one, until it holds one or is refused.
    pub(super) fn admit<Called, T>(
        mut self: Pin<&mut Self>,
        settings: &ClosureSettings,
        timer: &mut T,
        context: &mut Context<'_>,
    ) -> Poll<()>
    where
        Called: AsyncOperation<Output = O>,
        T: Timing<Alarm = A>,
    {
        let guarded = self.as_mut().guarded();
        guarded.start::<Called>(settings);
        if let Some(limit) = guarded.guards.ask(context) {
            self.as_mut().set(limit, timer);
        }
        let limited = self.as_mut().poll_limited(context, |guarded, context| {
            let queued = guarded.guards.queued();
            queued.map_or(Poll::Ready(None), |queued| Pin::new(queued).poll(context).map(Some))
        });
        let Poll::Ready(admission) = limited else { return Poll::Pending };
        if let Some(admission) = admission.and_then(Option::transpose).transpose() {
            self.as_mut().guarded().guards.admit(admission);
            self.silence();
        }
        Poll::Ready(())
    }

    /// Whether the attempt waits for its turn.
    pub(super) fn is_waiting(self: Pin<&mut Self>) -> bool {
        self.guarded().guards.turn.is_some()
    }

    /// Waits for the turn that the attempt has asked for, if it has; gives what it fails with instead, if it
    /// is refused.
    pub(super) fn take_turn<T: Timing<Alarm = A>>(
        self: Pin<&mut Self>,
        timer: &mut T,
        context: &mut Context<'_>,
    ) -> Poll<Option<O>> {
        let mut this = self.project();
        let Some(turn) = &mut this.guarded.guards.turn else { return Poll::Ready(None) };
        let sleep = |span| timer.alarm(span);
        let waited = ready!(turn.waits.poll(this.waited, this.alarm.as_mut(), sleep, context));
        this.alarm.set(None);
        *this.waited = Waited::NOTHING;
        Poll::Ready(this.guarded.end_turn(waited))
    }

    /// The attempt may take as long as its limits allow; gives what it fails with instead, if no time is left.
    pub(super) fn bound<T: Timing<Alarm = A>>(
        mut self: Pin<&mut Self>,
        timer: &mut T,
    ) -> Option<O> {
        let guarded = self.as_mut().guarded();
        let limit = guarded.guards.limit()?;
        if limit.is_over() {
            return guarded.cut(Stopped::before_it_began(limit.rejection()));
        }
        self.set(limit, timer);
        None
    }

    /// What an attempt fails with that begins, if chaos ends it. If chaos delays it, it is later.
    #[inline]
    pub(super) fn fails<Called, T>(
        self: Pin<&mut Self>,
        settings: &ClosureSettings,
        timer: &mut T,
    ) -> Option<O>
    where
        Called: AsyncOperation<Output = O>,
        T: Timing<Alarm = A>,
    {
        let this = self.project();
        this.delay.fails::<Called, T>(this.guarded, settings, timer)
    }

    fn set<T: Timing<Alarm = A>>(self: Pin<&mut Self>, limit: Limit, timer: &mut T) {
        let mut this = self.project();
        *this.rejection = limit.rejection();
        this.alarm.set(Some(timer.alarm(limit.after())));
        *this.is_fresh = true;
    }

    /// Polls what is limited, and the alarm: what the alarm stands for, if it rings first.
    ///
    /// The alarm is polled first, or a body that uses up its task's budget would keep it from ringing;
    /// but after the body's first poll, since most bodies are ready then, and no timer has to start.
    pub(super) fn poll_limited<R>(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        poll: impl FnOnce(&mut Guarded<O>, &mut Context<'_>) -> Poll<R>,
    ) -> Poll<Result<R, Rejection>> {
        let is_fresh = std::mem::take(self.as_mut().project().is_fresh);
        let mut rung = !is_fresh && self.as_mut().poll_alarm(context);
        let this = self.as_mut().project();
        if this.delay.poll(context).is_ready() {
            if let Poll::Ready(output) = poll(this.guarded, context) {
                return Poll::Ready(Ok(output));
            }
        }
        let rejection = *this.rejection;
        rung |= is_fresh && self.poll_alarm(context);
        if rung { Poll::Ready(Err(rejection)) } else { Poll::Pending }
    }

    /// Whether it has rung.
    fn poll_alarm(self: Pin<&mut Self>, context: &mut Context<'_>) -> bool {
        let alarm = self.project().alarm.as_pin_mut();
        alarm.is_some_and(|alarm| alarm.poll(context).is_ready())
    }

    /// What had a limit has ended.
    pub(super) fn silence(self: Pin<&mut Self>) {
        let mut this = self.project();
        this.alarm.set(None);
        this.delay.end();
    }
}
