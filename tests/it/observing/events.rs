//! The events that hooks receive, and the log line of each kind.

use crate::support::scripted;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::time::Duration;

use persevere::engine::GiveUp;
use persevere::{Event, EventKind, Verdict, retry};
use scripted::Script;
use tokio::time::Instant;

/// Everything that an event says, spans in milliseconds.
#[derive(Clone, Debug, PartialEq)]
struct Reported {
    kind: EventKind,
    function: &'static str,
    id: Option<String>,
    attempt: u32,
    max_retries: u32,
    delay: Option<u128>,
    waited: u128,
    elapsed: Option<u128>,
    verdict: Option<Verdict>,
    error: Option<String>,
    line: String,
}

impl From<&Event<'_>> for Reported {
    fn from(event: &Event<'_>) -> Self {
        Self {
            kind: event.kind(),
            function: event.function(),
            id: event.id().map(ToString::to_string),
            attempt: event.attempt(),
            max_retries: event.max_retries(),
            delay: event.delay().map(|delay| delay.as_millis()),
            waited: event.waited().as_millis(),
            elapsed: event.elapsed().map(|elapsed| elapsed.as_millis()),
            verdict: event.verdict(),
            error: event.error().map(ToString::to_string),
            line: event.to_string(),
        }
    }
}

thread_local! {
    /// The events of [`note`]; each test has its own thread.
    static NOTED: RefCell<Vec<Reported>> = const { RefCell::new(Vec::new()) };
}

fn note(event: &Event<'_>) {
    NOTED.with_borrow_mut(|noted| noted.push(event.into()));
}

fn noted_lines() -> Vec<String> {
    NOTED.take().into_iter().map(|reported| reported.line).collect()
}

const BUSY: &str = "busy";

#[retry(policy = "conservative", on = &BUSY, on_retry = note, on_give_up = note)]
async fn evaluate(script: &Script<&'static str>) -> Result<u32, &'static str> {
    script.run()
}

#[tokio::test(start_paused = true)]
async fn hooks_given_as_paths_are_called_for_retries_and_the_end() {
    assert_eq!(evaluate(&Script::of([BUSY; 9])).await, Err(BUSY));
    let reported = |attempt, delay, waited, line: &str| Reported {
        kind: EventKind::Retry,
        function: "it::observing::events::evaluate",
        id: None,
        attempt,
        max_retries: 3,
        delay: Some(delay),
        waited,
        elapsed: None,
        verdict: Some(Verdict::TRANSIENT),
        error: Some(BUSY.to_owned()),
        line: format!("evaluate: attempt {attempt} of 4 failed: busy; {line}"),
    };
    let expected = [
        reported(1, 5_000, 0, "retrying in 5 s"),
        reported(2, 10_000, 5_000, "retrying in 10 s"),
        reported(3, 20_000, 15_000, "retrying in 20 s"),
        Reported {
            kind: EventKind::GiveUp(GiveUp::Exhausted),
            delay: None,
            ..reported(4, 0, 35_000, "giving up after 3 retries and 35 s of waiting")
        },
    ];
    assert_eq!(NOTED.take(), expected);
}

#[tokio::test(start_paused = true)]
async fn hooks_are_not_called_for_successes() {
    assert_eq!(evaluate(&Script::of([])).await, Ok(1));
    assert_eq!(noted_lines(), [""; 0]);
    assert_eq!(evaluate(&Script::of([BUSY])).await, Ok(2));
    assert_eq!(noted_lines(), ["evaluate: attempt 1 of 4 failed: busy; retrying in 5 s"]);
}

#[tokio::test(start_paused = true)]
async fn a_permanent_failure_reads_so() {
    let script = Script::of([BUSY, "bad input"]);
    assert_eq!((evaluate(&script).await, script.runs()), (Err("bad input"), 2));
    let noted = NOTED.take();
    assert_eq!(noted.len(), 2);
    assert_eq!(noted[1].kind, EventKind::GiveUp(GiveUp::Permanent));
    assert_eq!(noted[1].verdict, Some(Verdict::PERMANENT));
    assert_eq!(
        noted[1].line,
        "evaluate: attempt 2 of 4 failed: bad input; giving up, the failure is permanent"
    );
}

#[retry(on = _, max_retries = 1, base_delay = "1500ms", jitter = "none", on_give_up = note)]
async fn one_retry(script: &Script<&'static str>) -> Result<u32, &'static str> {
    script.run()
}

#[tokio::test(start_paused = true)]
async fn one_retry_is_not_in_the_plural() {
    assert_eq!(one_retry(&Script::of([BUSY; 9])).await, Err(BUSY));
    assert_eq!(
        noted_lines(),
        ["one_retry: attempt 2 of 2 failed: busy; giving up after 1 retry and 1.5 s of waiting"]
    );
}

struct Order {
    id: u32,
    lines: Vec<String>,
}

#[retry(
    on = _,
    policy = "conservative",
    context = attempt,
    id = order.id,
    on_retry = |event| reported.push(Reported::from(event)),
    on_give_up = |event| order.lines.push(event.to_string())
)]
async fn ship(order: &mut Order, reported: &mut Vec<Reported>) -> Result<(), &'static str> {
    tokio::time::sleep(Duration::from_millis(500)).await;
    if attempt.number() == 2 {
        attempt.give_up();
    }
    Err(BUSY)
}

