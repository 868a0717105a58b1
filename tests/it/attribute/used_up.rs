//! `on_ok = PATTERN => VALUE`: what the caller gets of a value that was waited for in vain.
#![deny(warnings, clippy::pedantic)]

use std::cell::Cell;
use std::time::Duration;

use persevere::{CircuitBreaker, Classify, Policy, Rejection, retry};

#[derive(Clone, Debug, PartialEq)]
enum Job {
    Pending { eta: u32 },
    Failed(String),
    Done,
}

#[derive(Clone, Debug, PartialEq, Classify)]
enum Error {
    #[retry(transient)]
    Busy,
    #[retry(permanent)]
    StillPending(u32),
    #[retry(forward)]
    Rejected(Rejection),
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

/// The answers of a body, one after the other; then the job is done.
struct Script(Cell<Vec<Result<Job, Error>>>);

impl Script {
    fn of(answers: &[Result<Job, Error>]) -> Self {
        Self(Cell::new(answers.iter().rev().cloned().collect()))
    }

    fn next(&self) -> Result<Job, Error> {
        let mut left = self.0.take();
        let next = left.pop();
        self.0.set(left);
        next.unwrap_or(Ok(Job::Done))
    }
}

#[allow(clippy::unnecessary_wraps, reason = "an answer is a result")]
const fn pending(eta: u32) -> Result<Job, Error> {
    Ok(Job::Pending { eta })
}

#[retry(
    max_retries = 2,
    base_delay = 0,
    on_ok = Job::Pending { eta } if *eta > 0 => {
        evaluated.set(evaluated.get() + 1);
        Err(Error::StillPending(*eta))
    }
)]
fn poll(script: &Script, evaluated: &Cell<u32>) -> Result<Job, Error> {
    script.next()
}

#[test]
fn it_is_evaluated_at_the_end_alone_with_the_last_value() {
    let evaluated = Cell::new(0);
    let ask = |answers: &[_]| (poll(&Script::of(answers), &evaluated), evaluated.take());
    assert_eq!(ask(&[pending(9), pending(8), pending(7)]), (Err(Error::StillPending(7)), 1));
    assert_eq!(ask(&[pending(9), pending(8)]), (Ok(Job::Done), 0));
    assert_eq!(ask(&[pending(0)]), (pending(0), 0), "which the guard does not retry");
    assert_eq!(ask(&[pending(9), pending(8), Err(Error::Busy)]), (Err(Error::Busy), 0));
    assert_eq!(ask(&[]), (Ok(Job::Done), 0));
}

#[test]
fn a_fallback_is_for_errors() {
    #[retry(
        max_retries = 1,
        base_delay = 0,
        clone(answer),
        on_ok = Job::Pending { eta } => Err(Error::StillPending(*eta)),
        fallback = |_| Ok(Job::Failed("by the fallback".to_owned()))
    )]
    fn ask(answer: Result<Job, Error>) -> Result<Job, Error> {
        answer
    }

    assert_eq!(ask(pending(3)), Err(Error::StillPending(3)));
    assert_eq!(ask(Err(Error::Busy)), Ok(Job::Failed("by the fallback".to_owned())));
    assert_eq!(ask(Ok(Job::Done)), Ok(Job::Done));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_it_in_the_wait_and_in_the_attempt() {
    #[retry(
        policy = "poll",
        deadline = "10s",
        jitter = "none",
        on_ok = Job::Pending { eta } => Err(late(*eta, reason).await)
    )]
    async fn wait_for(script: &Script, takes: Duration, reason: &str) -> Result<Job, Error> {
        tokio::time::sleep(takes).await;
        script.next()
    }

    async fn late(eta: u32, reason: &str) -> Error {
        tokio::task::yield_now().await;
        assert_eq!(reason, "the report");
        Error::StillPending(eta)
    }

    let answers = [pending(1), pending(2), pending(3), pending(4), pending(5)];
    let call = |takes| {
        let script = Script::of(&answers);
        async move { wait_for(&script, Duration::from_secs(takes), "the report").await }
    };
    let in_vain = |eta| Err(Error::StillPending(eta));
    assert_eq!(call(0).await, in_vain(5), "after 8.1 s, before a wait of 5.1 s");
    assert_eq!(call(3).await, in_vain(2), "the third is cut after 1.5 of its 3 s");
}

#[test]
fn a_circuit_that_opens_meanwhile_ends_it() {
    static CIRCUIT: CircuitBreaker = CircuitBreaker::new();

    #[retry(
        breaker = CIRCUIT,
        base_delay = 0,
        on_ok = Job::Pending { eta } => Err(Error::StillPending(*eta))
    )]
    fn ask() -> Result<Job, Error> {
        CIRCUIT.force_open();
        pending(5)
    }

    assert_eq!(ask(), Err(Error::StillPending(5)));
}

#[test]
fn an_option_and_the_default_of_an_impl_block_have_it() {
    struct Queue(Vec<u32>);

    #[retry(max_retries = 1, base_delay = 0, on_ok = 0 => None)]
    impl Queue {
        #[retry(on = _)]
        fn first(&self) -> Option<u32> {
            self.0.first().copied()
        }
    }

    assert_eq!(Queue(vec![0]).first(), None);
    assert_eq!(Queue(vec![4]).first(), Some(4));
}

#[test]
fn closures_have_it_whatever_the_order() {
    const TWICE: Policy = Policy::DEFAULT.with_max_retries(1).with_base_delay(Duration::ZERO);
    let ask = |answers: &[_], first: bool| {
        let script = Script::of(answers);
        let call =
            TWICE.retry_blocking(|| script.next()).on_ok(|job| matches!(job, Job::Pending { .. }));
        let late = |job| match job {
            Job::Pending { eta } => Err(Error::StillPending(eta)),
            other => Ok(other),
        };
        let recovered = |_| Ok(Job::Failed("by the fallback".to_owned()));
        if first {
            call.used_up(late).fallback(recovered).call()
        } else {
            call.fallback(recovered).used_up(late).call()
        }
    };
    for first in [true, false] {
        assert_eq!(ask(&[pending(2), pending(1)], first), Err(Error::StillPending(1)));
        assert_eq!(ask(&[pending(2)], first), Ok(Job::Done));
        let fallback = Ok(Job::Failed("by the fallback".to_owned()));
        assert_eq!(ask(&[pending(2), Err(Error::Busy)], first), fallback);
    }
    let none = TWICE
        .retry_blocking(|| Some(0))
        .on(|_| true)
        .on_ok(|value| *value == 0)
        .used_up(|_| None)
        .fallback(|_| Some(3))
        .deadline(Duration::from_secs(9))
        .call();
    assert_eq!(none, None);
}
