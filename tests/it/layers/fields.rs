//! `budget`, `breaker` and `bulkhead` name a field or an `Arc` as well as a static: layers that are
//! made at run time, one for each client or host.
#![deny(warnings, clippy::pedantic)]

use crate::support::layered;
use crate::support::scripted;

use std::future::{IntoFuture as _, pending, poll_fn, ready};
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::Poll;
use std::time::Duration;

use layered::Error::{self, Busy};
use layered::{busy, tokens};
use persevere::breaker::State;
use persevere::budget::Cause;
use persevere::{Budget, Bulkhead, CircuitBreaker, Policy, Rejection, Upstream, retry};
use scripted::Script;

/// A client that owns its layers.
struct Owner {
    budget: Budget,
    breaker: CircuitBreaker,
    bulkhead: Bulkhead,
}

impl Owner {
    fn new() -> Self {
        Self {
            budget: Budget::new().with_capacity(10), // two retries
            breaker: CircuitBreaker::new().with_minimum_calls(9),
            bulkhead: Bulkhead::new(1),
        }
    }

    #[retry(
        budget = self.budget,
        breaker = self.breaker,
        bulkhead = self.bulkhead,
        max_retries = 9,
        base_delay = 0
    )]
    async fn ask(&self, script: &Script<Error>) -> Result<u32, Error> {
        assert_eq!(self.bulkhead.available(), 0);
        script.run()
    }

    #[retry(
        budget = self.budget,
        breaker = self.breaker,
        bulkhead = self.bulkhead,
        max_retries = 9,
        base_delay = 0
    )]
    fn ask_blocking(&self, script: &Script<Error>) -> Result<u32, Error> {
        assert_eq!(self.bulkhead.available(), 0);
        script.run()
    }

    #[retry(budget = self.budget, breaker = self.breaker, bulkhead = self.bulkhead)]
    async fn hang(&self) -> Result<u32, Error> {
        assert_eq!(self.bulkhead.available(), 0);
        pending().await
    }

    fn left(&self) -> (u32, u64, usize) {
        (tokens(&self.budget), self.breaker.tally().calls, self.bulkhead.available())
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_may_own_its_layers() {
    let (owner, script) = (Owner::new(), busy(9));
    assert_eq!(owner.ask(&script).await, Err(Busy));
    assert_eq!(script.runs(), 3);
    assert_eq!(owner.left(), (0, 3, 1));
    assert_eq!(owner.ask_blocking(&script), Err(Busy));
    assert_eq!(owner.left(), (0, 4, 1));
    assert_eq!(Owner::new().left(), (10, 0, 1), "another client has layers of its own");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_gives_back_what_its_client_lent_it() {
    let owner = Owner::new();
    owner.budget.try_acquire(Cause::Failure).expect("it has two").succeeded();
    layered::poll_once(owner.hang());
    assert_eq!(owner.left(), (10, 0, 1));
}

/// A client that shares its layers with others.
#[derive(Clone)]
struct Sharer {
    budget: Arc<Budget>,
    breaker: Arc<CircuitBreaker>,
    bulkhead: Arc<Bulkhead>,
}

impl Sharer {
    #[retry(
        budget = self.budget,
        breaker = self.breaker,
        bulkhead = self.bulkhead,
        max_retries = 9,
        base_delay = 0
    )]
    async fn ask(&self, script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }
}

#[tokio::test(start_paused = true)]
async fn clients_may_share_layers_by_arcs() {
    let client = Sharer {
        budget: Arc::new(Budget::new().with_capacity(10)),
        breaker: Arc::new(CircuitBreaker::new().with_minimum_calls(2)),
        bulkhead: Arc::new(Bulkhead::new(1)),
    };
    let (script, other) = (busy(9), client.clone());
    assert_eq!(client.ask(&script).await, Err(Busy));
    assert_eq!(client.breaker.state(), State::Open);
    let refused = tokio::spawn(async move { other.ask(&busy(9)).await });
    let refused = refused.await.expect("it does not panic");
    assert!(matches!(refused, Err(Error::Rejected(Rejection::CircuitOpen { .. }))));
    assert_eq!((client.bulkhead.available(), Arc::strong_count(&client.budget)), (1, 1));
}

