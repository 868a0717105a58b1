//! Streams that reconnect.

use std::cell::{Cell, RefCell};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::stream::{self, Stream, StreamExt as _};
use persevere::stream::{Reconnect, reconnect};
use persevere::testing::{Recorder, Switch, recording, scope};
use persevere::{Cancel, Classify, Policy, Verdict};
use tokio::time::{Instant, sleep};

const SECOND: Duration = Duration::from_secs(1);

/// 1 s, 2 s, 4 s, … without end.
const POLICY: Policy = Policy::RECONNECT.with_jitter(persevere::Jitter::None);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Error {
    Broken,
    Gone,
}

impl Classify for Error {
    fn classify(&self) -> Verdict {
        match self {
            Self::Broken => Verdict::TRANSIENT,
            Self::Gone => Verdict::PERMANENT,
        }
    }
}

type Items = Pin<Box<dyn Stream<Item = Result<u32, Error>> + Send>>;

/// A connection that gives `items`, and then fails after `after`.
fn connection(items: impl Iterator<Item = u32> + Send + 'static, after: Duration) -> Items {
    let broken = stream::once(async move {
        sleep(after).await;
        Err(Error::Broken)
    });
    Box::pin(stream::iter(items).map(Ok).chain(broken))
}

#[tokio::test(start_paused = true)]
async fn it_goes_on_after_the_last_item() {
    let asked = RefCell::new(Vec::new());
    let numbers = reconnect(POLICY, async |last: Option<&u32>| {
        asked.borrow_mut().push(last.copied());
        let from = last.map_or(0, |last| last + 1);
        Ok(connection(from..from + 2, Duration::ZERO))
    });
    let began = Instant::now();
    let all: Vec<_> = numbers.take(5).collect().await;
    assert_eq!(all, [0, 1, 2, 3, 4].map(Ok));
    assert_eq!(asked.into_inner(), [None, Some(1), Some(3)]);
    assert_eq!(began.elapsed(), 3 * SECOND, "1 s, then 2 s: items reset nothing");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_flaps_is_asked_ever_more_rarely() {
    let times = RefCell::new(Vec::new());
    let began = Instant::now();
    let greetings = reconnect(POLICY, async |_: Option<&u32>| {
        times.borrow_mut().push(began.elapsed().as_secs());
        Ok::<_, Error>(connection(0..1, Duration::ZERO))
    });
    let greeted = greetings.take(7).filter(|item| std::future::ready(item.is_ok())).count().await;
    assert_eq!(greeted, 7);
    assert_eq!(times.into_inner(), [0, 1, 3, 7, 15, 31, 63]);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_stood_long_enough_counts_from_when_it_stood() {
    let (times, began) = (RefCell::new(Vec::new()), Instant::now());
    let run = |connecting: u64, standing: u64| {
        let times = &times;
        reconnect(POLICY, async move |_: Option<&u32>| {
            times.borrow_mut().push(began.elapsed().as_secs());
            sleep(Duration::from_secs(connecting)).await;
            Ok::<_, Error>(connection(0..1, Duration::from_secs(standing)))
        })
        .take(4)
        .count()
    };
    run(0, 60).await;
    assert_eq!(times.take(), [0, 61, 122, 183], "each wait is the first");
    let start = began.elapsed().as_secs();
    run(100, 59).await;
    let times: Vec<_> = times.take().into_iter().map(|time| time - start).collect();
    assert_eq!(times, [0, 160, 321, 484], "the time to connect is no time of standing");
}

#[tokio::test(start_paused = true)]
async fn a_permanent_error_is_the_last_item() {
    let attempts = Cell::new(0);
    let numbers = reconnect(POLICY, async |_: Option<&u32>| {
        attempts.set(attempts.get() + 1);
        if attempts.get() < 3 { Ok(connection(7..8, Duration::ZERO)) } else { Err(Error::Gone) }
    });
    let mut numbers = pin!(numbers);
    let all: Vec<_> = numbers.as_mut().collect().await;
    assert_eq!(all, [Ok(7), Ok(7), Err(Error::Gone)]);
    assert_eq!(numbers.next().await, None, "it may be polled on");
}

#[tokio::test(start_paused = true)]
async fn without_a_retry_left_its_end_is_that_of_the_connection() {
    let policy = POLICY.with_max_retries(2);
    let ends = reconnect(policy, async |_: Option<&u32>| Ok::<_, Error>(stream::iter([Ok(1)])));
    assert_eq!(ends.collect::<Vec<_>>().await, [1, 1, 1].map(Ok));
    let fails = reconnect(policy, async |_: Option<&u32>| Err::<Items, _>(Error::Broken));
    assert_eq!(fails.collect::<Vec<_>>().await, [Err(Error::Broken)]);
}

#[tokio::test(start_paused = true)]
async fn events_are_those_of_a_call_in_the_function_that_connects() {
    let recorder = Recorder::new();
    let numbers = reconnect(POLICY, async |last: Option<&u32>| {
        if last.is_some() { Err(Error::Gone) } else { Ok(connection(0..1, Duration::ZERO)) }
    });
    scope(Switch::new().recording(&recorder), numbers.count()).await;
    recorder.assert("2 attempts, waited 1 s, gave up");
    let events = recorder.events();
    assert!(
        events
            .iter()
            .all(|event| event.function.ends_with("of_a_call_in_the_function_that_connects")),
        "{events:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_word_ends_the_wait_with_the_last_error_and_a_connection_before_its_next_item() {
    let (cancel, began) = (Cancel::new(), Instant::now());
    let word = async |delay: Duration, cancel: Cancel| {
        sleep(delay).await;
        cancel.cancel();
    };
    let waits = reconnect(POLICY.with_base_delay(60 * SECOND), async |_: Option<&u32>| {
        Err::<Items, _>(Error::Broken)
    });
    let collected = cancel.scope(waits.collect::<Vec<_>>());
    let (waited, ()) = tokio::join!(collected, word(5 * SECOND, cancel.clone()));
    assert_eq!((waited, began.elapsed()), (vec![Err(Error::Broken)], 5 * SECOND));

    let cancel = Cancel::new();
    let idle =
        reconnect(POLICY, async |_: Option<&u32>| Ok::<_, Error>(connection(0..1, 1000 * SECOND)));
    let collected = cancel.scope(idle.collect::<Vec<_>>());
    let (received, ()) = tokio::join!(collected, word(5 * SECOND, cancel.clone()));
    assert_eq!((received, began.elapsed()), (vec![Ok(0)], 10 * SECOND));

    let cancel = Cancel::new();
    let busy = reconnect(POLICY, async |_: Option<&u32>| Ok(connection(0.., SECOND)));
    let says = async |item: &Result<u32, Error>| {
        if *item == Ok(9) {
            cancel.cancel();
        }
    };
    let mut busy = pin!(busy);
    let received = cancel.scope(async {
        let mut received = 0;
        while let Some(item) = busy.next().await {
            says(&item).await;
            received += 1;
        }
        received
    });
    assert_eq!(received.await, 10);
}

#[tokio::test(start_paused = true)]
async fn it_can_be_spawned() {
    let client = Arc::new(AtomicU32::new(0));
    let numbers = reconnect(POLICY, {
        let client = Arc::clone(&client);
        move |last: Option<&u32>| {
            let (client, from) = (Arc::clone(&client), last.copied().unwrap_or_default());
            async move {
                client.fetch_add(1, Ordering::Relaxed);
                Ok::<_, Error>(connection(from..=from, Duration::ZERO))
            }
        }
    });
    let task = tokio::spawn(async move { pin!(numbers.take(3)).count().await });
    assert_eq!((task.await.unwrap(), client.load(Ordering::Relaxed)), (3, 3));
}

/// A plain loop, as one would write it by hand, and the stream: the same connections at the same times.
#[tokio::test(start_paused = true)]
async fn it_is_the_loop_by_hand() {
    for seed in 0..50_u64 {
        // How long each connection stands; every third is refused.
        let stands = |number: u64| (seed * 7 + number * 31) % 90;
        let refused = |number: u64| (seed + number).is_multiple_of(3);
        let mut expected = Vec::new();
        let (mut now, mut retries) = (0, 0_u32);
        for number in 0..8 {
            expected.push(now);
            let stood = if refused(number) { 0 } else { stands(number) };
            if stood >= 60 {
                retries = 0;
            }
            now += stood + 2_u64.pow(retries).min(60);
            retries += 1;
        }
        let (times, began) = (RefCell::new(Vec::new()), Instant::now());
        let numbers = reconnect(POLICY, async |_: Option<&u32>| {
            let number = times.borrow().len() as u64;
            if number == 8 {
                return Err(Error::Gone);
            }
            times.borrow_mut().push(began.elapsed().as_secs());
            if refused(number) {
                return Err(Error::Broken);
            }
            Ok(connection(0..2, Duration::from_secs(stands(number))))
        });
        numbers.count().await;
        assert_eq!(times.into_inner(), expected, "seed {seed}");
    }
}

/// Counts those that live.
struct Counted<'a>(&'a Cell<i32>);

impl<'a> Counted<'a> {
    fn new(alive: &'a Cell<i32>) -> Self {
        alive.set(alive.get() + 1);
        Self(alive)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

#[tokio::test(start_paused = true)]
async fn dropped_at_any_poll_it_leaves_nothing_behind() {
    for polls in 0..40 {
        let alive = Cell::new(0);
        let numbers = reconnect(POLICY.with_base_delay(Duration::ZERO), async |_: Option<&u32>| {
            let counted = Counted::new(&alive);
            tokio::task::yield_now().await;
            Ok::<_, Error>(
                stream::iter([Ok(1), Err(Error::Broken)]).chain(stream::pending()).inspect(
                    move |_| {
                        let counted = &counted; // all of it, which lives as long as the connection
                        assert!(counted.0.get() > 0);
                    },
                ),
            )
        });
        {
            let mut numbers = pin!(numbers);
            for _ in 0..polls {
                match numbers.as_mut().poll_next(&mut Context::from_waker(Waker::noop())) {
                    Poll::Ready(None) => unreachable!("it never ends"),
                    Poll::Ready(Some(item)) => assert_eq!(item, Ok(1)),
                    Poll::Pending => {}
                }
                assert!((0..=1).contains(&alive.get()), "one connection at a time");
            }
        }
        assert_eq!(alive.get(), 0, "after {polls} polls");
    }
}

/// An error that is not ours classifies itself.
#[tokio::test(start_paused = true)]
async fn io_errors_are_judged() {
    let attempts = Cell::new(0);
    let lines = reconnect(POLICY, async |_: Option<&String>| {
        attempts.set(attempts.get() + 1);
        match attempts.get() {
            1 => Err(io::ErrorKind::ConnectionRefused.into()),
            2 => Ok(stream::iter([
                Ok("first".to_owned()),
                Err(io::ErrorKind::PermissionDenied.into()),
            ])),
            _ => unreachable!("a permanent error is the last"),
        }
    });
    let all: Vec<io::Result<String>> = lines.collect().await;
    assert_eq!(all.len(), 2);
    assert_eq!(all[1].as_ref().unwrap_err().kind(), io::ErrorKind::PermissionDenied);
}

#[tokio::test(start_paused = true)]
async fn hooks_hear_of_each_break_and_of_the_end_by_the_streams_name() {
    let heard = RefCell::new(Vec::new());
    let note = |event: &persevere::Event<'_>| heard.borrow_mut().push(event.to_string());
    let recorder = Recorder::new();
    let once = Cell::new(false);
    let _scope = recording(&recorder).on_this_thread();
    let items =
        Reconnect::new(POLICY).name("feeds::numbers").on_retry(note).on_give_up(note).connect(
            async |_: Option<&u32>| {
                if once.replace(true) { Err(Error::Gone) } else { Ok(connection(0..2, SECOND)) }
            },
        );
    let all: Vec<_> = items.collect().await;
    assert_eq!(all, [Ok(0), Ok(1), Err(Error::Gone)]);
    let heard = heard.into_inner();
    assert_eq!(heard.len(), 2);
    assert!(heard[0].starts_with("feeds::numbers: attempt 1 "), "{heard:?}");
    assert!(heard[0].ends_with("retrying in 1 s"), "{heard:?}");
    assert!(heard[1].contains("Gone"), "{heard:?}");
    assert_eq!(recorder.events()[0].function, "feeds::numbers");
}

/// Dropped at any poll, it hears no more, and its hooks are dropped with it.
#[tokio::test(start_paused = true)]
async fn a_stream_with_hooks_that_is_dropped_leaves_nothing() {
    for polls in 0..6 {
        let held = Arc::new(());
        let kept = Arc::clone(&held);
        let items = Reconnect::new(POLICY)
            .on_retry(move |_| drop(Arc::clone(&kept)))
            .connect(async |_: Option<&u32>| Ok(connection(0..1, Duration::ZERO)));
        let mut items = Box::pin(items);
        for _ in 0..polls {
            let _ = items.as_mut().poll_next(&mut Context::from_waker(Waker::noop()));
            tokio::time::advance(SECOND).await;
        }
        drop(items);
        assert_eq!(Arc::strong_count(&held), 1, "after {polls} polls");
    }
}
