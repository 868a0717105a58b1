//! The shutdown's word, or a scope's, which is said as a call begins to wait for it.

use std::sync::Arc;
use std::task::{Wake, Waker};

use super::Woken;
use super::word::Word;
use crate::two_threads;

/// Touched before the threads begin.
fn unsaid() -> Word {
    let word = Word::new();
    assert!(!word.is_said());
    let mut place = None;
    assert!(!word.wait(&mut place, Waker::noop()));
    word.leave(&mut place);
    word
}

#[test]
fn a_call_that_begins_to_wait_as_it_is_said_ends() {
    two_threads(
        || (unsaid(), Arc::<Woken>::default()),
        |(word, woken), thread| {
            if thread == 1 {
                word.say();
                return true;
            }
            // It looks, waits, and looks again as often as it is woken.
            let mut place = None;
            let ends = word.is_said() || word.wait(&mut place, &Waker::from(Arc::clone(woken)));
            word.leave(&mut place);
            ends
        },
        |(word, woken), [ends, _]| {
            assert!(word.is_said());
            // Either it has ended, or left before; then it may have been woken in between, once.
            assert!(woken.times() <= usize::from(!ends));
        },
    );
}

#[test]
fn a_call_that_stays_is_woken_or_has_ended() {
    two_threads(
        || (unsaid(), Arc::<Woken>::default()),
        |(word, woken), thread| {
            if thread == 1 {
                word.say();
                return true;
            }
            word.is_said() || word.wait(&mut None, &Waker::from(Arc::clone(woken)))
        },
        |(_, woken), [ends, _]| assert_eq!(woken.times(), usize::from(!ends)),
    );
}

/// A call that is woken asks whether it is cancelled before it does anything else.
struct Asks(Arc<Word>);

impl Wake for Asks {
    fn wake(self: Arc<Self>) {
        assert!(self.0.is_said(), "woken for nothing, it would wait on");
    }
}

#[test]
fn who_is_woken_or_need_not_wait_finds_it_said() {
    two_threads(
        || Arc::new(unsaid()),
        |word, thread| {
            if thread == 1 {
                word.say();
            } else if word.wait(&mut None, &Waker::from(Arc::new(Asks(Arc::clone(word))))) {
                assert!(word.is_said());
            }
        },
        |word, _| assert!(word.is_said()),
    );
}

#[test]
fn two_who_say_it_wake_once() {
    two_threads(
        || {
            let (word, woken) = (unsaid(), Arc::<Woken>::default());
            assert!(!word.wait(&mut None, &Waker::from(Arc::clone(&woken))));
            (word, woken)
        },
        |(word, _), _| {
            word.say();
            assert!(word.is_said());
        },
        |(_, woken), _| assert_eq!(woken.times(), 1),
    );
}
