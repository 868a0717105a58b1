//! [`Site`]: one annotated function, and what has happened to its calls; [`sites`] lists them.

mod last_error;
mod listed;
#[cfg(feature = "overrides")]
pub(crate) mod matched;
mod record;
mod shown;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub use self::last_error::LastError;
pub use self::listed::sites;
use self::record::Last;
use crate::events::name::Name;
#[cfg(feature = "overrides")]
use crate::events::site::matched::Matched;
use crate::policy::Policy;
use crate::primitives::append_list::Next;

/// A function with `#[retry]`: where it stands, and what has happened to its calls so far.
///
/// ```
/// if let Some(worst) = persevere::sites().max_by_key(|site| site.give_ups()) {
///     println!("{} gave up {} times: look at line {}", worst.name(), worst.give_ups(), worst.line());
/// }
/// ```
///
/// [`sites`] lists them, and [`Event::site`](crate::Event::site) is that of an event. The counts start at 0 with the process
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
            last: Mutex::new(Last::NOTHING),
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

    /// The function's name, as in [`Event::function`](crate::Event::function).
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

    /// The number of attempts that returned a value to [wait on](crate::Event::is_waiting), and that another followed:
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
}

#[cfg(test)]
mod tests {
    use super::Site;

    #[test]
    fn a_site_is_as_large_as_its_documentation_says() {
        assert!(size_of::<Site>() <= 400, "{}", size_of::<Site>());
    }
}
