//! `CircuitBreaker` beside a model of it that remembers everything and shares nothing.

use std::time::{Duration, Instant};

use persevere::breaker::{Permit, State};
use persevere::{CircuitBreaker, Jitter, Rejection, Verdict};
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::SmallRng;

const SECOND: Duration = Duration::from_secs(1);

/// A time window is ten slots long, each a second.
const SLOTS: u32 = 10;

/// How a circuit breaker is set; times in seconds.
#[derive(Clone, Copy, Debug)]
struct Settings {
    /// Calls, or else ten seconds.
    count_window: Option<u32>,
    failure_percent: u32,
    /// The seconds after which a call is slow, and the percentage of slow calls that opens the circuit.
    slow: Option<(u32, u32)>,
    minimum_calls: u32,
    permanent_count: bool,
    open: u32,
    max_open: u32,
    probes: u32,
    probe_timeout: u32,
}

impl Settings {
    fn breaker(&self) -> CircuitBreaker {
        let share = |percent: u32| f64::from(percent) / 100.0;
        let mut breaker = CircuitBreaker::new()
            .with_failure_rate(share(self.failure_percent))
            .with_minimum_calls(self.minimum_calls)
            .with_open_duration(SECOND * self.open)
            .with_max_open_duration(SECOND * self.max_open)
            .with_open_jitter(Jitter::None)
            .with_probes(self.probes)
            .with_probe_timeout(SECOND * self.probe_timeout);
        breaker = match self.count_window {
            Some(calls) => breaker.with_count_window(calls),
            None => breaker.with_time_window(SECOND * SLOTS),
        };
        if let Some((after, percent)) = self.slow {
            breaker = breaker.with_slow_calls(SECOND * after, share(percent));
        }
        if self.permanent_count { breaker.with_permanent_failures_counted() } else { breaker }
    }
}

fn settings() -> impl Strategy<Value = Settings> {
    let slow = prop::option::of((1..4_u32, 1..=100_u32));
    let window = prop::option::of(1..9_u32);
    (
        (window, 1..=100_u32, slow, 1..7_u32, any::<bool>()),
        (1..6_u32, 1..20_u32, 1..4_u32, 1..8_u32),
    )
        .prop_map(|(calls, states)| Settings {
            count_window: calls.0,
            failure_percent: calls.1,
            slow: calls.2,
            minimum_calls: calls.3,
            permanent_count: calls.4,
            open: states.0,
            max_open: states.1,
            probes: states.2,
            probe_timeout: states.3,
        })
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Seconds go by.
    Wait(u32),
    Acquire,
    /// One of the calls under way ends, or is dropped.
    End(usize, Option<Result<(), Verdict>>),
    Force(State),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let verdicts = vec![Verdict::PERMANENT, Verdict::TRANSIENT, Verdict::THROTTLED];
    let end = prop_oneof![
        1 => Just(None),
        3 => Just(Some(Ok(()))),
        5 => prop::sample::select(verdicts).prop_map(|verdict| Some(Err(verdict))),
    ];
    let forced = vec![State::ForcedOpen, State::ForcedClosed, State::Disabled];
    let step = prop_oneof![
        12 => prop_oneof![6 => 0..3_u32, 3 => 3..9_u32, 1 => 9..90_u32].prop_map(Step::Wait),
        40 => Just(Step::Acquire),
        40 => (any::<usize>(), end).prop_map(|(which, end)| Step::End(which, end)),
        1 => prop::sample::select(forced).prop_map(Step::Force),
        2 => Just(Step::Force(State::Closed)),
    ];
    prop::collection::vec(step, 1..250)
}

/// A call that has ended, and when.
#[derive(Clone, Copy, Debug)]
struct Ended {
    at: u32,
    failed: bool,
    slow: bool,
}

/// A plain model of a circuit breaker. Times are seconds since the beginning.
struct Model {
    settings: Settings,
    now: u32,
    state: State,
    /// Grows with each state that begins; a call belongs to the one that it began in.
    turn: u32,
    window: Vec<Ended>,
    open_until: u32,
    openings: u32,
    probes_taken: u32,
    probes_ended: Vec<Ended>,
    /// When all permits have been taken: until when.
    taken_until: u32,
}

impl Model {
    fn new(settings: Settings) -> Self {
        Self {
            settings,
            now: 1,
            state: State::Closed,
            turn: 0,
            window: Vec::new(),
            open_until: 0,
            openings: 0,
            probes_taken: 0,
            probes_ended: Vec::new(),
            taken_until: 0,
        }
    }

    fn begin(&mut self, state: State) {
        self.state = state;
        self.turn += 1;
    }

    fn force(&mut self, state: State) {
        self.openings = 0;
        self.window.clear();
        self.begin(state);
    }

    /// The turn and the time that a call begins in; or how long it is to wait.
    fn acquire(&mut self) -> Result<(u32, u32), u32> {
        if self.state == State::Open && self.now >= self.open_until {
            self.probes_taken = 0;
            self.probes_ended.clear();
            self.begin(State::HalfOpen);
        }
        match self.state {
            State::Open => return Err(self.open_until - self.now),
            State::ForcedOpen => return Err(self.settings.max_open),
            State::HalfOpen => {
                if self.probes_taken == self.settings.probes {
                    if self.now < self.taken_until {
                        return Err(0);
                    }
                    self.probes_taken = u32::try_from(self.probes_ended.len()).unwrap();
                    self.turn += 1;
                }
                self.probes_taken += 1;
                self.taken_until = self.now + self.settings.probe_timeout;
            }
            _ => {}
        }
        Ok((self.turn, self.now))
    }

