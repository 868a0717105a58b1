//! What chaos does to an attempt, innermost: in place of the body, or before it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

pub use super::acted::Acted;
use crate::chaos::{Chaos, Fault, Injected};
use crate::classify::rejection::Rejection;
use crate::events::caller::Caller;
use crate::events::name::Name;
use crate::events::site::Site;
use crate::layers::upstream::Upstream;
use crate::overrides::{self, Settings};
use crate::switches;

/// What an attempt that may be broken knows of its call. `O` is what it gives.
#[derive(Debug)]
pub struct Perturb<'a, O> {
    acted: &'a Acted,
    caller: Caller,
    upstream: Option<&'static str>,
    /// What makes the attempt's outcome of a fault, if anything can.
    fault: Option<fn(Rejection) -> O>,
}

impl<O> Clone for Perturb<'_, O> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<O> Copy for Perturb<'_, O> {}

impl<'a, O> Perturb<'a, O> {
    /// Of a function.
    #[inline]
    #[must_use]
    pub const fn new(
        acted: &'a Acted,
        site: fn() -> &'static Site,
        upstream: Option<&'static str>,
        fault: Option<fn(Rejection) -> O>,
    ) -> Self {
        Self::by(acted, Caller::Function(site), upstream, fault)
    }

    #[inline]
    pub(crate) const fn by(
        acted: &'a Acted,
        caller: Caller,
        upstream: Option<&'static str>,
        fault: Option<fn(Rejection) -> O>,
    ) -> Self {
        Self { acted, caller, upstream, fault }
    }

    /// Of a service of that name.
    #[inline]
    #[must_use]
    pub const fn named(
        acted: &'a Acted,
        name: &'static str,
        fault: Option<fn(Rejection) -> O>,
    ) -> Self {
        Self::by(acted, Caller::Closure(Name::given(name)), None, fault)
    }

    /// Of a service on the upstream of that name, which is its own.
    #[inline]
    #[must_use]
    pub const fn of_service(
        acted: &'a Acted,
        upstream: &'static str,
        fault: Option<fn(Rejection) -> O>,
    ) -> Self {
        let caller = Caller::Closure(Name::given(upstream));
        Self::by(acted, caller, Some(upstream), fault)
    }

    /// What is done to an attempt that begins, if anything is.
    #[inline]
    fn ask(&self) -> Option<Asked<O>> {
        if !overrides::is_any_breaking() {
            return None;
        }
        let broken = draw(self.caller, self.upstream, self.acted, self.fault.is_some())?;
        match broken {
            Injected::Delay(delay) => Some(Asked::Delay(delay)),
            Injected::Fault(fault) => self.fault.map(|make| Asked::Fails(Failing { make, fault })),
        }
    }
}

/// What chaos does to an attempt.
enum Asked<O> {
    Fails(Failing<O>),
    Delay(Duration),
}

/// An outcome that is not made yet: it may not be `Send`, where the attempt's future is.
#[derive(Debug)]
struct Failing<O> {
    make: fn(Rejection) -> O,
    fault: Fault,
}

impl<O> Failing<O> {
    fn outcome(&self) -> O {
        (self.make)(of(self.fault))
    }
}

/// What an error is made of.
pub(crate) const fn of(fault: Fault) -> Rejection {
    Rejection::Fault(fault)
}

/// What is done to an attempt of `caller`, in a call that `acted` is of, if anything is.
#[cold]
#[inline(never)]
pub(crate) fn draw(
    caller: Caller,
    upstream: Option<&'static str>,
    acted: &Acted,
    can_fail: bool,
) -> Option<Injected> {
    let settings = overrides::of(caller, upstream)?;
    let chaos = settings.chaos()?;
    let test = switches::in_force();
    let drawn = chaos.draw(&mut test.random());
    test.end();
    let injected = drawn?;
    if let (Injected::Fault(fault), false) = (injected, can_fail) {
        cannot_fail(caller, fault);
        return None;
    }
    acted.note();
    #[cfg(feature = "metrics")]
    crate::events::metrics::record_chaos(caller.name().full(), injected.as_str());
    Some(injected)
}

