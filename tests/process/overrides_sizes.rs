//! Sizes of upstreams' layers from outside: what changes, when, and what comes back.

#[path = "../support/mod.rs"]
mod support;

use crate::support::overriding::Overriding;

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use persevere::breaker::State;
use persevere::bulkhead::Permit;
use persevere::overrides::{Forced, Overrides, Settings, overrides};
use persevere::{Budget, Bulkhead, CircuitBreaker, Rate, Rejection, Upstream, retry};
use proptest::prelude::*;

fn install(table: &str) {
    overrides().install(table.parse().unwrap());
}

fn refused(table: &str) -> String {
    table.parse::<Overrides>().unwrap_err().to_string()
}

/// Until `is_so`, for a minute at most.
fn wait_until(is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_mins(1), "it did not come to that");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_bulkhead_that_shrinks_lets_its_calls_end() {
    static PLACES: Bulkhead = Bulkhead::new(4).with_max_queue(10);
    static BANK: Upstream = Upstream::new("bank", &Budget::UNLIMITED).with_bulkhead(&PLACES);
    let _alone = Overriding::with("");
    BANK.list();
    let mut permits: Vec<_> = (0..3).map(|_| PLACES.try_acquire().unwrap()).collect();

    install("@bank=max_concurrent:2");
    assert_eq!((PLACES.limit(), PLACES.in_flight(), PLACES.available()), (2, 3, 0));
    assert_eq!(PLACES.max_concurrent(), 4, "as it is written");
    permits.pop();
    assert!(PLACES.try_acquire().is_err(), "two of two are out");
    permits.pop();
    let other = PLACES.try_acquire().expect("one of two is out");
    assert!(PLACES.try_acquire().is_err());

    // Those that wait get what is added, and what comes back.
    let mut waiting = Box::pin(PLACES.acquire_by(|_| std::future::pending()));
    assert!(poll(&mut waiting).is_pending());
    install("@bank=max_concurrent:3");
    assert!(matches!(poll(&mut waiting), Poll::Ready(Ok(_))));
    assert_eq!((PLACES.waiting(), PLACES.in_flight()), (0, 2), "and it was dropped at once");
    drop((other, permits));

    install("@bank=max_queue:0");
    assert_eq!(PLACES.limit(), 4, "a size that no entry sets is that of the code");
    let all: Vec<_> = (0..4).map(|_| PLACES.try_acquire().unwrap()).collect();
    let mut refused = Box::pin(PLACES.acquire_by(|_| std::future::pending()));
    assert!(matches!(poll(&mut refused), Poll::Ready(Err(Rejection::BulkheadFull))));
    overrides().clear();
    let mut waiting = Box::pin(PLACES.acquire_by(|_| std::future::pending()));
    assert!(poll(&mut waiting).is_pending());
    drop(waiting);
    drop(all);
    assert_eq!((PLACES.available(), PLACES.waiting()), (4, 0));
}

#[test]
fn an_adaptive_bulkhead_stays_below_what_an_operator_says() {
    static PLACES: Bulkhead = Bulkhead::adaptive(8..=256);
    static FEED: Upstream = Upstream::new("feed", &Budget::UNLIMITED).with_bulkhead(&PLACES);
    let _alone = Overriding::with("");
    FEED.list();
    install("@feed=max_concurrent:3");
    assert_eq!(PLACES.limit(), 3);
    let permits: Vec<_> = std::iter::from_fn(|| PLACES.try_acquire().ok()).collect();
    assert_eq!(permits.len(), 3);
    permits.into_iter().for_each(Permit::succeeded);
    assert_eq!(PLACES.limit(), 3, "a round trip without a drop raises it no more");
    overrides().clear();
    assert_eq!((PLACES.limit(), PLACES.max_concurrent()), (8, 256));
}

