//! What `metrics` records of upstreams, circuits and hedges.

#[path = "../support/mod.rs"]
mod support;

use crate::support::{scripted, series};

use std::future::pending;
use std::time::Duration;

use persevere::upstream::Counts;
use persevere::{
    Budget, Bulkhead, CircuitBreaker, Classify, Hedge, Jitter, Policy, Rate, Rejection, Upstream,
    Verdict, retry,
};
use scripted::Script;
use series::{Series, recorded, series};

const AT_ONCE: Policy = Policy::DEFAULT.with_base_delay(Duration::ZERO).with_max_retries(2);

fn of_upstreams(seen: Series) -> Series {
    let is_of_one = |name: &String| name.contains("upstream=");
    seen.into_iter().filter(|(name, _)| is_of_one(name)).collect()
}

#[test]
fn retries_and_calls_and_what_a_layer_refused_are_counted() {
    static BUDGET: Budget = Budget::new().with_capacity(10); // two retries
    static COUNTS: Counts = Counts::new();
    static BANK: Upstream =
        Upstream::new("bank", &BUDGET).with_policy(AT_ONCE).with_counts(&COUNTS);

    #[retry(upstream = BANK)]
    async fn pay(script: &Script<Rejection>) -> Result<u32, Rejection> {
        script.run()
    }

    let seen = recorded(|| async {
        for _ in 0..5 {
            assert_eq!(pay(&Script::of([])).await, Ok(1));
        }
        assert!(pay(&Script::of([Rejection::TimedOut; 3])).await.is_err());
        assert!(pay(&Script::of([Rejection::TimedOut; 3])).await.is_err());
    });
    let expected = series([
        ("retry_upstream_calls_total{upstream=bank}", &[7.0]),
        ("retry_upstream_retries_total{upstream=bank}", &[2.0]),
        ("retry_upstream_give_ups_total{upstream=bank,reason=exhausted}", &[1.0]),
        ("retry_upstream_give_ups_total{upstream=bank,reason=budget_exhausted}", &[1.0]),
    ]);
    assert_eq!(of_upstreams(seen), expected);
}

#[test]
fn without_counts_its_retries_are_counted_all_the_same_and_polls_are_none() {
    static QUIET: Upstream = Upstream::new("quiet", &Budget::UNLIMITED).with_policy(AT_ONCE);

    #[retry(upstream = QUIET, on_ok = ..3)]
    async fn poll(script: &Script<Rejection>) -> Result<u32, Rejection> {
        script.run()
    }

    let seen = recorded(|| async {
        assert_eq!(poll(&Script::of([Rejection::TimedOut])).await, Ok(3));
    });
    let expected = series([("retry_upstream_retries_total{upstream=quiet}", &[1.0])]);
    assert_eq!(of_upstreams(seen), expected);
}

