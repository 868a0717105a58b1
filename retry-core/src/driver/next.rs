//! [`Next`]: what follows a failed attempt.

use std::time::Duration;

use super::{Driving, Progress};
use crate::engine::GiveUp;

/// What follows a failed attempt of a driven call. It has been reported.
#[derive(Debug)]
#[must_use = "a retry is to be made or handed over"]
pub enum Next {
    /// A retry, which is due after a wait.
    Retry(DueRetry),
    /// Nothing, for that reason.
    GiveUp(GiveUp),
}

/// A retry that has been decided on. Dropped, it is not made, and the budget gets its permit back.
#[derive(Debug)]
#[must_use = "dropped, it says that the retry is not made"]
pub struct DueRetry(pub(super) Box<Driving>);

impl DueRetry {
    /// The wait to make before it, jitter included; zero under
    /// [`testing::no_waiting`](crate::testing::no_waiting).
    #[must_use]
    pub fn delay(&self) -> Duration {
        self.0.delay()
    }

    /// How far the call has come, this retry included: what is to be stored before it is handed over.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.0.progress()
    }

    /// The wait has been made in this process, and the attempt begins.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::driver::{Driver, Failed, Next};
    /// use persevere::{Policy, Verdict};
    ///
    /// let quick = Policy::DEFAULT.with_base_delay(Duration::from_millis(1));
    /// let call = Driver::named("mailer::send", quick).begin();
    /// let Next::Retry(retry) = call.failed(Failed::new(Verdict::TRANSIENT, &"busy")) else {
    ///     panic!("five retries are left");
    /// };
    /// std::thread::sleep(retry.delay());
    /// let call = retry.begin();
    /// assert_eq!(call.attempt().number(), 2);
    /// call.succeeded();
    /// ```
    pub fn begin(self) -> Driving {
        self.0.begin_retry()
    }

    /// The retry is another process's to make, or this one's at another time: the budget's permit for it
    /// stays spent. To be called once the progress is stored; what could not be stored is dropped
    /// instead.
    ///
    /// ```
    /// use persevere::driver::{Driver, Failed, Next};
    /// use persevere::{Budget, Policy, Verdict};
    ///
    /// static BUDGET: Budget = Budget::new();
    /// static SEND: Driver = Driver::named("mailer::send", Policy::DEFAULT).budget(&BUDGET);
    ///
    /// let fail = || match SEND.begin().failed(Failed::new(Verdict::TRANSIENT, &"busy")) {
    ///     Next::Retry(retry) => retry,
    ///     Next::GiveUp(reason) => panic!("{reason:?}"),
    /// };
    /// drop(fail());
    /// assert_eq!(BUDGET.available().to_string(), "500 of 500 tokens");
    /// let progress = fail().hand_over();
    /// assert_eq!(BUDGET.available().to_string(), "495 of 500 tokens");
    ///
    /// SEND.resume(progress, progress.delay).succeeded(); // and the bucket gets back its tokens
    /// assert_eq!(BUDGET.available().to_string(), "500 of 500 tokens");
    /// ```
    pub fn hand_over(self) -> Progress {
        self.0.hand_over()
    }
}
