//! A limit that adapts: by drops beside a model of it, and by latency beside a simulated server.

use proptest::prelude::*;

use super::super::adaptive::{Adaptive, End};
use crate::time::tick::Tick;

const ANSWERED: End = End::Answered { is_first: true };

/// The rule of drops needs no clock.
fn no_clock() -> Tick {
    panic!("the clock is read")
}

/// The same by what it means: no stamps, but a mark on each call that was in flight at the last decrease.
struct Model {
    lowest: usize,
    highest: usize,
    limit: usize,
    was_lowered: bool,
    /// Whether each call in flight began its attempt before the last decrease.
    calls: Vec<bool>,
    /// Of the round trip: the attempts that ended, those that failed, and the largest number in flight.
    ended: usize,
    failed: usize,
    busiest: usize,
}

impl Model {
    fn try_take(&mut self) -> bool {
        let is_free = self.calls.len() < self.limit;
        if is_free {
            self.calls.push(false);
            self.busiest = self.busiest.max(self.calls.len());
        }
        is_free
    }

    fn lower(&mut self) {
        self.limit = self.lowest.max((self.limit * 9) / 10);
        self.was_lowered = true;
        self.calls.fill(true);
        self.begin();
    }

    fn begin(&mut self) {
        (self.ended, self.failed, self.busiest) = (0, 0, self.calls.len());
    }

