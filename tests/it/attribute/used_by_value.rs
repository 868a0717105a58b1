//! Bodies that use their arguments by value and may be retried: what is copied, lent anew, bound anew or
//! cloned is there for each attempt, and compiles.
#![allow(
    clippy::into_iter_on_ref,
    clippy::needless_pass_by_value,
    clippy::wrong_self_convention,
    reason = "the forms under test"
)]

use std::cell::Cell;
use std::ops::Deref;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use persevere::{Attempt, retry};

/// Fails twice.
fn third<T>(attempt: &Attempt, value: T) -> Result<T, ()> {
    if attempt.number() < 3 { Err(()) } else { Ok(value) }
}

type Lent<'a> = &'a mut Vec<u8>;

#[retry(on = _, base_delay = 0, context = attempt)]
async fn lent_by_another_name(list: Lent<'_>) -> Result<usize, ()> {
    fn push(list: &mut Vec<u8>) -> usize {
        list.push(1);
        list.len()
    }
    let length = push(list);
    third(attempt, length)
}

struct Job<'a> {
    name: &'a str,
    list: &'a mut Vec<u8>,
    texts: Vec<String>,
}

#[retry(on = _, base_delay = 0, context = attempt)]
fn fields(job: Job<'_>, Job { list, .. }: Job<'_>) -> Result<(usize, &'static str), ()> {
    fn push(list: &mut Vec<u8>) -> usize {
        list.push(1);
        list.len()
    }
    let name = job.name;
    push(job.list);
    let _ = job.texts;
    let length = push(list) + job.texts.len();
    third(attempt, (length, if name.is_empty() { "" } else { "named" }))
}

#[retry(on = _, base_delay = 0, context = attempt)]
async fn generic<T: Copy, F: Fn(T) -> T>(value: T, twice: F, end: impl Copy) -> Result<T, ()> {
    std::hint::black_box(end);
    let value = twice(value);
    third(attempt, value)
}

/// What it points at is `Copy`, so its methods by value leave the pointer where it is.
struct Pointer(Number);

#[derive(Clone, Copy)]
struct Number(u8);

impl Number {
    fn into_inner(self) -> u8 {
        self.0
    }

    fn into_bytes(self) -> [u8; 1] {
        [self.0]
    }
}

impl Deref for Pointer {
    type Target = Number;

    fn deref(&self) -> &Number {
        &self.0
    }
}

#[retry(on = _, base_delay = 0, context = attempt)]
fn behind_pointers(pointer: Pointer, arc: Arc<Number>, list: Arc<[u8]>) -> Result<u32, ()> {
    let sum: u32 = list.into_iter().map(|it| u32::from(*it)).sum();
    let [byte] = arc.into_bytes();
    third(attempt, sum + u32::from(byte) + u32::from(pointer.into_inner()))
}

/// Has methods that borrow under names that take elsewhere.
struct Lexer(Cell<u8>);

impl Lexer {
    fn expect(&self, by: u8) -> u8 {
        self.0.set(self.0.get() + by);
        self.0.get()
    }

    fn map(&self) -> u8 {
        self.expect(1)
    }

    fn into_iter(&self) -> std::ops::Range<u8> {
        0..self.0.get()
    }
}

#[retry(on = _, base_delay = 0, context = attempt)]
fn borrowing_methods(lexer: Lexer) -> Result<usize, ()> {
    lexer.map();
    lexer.expect(1);
    third(attempt, lexer.into_iter().len())
}

#[retry(on = _, base_delay = 0, context = attempt)]
async fn bound_anew(text: String, list: Vec<String>, number: Option<&str>) -> Result<usize, ()> {
    let text = text.clone();
    let text = { text };
    let kept = text;
    let count = move |list: Vec<String>| list.len() + kept.len();
    let length = match &list[..] {
        [list, ..] => list.len(),
        [] => 0,
    };
    let list = list.clone();
    let number = number.map(str::len).unwrap_or_default();
    third(attempt, count(list) + length + number)
}

#[retry(on = _, base_delay = 0, context = attempt, clone(text, shared))]
async fn cloned(text: String, shared: Arc<String>) -> Result<usize, ()> {
    let length = async move { shared.len() }.await;
    third(attempt, text.into_bytes().len() + length)
}

struct Service;

impl Service {
    #[retry(on = _, base_delay = 0, context = attempt)]
    async fn pinned(self: Pin<&mut Self>, local: Rc<u8>) -> Result<u8, ()> {
        fn take(_: Pin<&mut Service>) {}
        take(self);
        third(attempt, *local)
    }

    #[retry(on = _, base_delay = 0, context = attempt)]
    fn shared(self: &Arc<Self>, a: u8) -> Result<u8, ()> {
        fn take(_: &Arc<Service>) {}
        take(self);
        third(attempt, a)
    }
}

trait Consume {
    fn consume(self) -> Result<usize, ()>;
}

impl Consume for &mut Vec<u8> {
    #[retry(on = _, base_delay = 0, context = attempt)]
    fn consume(self) -> Result<usize, ()> {
        fn push(list: &mut Vec<u8>) -> usize {
            list.push(1);
            list.len()
        }
        let length = push(self);
        third(attempt, length)
    }
}

#[retry(on = _, base_delay = 0, context = attempt)]
fn left_out(text: String) -> Result<usize, ()> {
    #[cfg(any())]
    drop(text);
    third(attempt, text.len())
}

#[tokio::test(start_paused = true)]
async fn each_attempt_has_its_arguments() {
    let mut list = Vec::new();
    assert_eq!(lent_by_another_name(&mut list).await, Ok(3));
    let (mut one, mut other) = (Vec::new(), Vec::new());
    let job = Job { name: "a", list: &mut one, texts: vec![String::new()] };
    let another = Job { name: "b", list: &mut other, texts: Vec::new() };
    assert_eq!(fields(job, another), Ok((4, "named")));
    assert_eq!((one.len(), other.len()), (3, 3));
    assert_eq!(generic(1, |it| it + 1, 'x').await, Ok(2));
    let list = Arc::from([1_u8, 2]);
    assert_eq!(behind_pointers(Pointer(Number(3)), Arc::new(Number(4)), list), Ok(10));
    assert_eq!(borrowing_methods(Lexer(Cell::new(0))), Ok(6));
    let text = || "abc".to_owned();
    assert_eq!(bound_anew(text(), vec![text()], Some("1")).await, Ok(1 + 3 + 3 + 1));
    assert_eq!(cloned(text(), Arc::new(text())).await, Ok(6));
    let mut service = Service;
    assert_eq!(Pin::new(&mut service).pinned(Rc::new(1)).await, Ok(1));
    assert_eq!(Arc::new(service).shared(1), Ok(1));
    assert_eq!(Vec::new().consume(), Ok(3));
    assert_eq!(left_out(text()), Ok(3));
}
