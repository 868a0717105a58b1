//! How a [`Bulkhead`] is made and set.

use std::ops::RangeInclusive;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use super::adaptive::Adaptive;
use super::semaphore::Semaphore;
use super::{AS_IN_CODE, Bulkhead, Maximum};

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
            maximum: Maximum::Fixed(max_concurrent),
            max_wait: None,
            max_queue: None,
            max_queue_outside: AtomicUsize::new(AS_IN_CODE),
        }
    }

    /// A bulkhead whose limit follows what the other side can take, between the two ends of `limits`.
    ///
    /// The limit begins at the lower end, and doubles in each round trip until the first drop; after that, a
    /// round trip without a drop raises it by 1, and one with a drop lowers it by a tenth, at most once. A
    /// round trip is as many attempts as the limit allows at a time. While fewer than half of the permits are
    /// in use, the limit is not raised: it would prove nothing. This is additive increase and multiplicative
    /// decrease, as of TCP's congestion avoidance and of Netflix's `concurrency-limits`.
    ///
    /// | an attempt | is |
    /// |---|---|
    /// | was cut by its timeout or a deadline | a drop |
    /// | failed, throttled: 429, `RESOURCE_EXHAUSTED` | a drop |
    /// | failed, transient: 503, a refused connection | a drop if more than a tenth of a round trip's attempts did |
    /// | failed, permanent: 404 | an answer, as a success is |
    /// | was refused by an open circuit, or dropped by its caller | nothing |
    ///
    /// When the limit is raised, those that wait get the new permits. When it is lowered, nobody in flight is
    /// cut: the calls that end give back fewer permits than they had, until the limit holds.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Bulkhead;
    ///
    /// static SEARCH: Bulkhead = Bulkhead::adaptive(8..=256).with_max_wait(Duration::from_millis(100));
    ///
    /// assert_eq!((SEARCH.limit(), SEARCH.max_concurrent()), (8, 256));
    /// ```
    ///
    /// # Panics
    ///
    /// If `limits` begins at 0, or ends below its begin. In a constant, that is a compile error.
    #[must_use]
    #[allow(clippy::needless_pass_by_value, reason = "as ranges are written")]
    pub const fn adaptive(limits: RangeInclusive<usize>) -> Self {
        let (lowest, highest) = (*limits.start(), *limits.end());
        assert!(
            lowest > 0,
            "an adaptive bulkhead that may sink to 0 permits would never rise again: begin the range at 1 \
             or more, such as `8..=256`"
        );
        assert!(
            lowest <= highest,
            "an adaptive bulkhead takes its lowest limit first, then its highest, such as `8..=256`"
        );
        Self {
            semaphore: Semaphore::adaptive(Adaptive::new(lowest, highest)),
            maximum: Maximum::Adaptive { lowest, highest },
            max_wait: None,
            max_queue: None,
            max_queue_outside: AtomicUsize::new(AS_IN_CODE),
        }
    }

    /// Lets the limit of an [adaptive](Self::adaptive) bulkhead follow the latency too, so that it sinks
    /// before anything is dropped.
    ///
    /// After each round trip, the limit is multiplied by `1.5 · baseline ÷ latency`, which is held between 0.5
    /// and 1, and raised by its square root. The latency is the mean of the calls that succeeded at their
    /// first attempt; what was cut or failed is a drop, or nothing, and no sample. The baseline is the
    /// latency without load: it follows a lower latency at once, and a higher one only while the limit is at
    /// its lowest or less than half used, since it would else follow an overload up. After the Gradient2 of
    /// Netflix's `concurrency-limits` and Envoy's adaptive concurrency.
    ///
    /// It costs two clock readings a call. Use it where a slow answer is as bad as none, and where all calls
    /// take about the same time: a mix of quick and slow ones looks like a changing load.
    ///
    /// # Panics
    ///
    /// If this bulkhead is not adaptive. In a constant, that is a compile error.
    ///
    /// ```
    /// use persevere::Bulkhead;
    ///
    /// static SEARCH: Bulkhead = Bulkhead::adaptive(8..=256).with_gradient();
    /// # assert_eq!(SEARCH.limit(), 8);
    /// ```
    #[must_use]
    pub const fn with_gradient(mut self) -> Self {
        let Maximum::Adaptive { lowest, highest } = self.maximum else {
            panic!("`with_gradient` is for adaptive bulkheads: `Bulkhead::adaptive(8..=256)`");
        };
        let mut semaphore = Semaphore::adaptive(Adaptive::new(lowest, highest).by_gradient());
        semaphore.set_name(self.semaphore.name());
        // Nothing was in the queue of the one before, which a constructor in a constant may not drop.
        std::mem::forget(std::mem::replace(&mut self.semaphore, semaphore));
        self
    }

    /// Sets the name by which the log speaks of this bulkhead, such as that of the service: none unless set.
    ///
    /// The limit of an [adaptive](Self::adaptive) one is logged where it differs by more than a fifth, and by
    /// more than 1, from the one logged last: at INFO if it is lower, else at DEBUG. A limit that goes up and
    /// down around the right number is not logged; `metrics::sample` records it each time.
    ///
    /// ```
    /// use persevere::Bulkhead;
    ///
    /// static SEARCH: Bulkhead = Bulkhead::adaptive(8..=256).with_name("search");
    /// // bulkhead search: limit 128 -> 102
    ///
    /// assert!(format!("{SEARCH:?}").contains("search"));
    /// ```
    #[must_use]
    pub const fn with_name(mut self, name: &'static str) -> Self {
        self.semaphore.set_name(name);
        self
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

    /// How many calls may run at a time; of an [adaptive](Self::adaptive) bulkhead, the highest limit.
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
        match self.maximum {
            Maximum::Fixed(permits) => permits,
            Maximum::Adaptive { highest, .. } => highest,
        }
    }
}
