//! Futures are `Send` wherever the plain function's would be.
#![allow(clippy::needless_pass_by_value, reason = "the forms under test")]

use crate::support::scripted;

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt as _};
use persevere::{Attempt, Event, retry};
use scripted::Script;
use tokio::task::yield_now;

fn is_send<T: Send>(_: &T) {}

/// For functions whose futures are `Send`: the same with and without the attribute.
macro_rules! send_with_and_without {
    ($(
        $(#[$attribute:meta])*
        async fn $name:ident($($pattern:tt: $type:ty = $value:expr),*) -> $output:ty
        $body:block
    )*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            async fn plain($($pattern: $type),*) -> $output $body
            $(#[$attribute])*
            async fn annotated($($pattern: $type),*) -> $output $body

            // What the values borrow lives as long as the `match`.
            match (plain($($value),*), annotated($($value),*)) {
                (plain, annotated) => {
                    is_send(&plain);
                    is_send(&annotated);
                    assert_eq!(plain.await, annotated.await);
                }
            }
        }
    )*};
}

send_with_and_without! {
    #[retry(on = _)]
    async fn an_owned_argument_that_is_not_sync(cell: Cell<u32> = Cell::new(1)) -> Result<u32, ()> {
        yield_now().await;
        cell.set(cell.get() + 1);
        Ok(cell.get())
    }

    #[retry(on = _, clone(cell))]
    async fn held_by_reference_across_an_await(cell: Cell<u32> = Cell::new(1)) -> Result<u32, ()> {
        let mut cell = cell;
        let held = &mut cell;
        yield_now().await;
        held.set(2);
        Ok(held.get())
    }

    #[retry(on = _, clone(cell))]
    async fn consumed(cell: Cell<u32> = Cell::new(1)) -> Result<u32, ()> {
        yield_now().await;
        Ok(cell.into_inner())
    }

    #[retry(on = _)]
    async fn named_in_a_format_string_only(cell: Cell<u32> = Cell::new(1)) -> Result<String, ()> {
        yield_now().await;
        Ok(format!("{cell:?}"))
    }

    #[retry(on = _)]
    async fn not_named(_cell: Cell<u32> = Cell::new(1)) -> Result<(), ()> {
        yield_now().await;
        Ok(())
    }

    #[retry(on = _)]
    async fn taken_apart((cell, add): (Cell<u32>, u32) = (Cell::new(1), 2)) -> Result<u32, ()> {
        yield_now().await;
        Ok(cell.get() + add)
    }

    #[retry(on = _)]
    async fn borrowed_uniquely(cell: &mut Cell<u32> = &mut Cell::new(1)) -> Result<u32, ()> {
        cell.set(cell.get() + 1);
        yield_now().await;
        Ok(1)
    }

    #[retry(when = |()| cell.get() == 1, id = cell.get(), on_retry = |_| cell.set(2))]
    async fn used_by_the_keys_too(cell: Cell<u32> = Cell::new(1)) -> Result<u32, ()> {
        yield_now().await;
        Ok(cell.get())
    }

    #[retry(on = _)]
    async fn an_error_that_is_not_send(text: &str = "7") -> Result<u32, Rc<str>> {
        yield_now().await;
        text.parse().map_err(|_| text.into())
    }

    #[retry(on = text if text.is_empty(), on_retry = |_| (), on_give_up = |_| ())]
    async fn an_error_that_is_not_send_and_is_looked_at(text: &str = "") -> Result<u32, Rc<str>> {
        yield_now().await;
        text.parse().map_err(|_| text.into())
    }

    #[retry(on = _)]
    async fn a_value_that_is_not_send(text: &str = "7") -> Result<Rc<str>, ()> {
        yield_now().await;
        Ok(text.into())
    }
}

/// An error that is not `Send` has failed and was waited for.
#[retry(on = _, policy = "conservative")]
async fn fails_with_rc(script: &Script<u32>) -> Result<u32, Rc<u32>> {
    yield_now().await;
    script.run().map_err(Rc::new)
}

#[tokio::test(start_paused = true)]
async fn an_error_that_is_not_send_does_not_live_across_the_wait() {
    let script = Script::of([1, 2]);
    let call = fails_with_rc(&script);
    is_send(&call);
    assert_eq!(call.await, Ok(3));
    let script = Script::of(1..9);
    let error = fails_with_rc(&script).await.unwrap_err();
    assert_eq!((*error, Rc::strong_count(&error), script.runs()), (4, 1, 4));
}

async fn work_with<T: Send>(_: &mut T) {
    yield_now().await;
}

#[retry(on = _)]
async fn generic<T: Send + Clone>(mut_owned: T, script: &Script<u32>) -> Result<T, u32> {
    let mut copy = mut_owned.clone();
    work_with(&mut copy).await;
    script.run()?;
    Ok(copy)
}

