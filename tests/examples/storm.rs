//! What `examples/storm` shows: which ways of retrying let a server come back after a stall, what
//! retries of several services multiply to, and which jitter wins a race.

#[path = "../../examples/storm/page.rs"]
mod page;
#[path = "../../examples/storm/picture.rs"]
mod picture;
#[path = "../../examples/storm/simulation/mod.rs"]
mod simulation;
#[path = "../../examples/storm/tables.rs"]
mod tables;

use std::fs;
use std::ops::{Range, RangeInclusive};
use std::path::Path;
use std::time::Duration;

use simulation::contention::{self, Average, Backoff};
use simulation::measures::Measures;
use simulation::server::{Request, Server};
use simulation::services::{self, Protection};
use simulation::stall::Stall;
use simulation::strategy::Strategy;
use simulation::trace::{Trace, What};

const MODEL: Stall = Stall::MODEL;
/// Long enough to see who recovers soon.
const SHORT: Stall = Stall { end: Duration::from_mins(4), ..Stall::MODEL };
const TEN_SEEDS: RangeInclusive<u64> = 1..=10;

fn measured(strategy: &Strategy, seed: u64) -> Measures {
    Measures::taken(&MODEL, strategy, seed)
}

fn recovery(strategy: &Strategy, seed: u64) -> Duration {
    let recovery = measured(strategy, seed).recovery;
    recovery.unwrap_or_else(|| panic!("{}, seed {seed}: never recovers", strategy.name))
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    let model = Stall { end: Duration::from_secs(150), ..MODEL };
    for strategy in Strategy::all() {
        let first = model.run(&strategy, 7);
        assert!(first == model.run(&strategy, 7), "{}", strategy.name);
        assert!(first != model.run(&strategy, 8), "{}", strategy.name);
    }
}

#[test]
fn every_call_begins_and_ends_once_and_makes_four_attempts_at_most() {
    let until = |model| Stall { end: Duration::from_secs(150), ..model };
    let in_silence = Strategy::all().map(|strategy| (until(MODEL), strategy));
    let asked = Strategy::ASKED.map(|strategy| (until(Stall::SHEDDING), strategy));
    for (model, strategy) in in_silence.chain(asked) {
        let trace = model.run(&strategy, 1);
        assert!(trace.is_sorted_by_key(|step| step.at));
        let calls = count(&trace, What::Begun);
        let mut ends = vec![0; calls];
        let mut attempts = vec![0; calls];
        for step in &trace {
            match step.what {
                What::Sent | What::Refused => attempts[step.call as usize] += 1,
                What::Succeeded | What::GaveUp(_) => ends[step.call as usize] += 1,
                What::Begun | What::TimedOut | What::Failed | What::TurnedAway | What::Wasted => {}
            }
        }
        assert!(ends.iter().all(|&ends| ends == 1), "{}", strategy.name);
        assert!(attempts.iter().all(|attempts| (1..=4).contains(attempts)), "{}", strategy.name);
        let heard = [What::Succeeded, What::Failed, What::TurnedAway, What::TimedOut]
            .map(|what| count(&trace, what));
        assert_eq!(count(&trace, What::Sent), heard.iter().sum::<usize>(), "{}", strategy.name);
    }
}

fn count(trace: &Trace, what: What) -> usize {
    trace.iter().filter(|step| step.what == what).count()
}

#[test]
fn work_stands_still_during_the_outage() {
    let second = Duration::from_secs(1);
    let outage = 10 * second..20 * second;
    let request = Request { call: 0, attempt: 1 };
    let done = |outage: Range<Duration>, received| {
        Server::new(1, 0.5, outage, 1).receive(request, received).expect("the worker is idle")
    };
    let work = done(Duration::ZERO..Duration::ZERO, Duration::ZERO);
    assert_eq!(done(outage.clone(), Duration::ZERO), work, "done before it begins");
    let halfway = (10 * second).saturating_sub(work / 2);
    assert_eq!(done(outage.clone(), halfway), halfway + work + 10 * second);
    assert_eq!(done(outage.clone(), 15 * second), 20 * second + work);
    assert_eq!(done(outage, 20 * second), 20 * second + work);
}