/// A client that looks its layers up, as one with layers for each host does.
impl Sharer {
    fn budget(&self) -> Arc<Budget> {
        self.budget.clone()
    }

    fn breaker(&self, _host: &str) -> Arc<CircuitBreaker> {
        self.breaker.clone()
    }

    fn bulkhead(&self) -> &Bulkhead {
        &self.bulkhead
    }

    #[retry(
        budget = self.budget(),
        breaker = self.breaker(host),
        bulkhead = self.bulkhead(),
        max_retries = 9,
        base_delay = 0
    )]
    async fn look_up(&self, host: &str, script: &Script<Error>) -> Result<u32, Error> {
        assert_eq!(self.bulkhead.available(), 0);
        script.run()
    }

    #[retry(
        budget = self.budget(),
        breaker = self.breaker(host),
        bulkhead = Arc::clone(&self.bulkhead),
        max_retries = 9,
        base_delay = 0
    )]
    fn look_up_blocking(&self, host: &str, script: &Script<Error>) -> Result<u32, Error> {
        assert_eq!(self.bulkhead.available(), 0);
        script.run()
    }
}

#[tokio::test(start_paused = true)]
async fn functions_may_return_layers() {
    let client = Sharer {
        budget: Arc::new(Budget::new().with_capacity(10)), // two retries
        breaker: Arc::new(CircuitBreaker::new().with_minimum_calls(9)),
        bulkhead: Arc::new(Bulkhead::new(1)),
    };
    let (script, other) = (busy(9), client.clone());
    let outcome = tokio::spawn(async move { other.look_up("a", &script).await }).await; // `Send`
    assert_eq!(outcome.expect("it does not panic"), Err(Busy));
    assert_eq!((tokens(&client.budget), client.breaker.tally().calls), (0, 3));
    assert_eq!(client.look_up_blocking("a", &busy(9)), Err(Busy));
    assert_eq!((client.breaker.tally().calls, client.bulkhead.available()), (4, 1));
    assert_eq!(Arc::strong_count(&client.breaker), 1, "the call keeps nothing");
}

#[retry(budget = budget, breaker = breaker, on = _, base_delay = 0)]
async fn by_arguments(
    budget: &Arc<Budget>,
    breaker: &CircuitBreaker,
    script: &Script<Error>,
) -> Result<u32, Error> {
    script.run()
}

#[tokio::test(start_paused = true)]
async fn arguments_may_name_layers() {
    let (budget, breaker) = (Arc::new(Budget::new().with_capacity(5)), CircuitBreaker::new());
    assert_eq!(by_arguments(&budget, &breaker, &busy(9)).await, Err(Busy));
    assert_eq!((tokens(&budget), breaker.tally().calls), (0, 2));
}

