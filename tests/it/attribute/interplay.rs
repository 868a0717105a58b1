//! `#[retry]` together with other attributes, and with itself.

use crate::support::recorded;
use crate::support::scripted;

use std::sync::atomic::{AtomicU32, Ordering};

use persevere::retry;
use recorded::Recording;
use scripted::Script;
use tracing::instrument;

#[retry(policy = "conservative", on = _)]
#[instrument(skip_all)]
async fn above_instrument(script: &Script<u32>, owned: String) -> Result<usize, u32> {
    tracing::debug!("body");
    script.run()?;
    Ok(owned.len())
}

#[retry(on = _, base_delay = 0)]
#[instrument(skip(script))]
fn above_instrument_blocking(script: &Script<u32>, tag: &str) -> Result<u32, u32> {
    tracing::debug!("body");
    script.run()
}

#[instrument(skip_all)]
#[retry(policy = "conservative", on = _, clone(owned))]
async fn below_instrument(script: &Script<u32>, owned: String) -> Result<usize, u32> {
    tracing::debug!("body");
    script.run()?;
    Ok(owned.len())
}

#[instrument(skip_all)]
#[retry(on = _, base_delay = 0)]
fn below_instrument_blocking(script: &Script<u32>) -> Result<u32, u32> {
    tracing::debug!("body");
    script.run()
}

/// The spans that were opened, and of each event its message's first word and its spans.
fn spans_and_events(recording: &Recording) -> (Vec<&'static str>, Vec<(String, usize)>) {
    let events = recording.events().into_iter().map(|event| {
        let message = event.fields["message"].clone();
        (message.split(':').next().unwrap_or_default().to_owned(), event.spans.len())
    });
    (recording.spans(), events.collect())
}

fn events<const N: usize>(events: [(&str, usize); N]) -> Vec<(String, usize)> {
    events.into_iter().map(|(message, spans)| (message.to_owned(), spans)).collect()
}

#[tokio::test(start_paused = true)]
async fn above_instrument_there_is_one_span_around_the_whole_call() {
    let recording = Recording::start();
    assert_eq!(above_instrument(&Script::of([1, 2]), "text".to_owned()).await, Ok(4));
    let name = "above_instrument";
    let expected = [("body", 1), (name, 1), ("body", 1), (name, 1), ("body", 1), (name, 1)];
    assert_eq!(spans_and_events(&recording), (vec![name], events(expected)));
}

#[test]
fn above_instrument_in_a_blocking_function() {
    let recording = Recording::start();
    assert_eq!(above_instrument_blocking(&Script::of([1]), "x"), Ok(2));
    let name = "above_instrument_blocking";
    let expected = [("body", 1), (name, 1), ("body", 1), (name, 1)];
    assert_eq!(spans_and_events(&recording), (vec![name], events(expected)));
}

#[tokio::test(start_paused = true)]
async fn below_instrument_there_is_a_span_around_each_attempt() {
    let recording = Recording::start();
    assert_eq!(below_instrument(&Script::of([1, 2]), "text".to_owned()).await, Ok(4));
    let name = "below_instrument";
    let expected = [("body", 1), (name, 0), ("body", 1), (name, 0), ("body", 1), (name, 0)];
    assert_eq!(spans_and_events(&recording), (vec![name; 3], events(expected)));
    let recording = Recording::start();
    assert_eq!(below_instrument_blocking(&Script::of([1])), Ok(2));
    assert_eq!(recording.spans(), ["below_instrument_blocking"; 2]);
}

#[async_trait::async_trait]
trait Store: Send {
    async fn load(&mut self, key: &str) -> Result<usize, u32>;

    #[retry(policy = "conservative", on = _)]
    #[instrument(skip_all)]
    async fn by_default(&mut self) -> Result<usize, u32> {
        self.load("default").await
    }
}

#[async_trait::async_trait]
impl Store for Script<u32> {
    #[retry(policy = "conservative", on = _, max_retries = 1)]
    async fn load(&mut self, key: &str) -> Result<usize, u32> {
        self.run()?;
        Ok(key.len())
    }
}

#[tokio::test(start_paused = true)]
async fn async_trait_methods_called_through_a_trait_object() {
    let mut store: Box<dyn Store> = Box::new(Script::of([1]));
    assert_eq!(store.load("key").await, Ok(3));
    let mut store: Box<dyn Store> = Box::new(Script::of([1, 2, 3]));
    assert_eq!(store.load("key").await, Err(2));
    assert_eq!(store.load("key").await, Ok(3));
    let recording = Recording::start();
    let mut store: Box<dyn Store> = Box::new(Script::of([1, 2, 3]));
    assert_eq!(store.by_default().await, Ok(7));
    assert_eq!(recording.spans(), ["by_default"]);
}

