//! Every form of function that `#[retry]` goes on, each failing twice and then succeeding.
#![deny(warnings, clippy::pedantic)]
#![allow(
    clippy::manual_async_fn,
    clippy::needless_pass_by_value,
    clippy::redundant_closure_for_method_calls,
    clippy::type_complexity,
    clippy::unused_async,
    reason = "the forms under test"
)]

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use persevere::retry;

#[derive(Debug, PartialEq)]
enum Error {
    Busy,
    Status(u16),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Error {}

impl From<std::num::ParseIntError> for Error {
    fn from(_: std::num::ParseIntError) -> Self {
        Self::Status(400)
    }
}

/// Fails a given number of times, then succeeds.
#[derive(Default)]
struct Flaky {
    calls: AtomicU32,
}

impl Flaky {
    fn call(&self) -> Result<u32, Error> {
        match self.calls.fetch_add(1, Ordering::Relaxed) + 1 {
            1 => Err(Error::Busy),
            2 => Err(Error::Status(503)),
            calls => Ok(calls),
        }
    }
}

#[retry(on = _)]
async fn free(flaky: &Flaky) -> Result<u32, Error> {
    flaky.call()
}

#[retry(on = Error::Busy | Error::Status(500..=599))]
async fn with_question_mark(flaky: &Flaky, number: &str) -> Result<u32, Error> {
    let number: u32 = number.parse()?;
    Ok(flaky.call()? + number)
}

#[retry(on = Error::Status(status) if *status == 503, base_delay = 0)]
fn blocking_guard(flaky: &Flaky) -> Result<u32, Error> {
    flaky.call()
}

#[retry(on = _, base_delay = 0)]
fn blocking(flaky: &Flaky) -> Result<u32, Error> {
    flaky.call()
}

#[retry(on = _, clone(body))]
async fn consumes(flaky: &Flaky, body: Vec<u8>, tag: String) -> Result<usize, Error> {
    let length = String::from_utf8(body).map_or(0, |text| text.len());
    flaky.call()?;
    Ok(length + tag.len())
}

#[retry(on = _)]
async fn by_value_mut(flaky: &Flaky, mut left: u32) -> Result<u32, Error> {
    left -= 1;
    flaky.call()?;
    Ok(left)
}

#[retry(on = _)]
async fn unique_argument(flaky: &Flaky, log: &mut Vec<u32>) -> Result<usize, Error> {
    fn push(log: &mut Vec<u32>) {
        log.push(1);
    }
    push(log);
    flaky.call()?;
    let taken = log;
    Ok(taken.len())
}

#[retry(on = _)]
async fn patterns(flaky: &Flaky, (a, mut b): (u8, u8), [first, ..]: &[u8; 3]) -> Result<u8, Error> {
    b += 1;
    flaky.call()?;
    Ok(a + b + first)
}

#[retry(on = _)]
async fn generic<T: AsRef<str> + ?Sized, const N: usize>(
    flaky: &Flaky,
    text: &T,
    array: [u8; N],
    more: impl Iterator<Item = u8> + Clone,
) -> Result<usize, Error> {
    flaky.call()?;
    Ok(text.as_ref().len() + array.len() + more.clone().count())
}

#[retry(on = _, base_delay = 0)]
fn borrowed<'a>(flaky: &Flaky, text: &'a str) -> Result<&'a str, Error> {
    flaky.call()?;
    Ok(&text[1..])
}

#[retry(on = _, base_delay = 0)]
fn opaque(flaky: &Flaky) -> Result<impl Iterator<Item = u32> + use<>, Error> {
    Ok(0..flaky.call()?)
}

#[retry(on = _, base_delay = 0)]
fn opaque_in_box(flaky: &Flaky) -> Result<Box<dyn Iterator<Item = impl fmt::Debug>>, Error> {
    Ok(Box::new(0..flaky.call()?))
}

#[retry(on = _)]
async fn opaque_in_boxes(
    flaky: &Flaky,
) -> Result<(u8, Box<dyn Iterator<Item = Option<Box<dyn Iterator<Item = impl fmt::Debug>>>>>), Error>
{
    let calls = flaky.call()?;
    Ok((1, Box::new((0..calls).map(|end| Some(Box::new(0..end) as _)))))
}

#[retry(on = _, base_delay = 0)]
fn opaque_in_reference(flaky: &Flaky) -> Result<&(dyn AsRef<[impl fmt::Debug]> + '_), Error> {
    flaky.call()?;
    Ok(&[1_u8, 2])
}

#[retry(on = _, base_delay = 0)]
fn opaque_behind_pointer(flaky: &Flaky) -> Result<*const impl fmt::Debug, Error> {
    Ok(&raw const SEVEN.calls).inspect(|_| _ = flaky).and_then(|it| flaky.call().map(|_| it))
}

#[retry(on = _, base_delay = 0)]
fn opaque_in_array(flaky: &Flaky) -> Result<[Option<impl fmt::Debug>; 2], Error> {
    flaky.call()?;
    Ok([Some(1), None])
}