#[tokio::test(start_paused = true)]
async fn hooks_given_as_closures_capture_arguments_mutably() {
    let mut order = Order { id: 7, lines: Vec::new() };
    let mut reported = Vec::new();
    assert_eq!(ship(&mut order, &mut reported).await, Err(BUSY));
    let expected = Reported {
        kind: EventKind::Retry,
        function: "it::observing::events::ship",
        id: Some("7".to_owned()),
        attempt: 1,
        max_retries: 3,
        delay: Some(5_000),
        waited: 0,
        elapsed: Some(500),
        verdict: Some(Verdict::TRANSIENT),
        error: Some(BUSY.to_owned()),
        line: "ship[7]: attempt 1 of 4 failed: busy; retrying in 5 s".to_owned(),
    };
    assert_eq!(reported, [expected]);
    assert_eq!(
        order.lines,
        ["ship[7]: attempt 2 of 4 failed: busy; giving up, as the function asked"]
    );
}

#[derive(Default)]
struct Client {
    failures: u32,
    last: Option<Reported>,
}

impl Client {
    #[retry(
        on = _,
        base_delay = 0,
        max_retries = 4,
        on_retry = |_| self.failures += 1,
        on_give_up = |event| *last = Some(event.into())
    )]
    fn call(&mut self, last: &mut Option<Reported>) -> Result<(), u32> {
        *last = None;
        Err(self.failures)
    }
}

#[test]
fn hooks_of_a_blocking_method() {
    let (mut client, mut last) = (Client::default(), None);
    assert_eq!(client.call(&mut last), Err(4));
    client.last = last;
    let last = client.last.unwrap();
    assert_eq!((last.function, last.error.as_deref()), ("it::observing::events::call", Some("4")));
    assert_eq!(
        last.line,
        "call: attempt 5 of 5 failed: 4; giving up after 4 retries and 0 s of waiting"
    );
}

#[retry(on = _, name = "billing::charge", id = format!("{customer}-{}", customer.len()), on_retry = note)]
async fn charge(script: &Script<u32>, customer: &str) -> Result<u32, u32> {
    script.run()
}

#[retry(on = _, base_delay = 0, id = first + 1, on_retry = note)]
fn r#match(script: &Script<u32>, first: u32) -> Result<u32, u32> {
    script.run()
}