    fn end(&mut self, (turn, began): (u32, u32), end: Option<Result<(), Verdict>>) {
        if turn != self.turn {
            return;
        }
        let Some(outcome) = end else {
            self.probes_taken = self.probes_taken.saturating_sub(1);
            return;
        };
        let counts = |verdict| verdict != Verdict::PERMANENT || self.settings.permanent_count;
        let ended = Ended {
            at: self.now,
            failed: outcome.is_err_and(counts),
            slow: self.settings.slow.is_some_and(|(after, _)| self.now - began >= after),
        };
        match self.state {
            State::HalfOpen => self.probed(ended),
            State::Closed | State::ForcedClosed => self.record(ended),
            _ => {}
        }
    }

    fn probed(&mut self, ended: Ended) {
        self.probes_ended.push(ended);
        if self.probes_ended.len() < self.settings.probes as usize {
            return;
        }
        if self.is_failing(&self.probes_ended) {
            self.open();
        } else {
            self.force(State::Closed);
        }
    }

    fn record(&mut self, ended: Ended) {
        self.window.push(ended);
        let least = self.settings.count_window.unwrap_or(u32::MAX);
        let enough = self.recent().len() >= self.settings.minimum_calls.min(least) as usize;
        if self.state == State::Closed && enough && self.is_failing(self.recent()) {
            self.open();
        }
    }

    fn open(&mut self) {
        let open_for = self.settings.open.saturating_mul(1 << self.openings.min(10));
        self.open_until = self.now + open_for.min(self.settings.max_open);
        self.openings += 1;
        self.begin(State::Open);
    }

    /// The calls that the window still holds.
    fn recent(&self) -> &[Ended] {
        let from = match self.settings.count_window {
            Some(calls) => self.window.len().saturating_sub(calls as usize),
            None => self.window.partition_point(|ended| self.now - ended.at >= SLOTS),
        };
        &self.window[from..]
    }

    fn is_failing(&self, calls: &[Ended]) -> bool {
        let reaches = |part: u64, percent: u32| {
            part > 0 && part * 100 >= u64::from(percent) * calls.len() as u64
        };
        let (_, failed, slow) = counts(calls);
        reaches(failed, self.settings.failure_percent)
            || self.settings.slow.is_some_and(|(_, percent)| reaches(slow, percent))
    }

    fn retry_in(&self) -> u32 {
        match self.state {
            State::Open => self.open_until.saturating_sub(self.now),
            State::ForcedOpen => self.settings.max_open,
            _ => 0,
        }
    }
}

/// The calls in all, those that failed, and those that were slow.
fn counts(calls: &[Ended]) -> (u64, u64, u64) {
    let count = |is: fn(&&Ended) -> bool| calls.iter().filter(is).count() as u64;
    (calls.len() as u64, count(|ended| ended.failed), count(|ended| ended.slow))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn it_goes_the_way_of_its_model(settings in settings(), steps in steps()) {
        let breaker = settings.breaker();
        let mut model = Model::new(settings);
        let mut under_way: Vec<(Permit<'_>, (u32, u32))> = Vec::new();
        let mut now = Instant::now();
        let mut rng = SmallRng::seed_from_u64(7);
        for step in steps {
            match step {
                Step::Wait(seconds) => {
                    now += SECOND * seconds;
                    model.now += seconds;
                }
                Step::Acquire => match (breaker.at(now).try_acquire(), model.acquire()) {
                    (Ok(permit), Ok(begun)) => under_way.push((permit, begun)),
                    (Err(rejection), Err(seconds)) => {
                        let retry_in = SECOND * seconds;
                        prop_assert_eq!(rejection, Rejection::CircuitOpen { retry_in });
                    }
                    (asked, expected) => prop_assert!(false, "{:?}, not {:?}", asked, expected),
                },
                Step::End(..) if under_way.is_empty() => {}
                Step::End(which, end) => {
                    let (permit, begun) = under_way.swap_remove(which % under_way.len());
                    match end {
                        None => drop(permit),
                        Some(Ok(())) => permit.at(now).succeeded(&mut rng),
                        Some(Err(verdict)) => permit.at(now).failed(verdict, &mut rng),
                    }
                    model.end(begun, end);
                }
                Step::Force(State::Closed) => {
                    breaker.reset();
                    model.force(State::Closed);
                }
                Step::Force(state) => {
                    match state {
                        State::ForcedOpen => breaker.force_open(),
                        State::ForcedClosed => breaker.force_closed(),
                        _ => breaker.disable(),
                    }
                    model.force(state);
                }
            }
            prop_assert_eq!(breaker.state(), model.state, "after {:?}", step);
            prop_assert_eq!(breaker.at(now).retry_in(), SECOND * model.retry_in());
            let tally = breaker.at(now).tally();
            let counted = (tally.calls, tally.failed, tally.slow);
            prop_assert_eq!(counted, counts(model.recent()), "after {:?}", step);
        }
    }
}
