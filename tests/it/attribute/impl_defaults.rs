//! `#[retry(…)]` on an `impl` block: what its marked methods inherit, and what is left alone.
#![deny(warnings, clippy::pedantic)]
#![allow(
    clippy::items_after_statements,
    clippy::needless_pass_by_value,
    clippy::unused_async,
    clippy::unused_self,
    reason = "the forms under test"
)]

use crate::support::waited;

use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::marker::PhantomData;

use persevere::{Event, retry};

use self::waited::{note, note_later, waited};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Error {
    Busy,
    Broken,
}

thread_local! {
    static NAMES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn note_name(event: &Event<'_>) {
    NAMES.with_borrow_mut(|names| names.push(event.function().to_owned()));
}

/// The waits of one call that fails with `error`, in milliseconds.
fn waits<T: Debug + PartialEq>(outcome: Result<T, Error>, error: Error) -> Vec<u64> {
    assert_eq!(outcome, Err(error));
    waited().iter().map(|wait| wait.as_millis().try_into().unwrap()).collect()
}

struct Client;

#[retry(
    policy = "conservative",
    base_delay = "2ms",
    on = Error::Busy,
    on_give_up = note_name,
    sleep = note,
)]
impl Client {
    const LIMIT: u32 = 7;

    /// Bare, it inherits everything.
    #[retry]
    fn bare(&self, error: Error) -> Result<(), Error> {
        Err(error)
    }

    #[retry()]
    fn empty(&self) -> Result<(), Error> {
        Err(Error::Busy)
    }

    /// Its own keys win, one by one.
    #[retry(base_delay = "3ms", on = _, max_retries = 2)]
    fn own(&self) -> Result<(), Error> {
        Err(Error::Broken)
    }

    #[retry(max_retries = 1)]
    fn trailing_comma(&mut self) -> Result<u32, Error> {
        Err(Error::Busy)
    }

    #[persevere::retry(max_retries = Self::LIMIT)]
    fn full_path(&self) -> Result<(), Error> {
        Err(Error::Busy)
    }

    #[::persevere::retry]
    #[must_use = "other attributes stay"]
    pub(crate) fn fuller_path() -> Result<(), Error> {
        Err(Error::Busy)
    }

    #[retry(name = "own name")]
    fn named(&self) -> Result<(), Error> {
        Err(Error::Busy)
    }

    fn unmarked(&self, calls: &Cell<u32>) -> Result<(), Error> {
        calls.set(calls.get() + 1);
        Err(Error::Busy)
    }

    /// What is within a method is no method: it keeps the attribute as it is written.
    #[retry(max_retries = 1)]
    fn nested(&self) -> Result<(), Error> {
        #[retry(on = _, policy = "aggressive", max_retries = 2, jitter = "none", sleep = note)]
        fn nested() -> Result<(), Error> {
            Err(Error::Broken)
        }
        nested().or(Err(Error::Busy))
    }

    fn unmarked_around_marked(&self) -> Result<(), Error> {
        #[retry(on = _, max_retries = 1, jitter = "none", sleep = note)]
        fn nested() -> Result<(), Error> {
            Err(Error::Broken)
        }
        nested()
    }
}

#[test]
fn marked_methods_inherit_and_their_own_keys_win() {
    let mut client = Client;
    assert_eq!(waits(client.bare(Error::Busy), Error::Busy), [2, 4, 8]);
    assert!(waits(client.bare(Error::Broken), Error::Broken).is_empty());
    assert_eq!(waits(client.empty(), Error::Busy), [2, 4, 8]);
    assert_eq!(waits(client.own(), Error::Broken), [3, 6]);
    assert_eq!(waits(client.trailing_comma(), Error::Busy), [2]);
    assert_eq!(waits(client.full_path(), Error::Busy), [2, 4, 8, 16, 32, 64, 128]);
    assert_eq!(waits(Client::fuller_path(), Error::Busy), [2, 4, 8]);
    assert_eq!(waits(client.named(), Error::Busy), [2, 4, 8]);
    assert_eq!(
        NAMES.take(),
        ["bare", "bare", "empty", "own", "trailing_comma", "full_path", "fuller_path"]
            .map(|name| format!("it::attribute::impl_defaults::{name}"))
            .into_iter()
            .chain(["own name".to_owned()])
            .collect::<Vec<_>>()
    );
}

#[test]
fn what_is_not_marked_is_left_alone() {
    let calls = Cell::new(0);
    assert!(waits(Client.unmarked(&calls), Error::Busy).is_empty());
    assert_eq!(calls.get(), 1);
    assert_eq!(waits(Client.unmarked_around_marked(), Error::Broken), [2000]);
    let within = [1000, 1500];
    let twice = [&within[..], &[2], &within[..]].concat();
    assert_eq!(waits(Client.nested(), Error::Busy), twice);
}

trait Load {
    type Value;
    const NAME: &'static str;

    fn load(&self, key: &str) -> Result<Self::Value, Error>;
    fn load_later(&self, key: &str) -> impl Future<Output = Result<Self::Value, Error>> + Send;
    fn size(&self) -> usize {
        Self::NAME.len()
    }
}

