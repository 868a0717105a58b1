//! Overrides in force: which functions they reach, what they change, and when.
#![deny(warnings, clippy::pedantic)]

#[path = "../support/mod.rs"]
mod support;

use crate::support::overriding;

use std::sync::Arc;
use std::time::Duration;

use overriding::Overriding;
use persevere::overrides::{Overrides, overrides};
use persevere::testing::{self, Flaky, Recorder};
use persevere::{Attempt, PartialPolicy, Policy, Verdict, retry, sites};

#[derive(Clone, Copy, Debug, PartialEq)]
struct Busy;

fn down() -> Flaky<u32, Busy> {
    Flaky::always(|| Err(Busy))
}

mod payments {
    use super::{Busy, Flaky, retry};

    #[retry(on = _, jitter = "none", max_retries = 3)]
    pub(crate) fn charge(flaky: &Flaky<u32, Busy>) -> Result<u32, Busy> {
        flaky.call()
    }

    #[retry(on = _, jitter = "none", max_retries = 3, name = "payments::refund")]
    pub(crate) async fn refund(flaky: &Flaky<u32, Busy>) -> Result<u32, Busy> {
        flaky.call()
    }
}

/// What `charge` does when everything fails.
fn charged() -> String {
    let recorder = Recorder::new();
    let _scope = testing::no_waiting().recording(&recorder).on_this_thread();
    assert_eq!(payments::charge(&down()), Err(Busy));
    recorder.summary()
}

const AS_WRITTEN: &str = "4 attempts, waited 2 s then 4 s then 8 s, gave up";

#[test]
fn a_function_is_reached_by_its_name() {
    let held = Overriding::with("overrides::payments::charge=max_retries:1");
    assert_eq!(charged(), "2 attempts, waited 2 s, gave up");
    held.install("overrides::payments::charge=base_delay:100ms");
    assert_eq!(charged(), "4 attempts, waited 100 ms then 200 ms then 400 ms, gave up");
    held.install("payments::charge=max_retries:1"); // its name begins with its crate's
    assert_eq!(charged(), AS_WRITTEN);
    overrides().clear();
    assert_eq!(charged(), AS_WRITTEN);
}

#[test]
fn a_preset_replaces_the_whole_policy() {
    let _held = Overriding::with("*::charge=conservative;max_retries:2");
    assert_eq!(charged(), "3 attempts, waited 5 s then 10 s, gave up");
}

#[test]
fn a_name_goes_before_a_pattern_and_a_long_one_before_a_short() {
    let exact = "overrides::payments::charge=max_retries:0";
    let long = "overrides::payments::*=max_retries:1";
    let short = "overrides::*=max_retries:2";
    let all = "*=base_delay:1ms";
    let attempts = |table: &[&str]| {
        let held = Overriding::with(&table.join(","));
        let charged = charged();
        drop(held);
        charged
    };
    assert_eq!(attempts(&[all, short, long, exact]), "1 attempt, gave up");
    assert_eq!(attempts(&[short, long, all]), "2 attempts, waited 1 ms, gave up");
    assert_eq!(attempts(&[all, short]), "3 attempts, waited 1 ms then 2 ms, gave up");
    assert_eq!(attempts(&[all]), "4 attempts, waited 1 ms then 2 ms then 4 ms, gave up");
}

#[test]
fn the_later_layer_wins_whatever_its_patterns() {
    let file: Overrides =
        "overrides::payments::charge=max_retries:6;base_delay:30ms,*=max_delay:40ms"
            .parse()
            .unwrap();
    {
        let _held = Overriding::with(&file.to_string());
        let waited = "30 ms then 40 ms then 40 ms then 40 ms then 40 ms then 40 ms";
        assert_eq!(charged(), format!("7 attempts, waited {waited}, gave up"));
    }
    let _held = Overriding::with(&file.overlaid("*=off".parse().unwrap()).to_string());
    assert_eq!(charged(), "1 attempt, gave up");
    let site = sites().find(|site| site.name() == "overrides::payments::charge").unwrap();
    assert_eq!(site.policy().max_retries(), 0);
    assert_eq!(site.policy().base_delay(), Duration::from_millis(30));
    assert_eq!(site.policy().max_delay(), Duration::from_millis(40));
}

#[test]
fn of_two_patterns_of_a_length_the_alphabet_decides() {
    let one: Overrides = "*b=max_retries:1,a*=max_retries:2".parse().unwrap();
    let other: Overrides = "a*=max_retries:2,*b=max_retries:1".parse().unwrap();
    assert_eq!(one, other);
    assert_eq!(one.get("ab").unwrap().to_string(), "max_retries:1");
}

#[tokio::test(start_paused = true)]
async fn async_functions_with_names_of_their_own_are_reached() {
    let _held = Overriding::with("payments::*=max_retries:1;base_delay:3s");
    let began = tokio::time::Instant::now();
    let flaky = down();
    assert_eq!(payments::refund(&flaky).await, Err(Busy));
    assert_eq!(flaky.calls(), 2);
    assert_eq!(began.elapsed(), Duration::from_secs(3));
}