#[test]
fn a_sample_has_each_layer_as_it_is() {
    static TOKENS: Budget = Budget::new().with_capacity(100);
    static RATIO: Budget = Budget::ratio(0.1).with_min_per_second(3);
    static ADAPTIVE: Budget = Budget::adaptive(2.0);
    static CIRCUIT: CircuitBreaker = CircuitBreaker::new();
    static PERMITS: Bulkhead = Bulkhead::new(4);
    static COUNTS: Counts = Counts::new();
    static ALL: Upstream = Upstream::new("all", &TOKENS)
        .with_breaker(&CIRCUIT)
        .with_bulkhead(&PERMITS)
        .with_counts(&COUNTS);
    static BY_RATIO: Upstream = Upstream::new("ratio", &RATIO);
    static BY_SHARE: Upstream = Upstream::new("share", &ADAPTIVE);
    static PLAIN: Upstream = Upstream::new("plain", &Budget::UNLIMITED);

    let seen = recorded(|| async {
        CIRCUIT.force_open();
        let held = PERMITS.try_acquire();
        [&ALL, &BY_RATIO, &BY_SHARE, &PLAIN].into_iter().for_each(persevere::metrics::sample);
        drop(held);
    });
    let expected = series([
        ("retry_budget_tokens{upstream=all}", &[100.0]),
        ("retry_budget_retries{upstream=ratio}", &[30.0]),
        ("retry_budget_refusal_ratio{upstream=share}", &[0.0]),
        ("retry_breaker_state{upstream=all,state=closed}", &[0.0]),
        ("retry_breaker_state{upstream=all,state=open}", &[0.0]),
        ("retry_breaker_state{upstream=all,state=half-open}", &[0.0]),
        ("retry_breaker_state{upstream=all,state=forced open}", &[1.0]),
        ("retry_breaker_state{upstream=all,state=forced closed}", &[0.0]),
        ("retry_breaker_state{upstream=all,state=disabled}", &[0.0]),
        ("retry_bulkhead_limit{upstream=all}", &[4.0]),
        ("retry_bulkhead_in_flight{upstream=all}", &[1.0]),
        ("retry_bulkhead_waiting{upstream=all}", &[0.0]),
        ("retry_upstream_calls_total{upstream=all}", &[0.0]),
        ("retry_upstream_retries_total{upstream=all}", &[0.0]),
    ]);
    assert_eq!(of_upstreams(seen), expected);

    ALL.list(); // the only one of that name; other tests list others
    CIRCUIT.force_closed();
    let seen = of_upstreams(recorded(|| async { persevere::metrics::sample_all() }));
    assert_eq!(seen["retry_breaker_state{upstream=all,state=forced closed}"], [1.0]);
    assert_eq!(seen["retry_bulkhead_in_flight{upstream=all}"], [0.0]);
}