#[test]
fn waits_alone_never_let_it_recover() {
    for seed in 1..=2 {
        for strategy in Strategy::WAITING {
            let measures = Measures::taken(&SHORT, &strategy, seed);
            let [name, last_minute] = [strategy.name, "nothing succeeds in the last minute"];
            assert_eq!(measures.recovery, None, "{name}, seed {seed}");
            let minute = &measures.goodput[measures.goodput.len() - 60..];
            assert!(minute.iter().all(|&calls| calls == 0), "{name}, seed {seed}: {last_minute}");
        }
    }
}

/// A load above which four attempts a call are more than the server can do.
#[test]
fn waits_alone_suffice_below_a_quarter_of_the_capacity() {
    let at = |load| Measures::taken(&Stall { load, ..MODEL }, &Strategy::FULL, 1).recovery;
    assert!(at(0.2).is_some());
    assert!(at(0.3).is_none());
}

#[test]
fn a_budget_of_a_tenth_lets_it_recover() {
    for seed in TEN_SEEDS {
        let taken = |strategy: &Strategy| Measures::taken(&SHORT, strategy, seed);
        let limit = taken(&Strategy::NO_RETRY).recovery.map(|recovery| 2 * recovery);
        for strategy in [Strategy::TOKEN_BUCKET, Strategy::RATIO] {
            let Measures { amplification, recovery, .. } = taken(&strategy);
            let name = strategy.name;
            assert!(amplification <= 1.2, "{name}, seed {seed}: {amplification} sends a call");
            let recovered = recovery.is_some() && recovery <= limit;
            assert!(recovered, "{name}, seed {seed}: {recovery:?}, not within {limit:?}");
        }
    }
}

#[test]
fn a_budget_still_hides_ordinary_failures() {
    let unprotected = measured(&Strategy::NO_RETRY, 1).before;
    assert!((0.99..0.998).contains(&unprotected), "one in 200 fails: {unprotected}");
    for strategy in Strategy::LAYERED {
        let before = Measures::taken(&SHORT, &strategy, 1).before;
        assert!(before > 0.9995, "{}: {before}", strategy.name);
    }
}

/// Ten retries a second for each process: with four of them, a third of the load in addition.
#[test]
fn a_reserve_for_each_process_adds_up() {
    assert!(recovery(&Strategy::RATIO_RESERVE, 1) > 2 * recovery(&Strategy::RATIO, 1));
    let eight = Stall { callers: 8, ..MODEL };
    assert_eq!(Measures::taken(&eight, &Strategy::RATIO_RESERVE, 1).recovery, None);
    assert!(Measures::taken(&eight, &Strategy::RATIO, 1).recovery.is_some());
}

#[test]
fn adaptive_throttling_reacts_as_fast_as_its_window_is_short() {
    let minute = Duration::from_mins(1);
    assert!(recovery(&Strategy::ADAPTIVE, 1) > 2 * minute);
    assert!(recovery(&Strategy::ADAPTIVE_SHORT, 1) < minute);
}

/// Calls that wait for an open circuit to let probes through come all at once.
#[test]
fn a_circuit_breaker_helps_unless_it_is_waited_for() {
    for seed in 1..=3 {
        let waited_for = measured(&Strategy::BREAKER_WAITED_FOR, seed);
        assert_eq!(waited_for.recovery, None, "seed {seed}");
        let by_turns = (0.2..0.8).contains(&waited_for.succeeded);
        assert!(by_turns, "open and closed: {waited_for:?}");
        let without_retries = recovery(&Strategy::NO_RETRY, seed);
        for strategy in [Strategy::BREAKER, Strategy::RATIO_BREAKER] {
            assert!(recovery(&strategy, seed) <= without_retries, "{}", strategy.name);
        }
    }
}

