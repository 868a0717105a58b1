//! What `tracing` is sent of rates, pauses and adaptive limits: what is news, and no line for each call.
#![deny(warnings, clippy::pedantic)]

use crate::support::busy;
use crate::support::recorded;

use std::cell::Cell;
use std::future::ready;
use std::time::Duration;

use busy::Error;
use persevere::bulkhead::Permit;
use persevere::tower::UpstreamExt as _;
use persevere::{Budget, Bulkhead, Jitter, Policy, Rate, Upstream, Verdict, retry};
use recorded::{Recorded, Recording};
use tokio::time::sleep;
use tower::{ServiceBuilder, ServiceExt as _, service_fn};
use tracing::Level;

const STEADY: Policy = Policy::DEFAULT.with_jitter(Jitter::None).with_base_delay(Duration::ZERO);

/// Level, message, and the fields of that name.
fn lines<const N: usize>(
    recording: &Recording,
    about: &str,
    names: [&str; N],
) -> Vec<(Level, String, [String; N])> {
    let events = recording.events().into_iter();
    let ours = events.filter(|event| event.fields["message"].starts_with(about));
    ours.map(|Recorded { level, target, mut fields, .. }| {
        assert_eq!(target, "persevere");
        let message = fields.remove("message").unwrap();
        (level, message, names.map(|name| fields[name].clone()))
    })
    .collect()
}