static TEST_RUNS: AtomicU32 = AtomicU32::new(0);

#[retry(policy = "conservative", on = _)]
#[tokio::test(start_paused = true)]
async fn above_a_test_its_body_is_retried() -> Result<(), String> {
    let _recording = Recording::start();
    let runs = TEST_RUNS.fetch_add(1, Ordering::Relaxed);
    if runs == 2 { Ok(()) } else { Err(format!("run {runs} is not the third")) }
}

struct Client {
    script: Script<u32>,
}

impl Client {
    const RETRIES: u32 = 2;

    #[retry(on = _, max_retries = Self::RETRIES)]
    async fn two(&self) -> Result<u32, u32> {
        self.script.run()
    }

    #[retry(on = _, max_retries = 1)]
    async fn one(&self) -> Result<u32, u32> {
        self.script.run()
    }

    #[retry(on = 3.., base_delay = 0)]
    fn blocking(&self) -> Result<u32, u32> {
        self.script.run()
    }

    /// Between the others, and as it was written.
    fn plain(&self) -> Result<u32, u32> {
        self.script.run()
    }

    #[retry(on = _, max_retries = 1)]
    async fn calls_the_others(&self) -> Result<u32, u32> {
        let one = self.one().await?;
        Ok(one + self.two().await?)
    }
}

#[tokio::test(start_paused = true)]
async fn several_in_one_impl() {
    let _recording = Recording::start();
    let client = Client { script: Script::of(1..=9) };
    assert_eq!(client.plain(), Err(1));
    assert_eq!(client.one().await, Err(3));
    assert_eq!(client.two().await, Err(6));
    assert_eq!(client.blocking(), Ok(10));
}

#[tokio::test(start_paused = true)]
async fn nested_calls_retry_each_on_its_own_account() {
    let _recording = Recording::start();
    // Both runs of the first inner call fail, and the first of its second; no more after that.
    let client = Client { script: Script::of(1..=3) };
    assert_eq!(client.calls_the_others().await, Ok(4 + 5));
    // Two outer attempts, each of two inner ones.
    let client = Client { script: Script::of(1..=9) };
    assert_eq!(client.calls_the_others().await, Err(4));
    assert_eq!(client.script.runs(), 4);
}

#[retry(on = _, max_retries = 1)]
async fn outer(script: &Script<u32>) -> Result<u32, u32> {
    #[retry(on = _, max_retries = 2)]
    async fn inner(script: &Script<u32>) -> Result<u32, u32> {
        #[retry(on = _, max_retries = 1, base_delay = 0)]
        fn innermost(script: &Script<u32>) -> Result<u32, u32> {
            script.run()
        }
        innermost(script)
    }
    inner(script).await
}

#[tokio::test(start_paused = true)]
async fn annotated_functions_inside_annotated_bodies() {
    let _recording = Recording::start();
    let script = Script::of(1..=99);
    assert_eq!((outer(&script).await, script.runs()), (Err(12), 2 * 3 * 2));
    assert_eq!(outer(&Script::of(1..12)).await, Ok(12));
}

mod one {
    pub(super) mod same {
        use crate::attribute::interplay::{Script, retry};

        #[retry(on = _, max_retries = 1, base_delay = 0)]
        pub(crate) fn name(script: &Script<u32>) -> Result<u32, u32> {
            script.run()
        }
    }

    use crate::attribute::interplay::{Script, retry};

    #[retry(on = _, max_retries = 3, base_delay = 0)]
    pub(super) fn name(script: &Script<u32>) -> Result<u32, u32> {
        script.run()
    }
}

#[test]
fn one_name_in_two_modules() {
    let recording = Recording::start();
    assert_eq!(one::name(&Script::of(1..=9)), Err(4));
    assert_eq!(one::same::name(&Script::of(1..=9)), Err(2));
    let functions: Vec<_> = recording
        .events()
        .into_iter()
        .filter(|event| event.level == tracing::Level::ERROR)
        .map(|mut event| event.fields.remove("function"))
        .collect();
    let expected =
        ["it::attribute::interplay::one::name", "it::attribute::interplay::one::same::name"];
    assert_eq!(functions, expected.map(|name| Some(name.to_owned())));
}
