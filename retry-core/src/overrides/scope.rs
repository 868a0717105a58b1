//! Tables for a part of the program: a tenant's calls, or a test's.

use std::cell::RefCell;
use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};

#[cfg(feature = "chaos")]
use super::breaking::Breaking;
use super::in_force::TABLES;
use super::resolver::{Key, Resolver, of_scope};
use super::{Overrides, Settings, report};
use crate::primitives::entered::{Enter, entered};
use crate::primitives::tally::Tally;

thread_local! {
    /// The scopes that run on this thread, the innermost last.
    static RUNNING: RefCell<Vec<Arc<Scope>>> = const { RefCell::new(Vec::new()) };
}

/// How many scopes there are: without any, a failure asks no thread-local.
static OPEN: Tally = Tally::new();

pub(super) fn is_any_open() -> bool {
    OPEN.is_any()
}

struct Scope {
    resolver: RwLock<Resolver>,
    #[cfg(feature = "chaos")]
    _breaking: Option<Breaking>,
}

impl Scope {
    fn new(table: Overrides) -> Arc<Self> {
        OPEN.add();
        TABLES.add();
        Arc::new(Self {
            #[cfg(feature = "chaos")]
            _breaking: Breaking::of(&table),
            resolver: RwLock::new(of_scope(table)),
        })
    }

    fn of(&self, key: Key) -> Option<Settings> {
        self.end_entries();
        let resolver = self.resolver.read().unwrap_or_else(PoisonError::into_inner);
        resolver.at(resolver.position(key))
    }

    fn table(&self) -> Overrides {
        self.end_entries();
        self.resolver.read().unwrap_or_else(PoisonError::into_inner).table().clone()
    }

    fn end_entries(&self) {
        if self.resolver.read().unwrap_or_else(PoisonError::into_inner).is_due() {
            let ended = self.resolver.write().unwrap_or_else(PoisonError::into_inner).end();
            report::ended(&ended);
        }
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        TABLES.remove();
        OPEN.remove();
    }
}

/// What the scopes that run on this thread change for a call.
pub(super) fn of(key: impl FnOnce() -> Key) -> Option<Settings> {
    if !is_any_open() {
        return None;
    }
    // Copied: what listens to the log of an entry that ends may begin a scope.
    let running = RUNNING.with_borrow(Clone::clone);
    let key = running.first().map(|_| key())?;
    running.iter().rev().filter_map(|scope| scope.of(key)).reduce(|above, below| above.or(&below))
}

/// The tables of the scopes that run on this thread, the innermost last.
pub(super) fn tables() -> Vec<Overrides> {
    let running = RUNNING.with_borrow(Clone::clone);
    running.iter().map(|scope| scope.table()).collect()
}

/// Leaves a scope, also by a panic.
struct Leave;

impl Drop for Leave {
    fn drop(&mut self) {
        // Taken out first: dropping it may run code that asks for the scopes.
        let left = RUNNING.with_borrow_mut(Vec::pop);
        drop(left);
    }
}

/// Within a scope, and those that run on this thread.
impl Enter for Arc<Scope> {
    fn enter<T>(&mut self, body: impl FnOnce() -> T) -> T {
        RUNNING.with_borrow_mut(|running| running.push(Arc::clone(self)));
        let _leave = Leave;
        body()
    }
}

/// Within these scopes, and no others.
struct Scopes(Vec<Arc<Scope>>);

impl Scopes {
    /// Those that run on this thread.
    fn here() -> Self {
        Self(if is_any_open() { RUNNING.with_borrow(Clone::clone) } else { Vec::new() })
    }
}

impl Enter for Scopes {
    fn enter<T>(&mut self, body: impl FnOnce() -> T) -> T {
        let scopes = self.0.clone();
        let _instead =
            Instead(RUNNING.with_borrow_mut(|running| std::mem::replace(running, scopes)));
        body()
    }
}

/// Other scopes run on this thread until this is dropped.
#[derive(Default)]
pub(crate) struct Instead(Vec<Arc<Scope>>);

impl Drop for Instead {
    fn drop(&mut self) {
        RUNNING.with_borrow_mut(|running| std::mem::swap(running, &mut self.0));
    }
}

/// No scope runs on this thread, until what this returns is dropped.
pub(crate) fn set_aside() -> Instead {
    if !is_any_open() {
        return Instead::default();
    }
    Instead(RUNNING.with_borrow_mut(std::mem::take))
}

impl Overrides {
    /// Puts this table into force for the calls that `future` makes, over every other: for a tenant, or in
    /// a test. Calls within those calls have it, too; scopes within scopes add up, the innermost wins.
    ///
    /// A task that `future` spawns is not part of it: [`carry`] what is spawned.
    ///
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use persevere::overrides::Overrides;
    /// use persevere::{Policy, Rejection};
    ///
    /// let mut attempts = 0;
    /// let call = Policy::DEFAULT.retry(|| {
    ///     attempts += 1;
    ///     async { Err::<u8, _>(Rejection::TimedOut) }
    /// });
    /// let once: Overrides = "*=off".parse()?;
    /// assert!(once.scope(call.into_future()).await.is_err());
    /// assert_eq!(attempts, 1);
    /// # Ok::<(), persevere::InvalidPolicy>(())
    /// # }).unwrap();
    /// ```
    pub fn scope<F: Future>(self, future: F) -> Scoped<F> {
        Scoped::new(Scope::new(self), future)
    }

    /// As [`scope`](Self::scope), for the calls that `body` makes on this thread.
    ///
    /// ```
    /// use persevere::overrides::Overrides;
    /// use persevere::{Policy, Rejection};
    ///
    /// let mut attempts = 0;
    /// let mut call = || {
    ///     attempts += 1;
    ///     Err::<u8, _>(Rejection::TimedOut)
    /// };
    /// let twice: Overrides = "*=max_retries:1;base_delay:0s".parse()?;
    /// let outcome = twice.scope_blocking(|| Policy::DEFAULT.retry_blocking(&mut call).call());
    /// assert!(outcome.is_err());
    /// assert_eq!(attempts, 2);
    /// # Ok::<(), persevere::InvalidPolicy>(())
    /// ```
    pub fn scope_blocking<T>(self, body: impl FnOnce() -> T) -> T {
        Scope::new(self).enter(body)
    }
}

/// The calls of `future` keep the scopes that run here, wherever it is polled: for a task that is spawned.
///
/// ```
/// # #[cfg(feature = "tokio")]
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use persevere::overrides::{Overrides, carry, overrides};
///
/// async fn retries() -> String {
///     overrides().explain("shop::pay").to_string()
/// }
///
/// let table: Overrides = "shop::*=max_retries:1".parse()?;
/// let (spawned, carried) = table
///     .scope(async { (tokio::spawn(retries()).await, tokio::spawn(carry(retries())).await) })
///     .await;
/// assert_eq!(spawned.unwrap(), "`shop::pay`: nothing is changed from outside");
/// assert!(carried.unwrap().contains("max_retries"));
/// # Ok::<(), persevere::InvalidPolicy>(())
/// # }).unwrap();
/// ```
pub fn carry<F: Future>(future: F) -> Carried<F> {
    Carried::new(Scopes::here(), future)
}

entered! {
    /// The future of [`Overrides::scope`].
    pub struct Scoped within Arc<Scope>;
}

entered! {
    /// The future of [`carry`].
    pub struct Carried within Scopes;
}