#[derive(Debug, PartialEq, thiserror::Error)]
enum Busy {
    #[error("ask again in {0:?}")]
    For(Duration),
    #[error(transparent)]
    Rejected(#[from] Rejection),
}

impl Classify for Busy {
    fn classify(&self) -> Verdict {
        match self {
            Self::For(pause) => Verdict::THROTTLED.with_retry_after(*pause),
            Self::Rejected(rejection) => rejection.classify(),
        }
    }
}

#[test]
fn waits_for_turns_refusals_and_pauses_are_counted_and_a_free_turn_is_not() {
    static RATE: Rate = Rate::per_second(2).with_max_wait(Duration::from_secs(40));
    static MAPS: Upstream = Upstream::new("maps", &Budget::UNLIMITED)
        .with_policy(AT_ONCE)
        .with_rate(&RATE)
        .with_pushback();
    static SOON: Upstream = Upstream::new("soon", &Budget::UNLIMITED)
        .with_policy(AT_ONCE.with_max_delay(Duration::from_mins(1)))
        .with_pushback();

    #[retry(upstream = MAPS)]
    async fn find(script: &Script<Busy>) -> Result<u32, Busy> {
        script.run()
    }

    #[retry(upstream = SOON, deadline = "90s")]
    async fn find_soon(script: &Script<Busy>) -> Result<u32, Busy> {
        script.run()
    }

    let waits = recorded(|| async {
        assert_eq!(find(&Script::of([])).await, Ok(1));
        assert_eq!(find(&Script::of([])).await, Ok(1));
    });
    assert_eq!(
        of_upstreams(waits),
        series([("retry_upstream_turn_seconds{upstream=maps}", &[0.5])])
    );

    RATE.reset();
    let pauses = recorded(|| async {
        for _ in 0..2 {
            let asked = Script::of([Busy::For(Duration::from_secs(30))]);
            assert_eq!(find_soon(&asked).await, Ok(2));
        }
        RATE.hold(Duration::from_secs(50));
        assert!(find(&Script::of([])).await.is_err(), "longer than its longest wait");
        [&MAPS, &SOON].into_iter().for_each(persevere::metrics::sample);
    });
    let expected = series([
        ("retry_rate_available{upstream=maps}", &[0.0]),
        ("retry_rate_waiting{upstream=maps}", &[0.0]),
        ("retry_upstream_pause_seconds{upstream=maps}", &[50.0]),
        ("retry_upstream_pause_seconds{upstream=soon}", &[0.0]),
        ("retry_upstream_pauses_total{upstream=soon}", &[2.0]),
        ("retry_upstream_retries_total{upstream=soon}", &[2.0]),
        ("retry_upstream_give_ups_total{upstream=maps,reason=rate_limited}", &[1.0]),
        ("retry_upstream_turns_refused_total{upstream=maps}", &[1.0]),
    ]);
    assert_eq!(of_upstreams(pauses), expected);
}

#[test]
fn the_changes_of_a_circuit_are_counted_by_its_name() {
    static CIRCUIT: CircuitBreaker = CircuitBreaker::new()
        .with_name("index")
        .with_count_window(2)
        .with_minimum_calls(2)
        .with_probes(1)
        .with_open_duration(Duration::from_secs(1))
        .with_open_jitter(Jitter::None);

    let seen = recorded(|| async {
        for _ in 0..2 {
            CIRCUIT.try_acquire().unwrap().failed(Verdict::TRANSIENT);
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
        CIRCUIT.try_acquire().unwrap().succeeded();
    });
    let expected = series([
        ("retry_breaker_transitions_total{circuit=index,to=open}", &[1.0]),
        ("retry_breaker_transitions_total{circuit=index,to=half-open}", &[1.0]),
        ("retry_breaker_transitions_total{circuit=index,to=closed}", &[1.0]),
    ]);
    assert_eq!(seen, expected);
}

#[test]
fn hedges_are_counted_by_function_whether_or_not_they_win() {
    #[retry(hedge = "100ms", context = attempt, name = "ask", on = _)]
    async fn ask(slow: u32) -> Result<u32, Rejection> {
        match attempt.hedge() {
            body if body < slow => pending().await,
            body => {
                tokio::time::sleep(Duration::from_millis(150)).await;
                Ok(body)
            }
        }
    }

    let seen = recorded(|| async {
        assert_eq!(ask(1).await, Ok(1)); // the first hangs
        assert_eq!(ask(0).await, Ok(0)); // the first is late and wins
    });
    let expected = series([
        ("retry_hedges_started_total{function=ask}", &[2.0]),
        ("retry_hedges_won_total{function=ask}", &[1.0]),
    ]);
    assert_eq!(seen, expected);
}

#[test]
fn hedges_of_a_closure_are_counted_by_its_name_or_that_of_the_function_around_it() {
    static LATE: Hedge = Hedge::after(Duration::from_millis(100));

    async fn find(slow: u32, name: Option<&'static str>) -> Result<u32, Rejection> {
        let call = Policy::DEFAULT.retry_with_context(async |attempt| match attempt.hedge() {
            body if body < slow => pending().await,
            body => {
                tokio::time::sleep(Duration::from_millis(150)).await;
                Ok(body)
            }
        });
        let call = call.on(|_| true).hedge(&LATE);
        match name {
            Some(name) => call.name(name).await,
            None => call.await,
        }
    }

    let seen = recorded(|| async {
        assert_eq!(find(1, Some("ask")).await, Ok(1)); // the first hangs
        assert_eq!(find(0, Some("ask")).await, Ok(0)); // the first is late and wins
        assert_eq!(find(0, None).await, Ok(0));
    });
    let path = concat!(
        module_path!(),
        "::hedges_of_a_closure_are_counted_by_its_name_or_that_of_the_function_around_it::find"
    );
    let unnamed = format!("retry_hedges_started_total{{function={path}}}");
    let expected = series([
        ("retry_hedges_started_total{function=ask}", &[2.0]),
        (&unnamed, &[1.0]),
        ("retry_hedges_won_total{function=ask}", &[1.0]),
    ]);
    assert_eq!(seen, expected);
}
