//! No lint of ours, under the strictest settings: functions of every shape, and each key on them.
//! Clippy's part of it is checked by `cargo clippy --tests`.
#![deny(
    warnings,
    clippy::pedantic,
    clippy::nursery,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    let_underscore_drop,
    macro_use_extern_crate,
    meta_variable_misuse,
    missing_copy_implementations,
    non_ascii_idents,
    redundant_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unsafe_code,
    unused_import_braces,
    unused_lifetimes,
    unused_macro_rules,
    unused_qualifications,
    variant_size_differences,
    clippy::allow_attributes_without_reason,
    clippy::dbg_macro,
    clippy::else_if_without_else,
    clippy::empty_structs_with_brackets,
    clippy::exit,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::let_underscore_must_use,
    clippy::mem_forget,
    clippy::panic,
    clippy::rest_pat_in_fully_bound_structs,
    clippy::shadow_reuse,
    clippy::shadow_same,
    clippy::shadow_unrelated,
    clippy::string_slice,
    clippy::todo,
    clippy::unreachable,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm
)]

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use persevere::{Attempt, Classify, Event, Jitter, Policy, Verdict, retry};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

impl Classify for Error {
    fn classify(&self) -> Verdict {
        Verdict::from(matches!(self, Self::Busy))
    }
}

const QUICK: Policy = Policy::DEFAULT.with_base_delay(Duration::ZERO);

async fn fetch(url: &str) -> Result<usize, Error> {
    tokio::task::yield_now().await;
    if url.is_empty() { Err(Error::Status(404)) } else { Ok(url.len()) }
}

const fn read(url: &str) -> Result<usize, Error> {
    if url.is_empty() { Err(Error::Status(404)) } else { Ok(url.len()) }
}

#[retry]
async fn plain(url: &str) -> Result<usize, Error> {
    fetch(url).await
}

#[retry]
fn blocking(url: &str) -> Result<usize, Error> {
    read(url)
}

#[retry]
fn one_line(url: &str) -> Result<usize, Error> {
    read(url)
}

#[retry]
async fn one_line_async(url: &str) -> Result<usize, Error> {
    fetch(url).await
}

#[retry(on = _)]
fn early_return(url: &str) -> Option<usize> {
    if url.is_empty() {
        return None;
    }
    let length = read(url).ok()?;
    Some(length + 1)
}

#[retry]
async fn statements(url: &str) -> Result<usize, Error> {
    let mut length = 0;
    for word in url.split('/') {
        length += fetch(word).await?;
    }
    if length > 1000 {
        return Err(Error::Busy);
    }
    Ok(length)
}

#[retry]
async fn unit(url: &str) -> Result<(), Error> {
    fetch(url).await?;
    Ok(())
}

#[retry(clone(body))]
fn consumed(mut body: String) -> Result<Vec<u8>, Error> {
    body.push('!');
    Ok(body.into_bytes())
}

#[retry(clone(body, pair))]
async fn consumed_async(body: String, pair: (String, u8)) -> Result<Vec<u8>, Error> {
    fetch(&body).await?;
    let (mut text, number) = pair;
    text.push_str(&body);
    let mut bytes = text.into_bytes();
    bytes.push(number);
    Ok(bytes)
}

#[retry]
async fn copied(mut left: u32, (mut low, high): (u32, u32)) -> Result<u32, Error> {
    while left > 0 {
        left -= 1;
        low += fetch("low").await.map_or(0, |_| 1);
    }
    Ok(low + high)
}

#[retry]
async fn unique(log: &mut Vec<usize>, url: &str) -> Result<usize, Error> {
    log.push(fetch(url).await?);
    Ok(log.len())
}

#[retry]
fn unique_blocking(log: &mut Vec<usize>, url: &str) -> Result<usize, Error> {
    log.push(read(url)?);
    Ok(log.len())
}

#[retry]
fn generic<T, const N: usize>(texts: &[T; N]) -> Result<usize, Error>
where
    T: AsRef<str>,
{
    texts.iter().map(|text| read(text.as_ref())).sum()
}

#[retry]
fn borrowed<'a>(url: &'a str, _rest: &str) -> Result<&'a str, Error> {
    read(url)?;
    Ok(url)
}

#[retry]
fn opaque(url: &str) -> Result<impl Iterator<Item = usize> + use<>, Error> {
    Ok(0..read(url)?)
}

#[retry]
fn returns_future(url: &str) -> impl Future<Output = Result<usize, Error>> + Send {
    let trimmed = url.trim();
    async move { Ok(fetch(trimmed).await? + 1) }
}

#[retry]
fn returns_boxed(url: &str) -> Pin<Box<dyn Future<Output = Result<usize, Error>> + Send + '_>> {
    Box::pin(async move { fetch(url).await })
}

struct Client {
    url: String,
    calls: usize,
}

impl Client {
    #[retry]
    async fn shared(&self) -> Result<usize, Error> {
        fetch(&self.url).await
    }

    #[retry]
    async fn unique(&mut self) -> Result<usize, Error> {
        self.calls += fetch(&self.url).await?;
        Ok(self.calls)
    }

    #[retry]
    async fn counted(self: Arc<Self>) -> Result<usize, Error> {
        fetch(&self.url).await
    }

    #[retry]
    fn own(&self) -> Result<&str, Error> {
        read(&self.url)?;
        Ok(&self.url)
    }
}

#[derive(Clone, Copy)]
struct Budget(u32);

