//! What functions borrow, and what of it they return: each attempt borrows anew.
#![deny(warnings, clippy::pedantic)]
#![allow(clippy::manual_async_fn, reason = "the forms under test")]

use crate::support::scripted;

use std::pin::{Pin, pin};

use persevere::retry;
use scripted::Script;

/// A count that its holder may not move.
struct Pinned {
    count: u32,
    _not_unpin: std::marker::PhantomPinned,
}

impl Pinned {
    fn new() -> Self {
        Self { count: 0, _not_unpin: std::marker::PhantomPinned }
    }

    fn add(self: Pin<&mut Self>) -> u32 {
        // As a projection would: it uses up the pinned reference.
        let count = self.count + 1;
        let mut this = self;
        this.set(Self { count, ..Self::new() });
        count
    }

    #[retry(on = _)]
    async fn mutable(mut self: Pin<&mut Self>, script: &Script<u32>) -> Result<u32, u32> {
        self.as_mut().add();
        let after = self.add();
        script.run()?;
        Ok(after)
    }

    #[retry(on = _)]
    async fn used_up(self: std::pin::Pin<&mut Self>, script: &Script<u32>) -> Result<u32, u32> {
        let add = |this: Pin<&mut Self>| this.add();
        let after = add(self);
        script.run()?;
        Ok(after)
    }

    #[retry(on = _, base_delay = 0, when = |_: &u32| self.count < 3)]
    fn blocking(self: core::pin::Pin<&mut Self>, script: &Script<u32>) -> Result<u32, u32> {
        let after = self.add();
        script.run()?;
        Ok(after)
    }

    #[retry(on = _)]
    fn future<'a>(
        self: Pin<&'a mut Self>,
        script: &'a Script<u32>,
    ) -> impl Future<Output = Result<u32, u32>> + 'a {
        async move {
            let after = self.add();
            script.run()?;
            Ok(after)
        }
    }
}

#[retry(on = _)]
async fn arguments(
    mut first: Pin<&mut Pinned>,
    second: Pin<&mut Pinned>,
    script: &Script<u32>,
) -> Result<u32, u32> {
    first.as_mut().add();
    let after = first.add() + second.add();
    script.run()?;
    Ok(after)
}

#[retry(on = _, base_delay = 0)]
fn shared(value: Pin<&Pinned>, script: &Script<u32>) -> Result<u32, u32> {
    script.run()?;
    Ok(value.get_ref().count)
}

#[async_trait::async_trait]
trait Add {
    async fn add_by_trait(self: Pin<&mut Self>, script: &Script<u32>) -> Result<u32, u32>;
}

#[async_trait::async_trait]
impl Add for Pinned {
    #[retry(on = _)]
    async fn add_by_trait(self: Pin<&mut Self>, script: &Script<u32>) -> Result<u32, u32> {
        let after = self.add();
        script.run()?;
        Ok(after)
    }
}

#[tokio::test(start_paused = true)]
async fn pinned_references_are_lent_to_each_attempt() {
    let mut pinned = pin!(Pinned::new());
    let script = Script::of([1, 2]);
    assert_eq!(pinned.as_mut().mutable(&script).await, Ok(6), "two in each attempt");
    assert_eq!(script.runs(), 3);
    let mut pinned = pin!(Pinned::new());
    assert_eq!(pinned.as_mut().used_up(&Script::of([1, 2])).await, Ok(3));
    assert_eq!(pinned.as_mut().future(&Script::of([1])).await, Ok(5));
    assert_eq!(pinned.as_mut().add_by_trait(&Script::of([1])).await, Ok(7));
    let (mut first, mut second) = (pin!(Pinned::new()), pin!(Pinned::new()));
    let sum = arguments(first.as_mut(), second.as_mut(), &Script::of([1, 2])).await;
    assert_eq!((sum, first.count, second.count), (Ok(9), 6, 3));
}

#[test]
fn pinned_references_in_blocking_functions() {
    let mut pinned = pin!(Pinned::new());
    assert_eq!(pinned.as_mut().blocking(&Script::of([1, 2])), Ok(3));
    assert_eq!(pinned.as_mut().blocking(&Script::of([7, 8])), Err(7), "`when` sees the count");
    assert_eq!(shared(pinned.as_ref(), &Script::of([1])), Ok(4));
}

#[retry(on = _, base_delay = 0)]
fn only_the_shared<'a>(
    log: &'a mut Vec<u32>,
    text: &'a str,
    script: &Script<u32>,
) -> Result<&'a str, u32> {
    log.push(1);
    script.run()?;
    Ok(&text[1..])
}

#[retry(on = _)]
async fn from_inside_the_shared<'a>(
    log: &'a mut Vec<u32>,
    texts: &[&'a str],
    script: &Script<u32>,
) -> Result<&'a str, u32> {
    log.push(1);
    script.run()?;
    Ok(texts[0])
}