#[tokio::test(start_paused = true)]
async fn a_rate_keeps_the_turns_that_were_taken_and_its_pause() {
    static RATE: Rate = Rate::per_second(10).with_burst(10).with_max_wait(Duration::from_mins(5));
    static MAPS: Upstream = Upstream::new("maps", &Budget::UNLIMITED).with_rate(&RATE);
    let _alone = Overriding::with("");
    MAPS.list();
    (0..6).for_each(|_| RATE.try_acquire().unwrap());
    assert_eq!(RATE.available(), 4);

    install("@maps=per_second:1");
    assert_eq!(RATE.available(), 4, "six of ten are still taken");
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(RATE.available(), 6, "they come back one a second");
    install("@maps=per_minute:60;burst:3");
    assert_eq!(RATE.available(), 0, "a whole burst is taken at most");
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(RATE.available(), 1);
    RATE.try_acquire().unwrap();

    // Whoever waits has its turn by the new rate.
    let mut waiting = Box::pin(RATE.acquire_by(tokio::time::sleep));
    assert!(poll(&mut waiting).is_pending());
    install("@maps=per_second:1000;burst:3");
    let began = tokio::time::Instant::now();
    waiting.await.unwrap();
    assert!(began.elapsed() < Duration::from_millis(10), "{:?}", began.elapsed());

    overrides().clear();
    assert_eq!((RATE.interval(), RATE.burst()), (Duration::from_millis(100), 10));
    RATE.reset();
    assert_eq!(RATE.available(), 10);
    RATE.hold(Duration::from_secs(30));
    install("@maps=per_second:1000;burst:1000");
    tokio::time::advance(Duration::from_millis(29_900)).await;
    assert!(RATE.try_acquire().is_err(), "a pause ends when it did");
    tokio::time::advance(Duration::from_millis(100)).await;
    assert!(RATE.try_acquire().is_ok());
    assert!(RATE.try_acquire().is_err(), "and then without a burst");
}

#[tokio::test(start_paused = true)]
async fn whoever_would_wait_too_long_at_a_lower_rate_is_refused() {
    static RATE: Rate = Rate::per_second(10).with_max_wait(Duration::from_secs(2));
    static NEWS: Upstream = Upstream::new("news", &Budget::UNLIMITED).with_rate(&RATE);
    let _alone = Overriding::with("");
    NEWS.list();
    RATE.try_acquire().unwrap();
    let mut first = Box::pin(RATE.acquire_by(tokio::time::sleep));
    let mut second = Box::pin(RATE.acquire_by(tokio::time::sleep));
    assert!(poll(&mut first).is_pending() && poll(&mut second).is_pending());
    install("@news=per_second:2");
    let began = tokio::time::Instant::now();
    assert_eq!(tokio::join!(first, second), (Ok(()), Ok(())));
    assert!(began.elapsed() >= Duration::from_secs(1), "half a second, and another half");

    RATE.reset();
    RATE.try_acquire().unwrap();
    let mut late = Box::pin(RATE.acquire_by(tokio::time::sleep));
    assert!(poll(&mut late).is_pending());
    install("@news=per_minute:6");
    assert!(matches!(late.await, Err(Rejection::RateLimited { .. })));
    assert_eq!(RATE.waiting(), 0);
    overrides().clear();
}

#[test]
fn a_circuit_is_forced_and_closed_again() {
    static CIRCUIT: CircuitBreaker = CircuitBreaker::new();
    static DATA: Upstream = Upstream::new("data", &Budget::UNLIMITED).with_breaker(&CIRCUIT);
    let _alone = Overriding::with("");
    DATA.list();
    for (word, state) in [
        ("force_open", State::ForcedOpen),
        ("force_closed", State::ForcedClosed),
        ("off", State::Disabled),
    ] {
        install(&format!("@data=breaker:{word}"));
        assert_eq!(CIRCUIT.state(), state);
    }
    overrides().clear();
    assert_eq!(CIRCUIT.state(), State::Closed);

    // What is done by hand since stays.
    install("@data=breaker:off");
    CIRCUIT.force_open();
    install("@data=breaker:off;max_queue:1");
    assert_eq!(CIRCUIT.state(), State::ForcedOpen, "the entry says nothing new");
    overrides().clear();
    assert_eq!(CIRCUIT.state(), State::ForcedOpen);
    CIRCUIT.reset();

    // A circuit that nobody forced is left alone.
    CIRCUIT.force_closed();
    install("@data=max_queue:1");
    overrides().clear();
    assert_eq!(CIRCUIT.state(), State::ForcedClosed);
}