#[tokio::test(start_paused = true)]
async fn a_generic_argument_needs_no_sync() {
    let script = Script::of([1]);
    let call = generic(Cell::new(3), &script);
    is_send(&call);
    assert_eq!(call.await.map(Cell::into_inner), Ok(3));
}

/// `Send`, not `Sync`.
struct Client {
    calls: Cell<u32>,
}

impl Client {
    fn count(&self) -> Result<u32, u32> {
        self.calls.set(self.calls.get() + 1);
        if self.calls.get() < 3 { Err(self.calls.get()) } else { Ok(self.calls.get()) }
    }

    #[retry(on = _, on_retry = |_| self.calls.set(self.calls.get() + 10))]
    async fn unique(&mut self) -> Result<u32, u32> {
        yield_now().await;
        self.count()
    }

    #[retry(on = _)]
    async fn consumed(self) -> Result<u32, u32> {
        yield_now().await;
        self.count()
    }

    #[retry(on = _, context = attempt)]
    async fn with_attempt(&mut self) -> Result<u32, u32> {
        let held: &Attempt = attempt;
        yield_now().await;
        held.retry_in(Duration::from_secs(1));
        self.count()
    }
}

#[async_trait::async_trait]
trait Count {
    async fn counted(&mut self, cell: Cell<u32>) -> Result<u32, u32>;
}

#[async_trait::async_trait]
impl Count for Client {
    #[retry(on = _)]
    async fn counted(&mut self, cell: Cell<u32>) -> Result<u32, u32> {
        yield_now().await;
        self.count().map(|calls| calls + cell.get())
    }
}

#[tokio::test(start_paused = true)]
async fn methods_of_a_type_that_is_not_sync() {
    let new = || Client { calls: Cell::new(0) };
    let mut client = new();
    let call = client.unique();
    is_send(&call);
    assert_eq!(call.await, Ok(12));
    let call = new().consumed();
    is_send(&call);
    assert_eq!(call.await, Ok(3));
    let mut client = new();
    let call = client.with_attempt();
    is_send(&call);
    assert_eq!(call.await, Ok(3));
    let mut client = new();
    let call = client.counted(Cell::new(4));
    is_send(&call);
    assert_eq!(call.await, Ok(7));
}

#[retry(on = _)]
fn returns_future(
    cell: Cell<u32>,
    script: &Script<u32>,
) -> impl Future<Output = Result<u32, u32>> + Send {
    let begun = script.runs();
    async move {
        yield_now().await;
        script.run().map(|run| run - begun + cell.get())
    }
}

#[retry(on = _)]
fn returns_boxed(cell: Cell<u32>, script: &Script<u32>) -> BoxFuture<'_, Result<u32, u32>> {
    async move {
        yield_now().await;
        script.run().map(|run| run + cell.get())
    }
    .boxed()
}

#[tokio::test(start_paused = true)]
async fn functions_that_promise_a_send_future() {
    assert_eq!(returns_future(Cell::new(4), &Script::of([1])).await, Ok(6));
    assert_eq!(returns_boxed(Cell::new(4), &Script::of([1])).await, Ok(6));
}

fn note(event: &Event<'_>) {
    assert_eq!(event.max_retries(), 3);
}

#[retry(
    on = _,
    policy = "conservative",
    throttled = "aggressive",
    context = attempt,
    id = tag,
    on_retry = note,
    on_give_up = |_| cell.set(0),
    clone(tag)
)]
async fn every_key(script: Arc<Script<u32>>, cell: Cell<u32>, tag: String) -> Result<usize, u32> {
    yield_now().await;
    cell.set(cell.get() + attempt.number());
    script.run()?;
    Ok(tag.into_bytes().len() + cell.get() as usize)
}

#[tokio::test(start_paused = true)]
async fn spawned_on_the_runtime() {
    let script = Arc::new(Script::of([1, 2]));
    let task = tokio::spawn(every_key(Arc::clone(&script), Cell::new(10), "tag".to_owned()));
    assert_eq!(task.await.unwrap(), Ok(3 + 10 + 1 + 2 + 3));
    assert_eq!(script.runs(), 3);
}

/// Where the plain function's future is not `Send`, the annotated one asks for nothing more.
#[retry(on = _, policy = "conservative")]
async fn stays_on_its_thread(script: Rc<Script<u32>>) -> Result<u32, u32> {
    let held = Rc::clone(&script);
    yield_now().await;
    held.run()
}

#[tokio::test(start_paused = true)]
async fn a_future_that_is_not_send_can_be_awaited() {
    let script = Rc::new(Script::of([1, 2]));
    assert_eq!(stays_on_its_thread(Rc::clone(&script)).await, Ok(3));
    assert_eq!(Rc::strong_count(&script), 1);
}