#[retry(on = _, base_delay = 0)]
fn outlived<'a, 'b: 'a>(
    log: &'a mut Vec<u32>,
    text: &'b str,
    script: &Script<u32>,
) -> Result<&'a str, u32> {
    log.push(1);
    script.run()?;
    Ok(text)
}

#[retry(on = _, base_delay = 0)]
fn constant(log: &'static mut Vec<u32>, script: &Script<u32>) -> Result<&'static str, u32> {
    log.push(1);
    script.run()?;
    Ok("constant")
}

/// Reads words; has the lifetime of the text.
struct Words<'a> {
    text: &'a str,
    read: usize,
}

/// One word, whose lifetime a signature need not spell.
#[derive(Debug, PartialEq)]
struct Word<'a>(&'a str);

impl<'a> Words<'a> {
    #[retry(on = _, base_delay = 0)]
    fn next(&mut self, script: &Script<u32>) -> Result<Word<'a>, u32> {
        self.read += 1;
        script.run()?;
        Ok(Word(&self.text[self.read..]))
    }

    #[retry(on = _, base_delay = 0)]
    fn copied(&'a mut self, script: &Script<u32>) -> Result<Word<'a>, u32> {
        self.read += 1;
        script.run()?;
        Ok(Word(self.text))
    }

    #[retry(on = _)]
    async fn counted(&mut self, script: &Script<u32>) -> Result<Count, Failure> {
        self.read += 1;
        script.run()?;
        Ok(Count(self.read))
    }
}

#[derive(Debug, PartialEq)]
struct Count(usize);

#[derive(Debug, PartialEq)]
struct Failure(u32);

impl From<u32> for Failure {
    fn from(number: u32) -> Self {
        Self(number)
    }
}

#[retry(on = _, base_delay = 0)]
fn owned_of_unique<T: Clone>(values: &mut Vec<T>) -> Result<Option<T>, Failure> {
    Ok(values.pop())
}

trait Write {
    type Written;

    fn write(self, script: &Script<u32>) -> Result<Self::Written, u32>;
    fn own(self, script: &Script<u32>) -> Result<Count, Failure>;
    fn copy(self, script: &Script<u32>) -> Result<Self, u32>
    where
        Self: Sized;
}

impl Write for u32 {
    type Written = Count;

    #[retry(on = _, base_delay = 0)]
    fn write(self, script: &Script<u32>) -> Result<Self::Written, u32> {
        script.run()?;
        Ok(Count(self as usize))
    }

    fn own(self, _: &Script<u32>) -> Result<Count, Failure> {
        Err(Failure(self))
    }

    #[retry(on = _, base_delay = 0)]
    fn copy(self, script: &Script<u32>) -> Result<Self, u32> {
        script.run()?;
        Ok(self)
    }
}

impl Write for &mut Vec<u32> {
    type Written = usize;

    #[retry(on = _, base_delay = 0)]
    fn write(self, script: &Script<u32>) -> Result<Self::Written, u32> {
        self.push(1);
        script.run()?;
        Ok(self.len())
    }

    #[retry(on = _, base_delay = 0)]
    fn own(self, script: &Script<u32>) -> Result<Count, Failure> {
        self.push(1);
        script.run()?;
        Ok(Count(self.len()))
    }

    fn copy(self, _: &Script<u32>) -> Result<Self, u32> {
        Ok(self)
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_borrowed_from_a_mut_argument_is_returned() {
    let mut log = Vec::new();
    assert_eq!(only_the_shared(&mut log, "abc", &Script::of([1])), Ok("bc"));
    assert_eq!(from_inside_the_shared(&mut log, &["a"], &Script::of([1])).await, Ok("a"));
    assert_eq!(outlived(&mut log, "abc", &Script::of([1])), Ok("abc"));
    assert_eq!(log, [1; 6]);
    assert_eq!(constant(Box::leak(Box::default()), &Script::of([1])), Ok("constant"));
    let mut words = Words { text: "abcd", read: 0 };
    assert_eq!(words.next(&Script::of([1])), Ok(Word("cd")));
    assert_eq!(words.counted(&Script::of([1])).await, Ok(Count(4)));
    assert_eq!(words.copied(&Script::of([1])), Ok(Word("abcd")));
    assert_eq!(owned_of_unique(&mut vec![1, 2]), Ok(Some(2)));
    assert_eq!((&mut log).write(&Script::of([1])), Ok(8));
    assert_eq!((&mut log).own(&Script::of([1])), Ok(Count(10)));
    assert_eq!(7.write(&Script::of([1])), Ok(Count(7)), "not a clone, but `self` is no `&mut`");
    assert_eq!(7.copy(&Script::of([1])), Ok(7));
}