/// Whether chaos may act on attempts of `caller`.
pub(crate) fn is_in_force(caller: Caller, upstream: Option<&'static str>) -> bool {
    let chaos = |settings: Settings| settings.chaos().is_some_and(Chaos::acts);
    overrides::is_any_breaking() && overrides::of(caller, upstream).is_some_and(chaos)
}

/// Warns, once for each function, that its error is made of no fault.
#[cfg(feature = "tracing")]
fn cannot_fail(caller: Caller, fault: Fault) {
    use std::collections::BTreeSet;
    use std::sync::{Mutex, PoisonError};

    static NOTICED: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

    let name = caller.name().full();
    let is_new = NOTICED.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
    if is_new {
        let function = crate::primitives::one_line::one_line(name);
        let instead = match caller {
            Caller::Function(_) => "write `impl From<persevere::Rejection>` for its error",
            Caller::Closure(_) => "add `.faults()` to it",
        };
        tracing::warn!(
            target: "persevere", function = &*function,
            "chaos cannot fail {function} by `return({fault})`, since its error is made of no fault: {instead}"
        );
    }
}

/// Without a log there is nobody to warn.
#[cfg(not(feature = "tracing"))]
fn cannot_fail(_caller: Caller, _fault: Fault) {}

/// Runs `body`, unless chaos fails it; later, if chaos delays it, which `sleep` does.
#[inline]
pub fn perturbed_blocking<O>(
    perturb: &Perturb<'_, O>,
    sleep: impl FnOnce(Duration),
    body: impl FnOnce() -> O,
) -> O {
    match perturb.ask() {
        Some(Asked::Fails(failing)) => return failing.outcome(),
        Some(Asked::Delay(delay)) => sleep(delay),
        None => {}
    }
    body()
}

/// Lets that much time pass, on this thread.
pub fn rest(delay: Duration) {
    std::thread::sleep(delay);
}

/// The name of an upstream.
#[must_use]
pub const fn name_of(upstream: &Upstream) -> &'static str {
    upstream.name()
}

/// Awaits `body`, unless chaos fails it; later, if chaos delays it, by what `sleep` returns.
///
/// It is drawn at once: an attempt that is not broken carries one empty pointer.
#[inline]
pub fn perturbed_by<O, F, S>(
    perturb: Perturb<'_, O>,
    sleep: impl FnOnce(Duration) -> S,
    body: F,
) -> Perturbed<F, S>
where
    F: Future<Output = O>,
    S: Future<Output = ()>,
{
    let broken = perturb.ask().map(|asked| {
        Box::pin(match asked {
            Asked::Fails(failing) => Broken::Fails { failing },
            Asked::Delay(delay) => Broken::Waits { wait: sleep(delay) },
        })
    });
    Perturbed { broken, body }
}

pin_project_lite::pin_project! {
    /// What is done to an attempt.
    #[derive(Debug)]
    #[project = BrokenProjection]
    enum Broken<O, S> {
        Fails { failing: Failing<O> },
        Waits { #[pin] wait: S },
    }
}

pin_project_lite::pin_project! {
    /// The future of an attempt that chaos may break.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Perturbed<F: Future, S> {
        broken: Option<Pin<Box<Broken<F::Output, S>>>>,
        #[pin]
        body: F,
    }
}

impl<F: Future, S: Future<Output = ()>> Future for Perturbed<F, S> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if let Some(broken) = this.broken {
            match broken.as_mut().project() {
                BrokenProjection::Fails { failing } => return Poll::Ready(failing.outcome()),
                BrokenProjection::Waits { wait } => ready!(wait.poll(context)),
            }
            *this.broken = None;
        }
        this.body.poll(context)
    }
}

#[cfg(any(feature = "tokio", feature = "async-io", all(feature = "wasm", target_family = "wasm")))]
pub(crate) mod on_timer {
    use super::{Future, Perturb, Perturbed, perturbed_by};
    use crate::time::timer::{Alarm, alarm};

    /// As [`perturbed_by`], by the runtime's timer.
    #[inline]
    pub fn perturbed<O, F: Future<Output = O>>(
        perturb: Perturb<'_, O>,
        body: F,
    ) -> Perturbed<F, Alarm> {
        perturbed_by(perturb, alarm, body)
    }
}
