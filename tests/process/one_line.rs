//! Whatever another machine has sent, a line of ours is one line: with the texts of errors, ids and
//! names in it, wherever we make one.

#[path = "../support/mod.rs"]
mod support;

use crate::support::recorded;

use std::cell::{Cell, RefCell};
use std::fmt;

use persevere::overrides::Overrides;
use persevere::testing::{self, Recorder};
use persevere::{CircuitBreaker, Event, Jitter, Policy, Site, retry, sites};
use proptest::prelude::*;
use recorded::Recording;

/// What log viewers take for the end of a line, terminals for an order, and all of them for a
/// reason to turn letters around.
fn is_control(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{61c}' | '\u{200e}' | '\u{200f}')
        || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(letter, '\u{200b}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[track_caller]
fn assert_one_line(line: &str) {
    assert!(line.lines().count() <= 1, "{line:?}");
    assert!(!line.contains(is_control), "{line:?}");
    assert!(line.len() < 2048, "{} bytes", line.len());
}

struct Foreign(String);

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The ids and errors that hooks received.
type Reported = RefCell<Vec<(String, String)>>;

fn report(reported: &Reported, event: &Event<'_>) {
    let text =
        |shown: Option<&dyn fmt::Display>| shown.map(ToString::to_string).unwrap_or_default();
    reported.borrow_mut().push((text(event.id()), text(event.error())));
}

#[retry(
    on = _,
    max_retries = 1,
    base_delay = 0,
    id = id,
    name = "shop::pay\nERROR auth: root logged in\u{1b}[2J",
    on_retry = |event| report(reported, event),
    on_give_up = |event| report(reported, event),
)]
fn pay(id: &str, error: &str, reported: &Reported) -> Result<(), Foreign> {
    Err(Foreign(error.to_owned()))
}

fn site(name: &str) -> &'static Site {
    sites().find(|site| site.name().starts_with(name)).unwrap()
}

/// Fails with that id and that error, and looks at every line that is made of it.
fn assert_one_line_each(id: &str, error: &str) {
    let recording = Recording::start();
    let recorder = Recorder::new();
    let reported = Reported::default();
    let scope = testing::recording(&recorder).on_this_thread();
    assert!(pay(id, error, &reported).is_err());
    drop(scope);

    let events = recording.events();
    assert_eq!(events.len(), 2);
    assert_eq!(recording.spans(), [""; 0]);
    for value in events.iter().flat_map(|event| event.fields.values()) {
        assert_one_line(value);
    }
    for field in ["id", "error", "function", "message"] {
        assert!(events.iter().all(|event| event.fields.contains_key(field)), "{field}");
    }
    for event in recorder.events() {
        assert_one_line(&event.line);
        assert_eq!(event.error.as_deref(), Some(error));
        assert_eq!(event.id.as_deref(), Some(id));
    }
    let site = site("shop::pay");
    assert_one_line(&site.to_string());
    assert_one_line(site.last_error().unwrap().text());
    // Hooks receive the original text: it stays within the program.
    assert_eq!(reported.take(), vec![(id.to_owned(), error.to_owned()); 2]);
}

#[test]
fn an_error_forges_no_line() {
    let forged = "busy\r\n2026-01-01 ERROR auth: root logged in\u{1b}[2K\u{202e}\u{2028}\u{85}";
    assert_one_line_each("7\nERROR", forged);
    let reported = Reported::default();
    let recorder = Recorder::new();
    let _scope = testing::recording(&recorder).on_this_thread();
    assert!(pay("7\n", "busy\n\u{1b}", &reported).is_err());
    assert_eq!(
        recorder.events()[0].line,
        r"pay\nERROR auth: root logged in\u{1b}[2J[7\n]: attempt 1 of 2 failed: busy\n\u{1b}; retrying in 0 s"
            .replacen("pay", "shop::pay", 1)
    );
}

#[test]
fn a_long_error_is_cut_and_a_long_id_too() {
    let reported = Reported::default();
    let recorder = Recorder::new();
    let _scope = testing::recording(&recorder).on_this_thread();
    assert!(pay(&"7".repeat(10_000), &"é".repeat(10_000), &reported).is_err());
    let line = &recorder.events()[0].line;
    assert!(line.contains(&format!("[{}…]", "7".repeat(256))), "{line}");
    assert!(line.contains(&format!("failed: {}…; retrying", "é".repeat(512))), "{line}");
}

/// Has no end, fails, or both; `Sync`, or not.
struct Odd<S>(&'static str, bool, S);

impl<S> fmt::Display for Odd<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)?;
        if self.1 {
            std::iter::repeat(self.0).try_for_each(|part| f.write_str(part))
        } else {
            Err(fmt::Error)
        }
    }
}

