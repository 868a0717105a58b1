//! `Bulkhead` beside a model of it: a number of running calls, and a queue of names.

use crate::support::paused;
use crate::support::queue;

use std::collections::VecDeque;
use std::task::Poll;
use std::time::Duration;

use persevere::bulkhead::Permit;
use persevere::{Bulkhead, Rejection};
use proptest::prelude::*;
use queue::{Acquiring, poll};
use tokio::time::{Instant, advance};

const MILLISECOND: Duration = Duration::from_millis(1);

#[derive(Clone, Copy, Debug)]
struct Settings {
    permits: usize,
    max_queue: Option<usize>,
    /// In milliseconds.
    max_wait: Option<u64>,
}

impl Settings {
    fn bulkhead(self) -> Bulkhead {
        let mut bulkhead = Bulkhead::new(self.permits);
        if let Some(max_queue) = self.max_queue {
            bulkhead = bulkhead.with_max_queue(max_queue);
        }
        match self.max_wait {
            Some(max_wait) => bulkhead.with_max_wait(Duration::from_millis(max_wait)),
            None => bulkhead,
        }
    }

    fn may_wait(self, waiting: usize) -> bool {
        let is_set = self.max_queue.is_some() || self.max_wait.is_some();
        is_set && self.max_wait != Some(0) && self.max_queue.is_none_or(|most| waiting < most)
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Milliseconds go by.
    Wait(u64),
    TryAcquire,
    /// A caller comes, and is polled.
    Acquire,
    /// A caller who was not answered yet is polled again.
    Poll(usize),
    /// A caller who was not answered yet goes away.
    Cancel(usize),
    /// A running call ends.
    Release(usize),
}

fn settings() -> impl Strategy<Value = Settings> {
    let max_queue = prop::option::of(0..4_usize);
    let max_wait = prop::option::of(prop_oneof![1 => Just(0), 4 => 1..40_u64]);
    (1..4_usize, max_queue, max_wait).prop_map(|(permits, max_queue, max_wait)| Settings {
        permits,
        max_queue,
        max_wait,
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (1..15_u64).prop_map(Step::Wait),
        1 => Just(Step::TryAcquire),
        5 => Just(Step::Acquire),
        4 => any::<usize>().prop_map(Step::Poll),
        2 => any::<usize>().prop_map(Step::Cancel),
        3 => any::<usize>().prop_map(Step::Release),
    ]
}

/// What is known of one who has not been answered yet.
struct Caller<'b> {
    name: u32,
    until: Option<Instant>,
    acquiring: Acquiring<'b>,
}

#[derive(Default)]
struct Model {
    free: usize,
    /// Names, first come first.
    queue: VecDeque<u32>,
    /// Names of those whose permit has come, and who do not know it yet.
    called: Vec<u32>,
}

impl Model {
    fn give_back(&mut self) {
        match self.queue.pop_front() {
            Some(name) => self.called.push(name),
            None => self.free += 1,
        }
    }

    /// Forgets a caller, and returns whether it held a permit.
    fn forget(&mut self, name: u32) -> bool {
        self.queue.retain(|other| *other != name);
        let called = self.called.len();
        self.called.retain(|other| *other != name);
        self.called.len() < called
    }
}

async fn run(settings: Settings, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let bulkhead = settings.bulkhead();
    let mut model = Model { free: settings.permits, ..Model::default() };
    let mut callers: Vec<Caller<'_>> = Vec::new();
    let mut running: Vec<Permit<'_>> = Vec::new();
    for (name, step) in (0..).zip(steps) {
        match step {
            Step::Wait(milliseconds) => advance(MILLISECOND * u32::try_from(milliseconds)?).await,
            Step::TryAcquire => match bulkhead.try_acquire() {
                Ok(permit) => {
                    prop_assert!(model.free > 0);
                    model.free -= 1;
                    running.push(permit);
                }
                Err(rejection) => {
                    prop_assert_eq!((model.free, rejection), (0, Rejection::BulkheadFull));
                }
            },
            Step::Acquire => {
                let mut acquiring: Acquiring<'_> = Box::pin(bulkhead.acquire());
                match poll(acquiring.as_mut()) {
                    Poll::Ready(Ok(permit)) => {
                        prop_assert!(model.free > 0);
                        model.free -= 1;
                        running.push(permit);
                    }
                    Poll::Ready(Err(_)) => {
                        prop_assert!(model.free == 0 && !settings.may_wait(model.queue.len()));
                    }
                    Poll::Pending => {
                        prop_assert!(model.free == 0 && settings.may_wait(model.queue.len()));
                        model.queue.push_back(name);
                        let wait = settings.max_wait.map(Duration::from_millis);
                        let until = wait.map(|wait| Instant::now() + wait);
                        callers.push(Caller { name, until, acquiring });
                    }
                }
            }
            Step::Poll(index) if !callers.is_empty() => {
                let index = index % callers.len();
                let Caller { name, until, acquiring } = &mut callers[index];
                let late = until.is_some_and(|until| Instant::now() >= until);
                match poll(acquiring.as_mut()) {
                    Poll::Ready(Ok(permit)) => {
                        prop_assert!(model.forget(*name), "{} was not called", name);
                        running.push(permit);
                        callers.remove(index);
                    }
                    Poll::Ready(Err(_)) => {
                        prop_assert!(late && !model.forget(*name), "{} was not late", name);
                        callers.remove(index);
                    }
                    Poll::Pending => prop_assert!(!late && model.queue.contains(name)),
                }
            }
            Step::Cancel(index) if !callers.is_empty() => {
                let Caller { name, .. } = callers.remove(index % callers.len());
                if model.forget(name) {
                    model.give_back();
                }
            }
            Step::Release(index) if !running.is_empty() => {
                drop(running.remove(index % running.len()));
                model.give_back();
            }
            Step::Poll(_) | Step::Cancel(_) | Step::Release(_) => {}
        }
        prop_assert_eq!(
            (bulkhead.available(), bulkhead.waiting()),
            (model.free, model.queue.len())
        );
        prop_assert_eq!(running.len() + model.called.len() + model.free, settings.permits);
    }
    drop((callers, running));
    prop_assert_eq!((bulkhead.available(), bulkhead.waiting()), (settings.permits, 0));
    Ok(())
}

proptest! {
    #[test]
    fn behaves_as_its_model(settings in settings(), steps in prop::collection::vec(step(), 1..80)) {
        let runtime = paused::runtime();
        runtime.block_on(run(settings, steps))?;
    }
}