#[retry(on = _)]
fn opaque_in_boxed_future(
    flaky: &Flaky,
) -> impl Future<Output = Result<Box<dyn Iterator<Item = impl fmt::Debug>>, Error>> {
    async move { Ok(Box::new(0..flaky.call()?) as _) }
}

#[retry(on = _, base_delay = 0)]
fn calls_in_box(flaky: &Flaky) -> Result<Box<dyn Fn(u32) -> u32>, Error> {
    let calls = flaky.call()?;
    Ok(Box::new(move |more| calls + more))
}

#[retry(on = _, base_delay = 0)]
fn boxed_error(flaky: &Flaky) -> Result<u32, Box<dyn std::error::Error>> {
    let calls = flaky.call()?;
    if calls == 0 {
        return Err("none".into());
    }
    Ok(calls)
}

#[retry(on = _)]
async fn option(flaky: &Flaky) -> Option<u32> {
    flaky.call().ok()
}

#[retry(on = _)]
async fn recursive(flaky: &Flaky, depth: u32) -> Result<u32, Error> {
    if depth > 0 {
        return Box::pin(recursive(flaky, depth - 1)).await;
    }
    flaky.call()
}

#[retry(on = _)]
fn returns_future(flaky: &Flaky) -> impl Future<Output = Result<u32, Error>> + Send {
    let before = 1;
    async move { Ok(flaky.call()? + before) }
}

#[retry(on = _)]
fn changes_outside(
    flaky: &Flaky,
    mut before: u32,
    mut both: u32,
) -> impl Future<Output = Result<u32, Error>> + Send {
    before += 1;
    both += 1;
    async move {
        both += 1;
        Ok(flaky.call()? + before * 10 + both * 100)
    }
}

#[retry(on = _)]
fn returns_boxed<'a>(
    flaky: &'a Flaky,
    mut left: u32,
) -> Pin<Box<dyn Future<Output = Result<u32, Error>> + Send + 'a>> {
    Box::pin(async move {
        left += 1;
        flaky.call()?;
        Ok(left)
    })
}

#[retry(on = _)]
fn returns_box_future(flaky: &Flaky) -> futures::future::BoxFuture<'_, Result<u32, Error>> {
    use futures::FutureExt as _;
    async move { flaky.call() }.boxed()
}

#[derive(Default)]
struct Client {
    flaky: Flaky,
    calls: u32,
}

impl Client {
    #[retry(on = _)]
    async fn shared(&self) -> Result<u32, Error> {
        self.flaky.call()
    }

    #[retry(on = _)]
    async fn unique(&mut self, extra: u32) -> Result<u32, Error> {
        self.calls += 1;
        self.flaky.call()?;
        Ok(self.calls + extra)
    }

    #[retry(on = _, base_delay = 0)]
    fn unique_blocking(&mut self) -> Result<u32, Error> {
        self.calls += 1;
        self.flaky.call()
    }

    #[retry(on = _)]
    async fn counted(self: Arc<Self>) -> Result<u32, Error> {
        self.flaky.call()
    }

    #[retry(on = _)]
    async fn consumed(self) -> Result<u32, Error> {
        self.flaky.call()
    }

    #[retry(on = _, base_delay = 0)]
    fn first_byte<'a>(&'a self, text: &'a [u8]) -> Result<&'a u8, Error> {
        self.flaky.call()?;
        Ok(&text[0])
    }

    #[retry(on = _, base_delay = 0)]
    fn own(&self) -> Result<&Flaky, Error> {
        self.flaky.call()?;
        Ok(&self.flaky)
    }
}

static SEVEN: Flaky = Flaky { calls: AtomicU32::new(7) };
static SHARED: Flaky = Flaky { calls: AtomicU32::new(0) };

#[derive(Clone, Copy)]
struct Small(u32);

#[derive(Clone)]
struct Large(Vec<u32>);

impl Small {
    #[retry(on = _)]
    async fn fresh(mut self, flaky: &Flaky) -> Result<u32, Error> {
        self.0 += 1;
        flaky.call()?;
        Ok(self.0)
    }
}

impl Large {
    #[retry(on = _, clone(self))]
    async fn cloned(self, flaky: &Flaky) -> Result<Vec<u32>, Error> {
        flaky.call()?;
        Ok(self.0)
    }
}

trait Store {
    fn flaky(&self) -> &Flaky;

    #[retry(on = _, base_delay = 0)]
    fn by_default(&self) -> Result<u32, Error> {
        self.flaky().call()
    }

    fn load(&mut self, key: &str) -> impl Future<Output = Result<usize, Error>> + Send;
}

impl Store for Client {
    fn flaky(&self) -> &Flaky {
        &self.flaky
    }

    #[retry(on = _)]
    async fn load(&mut self, key: &str) -> Result<usize, Error> {
        self.calls += 1;
        self.flaky.call()?;
        Ok(key.len())
    }
}

#[async_trait::async_trait]
trait Boxed {
    async fn put(&mut self, k: String, n: u32, pair: (u8, u8)) -> Result<usize, Error>;

