//! Patterns in a table of overrides, while functions fail.

use persevere::Policy;
use persevere::overrides::{Overrides, overrides};

use benches::table::figure;

use crate::{Line, counted, instructions};

const MOST: usize = 10_000;
/// The number of functions that fail, as closures with names.
const FUNCTIONS: usize = 1_000;

pub(crate) fn lines() -> Vec<Line> {
    let a_failure = |phase| move |it| instructions("patterns", phase, it) / figure(FUNCTIONS);
    vec![
        Line::up_to(
            MOST,
            "patterns_first",
            "patterns in a table: instructions of a function's first failure",
            a_failure("first"),
        ),
        Line::up_to(
            MOST,
            "patterns_further",
            "patterns in a table: instructions of a further one",
            a_failure("further"),
        ),
        Line::up_to(
            MOST,
            "unmatched",
            "patterns in a table: instructions of `unmatched()`, 1,000 functions known",
            |it| instructions("patterns", "unmatched", it) / figure(it),
        ),
    ]
}

pub(crate) fn run(phase: &str, patterns: usize) {
    let names: Vec<&'static str> = (0..FUNCTIONS).map(|number| leaked(name(number))).collect();
    let entries: Vec<String> =
        (0..patterns).map(|number| format!("{}*=max_retries:0", name(number))).collect();
    fail(&names); // without a table, so that each is known
    overrides().install(entries.join(",").parse::<Overrides>().expect("patterns and settings"));
    if phase != "first" {
        fail(&names);
    }
    if phase == "unmatched" {
        let mut unmatched = 0;
        counted(&mut || unmatched = overrides().unmatched().len());
        // `…function_1*` matches `function_10` as well: each of the first thousand matches its own.
        assert_eq!(unmatched, patterns.saturating_sub(FUNCTIONS));
    } else {
        counted(&mut || fail(&names));
    }
}

fn name(number: usize) -> String {
    format!("shop::module_{}::function_{number}", number / 50)
}

fn leaked(name: String) -> &'static str {
    Box::leak(name.into_boxed_str())
}

fn fail(names: &[&'static str]) {
    for name in names {
        let call = Policy::DEFAULT.with_max_retries(0).retry_blocking(|| None::<u8>);
        assert_eq!(call.on(|_| true).name(name).call(), None);
    }
}
