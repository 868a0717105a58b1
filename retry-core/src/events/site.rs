//! [`Site`]: one annotated function, and what has happened to its calls; [`sites`] lists them.

mod last_error;
#[cfg(feature = "overrides")]
pub(crate) mod matched;

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub use self::last_error::LastError;
use crate::events::event::{Event, EventKind};
use crate::events::name::Name;
use crate::events::site::last_error::Kept;
#[cfg(feature = "overrides")]
use crate::events::site::matched::Matched;
use crate::policy::Policy;
use crate::primitives::append_list::{AppendList, Linked, Next};
use crate::primitives::one_line::OneLine;

/// Every annotated function that has failed at least once in this process, by order of its first
/// failure.
///
/// A function is listed from its first failed attempt on, so the list shows those worth looking at:
///
/// ```
/// // Served by an admin endpoint, or printed on a signal.
/// for site in persevere::sites() {
///     println!("{site}");
/// }
/// ```
///
/// All instances of a generic function are one site. Closures
/// ([`Policy::retry`](crate::Policy::retry)) are not listed, since they have no static to be listed by;
/// their events reach hooks, `tracing` and observers like any other.
pub fn sites() -> impl Iterator<Item = &'static Site> {
    SITES.iter()
}

static SITES: AppendList<Site> = AppendList::new();

/// A function with `#[retry]`: where it stands, and what has happened to its calls so far.
///
/// ```
/// if let Some(worst) = persevere::sites().max_by_key(|site| site.give_ups()) {
///     println!("{} gave up {} times: look at line {}", worst.name(), worst.give_ups(), worst.line());
/// }
/// ```
///
/// [`sites`] lists them, and [`Event::site`] is that of an event. The counts start at 0 with the process
/// and are never reset; read while calls go on, they may be of slightly different moments.
///
/// # What it costs
///
/// Each annotated function has a static of less than 400 bytes. A call that succeeds at once costs
/// nothing. A failed attempt costs an atomic addition, a reading of the wall clock, and writing out up to
/// 120 bytes of the error; a success after retries costs the addition. Nothing allocates, and no failure
/// waits for a lock: of two failures at the same moment, one error is kept. The first failure of a function
/// puts it on the list.
pub struct Site {
    name: Name,
    policy_name: &'static str,
    /// By a reference to it, which takes half the space.
    also: Option<&'static &'static str>,
    file: &'static str,
    line: u32,
    retries: AtomicU64,
    polls: AtomicU64,
    give_ups: AtomicU64,
    late_successes: AtomicU64,
    is_listed: AtomicBool,
    next: Next<Self>,
    last: Mutex<Last>,
    /// The override that it has found.
    #[cfg(feature = "overrides")]
    matched: Matched,
}

/// What the last failed attempt left.
struct Last {
    policy: Policy,
    upstream: Option<&'static str>,
    limit: Option<u32>,
    error: Kept,
}

