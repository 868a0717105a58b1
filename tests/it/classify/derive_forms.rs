//! `#[derive(Classify)]` on structs, generic errors, conditional variants and under another name.
#![deny(warnings, clippy::pedantic)]

use std::io;
use std::marker::PhantomData;
use std::time::Duration;

use persevere::{Classify, Rejection, Verdict};

const WAIT: Duration = Duration::from_secs(7);

#[derive(Classify)]
#[retry(transient)]
struct Unit;

#[derive(Classify)]
#[retry(throttled, after = 0)]
struct SlowDown(Duration);

#[derive(Debug, thiserror::Error, Classify)]
#[error("{context}")]
#[retry(forward)]
struct WithContext {
    context: String,
    source: io::Error,
}

#[derive(Classify)]
#[retry(when = |code, _| *code >= 500)]
struct Status {
    code: u16,
    _body: String,
}

#[test]
fn structs_bear_the_word_themselves() {
    assert_eq!(Unit.classify(), Verdict::TRANSIENT);
    assert_eq!(SlowDown(WAIT).classify(), Verdict::THROTTLED.with_retry_after(WAIT));
    let with_context = |kind: io::ErrorKind| {
        WithContext { context: "reading".to_owned(), source: kind.into() }.classify()
    };
    assert_eq!(with_context(io::ErrorKind::TimedOut), Verdict::TRANSIENT);
    assert_eq!(with_context(io::ErrorKind::NotFound), Verdict::PERMANENT);
    let status = |code| Status { code, _body: String::new() }.classify();
    assert_eq!(status(503), Verdict::TRANSIENT);
    assert_eq!(status(404), Verdict::PERMANENT);
}

#[derive(Classify)]
enum Layered<'a, E, T: ?Sized = str, const N: usize = 2>
where
    T: 'a,
{
    #[retry(forward)]
    Inner(E),
    #[retry(forward)]
    Boxed(Box<E>),
    #[retry(when = |text, _| N > 1 && std::ptr::eq(*text, *text))]
    Text(&'a T, [u8; N]),
}

/// Nothing is asked of a parameter that no `forward` goes through.
#[derive(Classify)]
#[retry(transient)]
enum Held<T> {
    Whatever(T),
}

#[derive(Classify)]
enum Bounded<E: std::error::Error + Clone>
where
    E: Send,
{
    #[retry(when = |error| error.clone().to_string().is_empty())]
    Cloned(E),
    #[retry(permanent)]
    Marker(PhantomData<E>),
}

struct Unclassified;

#[test]
fn generic_errors_ask_for_what_they_need() {
    assert_eq!(Layered::<Rejection>::Inner(Rejection::TimedOut).classify(), Verdict::TRANSIENT);
    let boxed = Layered::<Rejection>::Boxed(Box::new(Rejection::BulkheadFull));
    assert_eq!(boxed.classify(), Verdict::PERMANENT);
    let text = String::from("borrowed");
    assert_eq!(Layered::<Rejection>::Text(&text, [0; 2]).classify(), Verdict::TRANSIENT);
    let short = Layered::<Rejection, str, 1>::Text(&text, [0; 1]);
    assert_eq!(short.classify(), Verdict::PERMANENT);
    let held = Held::Whatever(Unclassified);
    assert_eq!(held.classify(), Verdict::TRANSIENT);
    let Held::Whatever(Unclassified) = held;
    assert_eq!(Bounded::Cloned(Rejection::TimedOut).classify(), Verdict::PERMANENT);
    assert_eq!(Bounded::<Rejection>::Marker(PhantomData).classify(), Verdict::PERMANENT);
}

#[derive(Classify)]
enum Conditional {
    #[cfg(any())]
    NotCompiled(NoSuchType),
    #[cfg(test)]
    #[retry(transient)]
    Compiled {
        #[cfg(any())]
        missing: NoSuchType,
        #[cfg(test)]
        _present: u8,
    },
}

#[derive(Classify)]
enum Never {}

mod renamed {
    pub(crate) use persevere::__private_0_1_0;
}

#[derive(Classify)]
#[retry(crate = crate::classify::derive_forms::renamed, permanent)]
enum Elsewhere {
    Default,
    #[retry(forward)]
    Inner(Rejection),
}

#[derive(Classify)]
#[retry(transient)]
#[retry(crate = renamed)]
struct AlsoElsewhere;

#[test]
fn what_is_not_compiled_and_what_is_named_otherwise() {
    assert_eq!(Conditional::Compiled { _present: 1 }.classify(), Verdict::TRANSIENT);
    assert_eq!(None::<Never>.map(|never| never.classify()), None);
    assert_eq!(Elsewhere::Default.classify(), Verdict::PERMANENT);
    assert_eq!(Elsewhere::Inner(Rejection::TimedOut).classify(), Verdict::TRANSIENT);
    assert_eq!(AlsoElsewhere.classify(), Verdict::TRANSIENT);
}
