//! [`Stall`]: a server stands still for ten seconds, and calls keep coming.
//!
//! An open loop: calls begin at random (Poisson), whatever the number in flight.

use std::ops::Range;
use std::time::Duration;

use persevere::Rejection;
use persevere::engine::Decision;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Exp};

use super::agenda::{Agenda, Moment};
use super::call::{Call, Caller, Error};
use super::server::{Request, Server};
use super::strategy::Strategy;
use super::trace::{Step, Trace, What};

/// The model's parameters.
#[derive(Clone, Debug)]
pub(crate) struct Stall {
    /// The number of calling processes, each with its own budget and circuit breaker.
    pub(crate) callers: u32,
    /// The number of the server's workers.
    pub(crate) workers: u32,
    /// Requests a second that all workers together can answer.
    pub(crate) capacity: f64,
    /// Calls a second, as a share of the capacity.
    pub(crate) load: f64,
    /// The share of answers that are failures, stall or not: the reason for retries.
    pub(crate) failures: f64,
    /// How long a caller waits for one answer.
    pub(crate) timeout: Duration,
    /// The server's longest queue, and the `Retry-After` of those whom it turns away when that is full.
    pub(crate) sheds: Option<(usize, Duration)>,
    /// When the server stands still.
    pub(crate) outage: Range<Moment>,
    /// No call begins after this.
    pub(crate) end: Moment,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Call,
    Send { call: u32 },
    TimeOut(Request),
    Finish(Request),
}

impl Stall {
    /// The model of `docs/storm.md`.
    pub(crate) const MODEL: Self = Self {
        callers: 4,
        workers: 10,
        capacity: 200.0,
        load: 0.6,
        failures: 0.005,
        timeout: Duration::from_secs(1),
        sheds: None,
        outage: Duration::from_mins(2)..Duration::from_secs(130),
        end: Duration::from_secs(430),
    };

    /// The same, with a server that answers 429 with `Retry-After: 1` while a hundred requests wait, which are half
    /// a second's.
    pub(crate) const SHEDDING: Self =
        Self { sheds: Some((100, Duration::from_secs(1))), ..Self::MODEL };

    /// Calls a second.
    pub(crate) fn rate(&self) -> f64 {
        self.capacity * self.load
    }

    /// Simulates the calls. The same seed gives the same calls to all strategies.
    pub(crate) fn run(&self, strategy: &Strategy, seed: u64) -> Trace {
        let callers: Vec<Caller> = (0..self.callers).map(|_| strategy.caller()).collect();
        let mut seeds = SmallRng::seed_from_u64(seed);
        let server = Server::new(self.workers, self.capacity, self.outage.clone(), seeds.random());
        let longest_queue = self.sheds.map_or(usize::MAX, |(longest, _)| longest);
        let mut run = Run {
            model: self,
            server: server.with_longest_queue(longest_queue),
            arrivals: SmallRng::from_rng(&mut seeds),
            pause: Exp::new(self.rate()).expect("a load above 0"),
            decisions: SmallRng::from_rng(&mut seeds),
            failures: SmallRng::from_rng(&mut seeds),
            callers: &callers,
            calls: Vec::new(),
            open: 0,
            agenda: Agenda::new(),
            trace: Trace::new(),
        };
        run.plan_next_call(Moment::ZERO);
        run.play();
        run.trace
    }
}

struct Run<'c> {
    model: &'c Stall,
    server: Server,
    arrivals: SmallRng,
    /// Between two calls, in seconds.
    pause: Exp<f64>,
    decisions: SmallRng,
    failures: SmallRng,
    callers: &'c [Caller],
    /// By number; `None` once over.
    calls: Vec<Option<Call<'c>>>,
    open: u32,
    agenda: Agenda<Event>,
    trace: Trace,
}