impl Site {
    /// For generated code: a function, the name of the policy as the attribute has it, and where
    /// the attribute stands.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(name: Name, policy_name: &'static str, file: &'static str, line: u32) -> Self {
        Self {
            name,
            policy_name,
            also: None,
            file,
            line,
            retries: AtomicU64::new(0),
            polls: AtomicU64::new(0),
            give_ups: AtomicU64::new(0),
            late_successes: AtomicU64::new(0),
            is_listed: AtomicBool::new(false),
            next: Next::new(),
            last: Mutex::new(Last {
                policy: Policy::DEFAULT,
                upstream: None,
                limit: None,
                error: Kept::nothing(),
            }),
            #[cfg(feature = "overrides")]
            matched: Matched::new(),
        }
    }

    /// For generated code: `also = …`, as it is written.
    #[doc(hidden)]
    #[must_use]
    pub const fn with_also(mut self, also: &'static &'static str) -> Self {
        self.also = Some(also);
        self
    }

    /// The function's name, as in [`Event::function`].
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name.full()
    }

    /// The source file, as it was passed to the compiler.
    #[must_use]
    pub const fn file(&self) -> &'static str {
        self.file
    }

    /// The line in that file where the attribute stands, counted from 1.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.line
    }

    /// The policy in force, overrides included: the one that decided about the last failed attempt.
    pub fn policy(&self) -> Policy {
        self.last(|last| last.policy)
    }

    /// The policy's name in the attribute: a preset's, such as `"aggressive"`; a constant's, such as
    /// `"PAYMENTS"`; `"custom"` for other expressions, and where other keys change single values, so that
    /// no name stands for two policies.
    #[must_use]
    pub const fn policy_name(&self) -> &'static str {
        self.policy_name
    }

    /// What the attribute has as `also`: which errors are retried beside those that say so themselves.
    ///
    /// ```
    /// use std::io::{self, ErrorKind};
    /// use persevere::{retry, sites};
    ///
    /// #[retry(
    ///     also = error
    ///         if error.kind()
    ///             == ErrorKind::NotFound,
    ///     max_retries = 0,
    ///     name = "lookup",
    /// )]
    /// fn lookup() -> io::Result<String> {
    ///     Err(ErrorKind::NotFound.into())
    /// }
    ///
    /// assert!(lookup().is_err());
    /// let site = sites().find(|site| site.name() == "lookup").unwrap();
    /// assert_eq!(site.also(), Some("error if error.kind() == ErrorKind::NotFound"));
    /// ```
    #[must_use]
    pub const fn also(&self) -> Option<&'static str> {
        match self.also {
            Some(also) => Some(*also),
            None => None,
        }
    }

    /// The highest number of retries that the last failure's own [verdict](crate::Verdict::at_most) grants;
    /// `None` if it leaves that to the policy.
    ///
    /// ```
    /// use persevere::{Classify, Verdict, retry, sites};
    ///
    /// struct Deadlock;
    ///
    /// impl Classify for Deadlock {
    ///     fn classify(&self) -> Verdict {
    ///         Verdict::TRANSIENT.at_most(2)
    ///     }
    /// }
    ///
    /// #[retry(
    ///     base_delay = 0,
    ///     name = "commit",
    /// )]
    /// fn commit() -> Result<(), Deadlock> {
    ///     Err(Deadlock)
    /// }
    ///
    /// assert!(commit().is_err());
    /// let site = sites().find(|site| site.name() == "commit").unwrap();
    /// assert_eq!((site.at_most(), site.retries()), (Some(2), 2));
    /// ```
    #[must_use]
    pub fn at_most(&self) -> Option<u32> {
        self.last(|last| last.limit)
    }

    /// The name of the [`Upstream`](crate::Upstream) that its last failed attempt was on.
    ///
    /// ```
    /// use persevere::{Budget, Upstream, retry, sites};
    ///
    /// static SEARCH: Upstream = Upstream::new("search", &Budget::UNLIMITED);
    ///
    /// #[retry(
    ///     upstream = SEARCH,
    ///     on = _,
    ///     max_retries = 0,
    ///     name = "suggest",
    /// )]
    /// fn suggest() -> std::io::Result<String> {
    ///     Err(std::io::ErrorKind::ConnectionRefused.into())
    /// }
    ///
    /// assert!(suggest().is_err());
    /// let site = sites().find(|site| site.name() == "suggest").unwrap();
    /// assert_eq!(site.upstream(), Some("search"));
    /// ```
    #[must_use]
    pub fn upstream(&self) -> Option<&'static str> {
        self.last(|last| last.upstream)
    }

    /// The number of retries so far. Together with the [give-ups](Self::give_ups), they are the attempts
    /// that failed.
    #[must_use]
    pub fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    /// The number of attempts that returned a value to [wait on](Event::is_waiting), and that another followed:
    /// those of `on_ok`. They are no [retries](Self::retries), since nothing had failed.
    ///
    /// ```
    /// use persevere::{retry, sites};
    ///
    /// #[retry(
    ///     on_ok = ..3,
    ///     base_delay = 0,
    ///     name = "progress",
    /// )]
    /// fn progress(asked: &mut u32) -> std::io::Result<u32> {
    ///     *asked += 1;
    ///     Ok(*asked)
    /// }
    ///
    /// assert_eq!(progress(&mut 0).unwrap(), 3);
    /// let site = sites().find(|site| site.name() == "progress").unwrap();
    /// assert_eq!((site.polls(), site.retries(), site.late_successes()), (2, 0, 0));
    /// ```
    #[must_use]
    pub fn polls(&self) -> u64 {
        self.polls.load(Ordering::Relaxed)
    }

    /// The number of calls that ended with a failure, for any reason, at once or after retries. A permanent
    /// failure at the first attempt, such as a look-up that finds nothing, is one as well.
    #[must_use]
    pub fn give_ups(&self) -> u64 {
        self.give_ups.load(Ordering::Relaxed)
    }

    /// The number of calls that succeeded after at least one failure.
    #[must_use]
    pub fn late_successes(&self) -> u64 {
        self.late_successes.load(Ordering::Relaxed)
    }

    /// The last error and its time; `None` if only `Ok` values were retried so far.
    #[must_use]
    pub fn last_error(&self) -> Option<LastError> {
        self.last(|last| last.error.shown())
    }

    #[cfg(feature = "overrides")]
    pub(crate) const fn matched(&self) -> &Matched {
        &self.matched
    }

    pub(crate) const fn function(&self) -> Name {
        self.name
    }

    /// Counts what has happened to a call under `policy`; the first failure puts this on the list. Whether it
    /// is the first failure on its upstream, or on this one after another.
    pub(crate) fn record(&'static self, event: &Event<'_>, policy: &Policy) -> bool {
        let count = match event.kind() {
            EventKind::Retry if event.is_waiting() => &self.polls,
            EventKind::Retry => &self.retries,
            EventKind::GiveUp(_) => &self.give_ups,
            EventKind::LateSuccess => &self.late_successes,
            EventKind::Nested { .. } => return false,
        };
        if !event.has_only_waited() {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let is_kept = event.kind() != EventKind::LateSuccess;
        let is_on_another = is_kept && self.keep(event, policy);
        // A success may be the first that this process sees of a call which failed in others.
        if !self.is_listed.load(Ordering::Relaxed) && !self.is_listed.swap(true, Ordering::Relaxed)
        {
            SITES.append(self);
        }
        is_on_another
    }

    /// Keeps what a failed attempt leaves. Whether the one before was on another upstream, or on none.
    fn keep(&self, event: &Event<'_>, policy: &Policy) -> bool {
        // Written out before the lock is taken: a `Display` is the user's code.
        let mut error = Kept::nothing();
        if let Some(text) = event.error_text() {
            error.keep(text);
        }
        let Ok(mut last) = self.last.try_lock() else { return false };
        last.policy = *policy;
        last.limit = event.verdict().and_then(|verdict| verdict.limit());
        last.error.give_way_to(&error);
        let Some(upstream) = event.upstream() else { return false };
        last.upstream.replace(upstream).is_none_or(|before| !std::ptr::eq(before, upstream))
    }

    fn last<R>(&self, read: impl FnOnce(&Last) -> R) -> R {
        // Nothing panics under the lock, so it is never poisoned.
        read(&self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl Linked for Site {
    fn next(&self) -> &Next<Self> {
        &self.next
    }
}

impl fmt::Display for Site {
    /// One line for people, such as `app::charge (src/pay.rs:41): retries 12, give-ups 3,
    /// late successes 9, upstream payments, last error: busy; policy default: up to 5 retries, 2 s × 2ᵏ, …`. It is one
    /// line, whatever the error says: see [`Event`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({}:{}): retries {}, give-ups {}, late successes {}",
            OneLine(self.name()),
            OneLine(self.file),
            self.line,
            self.retries(),
            self.give_ups(),
            self.late_successes(),
        )?;
        if let Some(upstream) = self.upstream() {
            write!(f, ", upstream {}", OneLine(upstream))?;
        }
        if self.polls() > 0 {
            write!(f, ", polls {}", self.polls())?;
        }
        if let Some(error) = self.last_error() {
            write!(f, ", last error: {}", error.text())?;
        }
        write!(f, "; policy {}: {}", OneLine(self.policy_name), self.policy())
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site")
            .field("name", &self.name())
            .field("file", &self.file)
            .field("line", &self.line)
            .field("policy_name", &self.policy_name)
            .field("policy", &self.policy())
            .field("also", &self.also)
            .field("at_most", &self.at_most())
            .field("upstream", &self.upstream())
            .field("retries", &self.retries())
            .field("polls", &self.polls())
            .field("give_ups", &self.give_ups())
            .field("late_successes", &self.late_successes())
            .field("last_error", &self.last_error())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Site;

    #[test]
    fn a_site_is_as_large_as_its_documentation_says() {
        assert!(size_of::<Site>() <= 400, "{}", size_of::<Site>());
    }
}