/// Calls that it refuses do not wait in the server's queue.
#[test]
fn a_bulkhead_bounds_the_queue_and_one_that_adapts_needs_no_number() {
    for seed in TEN_SEEDS {
        let taken = |strategy: &Strategy| Measures::taken(&SHORT, strategy, seed);
        let soon = |strategy: &Strategy, limit: u64| {
            let Measures { amplification, recovery, .. } = taken(strategy);
            let name = strategy.name;
            assert!(amplification < 1.0, "{name}, seed {seed}: {amplification} sends a call");
            let is_soon = recovery.is_some_and(|recovery| recovery <= Duration::from_secs(limit));
            assert!(is_soon, "{name}, seed {seed}: {recovery:?}");
            recovery
        };
        let fixed = soon(&Strategy::BULKHEAD, 12);
        for adaptive in [Strategy::BULKHEAD_ADAPTIVE, Strategy::RATIO_BULKHEAD] {
            assert!(soon(&adaptive, 6) <= fixed, "{}, seed {seed}", adaptive.name);
        }
    }
}

/// The server says when: one answer holds all callers of a process.
#[test]
fn pushback_leaves_the_server_alone_and_comes_back_at_the_rate() {
    for seed in 1..=3 {
        let model = Stall { end: Duration::from_mins(4), ..Stall::SHEDDING };
        let taken = |strategy: &Strategy| Measures::taken(&model, strategy, seed);
        let alone = taken(&Strategy::FULL).amplification;
        for strategy in [Strategy::PUSHBACK, Strategy::RATIO_PUSHBACK] {
            let Measures { before, amplification, recovery, wasted, .. } = taken(&strategy);
            let name = strategy.name;
            assert!(before > 0.9995, "{name}, seed {seed}: {before}");
            assert!(amplification < alone / 10.0, "{name}, seed {seed}: {amplification}, {alone}");
            let bulkheads = [Strategy::BULKHEAD, Strategy::BULKHEAD_ADAPTIVE];
            let others = bulkheads.into_iter().chain([Strategy::RATIO, Strategy::BREAKER]);
            for other in others {
                let sends = taken(&other).amplification;
                assert!(amplification < sends, "{name}, seed {seed}: {amplification}, {sends}");
            }
            let is_soon = recovery.is_some_and(|recovery| recovery <= Duration::from_secs(2));
            assert!(is_soon, "{name}, seed {seed}: {recovery:?}");
            assert!(wasted < 0.01, "{name}, seed {seed}: {wasted}");
        }
        // Four processes, each with a burst of 10 and 50 a second.
        let trace = model.run(&Strategy::PUSHBACK, seed);
        let sent: Vec<Duration> =
            trace.iter().filter(|step| step.what == What::Sent).map(|step| step.at).collect();
        let within = |from: usize| {
            let end = sent[from] + Duration::from_secs(1);
            sent.partition_point(|at| *at < end) - from
        };
        let most = (0..sent.len()).map(within).max();
        assert!(most <= Some(4 * (10 + 50)), "seed {seed}: {most:?} in a second");
        let told = count(&trace, What::TurnedAway);
        assert!((4..=100).contains(&told), "seed {seed}: {told} for four processes in ten seconds");
    }
}

#[test]
fn the_retries_of_three_services_multiply() {
    let calls = services::run(&Protection::NONE, 100, 1);
    assert!(calls.iter().all(|toll| toll.requests == 4 * 4 * 4));
    assert!(calls == services::run(&Protection::NONE, 100, 1));
}

#[test]
fn where_only_the_lowest_service_retries_they_do_not() {
    let calls = services::run(&Protection::LOWEST_ONLY, 100, 1);
    assert!(calls.iter().all(|toll| toll.requests == 4));
}

