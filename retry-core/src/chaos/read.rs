//! Reads the grammar.

use std::time::Duration;

use super::Chaos;
use super::action::{Act, Action};
use crate::classify::fault::Fault;
use crate::primitives::one_line::AtMost;
use crate::primitives::suggest;

/// Stands between two actions.
pub(super) const NEXT: &str = "->";

/// Far more than anybody writes.
const MOST_ACTIONS: usize = 16;

/// Longer than a queue keeps a task, as of every time in a table.
const LONGEST_SLEEP: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The bytes of an action that an error quotes.
const LONGEST_QUOTED: usize = 120;

/// The actions.
const ACTIONS: [&str; 3] = ["return", "sleep", "off"];

/// Those of `fail` that are none here, and what to write instead.
const OTHERS: [(&str, &str); 5] = [
    ("panic", "a panic is not retried: write `return(name)`"),
    ("print", "the log has every fault: leave it out"),
    ("pause", "it might never end: write `sleep(1h)`, which a timeout cuts"),
    ("yield", "an attempt gives way by itself: leave it out"),
    ("delay", "it would keep a thread busy: write `sleep(200ms)`"),
];

impl Chaos {
    /// Reads the actions, or says what to write instead.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(NEXT).map(str::trim).collect();
        if parts.len() > MOST_ACTIONS {
            return Err(format!(
                "`chaos` has {} actions, and {MOST_ACTIONS} are the most",
                parts.len()
            ));
        }
        let actions = parts.into_iter().map(action).collect::<Result<Vec<Action>, String>>()?;
        let is_asked = |action: &Action| action.percent < 100.0 || action.most.is_some();
        let reached = actions.iter().take_while(|action| is_asked(action)).count() + 1;
        match actions.get(reached) {
            None => Ok(Self::of(actions)),
            Some(unreached) => Err(format!(
                "`chaos` never comes to `{unreached}`, since `{}` acts on every attempt: write a share or a \
                 count before it, such as `20%` or `3*`",
                actions[reached - 1]
            )),
        }
    }
}

fn action(text: &str) -> Result<Action, String> {
    let quoted = AtMost(LONGEST_QUOTED, text);
    if text.is_empty() {
        return Err(
            "an action of `chaos` is missing: write one such as `20%return(timeout)`, with \
                    `->` before the next"
                .to_owned(),
        );
    }
    let (head, argument) = match text.split_once('(') {
        None => (text, None),
        Some((head, rest)) => match rest.strip_suffix(')') {
            Some(argument) => (head, Some(argument.trim())),
            None => return Err(format!("`{quoted}` has no `)` at its end: write it")),
        },
    };
    let (percent, head) = match head.split_once('%') {
        None => (100.0, head),
        Some((number, head)) => (percent(number.trim())?, head),
    };
    let (most, name) = match head.split_once('*') {
        None => (None, head.trim()),
        Some((count, name)) => (Some(most(count.trim())?), name.trim()),
    };
    Ok(Action { percent, most, act: act(name, argument)? })
}

fn percent(number: &str) -> Result<f64, String> {
    let percent = number.parse::<f64>().ok();
    percent.filter(|percent| *percent > 0.0 && *percent <= 100.0).ok_or_else(|| {
        format!(
            "`{}%` is no share of attempts: write a number above 0, and 100 at most, before the `%`",
            AtMost(LONGEST_QUOTED, number)
        )
    })
}

fn most(count: &str) -> Result<u32, String> {
    count.parse().ok().filter(|most| *most > 0).ok_or_else(|| {
        format!(
            "`{}*` is no number of attempts: write a whole number of at least 1 before the `*`, behind the \
             share: `20%3*return`",
            AtMost(LONGEST_QUOTED, count)
        )
    })
}

fn act(name: &str, argument: Option<&str>) -> Result<Act, String> {
    match (name, argument) {
        ("off", None) => Ok(Act::Off),
        ("off", Some(_)) => Err("`off` has no argument: write `off`".to_owned()),
        ("return", None) => Ok(Act::Return(Fault::TRANSIENT)),
        ("return", Some(fault)) => Ok(Act::Return(Fault::read(fault)?)),
        ("sleep", None) => Err("`sleep` has no time: write `sleep(200ms)`".to_owned()),
        ("sleep", Some(delay)) => Ok(Act::Sleep(sleep(delay)?)),
        _ => Err(no_action(name)),
    }
}

fn sleep(delay: &str) -> Result<Duration, String> {
    let quoted = AtMost(LONGEST_QUOTED, delay);
    let read = match delay.parse::<u64>() {
        Ok(milliseconds) => Some(Duration::from_millis(milliseconds)),
        Err(_) => humantime::parse_duration(delay).ok(),
    };
    match read {
        None => Err(format!(
            "`sleep({quoted})` has no time: write a duration such as `200ms` or `2s`, or a number of \
             milliseconds"
        )),
        Some(Duration::ZERO) => {
            Err(format!("`sleep({quoted})` does nothing: write a time above 0, or `off`"))
        }
        Some(delay) if delay > LONGEST_SLEEP => {
            Err(format!("`sleep({quoted})` is too long: in a table a time is 720 h at most"))
        }
        Some(delay) => Ok(delay),
    }
}

fn no_action(name: &str) -> String {
    if let Some((name, instead)) = OTHERS.iter().find(|(other, _)| *other == name) {
        return format!("`chaos` has no `{name}`, since {instead}");
    }
    let guess = suggest::did_you_mean(name, ACTIONS);
    let name = AtMost(LONGEST_QUOTED, name);
    format!("`chaos` has no action `{name}`{guess} (there are `return`, `sleep` and `off`)")
}
