//! Prints the events of a call, and keeps them for the assertions.

use std::cell::{Cell, RefCell};
use std::fmt::{Debug, Display};
use std::time::{Duration, Instant};

use persevere::{Class, Event};

/// One call, from its heading to its outcome.
pub(crate) struct Story {
    begun: Instant,
    failures: RefCell<Vec<Failure>>,
}

/// A failed attempt, as reported to its hook.
#[derive(Clone, Copy)]
pub(crate) struct Failure {
    pub(crate) class: Class,
    /// The wait that followed; `None` if the failure went to the caller.
    pub(crate) wait: Option<Duration>,
}

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

impl Story {
    /// Prints the heading of the next call.
    pub(crate) fn begin(title: &str, attribute: &str) -> Self {
        let number = CALLS.get() + 1;
        CALLS.set(number);
        println!("\n{number}. {title}\n   {attribute}");
        Self { begun: Instant::now(), failures: RefCell::default() }
    }

    /// A hook for `on_retry` and `on_give_up`: prints a line for a failed attempt.
    pub(crate) fn print(&self, event: &Event<'_>) {
        let Some((verdict, error)) = event.verdict().zip(event.error()) else { return };
        let class = verdict.class();
        let wait = event.delay();
        let next = wait.map_or("gives up".to_owned(), |wait| format!("waits {}", seconds(wait)));
        println!(
            "   attempt {:>2} of {:<2}  {:<9}  {next:<13}  {error}",
            event.attempt(),
            event.max_retries() + 1,
            class.as_str(),
        );
        self.failures.borrow_mut().push(Failure { class, wait });
    }

    /// Prints the outcome, and returns the failures before it.
    pub(crate) fn end<T: Debug, E: Display>(self, outcome: &Result<T, E>) -> Vec<Failure> {
        let after = seconds(self.begun.elapsed());
        match outcome {
            Ok(value) => println!("   => Ok({value:?}) after {after}"),
            Err(error) => println!("   => Err({error}) after {after}"),
        }
        self.failures.into_inner()
    }
}

fn seconds(span: Duration) -> String {
    format!("{:.2} s", span.as_secs_f64())
}