#[retry(on = _, policy = "conservative", sleep = note)]
impl Load for Client {
    type Value = usize;
    const NAME: &'static str = "client";

    #[retry]
    fn load(&self, key: &str) -> Result<Self::Value, Error> {
        if key.is_empty() { Err(Error::Broken) } else { Ok(key.len()) }
    }

    #[retry(sleep = note_later, max_retries = 1)]
    async fn load_later(&self, key: &str) -> Result<Self::Value, Error> {
        self.load(key)
    }
}

#[tokio::test(start_paused = true)]
async fn trait_impls_have_types_and_constants_too() {
    assert_eq!(waits(Client.load(""), Error::Broken), [5000, 10000, 20000]);
    assert_eq!(Client.load("key"), Ok(3));
    assert_eq!(Client.size(), 6);
    let waits = waits(Client.load_later("").await, Error::Broken);
    assert_eq!(waits, [5000, 10000, 20000, 5000, 5000, 10000, 20000]);
}

#[async_trait::async_trait]
trait Fetch {
    async fn fetch(&mut self, key: String) -> Result<usize, Error>;
    async fn plain(&self) -> Result<usize, Error>;
}

struct Above(u32);
struct Below(u32);

#[retry(on = _, policy = "conservative", sleep = note_later)]
#[async_trait::async_trait]
impl Fetch for Above {
    #[retry(max_retries = 2, clone(key))]
    async fn fetch(&mut self, key: String) -> Result<usize, Error> {
        self.0 += 1;
        let bytes = key.into_bytes();
        if bytes.is_empty() { Err(Error::Busy) } else { Ok(bytes.len()) }
    }

    async fn plain(&self) -> Result<usize, Error> {
        Err(Error::Broken)
    }
}

#[async_trait::async_trait]
#[retry(on = _, policy = "conservative", sleep = note_later)]
impl Fetch for Below {
    #[retry(max_retries = 2, clone(key))]
    async fn fetch(&mut self, key: String) -> Result<usize, Error> {
        self.0 += 1;
        let bytes = key.into_bytes();
        if bytes.is_empty() { Err(Error::Busy) } else { Ok(bytes.len()) }
    }

    async fn plain(&self) -> Result<usize, Error> {
        Err(Error::Broken)
    }
}

#[tokio::test(start_paused = true)]
async fn async_trait_goes_above_and_below() {
    let (mut above, mut below) = (Above(0), Below(0));
    assert_eq!(waits(above.fetch(String::new()).await, Error::Busy), [5000, 10000]);
    assert_eq!(waits(below.fetch(String::new()).await, Error::Busy), [5000, 10000]);
    assert_eq!((above.0, below.0), (3, 3));
    assert_eq!(above.fetch("key".to_owned()).await, Ok(3));
    assert!(waits(above.plain().await, Error::Broken).is_empty());
    assert!(waits(below.plain().await, Error::Broken).is_empty());
}

struct Generic<'a, T, const N: usize> {
    values: &'a [T; N],
    _marker: PhantomData<T>,
}

#[retry(on = _, max_retries = N_RETRIES, base_delay = "2ms", jitter = "none", sleep = note)]
impl<'a, T, const N: usize> Generic<'a, T, N>
where
    T: Clone + Debug,
{
    #[retry]
    fn nth<I: Into<usize> + Copy>(&'a self, index: I) -> Result<&'a T, Error> {
        self.values.get(index.into()).ok_or(Error::Broken)
    }

    #[retry(id = index, on = Error::Busy)]
    fn cloned(&self, index: usize) -> Result<T, Error> {
        self.values.get(index).cloned().ok_or(Error::Broken)
    }
}

const N_RETRIES: u32 = 1;

#[test]
fn generic_impls_have_lifetimes_bounds_and_conditions() {
    let generic = Generic { values: &["a", "b"], _marker: PhantomData };
    assert_eq!(generic.nth(1_u8), Ok(&"b"));
    assert_eq!(waits(generic.nth(2_u8), Error::Broken), [2]);
    assert_eq!(generic.cloned(0), Ok("a"));
    assert!(waits(generic.cloned(2), Error::Broken).is_empty());
}

mod elsewhere {
    pub(super) mod renamed {
        pub(crate) use persevere::__private_0_1_0;
    }
}

#[retry(crate = crate::attribute::impl_defaults::elsewhere::renamed, on = _, policy = "conservative", sleep = note)]
impl Below {
    #[retry(max_retries = 1)]
    fn under_another_name(&self) -> Result<(), Error> {
        Err(Error::Busy)
    }

    #[retry(when = |error| *error == only, on = Error::Busy | Error::Broken)]
    fn judged(&self, only: Error, error: fn() -> Error) -> Result<(), Error> {
        Err(error())
    }
}

#[test]
fn the_path_of_the_library_is_inherited_too() {
    assert_eq!(waits(Below(0).under_another_name(), Error::Busy), [5000]);
    let judged = |only, error: fn() -> Error| waits(Below(0).judged(only, error), error());
    assert_eq!(judged(Error::Broken, || Error::Broken), [5000, 10000, 20000]);
    assert!(judged(Error::Broken, || Error::Busy).is_empty());
}