    #[retry(on = _)]
    async fn by_default(&self, flaky: &Flaky) -> Result<u32, Error> {
        flaky.call()
    }
}

#[async_trait::async_trait]
impl Boxed for Client {
    #[retry(on = _, clone(k))]
    async fn put(&mut self, k: String, mut n: u32, (a, _b): (u8, u8)) -> Result<usize, Error> {
        self.calls += 1;
        n += u32::from(a);
        self.flaky.call()?;
        let bytes = k.into_bytes();
        Ok(bytes.len() + n as usize)
    }
}

macro_rules! annotated {
    ($name:ident, $argument:ident: $type:ty => $body:block) => {
        #[retry(on = _)]
        async fn $name($argument: $type) -> Result<u32, Error> $body
    };
}

annotated!(from_macro, flaky: &Flaky => { flaky.call() });

#[tokio::test(start_paused = true)]
async fn free_functions() {
    assert_eq!(free(&Flaky::default()).await, Ok(3));
    assert_eq!(with_question_mark(&Flaky::default(), "4").await, Ok(7));
    assert_eq!(with_question_mark(&Flaky::default(), "x").await, Err(Error::Status(400)));
    assert_eq!(consumes(&Flaky::default(), vec![1, 2], "ab".to_owned()).await, Ok(4));
    assert_eq!(by_value_mut(&Flaky::default(), 7).await, Ok(6));
    assert_eq!(unique_argument(&Flaky::default(), &mut Vec::new()).await, Ok(3));
    assert_eq!(patterns(&Flaky::default(), (1, 2), &[3, 4, 5]).await, Ok(7));
    assert_eq!(generic(&Flaky::default(), "ab", [0; 3], 0..4).await, Ok(9));
    assert_eq!(option(&Flaky::default()).await, Some(3));
    assert_eq!(recursive(&Flaky::default(), 3).await, Ok(3));
    assert_eq!(from_macro(&Flaky::default()).await, Ok(3));
}

#[tokio::test(start_paused = true)]
async fn functions_that_return_futures() {
    assert_eq!(returns_future(&Flaky::default()).await, Ok(4));
    let flaky = Flaky::default();
    let items = opaque_in_boxes(&flaky).await.map(|(_, items)| items.flatten().flatten().count());
    assert_eq!(items, Ok(3), "none of 0, 0 of 1, 0 and 1 of 2");
    assert_eq!(opaque_in_boxed_future(&Flaky::default()).await.map(Iterator::count), Ok(3));
    assert_eq!(changes_outside(&Flaky::default(), 4, 5).await, Ok(753));
    assert_eq!(returns_boxed(&Flaky::default(), 7).await, Ok(8));
    assert_eq!(returns_box_future(&Flaky::default()).await, Ok(3));
}

#[test]
fn blocking_functions() {
    assert_eq!(blocking(&Flaky::default()), Ok(3));
    assert_eq!(blocking_guard(&Flaky::default()), Err(Error::Busy));
    assert_eq!(borrowed(&Flaky::default(), "abc"), Ok("bc"));
    assert_eq!(opaque(&Flaky::default()).map(Iterator::count), Ok(3));
    let items = opaque_in_box(&Flaky::default()).map(|items| format!("{:?}", items.last()));
    assert_eq!(items, Ok("Some(2)".to_owned()));
    assert_eq!(opaque_in_reference(&Flaky::default()).map(|it| it.as_ref().len()), Ok(2));
    assert_eq!(opaque_behind_pointer(&Flaky::default()).map(|it| it.is_null()), Ok(false));
    assert_eq!(opaque_in_array(&Flaky::default()).map(|it| it[0].is_some()), Ok(true));
    assert_eq!(calls_in_box(&Flaky::default()).map(|call| call(4)), Ok(7));
    assert_eq!(boxed_error(&Flaky::default()).ok(), Some(3));
    let mut client = Client::default();
    assert_eq!(client.unique_blocking(), Ok(3));
    assert_eq!(client.calls, 3);
    assert_eq!(Client::default().first_byte(b"abc"), Ok(&b'a'));
    assert!(Client::default().own().is_ok());
    assert_eq!(Store::by_default(&Client::default()), Ok(3));
}

#[tokio::test(start_paused = true)]
async fn methods() {
    assert_eq!(Client::default().shared().await, Ok(3));
    assert_eq!(Client::default().unique(1).await, Ok(4));
    assert_eq!(Arc::new(Client::default()).counted().await, Ok(3));
    assert_eq!(Client::default().consumed().await, Ok(3));
    assert_eq!(Small(4).fresh(&Flaky::default()).await, Ok(5));
    assert_eq!(Large(vec![1]).cloned(&Flaky::default()).await, Ok(vec![1]));
    assert_eq!(Client::default().load("key").await, Ok(3));
    let mut client = Client::default();
    assert_eq!(client.put("k".to_owned(), 1, (2, 3)).await, Ok(4));
    assert_eq!(client.calls, 3);
    assert_eq!(Boxed::by_default(&client, &Flaky::default()).await, Ok(3));
    assert_eq!(free(&SHARED).await, Ok(3));
}
