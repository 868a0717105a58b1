//! `CircuitBreaker`: what its listener hears, and what can be read of it.

use crate::support::circuits;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use circuits::{FAILURE, OK, SECOND, calls, small};
use persevere::breaker::{State, Transition};
use persevere::{CircuitBreaker, Verdict};
use tokio::time::advance;

#[test]
fn listeners_hear_each_change_outside_of_any_lock() {
    static HEARD: Mutex<Vec<Transition>> = Mutex::new(Vec::new());
    static BREAKER: CircuitBreaker =
        small().with_name("search").with_minimum_calls(1).with_listener(|transition| {
            // It may ask the circuit breaker, and use it.
            assert_eq!(BREAKER.state(), transition.to());
            let _ = (BREAKER.tally(), BREAKER.try_acquire());
            HEARD.lock().unwrap().push(*transition);
        });
    let now = Instant::now();
    calls(&BREAKER, &[FAILURE], now);
    let later = now + 5 * SECOND;
    calls(&BREAKER, &[OK; 2], later);
    BREAKER.force_closed();
    BREAKER.force_closed(); // no change
    let heard = HEARD.lock().unwrap();
    let fields = |heard: &Transition| (heard.from(), heard.to(), heard.open_for());
    let changes = [
        (State::Closed, State::Open, Some(5 * SECOND)),
        (State::Open, State::HalfOpen, None),
        (State::HalfOpen, State::Closed, None),
        (State::Closed, State::ForcedClosed, None),
    ];
    assert_eq!(heard.iter().map(fields).collect::<Vec<_>>(), changes);
    assert!(heard.iter().all(|heard| heard.name() == "search"));
    let lines: Vec<_> = heard.iter().map(Transition::to_string).collect();
    assert_eq!(
        lines,
        [
            "circuit search: closed -> open for 5 s",
            "circuit search: open -> half-open",
            "circuit search: half-open -> closed",
            "circuit search: closed -> forced closed",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn how_long_it_refuses_is_read_by_the_clock() {
    let breaker = small();
    assert_eq!(breaker.retry_in(), Duration::ZERO);
    for _ in 0..4 {
        breaker.try_acquire().expect("it is closed").failed(Verdict::TRANSIENT);
    }
    assert_eq!(breaker.retry_in(), 5 * SECOND);
    advance(2 * SECOND).await;
    assert_eq!(breaker.retry_in(), 3 * SECOND);
    advance(3 * SECOND).await;
    assert_eq!(breaker.retry_in(), Duration::ZERO);
    breaker.force_open();
    assert_eq!(breaker.retry_in(), 60 * SECOND, "the longest there is");
}

#[test]
fn its_debug_output_shows_where_it_stands() {
    let text = format!("{:?}", small().with_name("search"));
    for part in ["CircuitBreaker", "\"search\"", "state: Closed", "calls: 0"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}