#[test]
fn sizes_end_in_time_while_nothing_fails() {
    static PLACES: Bulkhead = Bulkhead::new(64);
    static SLOW: Upstream = Upstream::new("slow", &Budget::UNLIMITED).with_bulkhead(&PLACES);
    let _alone = Overriding::with("");
    SLOW.list();
    install("@slow=max_concurrent:8;until:+200ms");
    assert!([8, 64].contains(&PLACES.limit()));
    wait_until(|| PLACES.limit() == 64);

    // A later table has another end.
    install("@slow=max_concurrent:8;until:+30days");
    assert_eq!(PLACES.limit(), 8);
    install("@slow=max_concurrent:9;until:+200ms, @slo*=max_concurrent:10");
    wait_until(|| PLACES.limit() == 10);
    overrides().clear();
    assert_eq!(PLACES.limit(), 64);
}

#[test]
fn an_upstream_has_its_sizes_once_it_is_listed() {
    static PLACES: Bulkhead = Bulkhead::new(64);
    static LATE: Upstream = Upstream::new("late", &Budget::UNLIMITED).with_bulkhead(&PLACES);

    #[retry(upstream = LATE, max_retries = 0)]
    fn fail() -> io::Result<()> {
        Err(io::ErrorKind::TimedOut.into())
    }

    let _alone = Overriding::with("");
    install("@late=max_concurrent:8, @lat=max_queue:1");
    assert_eq!(PLACES.limit(), 64, "nobody knows of it");
    let unmatched: Vec<_> = overrides().unmatched();
    assert_eq!(unmatched.len(), 2);
    assert!(fail().is_err());
    assert_eq!(PLACES.limit(), 8);
    let unmatched: Vec<_> = overrides().unmatched();
    assert_eq!((unmatched.len(), unmatched[0].nearest()), (1, Some("@late")));
    overrides().clear();
    assert_eq!(PLACES.limit(), 64);
}

#[test]
fn of_upstreams_that_share_a_layer_the_first_that_has_a_size_has_the_word() {
    static PLACES: Bulkhead = Bulkhead::new(64);
    static ONE: Upstream = Upstream::new("one", &Budget::UNLIMITED).with_bulkhead(&PLACES);
    static TWO: Upstream = Upstream::new("two", &Budget::UNLIMITED).with_bulkhead(&PLACES);
    let _alone = Overriding::with("");
    ONE.list();
    TWO.list();
    install("@two=max_concurrent:2");
    assert_eq!(PLACES.limit(), 2);
    install("@one=max_concurrent:1, @two=max_concurrent:2");
    assert_eq!(PLACES.limit(), 1);
    overrides().clear();
    assert_eq!(PLACES.limit(), 64);
}