impl<S> fmt::Debug for Odd<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[retry(on = _, max_retries = 1, base_delay = 0, id = Odd("id", endless, ()), name = "odd::sync")]
fn odd(endless: bool) -> Result<(), Odd<()>> {
    Err(Odd("busy\n", endless, ()))
}

#[retry(on = _, max_retries = 1, base_delay = 0, name = "odd::unsync")]
fn odd_unsync(endless: bool) -> Result<(), Odd<Cell<()>>> {
    Err(Odd("busy\n", endless, Cell::new(())))
}

#[test]
fn a_display_that_never_ends_or_that_fails_harms_no_call() {
    for endless in [true, false] {
        let recording = Recording::start();
        let recorder = Recorder::new();
        let _scope = testing::recording(&recorder).on_this_thread();
        assert!(odd(endless).is_err());
        assert!(odd_unsync(endless).is_err());
        let closure = Policy::DEFAULT.retry_blocking(|| Err::<(), _>(Odd("busy\n", endless, ())));
        assert!(closure.on(|_| true).sleep(|_| ()).call().is_err());
        assert_eq!(recorder.events().len(), 10);
        for event in recorder.events() {
            assert_one_line(&event.line);
            assert!(event.line.contains(r"failed: busy\n"), "{}", event.line);
        }
        for event in recording.events() {
            event.fields.values().for_each(|value| assert_one_line(value));
        }
        for name in ["odd::sync", "odd::unsync"] {
            assert_one_line(&site(name).to_string());
        }
    }
}

#[test]
fn names_of_closures_of_those_within_and_of_circuits_are_in_one_line() {
    static CIRCUIT: CircuitBreaker = CircuitBreaker::new()
        .with_name("search\nERROR auth")
        .with_minimum_calls(1)
        .with_listener(|transition| assert_one_line(&transition.to_string()));

    let recording = Recording::start();
    let outer = Policy::DEFAULT.with_max_retries(1).retry_blocking(|| {
        let inner = Policy::DEFAULT.with_max_retries(1).retry_blocking(|| None::<u8>).on(|_| true);
        inner.name("inner\u{202e}\n").sleep(|_| ()).call()
    });
    let outer = outer.on(|_| true);
    assert_eq!(outer.name("outer\r\u{9b}").sleep(|_| ()).call(), None);
    CIRCUIT.force_open();
    CIRCUIT.reset();
    let events = recording.events();
    let messages: Vec<&str> = events.iter().map(|event| &*event.fields["message"]).collect();
    assert!(messages.iter().any(|line| line.contains(r"since `inner\u{202e}\n` within it")));
    assert!(messages.contains(&r"circuit search\nERROR auth: closed -> forced open"));
    for value in events.iter().flat_map(|event| event.fields.values()) {
        assert_one_line(value);
    }
}

#[test]
fn an_observers_panic_is_reported_in_one_line() {
    let recording = Recording::start();
    persevere::observe(&|event: &Event<'_>| assert!(event.function() != "panics\n", "as intended"));
    let failing = Policy::DEFAULT.with_max_retries(0).retry_blocking(|| None::<u8>).on(|_| true);
    assert_eq!(failing.name("panics\n").call(), None);
    let events = recording.events();
    let reported =
        events.iter().filter(|event| event.fields["message"].contains("observer")).count();
    assert_eq!(reported, 1);
    for value in events.iter().flat_map(|event| event.fields.values()) {
        assert_one_line(value);
    }
}

/// Letters, and more of what is none.
fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof![
            "\\PC{1,9}",
            "\\p{C}{1,3}",
            "[\\n\\r\\t\\x1b\\x7f\u{85}\u{9b}\u{2028}\u{2029}\u{202a}-\u{202e}\u{2066}-\u{2069}]{1,3}",
            "\\PC{300,900}",
        ],
        0..9,
    )
    .prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_error_and_any_id_make_one_line(id in text(), error in text()) {
        assert_one_line_each(&id, &error);
    }

    #[test]
    fn whatever_is_no_policy_is_refused_in_one_line(text in text(), before in "[a*=:;,]{0,3}") {
        let text = format!("{before}{text}");
        let errors = [
            text.parse::<Overrides>().err(),
            format!("a=max_retries:{text}").parse::<Overrides>().err(),
            format!("{text}=aggressive").parse::<Overrides>().err(),
            Overrides::new().with(text.clone(), Policy::DEFAULT).err(),
            text.parse::<Policy>().err(),
            text.parse::<Jitter>().err(),
        ];
        for error in errors.into_iter().flatten() {
            assert_one_line(&error.to_string());
        }
        if let Ok(table) = Overrides::new().with(text, Policy::DEFAULT) {
            assert!(!table.to_string().contains(is_control)); // what no pattern may have
        }
    }
}
