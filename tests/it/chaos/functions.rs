//! Functions with `#[retry]`: where chaos acts, and where it cannot.
#![deny(warnings, clippy::pedantic)]

use std::cell::{Cell, RefCell};
use std::future::{Future, Ready, ready};
use std::io;
use std::time::Duration;

use persevere::testing::{self, Recorder};
use persevere::{Classify, Rejection, Verdict, retry};
use tokio::time::Instant;

use super::table;
use crate::support::recorded::Recording;

#[derive(Clone, Copy, Debug, PartialEq, Classify)]
enum Error {
    #[retry(transient)]
    OutOfStock,
    #[retry(forward)]
    Rejected(Rejection),
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Fault(fault) if fault.name() == "out_of_stock" => Self::OutOfStock,
            rejection => Self::Rejected(rejection),
        }
    }
}

#[retry(base_delay = 0)]
async fn order(ran: &Cell<u32>) -> Result<u32, Error> {
    ran.set(ran.get() + 1);
    Ok(ran.get())
}

#[retry(base_delay = 0)]
fn order_blocking(ran: &mut u32) -> Result<u32, io::Error> {
    *ran += 1;
    Ok(*ran)
}

#[tokio::test(start_paused = true)]
async fn an_attempt_fails_without_its_body_and_is_retried_as_the_real_one_would_be() {
    let ran = Cell::new(0);
    let outcome = table("*::order=chaos:2*return(timeout)").scope(order(&ran)).await;
    assert_eq!((outcome, ran.get()), (Ok(1), 1));

    let ran = Cell::new(0);
    let outcome = table("*::order=chaos:return(permanent)").scope(order(&ran)).await;
    let Err(Error::Rejected(Rejection::Fault(fault))) = outcome else {
        panic!("a fault, and not {outcome:?}");
    };
    assert_eq!((fault.name(), ran.get()), ("permanent", 0));
}

#[tokio::test(start_paused = true)]
async fn an_error_has_the_faults_that_it_names() {
    let ran = Cell::new(0);
    let recorder = Recorder::new();
    let outcome = testing::scope(
        testing::no_waiting().recording(&recorder),
        table("*::order=max_retries:1;chaos:return(out_of_stock)").scope(order(&ran)),
    )
    .await;
    assert_eq!((outcome, ran.get()), (Err(Error::OutOfStock), 0));
    recorder.assert("2 attempts, waited 0 s, gave up");
}

#[test]
fn a_blocking_function_fails_too() {
    let mut ran = 0;
    let outcome = table("*_blocking=chaos:3*return(connection_reset)")
        .scope_blocking(|| order_blocking(&mut ran));
    assert_eq!((outcome.unwrap(), ran), (1, 1));
    let outcome = table("*_blocking=max_retries:0;chaos:return(connection_reset)")
        .scope_blocking(|| order_blocking(&mut ran));
    assert_eq!((outcome.unwrap_err().kind(), ran), (io::ErrorKind::ConnectionReset, 1));
}

#[tokio::test(start_paused = true)]
async fn nothing_else_is_touched() {
    let ran = Cell::new(0);
    let scoped = table("*::else=chaos:return").scope(order(&ran)).await;
    assert_eq!((scoped, order(&ran).await), (Ok(1), Ok(2)));
}

#[tokio::test(start_paused = true)]
async fn a_delay_comes_before_the_body() {
    #[retry(timeout = "1s", max_retries = 2, base_delay = 0, context = attempt)]
    async fn slow(began: &RefCell<Vec<Duration>>, from: Instant) -> Result<u32, Error> {
        began.borrow_mut().push(from.elapsed());
        Ok(attempt.number())
    }

    let (from, began) = (Instant::now(), RefCell::default());
    let outcome = table("*::slow=chaos:1*sleep(300)->1*sleep(2s)").scope(slow(&began, from)).await;
    assert_eq!(outcome, Ok(1));
    assert_eq!(*began.borrow(), [Duration::from_millis(300)]);

    // The timeout cuts it, as it cuts a body that is late.
    let (from, began) = (Instant::now(), RefCell::default());
    let outcome = table("*::slow=chaos:2*sleep(2s)").scope(slow(&began, from)).await;
    assert_eq!(outcome, Ok(3));
    assert_eq!(*began.borrow(), [Duration::from_secs(2)]); // two timeouts of a second
}