#[test]
fn a_later_layer_wins_and_each_size_says_where_it_comes_from() {
    static PLACES: Bulkhead = Bulkhead::new(64);
    static FILES: Upstream = Upstream::new("files", &Budget::UNLIMITED).with_bulkhead(&PLACES);
    let _alone = Overriding::with("");
    FILES.list();
    let file: Overrides =
        toml::from_str("\"@files\" = { max_concurrent = 8, burst = 2 }\n\"@*\" = \"max_queue:3\"")
            .unwrap();
    overrides().install(file.overlaid("@f*=max_concurrent:16".parse().unwrap()));
    assert_eq!(PLACES.limit(), 16);
    assert_eq!(
        overrides().explain("@files").to_string(),
        "`@files`:
  max_concurrent  16  install, `@f*`
  burst           2   file, `@files`
  max_queue       3   file, `@*`"
    );
    let scope: Overrides = "@files=max_concurrent:1;max_retries:0".parse().unwrap();
    scope.scope_blocking(|| {
        assert_eq!(PLACES.limit(), 16, "all calls share the layer");
        let explained = overrides().explain("@files").to_string();
        assert!(explained.contains("max_retries     0   scope"), "{explained}");
        assert!(explained.contains("max_concurrent  16  install"), "{explained}");
    });
    overrides().clear();
}

#[test]
fn what_is_written_is_read_again() {
    let text = "max_retries:0;timeout:2s;max_concurrent:8;max_queue:0;per_minute:20;burst:5;\
                breaker:force_closed;until:+30m";
    let settings: Settings = text.parse().unwrap();
    assert_eq!(settings.to_string(), text);
    let in_code = Settings::new()
        .with_max_concurrent(8)
        .with_max_queue(0)
        .with_per_minute(20)
        .with_burst(5)
        .with_breaker(Forced::Closed);
    let table = Overrides::new().with("@it", in_code).unwrap();
    assert_eq!(toml::from_str::<Overrides>(&toml::to_string(&table).unwrap()).unwrap(), table);
    assert_eq!(table.to_string().parse::<Overrides>().unwrap(), table);
}

#[test]
fn whatever_makes_no_sense_is_one_sentence() {
    let number = |name: &str, least: u32, most: u32, value: &str| {
        format!("`{name}` is a whole number from {least} to {most}, and not `{value}`")
    };
    for (setting, sentence) in [
        ("max_concurrent:0", number("max_concurrent", 1, 65_536, "0")),
        ("max_concurrent:65537", number("max_concurrent", 1, 65_536, "65537")),
        ("max_queue:-1", number("max_queue", 0, 1_000_000, "-1")),
        ("per_second:0.5", number("per_second", 1, 1_000_000, "0.5")),
        ("per_minute:many", number("per_minute", 1, 1_000_000, "many")),
        ("burst:0", number("burst", 1, 1_000_000, "0")),
        (
            "per_second:1;per_minute:1",
            "`per_second` and `per_minute` are one rate: write one of them".to_owned(),
        ),
        (
            "breaker:open",
            "`breaker` is `off`, `force_open` or `force_closed`, and not `open`".to_owned(),
        ),
        ("burst:1;burst:1", "`burst` is set twice: write it once".to_owned()),
    ] {
        assert_eq!(refused(&format!("@bank={setting}")), format!("`@bank={setting}`: {sentence}"));
    }
    assert_eq!(
        refused("shop::*=max_concurrent:3"),
        "`shop::*=max_concurrent:3`: `max_concurrent` of `shop::*` is for upstreams, whose layers all of \
         their functions share: write `@name=max_concurrent:3`, with the upstream's name"
    );
    assert!(refused("@bank=max_concurent:3").contains("did you mean `max_concurrent`?"));
    let beyond = Overrides::new().with("@bank", Settings::new().with_burst(2_000_000));
    assert_eq!(
        beyond.unwrap_err().to_string(),
        "`burst` of `@bank` is 2000000, and in a table it is 1000000 at most"
    );
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Resize(u32),
    AsInCode,
    Take,
    Wait,
    /// Drops what is out or waits, by its place.
    Drop(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1_u32..6).prop_map(Step::Resize),
        Just(Step::AsInCode),
        Just(Step::Take),
        Just(Step::Wait),
        (0_usize..8).prop_map(Step::Drop),
    ]
}

type Waiting = Pin<Box<dyn Future<Output = Result<Permit<'static>, Rejection>>>>;