    /// The attempt of a call has ended, and its next one begins.
    fn ended(&mut self, call: usize, end: End) {
        let was_sent_before = std::mem::take(&mut self.calls[call]);
        if end == End::Unknown || was_sent_before {
            return;
        }
        self.ended += 1;
        self.failed += usize::from(end == End::Failed);
        let too_many = end == End::Failed && self.failed > self.limit.max(10) / 10;
        if end == End::Dropped || too_many {
            self.lower();
            self.calls[call] = false;
        }
        if self.ended >= self.limit {
            if self.busiest * 2 >= self.limit {
                let raised = if self.was_lowered { self.limit + 1 } else { self.limit * 2 };
                self.limit = raised.min(self.highest);
            }
            self.begin();
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Call,
    /// The attempt of one of the calls in flight ends; the call is over, or makes another one.
    End(prop::sample::Index, End, bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let end = prop_oneof![
        12 => Just(ANSWERED),
        2 => Just(End::Failed),
        1 => Just(End::Dropped),
        1 => Just(End::Unknown),
    ];
    let end = (any::<prop::sample::Index>(), end, any::<bool>());
    let step = prop_oneof![
        3 => Just(Step::Call),
        2 => end.prop_map(|(call, end, is_over)| Step::End(call, end, is_over)),
    ];
    prop::collection::vec(step, 0..600)
}

proptest! {
    #[test]
    fn the_limit_is_the_models_and_stays_within_its_bounds(
        lowest in 1_usize..8,
        more in 0_usize..60,
        granted_before in prop_oneof![Just(0), Just(u64::from(u32::MAX) - 50)],
        steps in steps(),
    ) {
        let highest = lowest + more;
        let mut adaptive = Adaptive::new(lowest, highest).with_granted(granted_before);
        let mut model = Model {
            lowest,
            highest,
            limit: lowest,
            was_lowered: false,
            calls: Vec::new(),
            ended: 0,
            failed: 0,
            busiest: 0,
        };
        let mut stamps = Vec::new();
        for step in steps {
            match step {
                Step::Call => {
                    let is_taken = adaptive.try_take();
                    prop_assert_eq!(is_taken, model.try_take());
                    if is_taken {
                        stamps.push(adaptive.stamp(no_clock));
                    }
                }
                Step::End(call, end, is_over) if !stamps.is_empty() => {
                    let call = call.index(stamps.len());
                    let before = adaptive.limit();
                    adaptive.ended(stamps[call], end, no_clock);
                    model.ended(call, end);
                    prop_assert!(adaptive.limit() + 1 + before / 10 >= before, "a tenth at a time");
                    stamps[call] = adaptive.stamp(no_clock);
                    if is_over {
                        adaptive.give_back();
                        stamps.swap_remove(call);
                        model.calls.swap_remove(call);
                    }
                }
                Step::End(..) => {}
            }
            prop_assert_eq!(adaptive.limit(), model.limit);
            prop_assert!((lowest..=highest).contains(&adaptive.limit()));
            prop_assert_eq!(adaptive.free(), model.limit.saturating_sub(model.calls.len()));
        }
    }
}

/// A round trip in which `calls` run at a time, and end so.
fn round_trip(adaptive: &mut Adaptive, calls: usize, end: End) {
    let stamps: Vec<_> =
        (0..calls).map_while(|_| adaptive.try_take().then(|| adaptive.stamp(no_clock))).collect();
    for stamp in stamps {
        adaptive.ended(stamp, end, no_clock);
        adaptive.give_back();
    }
}

#[test]
fn it_doubles_until_the_first_drop_and_then_adds_one() {
    let mut adaptive = Adaptive::new(8, 256);
    let limits = [16, 32, 64, 128].map(|_| {
        round_trip(&mut adaptive, 256, ANSWERED);
        adaptive.limit()
    });
    assert_eq!(limits, [16, 32, 64, 128]);
    round_trip(&mut adaptive, 256, End::Dropped);
    assert_eq!(adaptive.limit(), 115, "a tenth less, however many of one round trip are dropped");
    for _ in 0..3 {
        round_trip(&mut adaptive, 256, ANSWERED);
    }
    assert_eq!(adaptive.limit(), 118);
}

#[test]
fn a_limit_that_is_less_than_half_used_does_not_grow() {
    let mut adaptive = Adaptive::new(8, 256);
    (0..1_000).for_each(|_| round_trip(&mut adaptive, 3, ANSWERED));
    assert_eq!(adaptive.limit(), 8);
    (0..1_000).for_each(|_| round_trip(&mut adaptive, 4, ANSWERED));
    assert_eq!(adaptive.limit(), 16);
}

#[test]
fn single_failures_are_no_overload() {
    let limit_if_one_fails_of = |calls: usize| {
        let mut adaptive = Adaptive::new(10, 100);
        (0..4).for_each(|_| round_trip(&mut adaptive, 100, ANSWERED));
        assert_eq!(adaptive.limit(), 100);
        for call in 0..1_000 {
            let end = if call % calls == 0 { End::Failed } else { ANSWERED };
            round_trip(&mut adaptive, 1, end);
        }
        adaptive.limit()
    };
    assert_eq!(limit_if_one_fails_of(10), 100);
    assert!(limit_if_one_fails_of(9) < 100);
}

#[test]
fn it_reaches_its_highest_and_its_lowest_limit_and_no_further() {
    let mut adaptive = Adaptive::new(3, 50);
    (0..100).for_each(|_| round_trip(&mut adaptive, 256, ANSWERED));
    assert_eq!(adaptive.limit(), 50);
    (0..100).for_each(|_| round_trip(&mut adaptive, 256, End::Dropped));
    assert_eq!(adaptive.limit(), 3);
    (0..100).for_each(|_| round_trip(&mut adaptive, 256, End::Unknown));
    assert_eq!(adaptive.limit(), 3);
}

#[test]
fn reset_it_is_as_new_but_for_the_calls_in_flight() {
    let mut adaptive = Adaptive::new(4, 50);
    assert!(adaptive.is_as_new());
    (0..9).for_each(|_| round_trip(&mut adaptive, 256, ANSWERED));
    assert!(adaptive.try_take() && !adaptive.is_as_new());
    adaptive.reset();
    assert_eq!((adaptive.limit(), adaptive.free()), (4, 3));
    adaptive.give_back();
    assert!(adaptive.is_as_new());
}

/// The same unit for stamps and latencies: microseconds.
const fn at(micros: u64) -> Tick {
    Tick::from_bits((1 << 63) + micros * 1_000)
}

/// A server that answers `capacity` requests at a time within `base` microseconds; more wait in its queue.
struct Server {
    capacity: usize,
    base: u64,
    now: u64,
}

impl Server {
    fn round_trip(&mut self, adaptive: &mut Adaptive) {
        let began = self.now;
        let mut stamps = Vec::new();
        while adaptive.try_take() {
            stamps.push(adaptive.stamp(|| at(began)));
        }
        for (number, stamp) in stamps.into_iter().enumerate() {
            let turn = u64::try_from(number / self.capacity).expect("small");
            self.now = began + self.base * (1 + turn);
            adaptive.ended(stamp, ANSWERED, || at(self.now));
            adaptive.give_back();
        }
    }
}

#[test]
fn by_latency_it_stays_near_what_the_server_does_at_a_time() {
    for capacity in [20, 50, 100] {
        let mut server = Server { capacity, base: 10_000, now: 0 };
        let mut adaptive = Adaptive::new(5, 1_000).by_gradient();
        (0..100).for_each(|_| server.round_trip(&mut adaptive));
        for _ in 0..10_000 {
            server.round_trip(&mut adaptive);
            let limit = adaptive.limit();
            assert!((capacity..4 * capacity).contains(&limit), "{limit} of {capacity}");
        }
    }
}

#[test]
fn a_service_that_is_slower_for_good_is_learnt_at_the_lowest_limit() {
    let mut server = Server { capacity: 50, base: 10_000, now: 0 };
    let mut adaptive = Adaptive::new(5, 1_000).by_gradient();
    (0..200).for_each(|_| server.round_trip(&mut adaptive));
    server.base *= 20;
    let sunk = (0..30).any(|_| {
        server.round_trip(&mut adaptive);
        adaptive.limit() == 5
    });
    assert!(sunk, "{}", adaptive.limit());
    (0..200).for_each(|_| server.round_trip(&mut adaptive));
    assert!(adaptive.limit() >= 50, "{}", adaptive.limit());
}

#[test]
fn what_was_cut_is_a_drop_and_no_sample() {
    let mut adaptive = Adaptive::new(10, 100).by_gradient();
    let mut server = Server { capacity: 100, base: 10_000, now: 0 };
    (0..50).for_each(|_| server.round_trip(&mut adaptive));
    let limit = adaptive.limit();
    // Cut after 10 ms, as fast as any answer.
    assert!(adaptive.try_take());
    let stamp = adaptive.stamp(|| at(server.now));
    adaptive.ended(stamp, End::Dropped, || at(server.now + 10_000));
    adaptive.give_back();
    assert_eq!(adaptive.limit(), limit - limit.div_ceil(10));
}