#[test]
fn budgets_bring_64_requests_a_call_down_to_less_than_two() {
    for seed in TEN_SEEDS {
        let average = |protection| requests(protection, seed);
        assert!(average(&Protection::TOKEN_BUCKET) < 1.5);
        assert!(average(&Protection::RATIO) < 2.0);
        assert!(average(&Protection::ALL) < 1.2);
        assert!(average(&Protection::BREAKER) < 0.1, "most never reach the database");
    }
}

/// Of 1,200 calls.
fn requests(protection: &Protection, seed: u64) -> f64 {
    let tolls = services::run(protection, 1_200, seed);
    let requests: u32 = tolls.iter().map(|toll| toll.requests).sum();
    f64::from(requests) / 1_200.0
}

/// A full budget is meant for single calls, and lets them make all their retries.
#[test]
fn a_budget_does_not_limit_a_call_alone_but_a_deadline_does() {
    let alone = |protection| services::run(protection, 1, 1)[0];
    assert_eq!(alone(&Protection::TOKEN_BUCKET).requests, 64);
    let limited = alone(&Protection::DEADLINE);
    assert!(limited.requests < 20 && limited.took < Duration::from_secs(11), "{limited:?}");
}

#[test]
fn full_jitter_makes_the_fewest_calls_and_decorrelated_is_as_fast() {
    let of = |backoff| contention::average(&backoff, 100);
    let [none, exponential, proportional, equal, full, decorrelated] = Backoff::EACH.map(of);

    let calls = [full, equal, proportional, exponential, none].map(|race| race.calls);
    assert!(calls.is_sorted_by(|fewer, more| fewer < more), "{calls:?}");
    let ratio = |a: Average, b: Average| a.time.as_secs_f64() / b.time.as_secs_f64();
    assert!(decorrelated.calls > 1.05 * full.calls, "{decorrelated:?} {full:?}");
    assert!((0.8..1.1).contains(&ratio(decorrelated, full)), "{decorrelated:?} {full:?}");

    let times = [none, full, equal, proportional, exponential].map(|race| race.time);
    assert!(times.is_sorted_by(|shorter, longer| shorter < longer), "{times:?}");
    assert!(ratio(exponential, full) > 10.0, "{exponential:?} {full:?}");
}

/// Else: `cargo run --all-features --example storm -- docs`. `SmallRng` is another generator where
/// pointers are shorter.
#[cfg(target_pointer_width = "64")]
#[test]
fn the_page_has_the_numbers_that_the_example_prints() {
    let page = include_str!("../../docs/storm.md");
    let strategies: Vec<_> =
        Strategy::all().map(|strategy| (strategy, measured(&strategy, tables::SEED))).collect();
    let asked = Strategy::ASKED
        .map(|strategy| (strategy, Measures::taken(&Stall::SHEDDING, &strategy, tables::SEED)));
    let hundred = Backoff::EACH.map(|backoff| (backoff, contention::average(&backoff, 100)));
    for (name, table) in [
        ("stall", tables::stall(&strategies)),
        ("asked", tables::stall(&asked)),
        ("loads", tables::loads()),
        ("processes", tables::processes()),
        ("services", tables::services()),
        ("contention", tables::contention(&hundred)),
    ] {
        let section = page::section(page, name).expect("a section of that name");
        assert_eq!(&page[section], table, "{name}");
    }
}

/// Else: as above.
#[test]
fn the_page_carries_the_pictures_that_the_example_draws() {
    let docs = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs"));
    let carried = fs::read_to_string(docs.join("storm-pictures.md")).expect("it is there");
    let mut drawn = String::new();
    for (name, file) in page::PICTURES {
        let svg = fs::read_to_string(docs.join(file)).expect("the picture is there");
        drawn += &picture::definition(name, &svg);
    }
    assert!(carried == drawn, "docs/storm-pictures.md is not made from the pictures beside it");
}