#[tokio::test(start_paused = true)]
async fn each_wait_for_a_turn_is_a_line_and_a_free_turn_is_none() {
    static RATE: Rate = Rate::per_second(2).with_max_wait(Duration::from_secs(1));
    static MAPS: Upstream = Upstream::new("maps", &Budget::UNLIMITED).with_rate(&RATE);

    #[retry(upstream = MAPS)]
    async fn find() -> Result<(), Error> {
        Ok(())
    }

    let recording = Recording::start();
    assert_eq!(find().await, Ok(()));
    assert_eq!(recording.events(), []);
    let waited = || {
        let line = "upstream maps: an attempt waited 500 ms for its turn".to_owned();
        (Level::DEBUG, line, ["maps", "0.5"].map(str::to_owned))
    };
    let seen = |recording: &Recording| lines(recording, "upstream", ["upstream", "waited_seconds"]);
    assert_eq!(find().await, Ok(()));
    assert_eq!(seen(&recording), [waited()]);
    assert_eq!(MAPS.retry(|| ready(Ok::<_, Error>(()))).await, Ok(()));
    assert_eq!(seen(&recording), [waited(), waited()]);
    let service = ServiceBuilder::new().layer(MAPS.layer());
    let service = service.service(service_fn(async |(): ()| Ok::<_, Error>(())));
    service.oneshot(()).await.unwrap();
    assert_eq!(seen(&recording), [waited(), waited(), waited()]);
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_comes_too_late_is_in_the_event_of_its_call() {
    static RATE: Rate = Rate::per_minute(1);
    static MAPS: Upstream = Upstream::new("maps", &Budget::UNLIMITED).with_rate(&RATE);

    #[retry(upstream = MAPS)]
    async fn find() -> Result<(), Error> {
        Ok(())
    }

    let recording = Recording::start();
    assert_eq!(find().await, Ok(()));
    assert!(find().await.is_err());
    let expected = (
        Level::ERROR,
        "find: no attempt was made, the rate is used up; giving up with the rate is used up for another \
         1 min"
            .to_owned(),
        ["maps", "rate_limited"].map(str::to_owned),
    );
    assert_eq!(lines(&recording, "", ["upstream", "reason"]), [expected]);
}

#[tokio::test(start_paused = true)]
async fn a_pause_is_one_line_however_many_calls_are_asked_for_it() {
    static RATE: Rate = Rate::per_second(50).with_burst(10).with_max_wait(Duration::from_mins(2));
    static WITH_RATE: Upstream = Upstream::new("maps", &Budget::UNLIMITED)
        .with_policy(STEADY)
        .with_rate(&RATE)
        .with_pushback();
    static WITHOUT: Upstream = Upstream::new("maps", &Budget::UNLIMITED)
        .with_policy(STEADY.with_max_delay(Duration::from_mins(2)))
        .with_pushback();

    for upstream in [&WITH_RATE, &WITHOUT] {
        let recording = Recording::start();
        assert_eq!(upstream.layers().pause_left(), None);
        let requests = Cell::new(0);
        // Each of ten is asked, a little later than the one before; the last one for longer.
        let calls = (1..=10).map(|number| {
            let mut is_asked = false;
            let requests = &requests;
            upstream.retry(move || {
                requests.set(requests.get() + 1);
                let is_second = std::mem::replace(&mut is_asked, true);
                async move {
                    if is_second {
                        return Ok(());
                    }
                    sleep(Duration::from_millis(100) * number).await;
                    Err(Error::Busy(Duration::from_secs(if number == 10 { 40 } else { 30 })))
                }
            })
        });
        let left = async {
            sleep(Duration::from_secs(2)).await;
            let line = upstream.layers().to_string();
            assert!(line.ends_with("; no attempt for 39 s, as it asked"), "{line}");
            upstream.layers().pause_left()
        };
        let calls = futures::future::join_all(calls.map(IntoFuture::into_future));
        let (answers, left) = futures::future::join(calls, left).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        assert_eq!(requests.get(), 20);
        assert_eq!(left, Some(Duration::from_secs(39)));
        assert_eq!(upstream.layers().pause_left(), None);
        let pause = |seconds: u64| {
            let line = format!("upstream maps: no attempt for {seconds} s, as it asked");
            (Level::WARN, line, ["maps".to_owned(), format!("{seconds}.0")])
        };
        let seen = lines(&recording, "upstream maps: no", ["upstream", "pause_seconds"]);
        assert_eq!(seen, [pause(30), pause(40)]);
    }
}

/// A round trip of calls that succeed; then one of which one is a drop, if `has_drop`.
fn round_trip(bulkhead: &Bulkhead, has_drop: bool) {
    let mut permits: Vec<_> = std::iter::from_fn(|| bulkhead.try_acquire().ok()).collect();
    let last = if has_drop { permits.pop() } else { None };
    permits.into_iter().for_each(Permit::succeeded);
    if let Some(last) = last {
        last.failed(Verdict::THROTTLED);
    }
}

#[test]
fn an_adaptive_limit_is_a_line_where_it_has_moved_and_none_where_it_stays_about_the_same() {
    static SEARCH: Bulkhead = Bulkhead::adaptive(8..=128).with_gradient().with_name("search");
    static PLAIN: Bulkhead = Bulkhead::adaptive(8..=64);
    let changes = |recording: &Recording| lines(recording, "bulkhead", ["bulkhead", "from", "to"]);
    let line = |level, name: &str, from: usize, to: usize| {
        let space = if name.is_empty() { "" } else { " " };
        let line = format!("bulkhead{space}{name}: limit {from} -> {to}");
        (level, line, [name.to_owned(), from.to_string(), to.to_string()])
    };

    let recording = Recording::start();
    (0..3).for_each(|_| round_trip(&PLAIN, false));
    assert_eq!(
        changes(&recording),
        [(8, 16), (16, 32), (32, 64)].map(|(from, to)| line(Level::DEBUG, "", from, to))
    );

    // It has found its place: a drop, and up again by 1 for each round trip.
    let recording = Recording::start();
    let mut limits = Vec::new();
    for round in 0..100 {
        round_trip(&PLAIN, round % 7 == 0);
        limits.push(PLAIN.limit());
    }
    limits.sort_unstable();
    assert!(limits[0] >= 52 && limits[99] <= 64, "{limits:?}");
    assert_eq!(changes(&recording), []);

    // An outage.
    (0..100).for_each(|_| round_trip(&PLAIN, true));
    assert_eq!(PLAIN.limit(), 8);
    let down = changes(&recording);
    assert!(down.len() <= 12, "{down:?}");
    assert!(down.iter().all(|(level, ..)| *level == Level::INFO), "{down:?}");
    assert_eq!(down.first().map(|(.., [_, from, _])| &**from), Some("64"));

    let recording = Recording::start();
    round_trip(&SEARCH, false);
    let named = changes(&recording);
    assert_eq!(named.len(), usize::from(SEARCH.limit() > 9), "{named:?}");
    assert!(named.iter().all(|(_, line, _)| line.starts_with("bulkhead search: limit 8 -> ")));
    assert!(format!("{SEARCH:?}").contains("search"));
}