#[tokio::test(start_paused = true)]
async fn names_and_computed_ids() {
    assert_eq!(charge(&Script::of([3]), "ann").await, Ok(2));
    let reported = &NOTED.take()[0];
    assert_eq!((reported.function, reported.id.as_deref()), ("billing::charge", Some("ann-3")));
    assert!(
        reported.line.starts_with("billing::charge[ann-3]: attempt 1 of 6 failed: 3; "),
        "{reported:?}"
    );
    assert_eq!(r#match(&Script::of([3]), 40), Ok(2));
    let reported = &NOTED.take()[0];
    assert_eq!(
        (reported.function, reported.id.as_deref()),
        ("it::observing::events::match", Some("41"))
    );
}

mod inner {
    use super::{Script, note, retry};

    #[retry(on = _, base_delay = 0, on_retry = note)]
    pub(super) fn deep(script: &Script<u32>) -> Result<u32, u32> {
        script.run()
    }
}

#[test]
fn the_function_is_named_by_its_module_and_the_line_leaves_that_out() {
    assert_eq!(inner::deep(&Script::of([3])), Ok(2));
    let reported = &NOTED.take()[0];
    assert_eq!(reported.function, "it::observing::events::inner::deep");
    assert_eq!(reported.line, "deep: attempt 1 of 6 failed: 3; retrying in 0 s");
}

#[retry(on = _, base_delay = 0, id = { evaluations.set(evaluations.get() + 1); "x" })]
fn counts_evaluations(script: &Script<u32>, evaluations: &Cell<u32>) -> Result<u32, u32> {
    script.run()
}

#[test]
fn the_id_is_evaluated_only_after_a_failure() {
    let evaluations = Cell::new(0);
    assert_eq!(counts_evaluations(&Script::of([]), &evaluations), Ok(1));
    assert_eq!(evaluations.get(), 0);
    assert_eq!(counts_evaluations(&Script::of([1]), &evaluations), Ok(2));
    assert!(evaluations.get() > 0);
}

/// Where it shows in the log, `Display` goes before `Debug`.
#[derive(Debug)]
struct Displayed;

impl fmt::Display for Displayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("for people")
    }
}

#[derive(Debug)]
struct Debugged {
    _code: u8,
}

struct Nameless;

#[retry(on = _, base_delay = 0, on_retry = note)]
fn displayed(script: &Script<Displayed>) -> Result<u32, Displayed> {
    script.run()
}

#[retry(on = _, base_delay = 0, on_retry = note)]
fn debugged(script: &Script<Debugged>) -> Result<u32, Debugged> {
    script.run()
}

#[retry(on = _, base_delay = 0, on_retry = note)]
fn nameless(script: &Script<Nameless>) -> Result<u32, Nameless> {
    script.run()
}

#[retry(on = _, base_delay = 0, on_retry = note)]
fn option(script: &Script<()>) -> Option<u32> {
    script.run().ok()
}

#[test]
fn the_error_is_shown_by_display_else_debug_else_type() {
    assert!(displayed(&Script::of([Displayed])).is_ok());
    assert!(debugged(&Script::of([Debugged { _code: 3 }])).is_ok());
    assert!(nameless(&Script::of([Nameless])).is_ok());
    assert_eq!(option(&Script::of([()])), Some(2));
    let errors: Vec<_> = NOTED.take().into_iter().filter_map(|reported| reported.error).collect();
    assert_eq!(
        errors,
        ["for people", "Debugged { _code: 3 }", "it::observing::events::Nameless", "no value"]
    );
}

#[retry(on = _, policy = "conservative", id = "x", on_retry = |event| *text = format!("{event:?}"))]
async fn debug_of_event(script: &Script<u32>, text: &mut String) -> Result<u32, u32> {
    script.run()
}

#[tokio::test(start_paused = true)]
async fn an_events_debug_has_every_field() {
    let mut text = String::new();
    assert_eq!(debug_of_event(&Script::of([3]), &mut text).await, Ok(2));
    assert_eq!(
        text,
        "Event { kind: Retry, function: \"it::observing::events::debug_of_event\", id: Some(\"x\"), attempt: 1, \
         max_retries: 3, delay: Some(5s), waited: 0ns, elapsed: None, \
         verdict: Some(Verdict { class: Transient, retry_after: None }), error: Some(\"3\") }"
    );
}

#[retry(
    on = _,
    policy = "conservative",
    on_retry = |_| log.borrow_mut().push(("reported", Instant::now()))
)]
async fn logged(
    script: &Script<u32>,
    log: &RefCell<Vec<(&'static str, Instant)>>,
) -> Result<u32, u32> {
    log.borrow_mut().push(("attempt", Instant::now()));
    script.run()
}

#[tokio::test(start_paused = true)]
async fn the_hook_is_called_when_the_wait_begins() {
    let (start, log) = (Instant::now(), RefCell::default());
    assert_eq!(logged(&Script::of([1, 2]), &log).await, Ok(3));
    let log: Vec<_> =
        log.take().into_iter().map(|(what, at)| (what, (at - start).as_secs())).collect();
    let expected =
        [("attempt", 0), ("reported", 0), ("attempt", 5), ("reported", 5), ("attempt", 15)];
    assert_eq!(log, expected);
}