#[test]
fn a_static_may_be_made_when_it_is_first_used() {
    static BREAKER: LazyLock<CircuitBreaker> =
        LazyLock::new(|| CircuitBreaker::new().with_minimum_calls(1));

    #[retry(breaker = BREAKER, base_delay = 0)]
    fn ask(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    assert_eq!(ask(&busy(9)), Err(Busy));
    assert_eq!(BREAKER.state(), State::Open);
}

#[tokio::test(start_paused = true)]
async fn closures_take_arcs_too() {
    let (budget, breaker, bulkhead) = (
        Arc::new(Budget::new().with_capacity(10)),
        Arc::new(CircuitBreaker::new().with_minimum_calls(9)),
        Arc::new(Bulkhead::new(1).with_max_queue(1)),
    );
    let call = |script: Script<Error>| {
        Policy::DEFAULT
            .retry(move || ready(script.run()))
            .budget(&budget)
            .breaker(&breaker)
            .bulkhead(Arc::clone(&bulkhead))
            .into_future()
    };
    assert_eq!(call(busy(9)).await, Err(Busy));
    assert_eq!((tokens(&budget), breaker.tally().calls, bulkhead.available()), (0, 3, 1));

    // A call that waits in the queue keeps the bulkhead, and its turn comes.
    let permit = bulkhead.try_acquire().expect("nobody is here");
    let queued = tokio::spawn(call(busy(0)));
    let dropped = call(busy(0));
    tokio::task::yield_now().await;
    assert_eq!(bulkhead.waiting(), 1);
    drop(permit);
    assert_eq!(queued.await.expect("it does not panic"), Ok(1));
    drop(dropped);
    assert_eq!((bulkhead.available(), bulkhead.waiting()), (1, 0));

    let blocking = Policy::DEFAULT
        .retry_blocking(|| Err::<u8, _>(Busy))
        .budget(&budget)
        .breaker(&breaker)
        .bulkhead(&bulkhead);
    assert_eq!(blocking.call(), Err(Busy));
    assert_eq!((breaker.tally().calls, bulkhead.available()), (5, 1));
}

#[tokio::test(start_paused = true)]
async fn a_closure_that_is_dropped_at_any_poll_gives_back_what_arcs_lent_it() {
    for polls in 0..8 {
        let budget = Arc::new(Budget::new().with_capacity(100));
        let breaker = Arc::new(CircuitBreaker::new().with_minimum_calls(99));
        let bulkhead = Arc::new(Bulkhead::new(1).with_max_queue(1));
        let other = bulkhead.try_acquire().expect("nobody is here");
        let mut call = Box::pin(
            Policy::DEFAULT
                .retry(|| async {
                    tokio::task::yield_now().await;
                    Err::<u8, _>(Busy)
                })
                .budget(&budget)
                .breaker(&breaker)
                .bulkhead(&bulkhead)
                .into_future(),
        );
        let mut other = Some(other);
        for poll in 0..polls {
            let polled = poll_now(&mut call).await;
            if polled.is_ready() {
                break;
            }
            if poll == 1 {
                other.take();
            }
            tokio::time::advance(Duration::from_secs(90)).await;
        }
        drop(call);
        drop(other);
        let counts = [Arc::strong_count(&budget), Arc::strong_count(&breaker)];
        assert_eq!((counts, Arc::strong_count(&bulkhead)), ([1, 1], 1), "after {polls} polls");
        assert_eq!((bulkhead.available(), bulkhead.waiting()), (1, 0), "after {polls} polls");
    }
}

/// A client that is given away, with the layers that its clones share.
#[derive(Clone)]
struct Given(Arc<Upstream>);

impl Given {
    /// Uses it up.
    fn ask(self, script: &Script<Error>) -> Result<u32, Error> {
        drop(self);
        script.run()
    }
}

#[retry(upstream = given.0, clone(given))]
async fn given_away(given: Given, script: &Script<Error>) -> Result<u32, Error> {
    given.ask(script)
}

#[retry(upstream = given.0, clone(given))]
fn given_away_blocking(given: Given, script: &Script<Error>) -> Result<u32, Error> {
    given.ask(script)
}

#[tokio::test(start_paused = true)]
async fn an_argument_that_the_body_uses_up_may_have_the_layers_if_it_is_cloned() {
    let upstream = Upstream::owning("given", Budget::new().with_capacity(10)) // two retries
        .with_policy(Policy::DEFAULT.with_base_delay(Duration::ZERO).with_max_retries(9))
        .breaker(CircuitBreaker::new())
        .bulkhead(Bulkhead::new(1));
    let given = Given(Arc::new(upstream));
    assert_eq!(given_away(given.clone(), &busy(9)).await, Err(Busy));
    let layers = given.0.layers();
    assert_eq!(layers.breaker.map(|breaker| breaker.tally().calls), Some(3));
    assert_eq!(given_away_blocking(given.clone(), &busy(9)), Err(Busy));
    assert_eq!(layers.breaker.map(|breaker| breaker.tally().calls), Some(4));
    assert_eq!(layers.bulkhead.map(Bulkhead::available), Some(1));

    let script = busy(9);
    let dropped = given_away(given.clone(), &script);
    assert_eq!(Arc::strong_count(&given.0), 2);
    drop(dropped);
    assert_eq!(Arc::strong_count(&given.0), 1);
}

async fn poll_now<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    poll_fn(|context| Poll::Ready(Pin::new(&mut *future).poll(context))).await
}