#[test]
fn closures_are_reached_by_name_or_by_the_function_that_they_stand_in() {
    let _held =
        Overriding::with("closures::named=max_retries:1,*::closures_are_reached*=max_retries:2");
    let attempts = |name: Option<&'static str>| {
        let flaky = down();
        let retrying = Policy::DEFAULT.retry_blocking(|| flaky.call()).on(|_| true).sleep(|_| ());
        let outcome = match name {
            Some(name) => retrying.name(name).call(),
            None => retrying.call(),
        };
        assert_eq!(outcome, Err(Busy));
        flaky.calls()
    };
    assert_eq!(attempts(Some("closures::named")), 2);
    assert_eq!(attempts(Some("closures::other")), 6);
    assert_eq!(attempts(None), 3);
}

#[retry(on = _, jitter = "none", max_retries = 5, sleep = |wait| slept.push(wait))]
fn changed_meanwhile(slept: &mut Vec<Duration>, change: &mut dyn FnMut()) -> Result<(), Busy> {
    change();
    Err(Busy)
}

#[test]
fn a_call_under_way_obeys_from_its_next_failure_on() {
    let held = Overriding::with("");
    let (mut slept, mut runs) = (Vec::new(), 0);
    let recorder = Recorder::new();
    let _scope = testing::recording(&recorder).on_this_thread();
    let mut change = || {
        runs += 1;
        if runs == 2 {
            held.install("*::changed_meanwhile=max_retries:3;base_delay:1s");
        }
    };
    assert_eq!(changed_meanwhile(&mut slept, &mut change), Err(Busy));
    // 2 s of its own, then 1 s · 2 at retry index 1, and the third is the last.
    assert_eq!(slept, [2, 2, 4].map(Duration::from_secs));
    let allowed: Vec<u32> = recorder.events().iter().map(|event| event.max_retries).collect();
    assert_eq!(allowed, [5, 3, 3, 3]);
}

#[test]
fn fewer_retries_than_were_made_end_a_call() {
    let held = Overriding::with("");
    let (mut slept, mut runs) = (Vec::new(), 0);
    let mut change = || {
        runs += 1;
        if runs == 4 {
            held.install("*::changed_meanwhile=max_retries:1");
        }
    };
    assert_eq!(changed_meanwhile(&mut slept, &mut change), Err(Busy));
    assert_eq!(slept.len(), 3);
}

#[test]
fn events_name_the_policy_in_force() {
    let _held = Overriding::with("*::charge=max_retries:7");
    let recorder = Recorder::new();
    let _scope = testing::no_waiting().recording(&recorder).on_this_thread();
    assert_eq!(payments::charge(&Flaky::failing(1, || Busy).then(|| Ok(3))), Ok(3));
    let lines: Vec<String> = recorder.events().into_iter().map(|event| event.line).collect();
    assert_eq!(
        lines,
        [
            "charge: attempt 1 of 8 failed: Busy; retrying in 2 s",
            "charge: attempt 2 of 8 succeeded after 2 s of waiting"
        ]
    );
}

#[retry(on = _, context = attempt, base_delay = 0)]
fn asks(seen: &mut Vec<(u32, bool)>) -> Result<(), Busy> {
    seen.push((attempt.max_retries(), attempt.is_last()));
    Err(Busy)
}

#[test]
fn an_attempt_knows_the_policy_in_force() {
    let _held = Overriding::with("*::asks=max_retries:1,context=max_retries:0");
    let mut seen = Vec::new();
    assert_eq!(asks(&mut seen), Err(Busy));
    assert_eq!(seen, [(1, false), (1, true)]);

    let outcome = Policy::DEFAULT
        .retry_blocking_with_context(|attempt: Arc<Attempt>| {
            seen.push((attempt.max_retries(), attempt.is_last()));
            None::<u8>
        })
        .on(|_| true)
        .name("context")
        .call();
    assert_eq!((outcome, seen.last()), (None, Some(&(0, true))));
}

#[retry(when = |_| Verdict::THROTTLED, throttled = "conservative", max_retries = 2)]
fn throttled(flaky: &Flaky<u32, Busy>) -> Result<u32, Busy> {
    flaky.call()
}

#[test]
fn the_throttled_schedule_stays_but_not_how_often_it_is_used() {
    let _held = Overriding::with("*::throttled=max_retries:1;base_delay:1ms");
    let recorder = Recorder::new();
    let _scope = testing::no_waiting().recording(&recorder).on_this_thread();
    assert_eq!(throttled(&down()), Err(Busy));
    recorder.assert("2 attempts, waited 5 s, gave up");
}

#[test]
fn a_test_switch_wins_over_an_override() {
    let _held = Overriding::with("*::charge=max_retries:7");
    let _scope = testing::cap_retries(1).on_this_thread();
    assert_eq!(charged(), "2 attempts, waited 2 s, gave up");
}

