//! How a [`Bulkhead`] is made and set.

use std::time::Duration;

use super::Bulkhead;
use super::semaphore::Semaphore;

impl Bulkhead {
    /// At most `max_concurrent` calls at a time. Callers do not wait, unless
    /// [`with_max_wait`](Self::with_max_wait) or [`with_max_queue`](Self::with_max_queue) lets
    /// them.
    ///
    /// # Panics
    ///
    /// If `max_concurrent` is 0. In a constant, that is a compile error.
    ///
    /// ```
    /// use persevere::Bulkhead;
    ///
    /// static DB: Bulkhead = Bulkhead::new(10);
    ///
    /// assert_eq!(DB.available(), 10);
    /// ```
    #[must_use]
    pub const fn new(max_concurrent: usize) -> Self {
        assert!(
            max_concurrent > 0,
            "a bulkhead without a permit lets no call through: give it at least 1"
        );
        Self {
            semaphore: Semaphore::new(max_concurrent),
            max_concurrent,
            max_wait: None,
            max_queue: None,
        }
    }

    /// Sets the longest time that a caller waits for a permit. Zero is no waiting.
    ///
    /// Unless [`with_max_queue`](Self::with_max_queue) bounds it, any number may wait.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Bulkhead;
    ///
    /// static DB: Bulkhead = Bulkhead::new(10).with_max_wait(Duration::from_secs(1));
    /// # assert_eq!(DB.waiting(), 0);
    /// ```
    #[must_use]
    pub const fn with_max_wait(mut self, max_wait: Duration) -> Self {
        self.max_wait = Some(max_wait);
        self
    }

    /// Sets how many callers may wait for a permit at a time. Zero is no waiting.
    ///
    /// Unless [`with_max_wait`](Self::with_max_wait) bounds it, they wait as long as it takes.
    ///
    /// ```
    /// use persevere::Bulkhead;
    ///
    /// static DB: Bulkhead = Bulkhead::new(10).with_max_queue(100);
    /// # assert_eq!(DB.waiting(), 0);
    /// ```
    #[must_use]
    pub const fn with_max_queue(mut self, max_queue: usize) -> Self {
        self.max_queue = Some(max_queue);
        self
    }

    /// How many calls may run at a time.
    ///
    /// ```
    /// use persevere::Bulkhead;
    ///
    /// static DB: Bulkhead = Bulkhead::new(10);
    ///
    /// let _permit = DB.try_acquire();
    /// assert_eq!((DB.max_concurrent(), DB.available()), (10, 9));
    /// ```
    pub const fn max_concurrent(&self) -> usize {
        self.max_concurrent
    }
}