#[test]
fn a_delay_is_made_by_the_function_s_own_timer() {
    thread_local! {
        static SLEPT: RefCell<Vec<Duration>> = const { RefCell::new(Vec::new()) };
    }

    fn rest(delay: Duration) {
        SLEPT.with_borrow_mut(|slept| slept.push(delay));
    }

    #[retry(sleep = rest)]
    fn blocking() -> Result<(), Error> {
        Ok(())
    }

    fn rest_later(delay: Duration) -> Ready<()> {
        rest(delay);
        ready(())
    }

    #[retry(sleep = rest_later)]
    async fn asynchronous() -> Result<(), Error> {
        Ok(())
    }

    let slow = table("*=chaos:sleep(7s)");
    assert_eq!(slow.clone().scope_blocking(blocking), Ok(()));
    assert_eq!(slow.scope_blocking(|| testing_block_on(asynchronous())), Ok(()));
    assert_eq!(SLEPT.take(), [Duration::from_secs(7); 2]);
}

/// For a future that is ready at once.
fn testing_block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("it waits"),
    }
}

#[tokio::test(start_paused = true)]
async fn the_fault_of_an_option_is_none() {
    #[retry(on = _, max_retries = 3, base_delay = 0)]
    async fn find(ran: &Cell<u32>) -> Option<u32> {
        ran.set(ran.get() + 1);
        Some(ran.get())
    }

    let ran = Cell::new(0);
    assert_eq!(table("*::find=chaos:return").scope(find(&ran)).await, None);
    assert_eq!(ran.get(), 0);
    assert_eq!(table("*::find=chaos:2*return").scope(find(&ran)).await, Some(1));
}

#[tokio::test(start_paused = true)]
async fn an_error_that_is_made_of_no_fault_is_left_alone_and_named_once() {
    #[derive(Debug, PartialEq)]
    struct Plain;

    #[retry(on = _)]
    async fn plain(ran: &Cell<u32>) -> Result<u32, Plain> {
        ran.set(ran.get() + 1);
        Ok(ran.get())
    }

    let recording = Recording::start();
    let ran = Cell::new(0);
    let broken = table("*::plain=chaos:return(timeout)");
    broken
        .scope(async {
            assert_eq!(plain(&ran).await, Ok(1));
            assert_eq!(plain(&ran).await, Ok(2));
        })
        .await;
    let messages: Vec<String> =
        recording.events().iter().map(|event| event.fields["message"].clone()).collect();
    assert_eq!(messages.len(), 1, "{messages:?}");
    let said = "by `return(timeout)`, since its error is made of no fault: write `impl \
                From<persevere::Rejection>` for its error";
    assert!(messages[0].ends_with(said), "{}", messages[0]);
}

#[tokio::test(start_paused = true)]
async fn every_form_of_function_can_fail() {
    struct Store {
        opened: u32,
    }

    #[retry(base_delay = 0)]
    impl Store {
        #[retry(clone(key))]
        async fn read(&self, key: String) -> Result<String, io::Error> {
            assert_eq!(self.opened, 0);
            Ok(key)
        }

        #[retry]
        fn open(&mut self) -> Result<(), io::Error> {
            self.opened += 1;
            Ok(())
        }
    }

    #[retry(base_delay = 0)]
    fn later() -> impl Future<Output = Result<impl Iterator<Item = u32>, io::Error>> + Send {
        let rows = 3;
        async move { Ok(0..rows) }
    }

    #[retry(base_delay = 0)]
    async fn generic<E: From<Rejection> + Classify + std::fmt::Debug>() -> Result<u32, E> {
        Ok(1)
    }

    #[retry(base_delay = 0, on_ok = 0..3, hedge = "1s", deadline = "1m", fallback = |_| Ok(9))]
    async fn everything() -> Result<u32, io::Error> {
        Ok(5)
    }

    let recorder = Recorder::new();
    testing::scope(
        testing::no_waiting().recording(&recorder),
        table("*=chaos:5*return(timeout)").scope(async {
            let mut store = Store { opened: 0 };
            assert_eq!(store.read("k".to_owned()).await.unwrap(), "k");
            assert!(store.open().is_ok());
            assert_eq!(store.opened, 1);
            assert_eq!(later().await.unwrap().count(), 3);
            assert_eq!(generic::<Error>().await, Ok(1));
            assert_eq!(everything().await.unwrap(), 5);
        }),
    )
    .await;
    // Of all that the entry matches together.
    assert_eq!(recorder.events().len(), 6, "{}", recorder.summary());
}

#[tokio::test(start_paused = true)]
async fn a_body_that_steers_is_not_asked_when_it_does_not_run() {
    #[retry(base_delay = 0, context = attempt, when = judge)]
    async fn steers(numbers: &RefCell<Vec<u32>>) -> Result<u32, Error> {
        numbers.borrow_mut().push(attempt.number());
        attempt.give_up();
        Err(Error::OutOfStock)
    }

    fn judge(_: &Error) -> Verdict {
        Verdict::TRANSIENT
    }

    let numbers = RefCell::default();
    let outcome = table("*::steers=chaos:2*return").scope(steers(&numbers)).await;
    assert_eq!(outcome, Err(Error::OutOfStock));
    assert_eq!(*numbers.borrow(), [3]);
}
