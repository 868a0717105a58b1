//! `persevere::sites()`: the functions that have failed, with what happened to their calls.

#[path = "../support/mod.rs"]
mod support;

use crate::support::scripted;

use std::time::{Duration, SystemTime};

use persevere::{Policy, Site, retry, sites};
use scripted::Script;

fn listed(name: &str) -> Vec<&'static Site> {
    sites().filter(|site| site.name() == name).collect()
}

fn only(name: &str) -> &'static Site {
    let sites = listed(name);
    assert_eq!(sites.len(), 1, "{name}");
    sites[0]
}

fn counts(site: &Site) -> (u64, u64, u64) {
    (site.retries(), site.give_ups(), site.late_successes())
}

const BUSY: &str = "busy";
const LINE: u32 = line!() + 1;
#[retry(policy = "conservative", on = &BUSY, base_delay = 0)]
fn fetch(script: &Script<&'static str>) -> Result<u32, &'static str> {
    script.run()
}

#[test]
fn a_function_is_listed_from_its_first_failure_on_and_once() {
    assert_eq!(fetch(&Script::of([])), Ok(1));
    assert!(listed("sites::fetch").is_empty());
    let before = SystemTime::now();
    assert_eq!(fetch(&Script::of([BUSY])), Ok(2));
    let site = only("sites::fetch");
    assert_eq!(counts(site), (1, 0, 1));
    assert_eq!(fetch(&Script::of([BUSY, "broken"])), Err("broken"));
    assert_eq!(fetch(&Script::of([BUSY; 9])), Err(BUSY));
    assert_eq!(counts(only("sites::fetch")), (5, 2, 1));
    assert_eq!((site.file(), site.line()), (file!(), LINE));
    assert_eq!(site.policy_name(), "custom", "`base_delay` is not the preset's");
    assert_eq!(site.policy(), Policy::CONSERVATIVE.with_base_delay(Duration::ZERO));
    let error = site.last_error().unwrap();
    assert_eq!(error.text(), BUSY);
    assert!((before..=SystemTime::now()).contains(&error.at()));
    assert_eq!(
        site.to_string(),
        format!(
            "sites::fetch ({}:{LINE}): retries 5, give-ups 2, late successes 1, last error: busy; \
             policy custom: up to 3 retries, 0 s × 2ᵏ, at most 5 min, no jitter",
            file!()
        )
    );
    let debug = format!("{site:?}");
    assert!(debug.starts_with("Site { name: \"sites::fetch\", file: "), "{debug}");
    assert!(debug.contains("retries: 5, polls: 0, give_ups: 2, late_successes: 1"), "{debug}");
}

const PAYMENTS: Policy = Policy::DEFAULT.with_base_delay(Duration::ZERO);

mod names {
    use super::{Duration, PAYMENTS, Policy, Script, retry};

    #[retry(base_delay = 0, on = _)]
    pub(super) fn none(script: &Script<u8>) -> Result<u32, u8> {
        script.run()
    }

    #[retry(policy = super::PAYMENTS, on = _, name = "charge")]
    pub(super) fn constant(script: &Script<u8>) -> Result<u32, u8> {
        script.run()
    }

    #[retry(policy = PAYMENTS.with_max_retries(1), on = _)]
    pub(super) fn expression(script: &Script<u8>) -> Result<u32, u8> {
        script.run()
    }

    #[retry(policy = *given, on = _)]
    pub(super) fn at_run_time(script: &Script<u8>, given: &Policy) -> Result<u32, u8> {
        script.run()
    }

    pub(super) fn short(retries: u32) -> Policy {
        Policy::AGGRESSIVE.with_max_retries(retries).with_base_delay(Duration::ZERO)
    }
}

#[test]
fn a_policy_is_called_as_the_attribute_calls_it() {
    names::none(&Script::of([1])).unwrap();
    assert_eq!(only("sites::names::none").policy_name(), "custom");
    names::constant(&Script::of([1])).unwrap();
    assert_eq!(only("charge").policy_name(), "PAYMENTS");
    assert_eq!(only("charge").policy(), PAYMENTS);
    names::expression(&Script::of([1])).unwrap();
    assert_eq!(only("sites::names::expression").policy_name(), "custom");
}

#[test]
fn the_policy_in_force_is_that_of_the_last_failure() {
    for retries in [2, 7] {
        names::at_run_time(&Script::of([1]), &names::short(retries)).unwrap();
        assert_eq!(only("sites::names::at_run_time").policy().max_retries(), retries);
    }
}

#[retry(on = _, base_delay = 0)]
async fn generic<T: Copy>(script: &Script<u8>, value: T) -> Result<T, u8> {
    script.run().map(|_| value)
}

struct Client;

impl Client {
    #[retry(on = _, base_delay = 0)]
    async fn generic(&self, script: &Script<u8>) -> Result<u32, u8> {
        script.run()
    }
}

#[tokio::test]
async fn instances_of_a_generic_function_are_one_site_and_methods_are_their_own() {
    generic(&Script::of([1]), "text").await.unwrap();
    generic(&Script::of([1, 2]), 7).await.unwrap();
    Client.generic(&Script::of([1])).await.unwrap();
    let mut counted: Vec<_> = listed("sites::generic").into_iter().map(counts).collect();
    counted.sort_unstable();
    assert_eq!(counted, [(1, 0, 1), (3, 0, 2)]);
}

#[retry(on = _, on_ok = 1..=2, base_delay = 0)]
fn pending(script: &Script<u8>) -> Result<u32, u8> {
    script.run()
}

#[test]
fn a_retried_value_is_no_error() {
    let script = Script::of([]);
    assert_eq!((pending(&script), script.runs()), (Ok(3), 3));
    let site = only("sites::pending");
    assert_eq!((site.polls(), counts(site)), (2, (0, 0, 0)));
    assert_eq!(only("sites::pending").last_error(), None);
}

#[test]
fn closures_are_not_listed() {
    let before = sites().filter(|site| site.name().contains("closures_are")).count();
    let outcome = Policy::DEFAULT
        .with_base_delay(Duration::ZERO)
        .retry_blocking(|| Err::<(), _>(BUSY))
        .name("closures_are_not_listed")
        .on(|_| true)
        .call();
    assert_eq!((outcome, before), (Err(BUSY), 0));
    assert!(listed("closures_are_not_listed").is_empty());
}

#[retry(on = _, base_delay = 0, on_retry = |event| at_hook.push(event.site().map(counts)))]
fn hooked(script: &Script<u8>, at_hook: &mut Vec<Option<(u64, u64, u64)>>) -> Result<u32, u8> {
    script.run()
}

#[test]
fn hooks_see_the_failure_counted() {
    let mut at_hook = Vec::new();
    assert_eq!(hooked(&Script::of([1, 2]), &mut at_hook), Ok(3));
    assert_eq!(at_hook, [Some((1, 0, 0)), Some((2, 0, 0))]);
}

#[retry(on = _, max_retries = 3, base_delay = 0)]
fn crowded(script: &Script<u8>) -> Result<u32, u8> {
    script.run()
}

#[test]
fn no_failure_of_any_thread_is_lost() {
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..100 {
                    assert_eq!(crowded(&Script::of([1])), Ok(2));
                    assert_eq!(crowded(&Script::of([2; 4])), Err(2));
                }
            });
        }
    });
    assert_eq!(counts(only("sites::crowded")), (1600, 400, 400));
}

/// A `Display` that asks for the site whose error it is.
struct Curious;

impl std::fmt::Display for Curious {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let last = sites().filter(|site| site.name() == "sites::curious").last();
        write!(f, "after {}", last.and_then(Site::last_error).map_or(0, |error| error.text().len()))
    }
}

#[retry(on = _, base_delay = 0)]
fn curious(script: &Script<Curious>) -> Result<u32, Curious> {
    script.run()
}

#[test]
fn an_error_is_written_out_without_a_lock_held() {
    assert!(curious(&Script::of([Curious, Curious])).is_ok());
    assert_eq!(only("sites::curious").last_error().unwrap().text(), "after 7");
}
