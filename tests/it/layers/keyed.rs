//! A registry of layers by key: which it forgets, and that nobody notices.
#![deny(warnings, clippy::pedantic)]

use crate::support::layered;
use crate::support::paused;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use layered::Error::{self, Busy};
use persevere::breaker::State;
use persevere::budget::Cause;
use persevere::{
    Budget, Bulkhead, CircuitBreaker, Jitter, Keyed, Policy, Rate, Rejection, Upstream, Verdict,
    retry,
};
use proptest::prelude::*;
use tokio::time::sleep;

const SECOND: Duration = Duration::from_secs(1);

fn breaker() -> CircuitBreaker {
    CircuitBreaker::new()
        .with_time_window(10 * SECOND)
        .with_minimum_calls(3)
        .with_open_jitter(Jitter::None)
        .with_probes(1)
}

fn upstream() -> Upstream {
    Upstream::owning("hosts", Budget::ratio(0.5).with_min_per_second(0))
        .breaker(breaker())
        .bulkhead(Bulkhead::new(1))
        .with_policy(Policy::DEFAULT.with_base_delay(Duration::ZERO).with_max_retries(1))
}

#[derive(Clone, Debug)]
enum Step {
    /// A call on that key: whether its attempts fail.
    Call(u8, bool),
    /// A call on that key begins, and is not over before a later step.
    Begin(u8),
    /// The last of those ends.
    End(Verdict),
    Wait(Duration),
    Force(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = 0..8_u8;
    let step = prop_oneof![
        8 => (key.clone(), any::<bool>()).prop_map(|(key, fails)| Step::Call(key, fails)),
        1 => key.clone().prop_map(Step::Begin),
        1 => prop_oneof![Just(Verdict::PERMANENT), Just(Verdict::TRANSIENT)].prop_map(Step::End),
        3 => (1..20_u32).prop_map(|seconds| Step::Wait(seconds * SECOND)),
        1 => key.prop_map(Step::Force),
    ];
    prop::collection::vec(step, 0..80)
}

/// All that a step shows of a key.
fn seen(upstream: &Upstream) -> (String, State, Option<usize>) {
    let layers = upstream.layers();
    let breaker = layers.breaker.expect("it has one");
    (
        format!("{} {} {:?}", layers.budget.available(), breaker.tally(), breaker.retry_in()),
        breaker.state(),
        layers.bulkhead.map(Bulkhead::available),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// The unbounded registry is a map.
    #[test]
    fn a_bounded_registry_gives_the_verdicts_of_an_unbounded_one(steps in steps()) {
        let runtime = paused::runtime();
        let forgotten = runtime.block_on(async {
            let bounded = Keyed::new(2, upstream);
            let mut unbounded: HashMap<u8, Arc<Upstream>> = HashMap::new();
            let mut begun = Vec::new();
            for step in steps {
                let key = match step {
                    Step::Call(key, _) | Step::Begin(key) | Step::Force(key) => key,
                    Step::End(verdict) => {
                        if let Some((ours, theirs)) = begun.pop() {
                            for upstream in [ours, theirs] {
                                let upstream: Arc<Upstream> = upstream;
                                if let Ok(permit) = upstream.layers().breaker.unwrap().try_acquire() {
                                    permit.failed(verdict);
                                }
                            }
                        }
                        continue;
                    }
                    Step::Wait(time) => {
                        sleep(time).await;
                        continue;
                    }
                };
                let both = [
                    bounded.of(if key == 0 { String::new() } else { key.to_string() }),
                    Arc::clone(unbounded.entry(key).or_insert_with(|| Arc::new(upstream()))),
                ];
                let [ours, theirs] = match step {
                    Step::Call(_, fails) => both.each_ref().map(|upstream| {
                        let answer = if fails { Err(Busy) } else { Ok(1) };
                        Some(upstream.retry_blocking(|| answer).call())
                    }),
                    Step::Begin(_) => {
                        let [ours, theirs] = both.clone();
                        begun.push((ours, theirs));
                        [None, None]
                    }
                    _ => both.each_ref().map(|upstream| {
                        upstream.layers().breaker.unwrap().force_open();
                        None
                    }),
                };
                assert_eq!(ours, theirs);
                assert_eq!(seen(&both[0]), seen(&both[1]));
                drop(both);
                assert!(bounded.len() <= unbounded.len());
            }
            unbounded.len() - bounded.len()
        });
        prop_assert!(forgotten <= 8);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_as_new_makes_room_and_nothing_else_does() {
    let hosts = Keyed::new(2, upstream);
    let held = hosts.of("held");
    hosts.of("failed").retry_blocking(|| Err::<u8, _>(Busy)).call().unwrap_err();
    hosts.of("open").layers().breaker.unwrap().force_open();
    hosts.of("idle");
    (0..10).for_each(|host| drop(hosts.of(host.to_string())));
    let mut keys = hosts.keys();
    keys.sort_unstable();
    assert_eq!(keys, ["9", "failed", "held", "open"], "it rather grows than forget");

    sleep(20 * SECOND).await; // the window and the budget have forgotten the failure
    drop(held);
    (0..10).for_each(|host| drop(hosts.of(host.to_string())));
    let mut keys = hosts.keys();
    keys.sort_unstable();
    assert_eq!(keys, ["9", "open"], "and comes back to its capacity");
    hosts.of("open").layers().breaker.unwrap().reset();
    (0..3).for_each(|host| drop(hosts.of(host.to_string())));
    assert!(hosts.get("open").is_none());
}

/// The upstream itself may be gone before its calls are over: they hold its layers.
#[tokio::test(start_paused = true)]
async fn a_call_that_runs_keeps_its_key() {
    let hosts = Keyed::new(1, upstream);
    let running = hosts.of("a").retry(async || {
        sleep(SECOND).await;
        Ok::<u8, Error>(1)
    });
    let other = async {
        sleep(SECOND / 2).await;
        (0..10).for_each(|host| drop(hosts.of(host.to_string())));
        assert_eq!(hosts.of("a").layers().bulkhead.map(Bulkhead::available), Some(0));
    };
    let (answer, ()) = tokio::join!(running, other);
    assert_eq!(answer, Ok(1));
    assert_eq!(hosts.of("a").layers().bulkhead.map(Bulkhead::available), Some(1));
}

#[tokio::test(start_paused = true)]
async fn a_function_names_the_upstream_of_a_key() {
    static HOSTS: Keyed<Upstream> = Keyed::new(64, upstream);

    #[retry(upstream = HOSTS.of(host))]
    async fn fetch(host: &str) -> Result<u8, Error> {
        if host == "down" { Err(Busy) } else { Ok(1) }
    }

    #[retry(upstream = HOSTS.of(host))]
    fn fetch_blocking(host: &str) -> Result<u8, Error> {
        if host == "down" { Err(Busy) } else { Ok(1) }
    }

    for _ in 0..2 {
        assert_eq!(fetch("down").await, Err(Busy));
    }
    assert_eq!(fetch("up").await, Ok(1));
    let refused = fetch_blocking("down");
    assert!(matches!(refused, Err(Error::Rejected(Rejection::CircuitOpen { .. }))), "{refused:?}");
    assert_eq!(fetch_blocking("up"), Ok(1));
    let counts = |host| HOSTS.of(host).layers().counts.map(persevere::upstream::Counts::calls);
    assert_eq!((counts("up"), counts("down")), (Some(5), Some(5)), "all keys count together");
}

#[test]
fn single_layers_have_keys_too() {
    static TENANTS: Keyed<Bulkhead> = Keyed::new(2, || Bulkhead::new(1));
    static TOKENS: Keyed<Budget> = Keyed::new(2, || Budget::new().with_capacity(10));
    static RATES: Keyed<Rate> = Keyed::new(2, || Rate::per_minute(1));

    let acme = TENANTS.of("acme");
    let permit = acme.try_acquire();
    let others = ["a", "b", "c"];
    for tenant in others {
        TENANTS.of(tenant);
    }
    assert_eq!(TENANTS.of("acme").available(), 0);
    drop(permit);

    TOKENS.of("spent").try_acquire(Cause::Failure).unwrap().failed(Verdict::TRANSIENT);
    for tenant in others {
        TOKENS.of(tenant);
    }
    assert_eq!(TOKENS.of("spent").available().to_string(), "5 of 10 tokens");
    assert_eq!(TOKENS.len(), 2);
    TOKENS.reset();
    assert!(TOKENS.is_empty());

    assert_eq!(RATES.of("used").try_acquire(), Ok(()));
    for tenant in others {
        RATES.of(tenant);
    }
    assert!(RATES.of("used").try_acquire().is_err(), "it is not forgotten");
    assert_eq!((RATES.len(), RATES.of("a").available()), (2, 1));
}

#[test]
fn threads_that_ask_for_the_same_key_get_the_same() {
    static HOSTS: Keyed<CircuitBreaker> = Keyed::new(4, breaker);

    let all: Vec<Vec<Arc<CircuitBreaker>>> = std::thread::scope(|scope| {
        let asked = || (0..50).map(|host| HOSTS.of(host.to_string())).collect();
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(asked)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for other in &all[1..] {
        assert!(all[0].iter().zip(other).all(|(one, same)| Arc::ptr_eq(one, same)));
    }
}