#[test]
fn a_bad_table_leaves_the_old_one_in_force() {
    let _held = Overriding::with("*::charge=max_retries:1");
    let install = |text: &str| -> Result<(), persevere::InvalidPolicy> {
        overrides().install(text.parse()?);
        Ok(())
    };
    assert!(install("*::charge=max_retries:0,search::query=max_retrys:2").is_err());
    assert_eq!(charged(), "2 attempts, waited 2 s, gave up");
    assert_eq!(overrides().table().to_string(), "*::charge=max_retries:1");
}

#[test]
fn a_table_made_in_code_is_one_too() {
    let _held = Overriding::with("");
    let fewer = PartialPolicy::new().with_max_retries(1);
    let table = Overrides::new().with("*::charge", fewer).unwrap();
    overrides().install(table);
    assert_eq!(charged(), "2 attempts, waited 2 s, gave up");
}

#[test]
fn a_pattern_that_matches_nothing_is_reported_with_the_nearest_name() {
    let held =
        Overriding::with("*::chrage=max_retries:1,payments::charge=max_retries:1,mail::*=default");
    let reported =
        || -> Vec<String> { overrides().unmatched().iter().map(ToString::to_string).collect() };
    assert_eq!(reported().len(), 3); // nothing has failed yet
    assert_eq!(charged(), AS_WRITTEN);
    let none = "matches no function that has failed so far";
    assert_eq!(
        reported(),
        [
            format!("`payments::charge` {none}; did you mean `*::payments::charge`?"),
            format!("`*::chrage` {none}; did you mean `*::charge`?"),
            format!("`mail::*` {none}"),
        ]
    );
    held.install("*::payments::charge=max_retries:1");
    assert_eq!(charged(), "2 attempts, waited 2 s, gave up");
    assert_eq!(overrides().unmatched(), []);
}

#[test]
fn a_closure_is_known_while_the_table_is_in_force_under_which_it_failed() {
    let held = Overriding::with("*::of_old_tables=max_retries:1");
    let fail = || {
        let failing = Policy::DEFAULT
            .retry_blocking(|| None::<u8>)
            .on(|_| true)
            .name("closure::of_old_tables");
        assert_eq!(failing.sleep(|_| ()).call(), None);
    };
    fail();
    assert_eq!(overrides().unmatched(), []);
    held.install("*::of_old_tables=max_retries:2");
    let unmatched = overrides().unmatched();
    assert_eq!(unmatched.len(), 1, "{unmatched:?}");
    assert_eq!((unmatched[0].pattern(), unmatched[0].nearest()), ("*::of_old_tables", None));
    fail();
    assert_eq!(overrides().unmatched(), []);
}

#[test]
fn tables_change_under_many_threads() {
    let held = Overriding::with("*::charge=max_retries:1");
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let flaky = down();
                        let _scope = testing::no_waiting().on_this_thread();
                        assert_eq!(payments::charge(&flaky), Err(Busy));
                        assert!((2..=4).contains(&flaky.calls()), "{} calls", flaky.calls());
                    }
                })
            })
            .collect();
        while threads.iter().any(|thread| !thread.is_finished()) {
            held.install("*::charge=max_retries:2");
            held.install("other=max_retries:0,*::charge=max_retries:1");
        }
    });
    assert_eq!(charged(), "2 attempts, waited 2 s, gave up");
}

#[retry(on = _, max_retries = 1, base_delay = 0)]
fn listed() -> Result<(), Busy> {
    Err(Busy)
}

#[test]
fn the_list_of_functions_shows_the_policy_in_force() {
    let held = Overriding::with("*::listed=max_retries:0;max_delay:9s");
    let policy = || {
        assert_eq!(listed(), Err(Busy));
        let site = persevere::sites().find(|site| site.name() == "overrides::listed");
        site.unwrap().policy()
    };
    let written = Policy::DEFAULT.with_max_retries(1).with_base_delay(Duration::ZERO);
    assert_eq!(policy(), written.with_max_retries(0).with_max_delay(Duration::from_secs(9)));
    held.install("other=default");
    assert_eq!(policy(), written);
}

/// A task's worker is such a loop.
#[test]
fn an_upstreams_name_reaches_calls_whose_loop_is_elsewhere() {
    use persevere::driver::{Driver, Failed, Next};
    use persevere::{Budget, Upstream};

    static MAILS: Upstream = Upstream::new("mails", &Budget::UNLIMITED);
    let _held = Overriding::with("@mails=off");
    let driver = Driver::named("mailer::send", Policy::DEFAULT);
    let next = |driver: Driver| driver.begin().failed(Failed::new(Verdict::TRANSIENT, &"busy"));
    assert!(matches!(next(driver), Next::Retry(_)));
    assert!(matches!(next(driver.upstream(&MAILS)), Next::GiveUp(_)));
    assert!(driver.upstream(&MAILS).begin().attempt().is_last());
}