impl Run<'_> {
    fn plan_next_call(&mut self, now: Moment) {
        let at = now + Duration::from_secs_f64(self.pause.sample(&mut self.arrivals));
        if at < self.model.end {
            self.agenda.plan(at, Event::Call);
        }
    }

    /// Runs until no call is in flight; nobody waits for the rest of the server's queue.
    fn play(&mut self) {
        while let Some((now, event)) = self.agenda.next() {
            match event {
                Event::Call => {
                    self.begin(now);
                    self.plan_next_call(now);
                }
                Event::Send { call } => self.send(call, now),
                Event::TimeOut(request) => self.time_out(request, now),
                Event::Finish(request) => self.finish(request, now),
            }
            if now >= self.model.end && self.open == 0 {
                return;
            }
        }
    }

    fn begin(&mut self, now: Moment) {
        let caller = &self.callers[self.arrivals.random_range(0..self.callers.len())];
        let call = u32::try_from(self.calls.len()).expect("fewer calls than that");
        self.calls.push(Some(Call::begin(caller, None, now)));
        self.open += 1;
        self.note(call, What::Begun, now);
        self.send(call, now);
    }

    fn send(&mut self, number: u32, now: Moment) {
        let Some(call) = &mut self.calls[number as usize] else { return };
        match call.try_send(now) {
            Ok(None) => {}
            Ok(Some(wait)) => return self.agenda.plan(now + wait, Event::Send { call: number }),
            Err(refused) => {
                self.note(number, What::Refused, now);
                return self.fail(number, refused, now);
            }
        }
        let request = Request { call: number, attempt: call.attempt() };
        self.note(number, What::Sent, now);
        if let Some((_, retry_after)) = self.model.sheds.filter(|_| self.server.is_full()) {
            self.note(number, What::TurnedAway, now);
            return self.fail(number, Error::Busy { retry_after }, now);
        }
        self.agenda.plan(now + self.model.timeout, Event::TimeOut(request));
        if let Some(done) = self.server.receive(request, now) {
            self.agenda.plan(done, Event::Finish(request));
        }
    }

    fn time_out(&mut self, request: Request, now: Moment) {
        if self.is_awaited(request) {
            self.note(request.call, What::TimedOut, now);
            self.fail(request.call, Error::Rejected(Rejection::TimedOut), now);
        }
    }

    fn finish(&mut self, request: Request, now: Moment) {
        if self.is_awaited(request) {
            self.answer(request.call, now);
        } else {
            self.note(request.call, What::Wasted, now);
        }
        if let Some((next, done)) = self.server.finish(now) {
            self.agenda.plan(done, Event::Finish(next));
        }
    }

    fn answer(&mut self, number: u32, now: Moment) {
        if self.failures.random_bool(self.model.failures) {
            self.note(number, What::Failed, now);
            return self.fail(number, Error::Down, now);
        }
        if let Some(mut call) = self.calls[number as usize].take() {
            call.succeeded(now, &mut self.decisions);
        }
        self.end(number, What::Succeeded, now);
    }

    /// Whether the caller still waits for that answer: a failed attempt has made way for the next.
    fn is_awaited(&self, request: Request) -> bool {
        let call = self.calls[request.call as usize].as_ref();
        call.is_some_and(|call| call.attempt() == request.attempt)
    }

    fn fail(&mut self, number: u32, error: Error, now: Moment) {
        let Some(call) = &mut self.calls[number as usize] else { return };
        match call.failed(error, now, &mut self.decisions) {
            Decision::Retry(delay) => self.agenda.plan(now + delay, Event::Send { call: number }),
            Decision::GiveUp(reason) => {
                self.calls[number as usize] = None;
                self.end(number, What::GaveUp(reason), now);
            }
        }
    }

    fn end(&mut self, call: u32, how: What, now: Moment) {
        self.open -= 1;
        self.note(call, how, now);
    }

    fn note(&mut self, call: u32, what: What, at: Moment) {
        self.trace.push(Step { at, call, what });
    }
}