impl Budget {
    #[retry(clone(self))]
    fn spent(mut self) -> Result<u32, Error> {
        self.0 = self.0.checked_sub(1).ok_or(Error::Busy)?;
        Ok(self.0)
    }
}

trait Store {
    fn url(&self) -> &str;

    #[retry]
    fn by_default(&self) -> Result<usize, Error> {
        read(self.url())
    }

    fn load(&self) -> impl Future<Output = Result<usize, Error>> + Send;
}

impl Store for Client {
    fn url(&self) -> &str {
        &self.url
    }

    #[retry]
    async fn load(&self) -> Result<usize, Error> {
        fetch(&self.url).await
    }
}

#[async_trait::async_trait]
trait Boxed {
    async fn put(&mut self, key: String, pair: (u8, u8)) -> Result<usize, Error>;
}

#[async_trait::async_trait]
impl Boxed for Client {
    #[retry(clone(key))]
    async fn put(&mut self, key: String, (low, _): (u8, u8)) -> Result<usize, Error> {
        self.calls += fetch(&key).await?;
        Ok(key.into_bytes().len() + usize::from(low))
    }
}

#[retry(policy = "aggressive", throttled = QUICK, on = Error::Busy | Error::Status(500..=599))]
async fn with_patterns(url: &str) -> Result<usize, Error> {
    fetch(url).await
}

#[retry(on = Error::Status(code) if *code >= 500, when = |error: &Error| error.classify())]
async fn with_guard(url: &str) -> Result<usize, Error> {
    fetch(url).await
}

#[retry(on = _, policy = QUICK, max_retries = 2, max_delay = "1s", jitter = Jitter::Full)]
fn with_numbers(url: &str) -> Result<usize, Error> {
    read(url)
}

#[retry(max_retries = retries, exponential_base = growth, jitter = "equal")]
async fn with_computed(url: &str, retries: u32, growth: f64) -> Result<usize, Error> {
    fetch(url).await
}

#[retry(context = attempt, name = "billing", id = url)]
async fn with_context(url: &str) -> Result<usize, Error> {
    if attempt.is_last() {
        attempt.give_up();
    }
    fetch(url).await.map(|length| length + known(attempt))
}

const fn known(attempt: &Attempt) -> usize {
    attempt.max_retries() as usize
}

fn note(event: &Event<'_>) {
    assert!(event.attempt() > 0);
}

#[retry(on_retry = note, on_give_up = |event| note(event), on_success = note, id = url.len())]
fn with_hooks(url: &str) -> Result<usize, Error> {
    read(url)
}

async fn rest(delay: Duration) {
    tokio::time::sleep(delay).await;
}

#[retry(sleep = rest)]
async fn with_sleep(url: &str) -> Result<usize, Error> {
    fetch(url).await
}

#[retry(sleep = |delay| assert!(delay < Duration::MAX))]
fn with_sleep_blocking(url: &str) -> Result<usize, Error> {
    read(url)
}

#[tokio::test(start_paused = true)]
async fn async_functions() {
    assert_eq!(plain("ab").await, Ok(2));
    assert_eq!(one_line_async("ab").await, Ok(2));
    assert_eq!(statements("ab/c").await, Ok(3));
    assert_eq!(unit("").await, Err(Error::Status(404)));
    assert_eq!(consumed_async("a".to_owned(), ("b".to_owned(), 1)).await, Ok(vec![98, 97, 1]));
    assert_eq!(copied(2, (3, 4)).await, Ok(9));
    assert_eq!(unique(&mut Vec::new(), "ab").await, Ok(1));
    assert_eq!(returns_future(" ab").await, Ok(3));
    assert_eq!(returns_boxed("ab").await, Ok(2));
    assert_eq!(with_patterns("ab").await, Ok(2));
    assert_eq!(with_guard("").await, Err(Error::Status(404)));
    assert_eq!(with_computed("ab", 3, 1.5).await, Ok(2));
    assert_eq!(with_context("ab").await, Ok(7));
    assert_eq!(with_sleep("ab").await, Ok(2));
    let mut client = Client { url: "ab".to_owned(), calls: 0 };
    assert_eq!(client.shared().await, Ok(2));
    assert_eq!(client.unique().await, Ok(2));
    assert_eq!(client.load().await, Ok(2));
    assert_eq!(client.put("k".to_owned(), (3, 0)).await, Ok(4));
    assert_eq!(Arc::new(client).counted().await, Ok(2));
}

#[test]
fn blocking_functions() {
    assert_eq!(blocking("ab"), Ok(2));
    assert_eq!(one_line("ab"), Ok(2));
    assert_eq!(early_return("ab"), Some(3));
    assert_eq!(consumed("a".to_owned()), Ok(vec![97, 33]));
    assert_eq!(unique_blocking(&mut Vec::new(), "ab"), Ok(1));
    assert_eq!(generic(&["a", "bc"]), Ok(3));
    assert_eq!(borrowed("ab", "c"), Ok("ab"));
    assert_eq!(opaque("ab").map(Iterator::count), Ok(2));
    assert_eq!(Budget(2).spent(), Ok(1));
    assert_eq!(with_numbers("ab"), Ok(2));
    assert_eq!(with_hooks(""), Err(Error::Status(404)));
    assert_eq!(with_sleep_blocking("ab"), Ok(2));
    let client = Client { url: "ab".to_owned(), calls: 0 };
    assert_eq!(client.own(), Ok("ab"));
    assert_eq!(client.by_default(), Ok(2));
}