proptest! {
    /// As many are out as there were let in and have not come back, whatever the size was meanwhile; nobody is
    /// let in above the size of now, and nobody waits below it.
    #[test]
    fn a_bulkhead_of_any_size_is_a_count_and_a_queue(steps in prop::collection::vec(step(), 0..40)) {
        static PLACES: Bulkhead = Bulkhead::new(3).with_max_queue(4);
        static ANY: Upstream = Upstream::new("any", &Budget::UNLIMITED).with_bulkhead(&PLACES);
        let _alone = Overriding::with("");
        ANY.list();
        let (mut size, mut out, mut queue) = (3, Vec::new(), Vec::<Waiting>::new());
        for step in steps {
            match step {
                Step::Resize(to) => {
                    install(&format!("@any=max_concurrent:{to}"));
                    size = to as usize;
                }
                Step::AsInCode => {
                    overrides().clear();
                    size = 3;
                }
                Step::Take => {
                    let taken = PLACES.try_acquire();
                    prop_assert_eq!(taken.is_ok(), out.len() < size);
                    out.extend(taken.ok());
                }
                Step::Wait => {
                    let mut waiting: Waiting = Box::pin(PLACES.acquire_by(|_| std::future::pending()));
                    let polled = poll(&mut waiting);
                    let (is_free, has_room) = (out.len() < size, queue.len() < 4);
                    match polled {
                        Poll::Ready(Ok(permit)) => { prop_assert!(is_free); out.push(permit); }
                        Poll::Ready(Err(_)) => prop_assert!(!is_free && !has_room),
                        Poll::Pending => { prop_assert!(!is_free && has_room); queue.push(waiting); }
                    }
                }
                Step::Drop(place) => {
                    if place < out.len() {
                        drop(out.remove(place));
                    } else if place - out.len() < queue.len() {
                        drop(queue.remove(place - out.len()));
                    }
                }
            }
            while out.len() < size && !queue.is_empty() {
                let polled = poll(&mut queue.remove(0));
                let Poll::Ready(Ok(permit)) = polled else {
                    return Err(TestCaseError::fail("the first in the queue waits beside a free permit"));
                };
                out.push(permit);
            }
            let free = size.saturating_sub(out.len());
            prop_assert_eq!((PLACES.limit(), PLACES.in_flight()), (size, out.len()));
            prop_assert_eq!((PLACES.available(), PLACES.waiting()), (free, queue.len()));
        }
        overrides().clear();
    }

    /// The turns that are taken, a number that falls with the time: by one in each interval.
    #[test]
    fn a_rate_of_any_size_is_a_level_that_falls(
        steps in prop::collection::vec((1_u32..40, 1_u32..6, 0_u64..400, 0_usize..6), 0..30)
    ) {
        static RATE: Rate = Rate::per_second(10).with_burst(2);
        static ANY: Upstream = Upstream::new("any rate", &Budget::UNLIMITED).with_rate(&RATE);
        let _alone = Overriding::with("");
        ANY.list();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(async {
            RATE.reset();
            let mut level: f64 = 0.0;
            for (per_second, burst, milliseconds, calls) in steps {
                install(&format!("@any rate=per_second:{per_second};burst:{burst}"));
                let burst = f64::from(burst);
                level = level.min(burst);
                tokio::time::advance(Duration::from_millis(milliseconds)).await;
                let fallen = Duration::from_millis(milliseconds).as_secs_f64() * f64::from(per_second);
                level = (level - fallen).max(0.0);
                for _ in 0..calls {
                    let is_on_the_edge = (level - (burst - 1.0)).abs() < 1e-5;
                    let is_taken = RATE.try_acquire().is_ok();
                    prop_assert!(is_on_the_edge || is_taken == (level < burst - 1.0), "{level} of {burst}");
                    level += f64::from(u8::from(is_taken));
                }
            }
            Ok(())
        })?;
        overrides().clear();
    }
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}
