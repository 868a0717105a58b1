//! The bounds of a table. It comes from outside and applies to all functions at once: a value that
//! makes sense in one function's code is a mistake here, or an attack.

use std::fmt;
use std::time::Duration;

use super::Settings;
use super::pattern::UPSTREAM;
use crate::policy::partial::{InvalidPolicy, LONGEST_QUOTED, Until};
use crate::primitives::one_line::{AtMost, is_one_line};
use crate::primitives::span_text::SpanText;

/// More than any program has retrying functions; a lookup compares a name with each entry.
const MOST_ENTRIES: usize = 65_536;

/// In bytes: about the longest symbol name in practice, generic arguments included.
const LONGEST_PATTERN: usize = 1024;

/// In bytes, of a whole table as text: 128 for each entry.
pub(super) const LONGEST_TEXT: usize = 128 * MOST_ENTRIES;

/// Under the presets, a call of that many retries takes half a week; without waits, it still ends.
const MOST_RETRIES: u32 = 1000;

/// Longer than a queue keeps a task (Amazon SQS: 14 days).
const LONGEST_SPAN: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Shorter waits start no timer, so they count as none.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);

/// Checks one more entry of a table that already has `entries` of them.
pub(super) fn check(
    pattern: &str,
    settings: &Settings,
    entries: usize,
) -> Result<(), InvalidPolicy> {
    let quoted = AtMost(LONGEST_QUOTED, pattern);
    let policy = settings.policy();
    let refused = |sentence: fmt::Arguments<'_>| Err(InvalidPolicy::new(sentence.to_string()));
    if pattern.is_empty() {
        return refused(format_args!(
            "a pattern is missing: write a function's name, or `*` for all functions"
        ));
    }
    if pattern.strip_prefix(UPSTREAM).is_some_and(str::is_empty) {
        return refused(format_args!(
            "an upstream's name is missing behind `@`: write `@payments`, or `@*` for all upstreams"
        ));
    }
    if pattern.len() > LONGEST_PATTERN {
        return refused(format_args!(
            "`{quoted}` has {} bytes, and a pattern has {LONGEST_PATTERN} at most: write `*` for \
             a part of it",
            pattern.len()
        ));
    }
    if !is_one_line(pattern) {
        return refused(format_args!(
            "`{quoted}` is no pattern, since a line break or a control is in it: write `*` for it"
        ));
    }
    if let Some((name, value)) =
        settings.sizes().texts().next().filter(|_| !pattern.starts_with(UPSTREAM))
    {
        return refused(format_args!(
            "`{name}` of `{quoted}` is for upstreams, whose layers all of their functions share: write \
             `@name={name}:{value}`, with the upstream's name"
        ));
    }
    if let Some((name, value, most)) = settings.sizes().beyond() {
        return refused(format_args!(
            "`{name}` of `{quoted}` is {value}, and in a table it is {most} at most"
        ));
    }
    if entries >= MOST_ENTRIES {
        return refused(format_args!(
            "`{quoted}` is one entry too many, and a table has {MOST_ENTRIES} at most: write a \
             pattern with `*` for several functions"
        ));
    }
    if let Some(retries) = policy.retries().filter(|retries| retries.number() > MOST_RETRIES) {
        return refused(format_args!(
            "`max_retries` of `{quoted}` is {retries}, and in a table it is {MOST_RETRIES} at most"
        ));
    }
    let until = match settings.until() {
        Some(Until::For(span)) => Some(span),
        _ => None,
    };
    let spans = [
        ("base_delay", policy.base_delay()),
        ("max_delay", policy.max_delay()),
        ("timeout", settings.timeout().flatten()),
        ("deadline", settings.deadline().flatten()),
        ("until", until),
    ];
    for (name, delay) in spans {
        let Some(delay) = delay else { continue };
        if delay > LONGEST_SPAN {
            return refused(format_args!(
                "`{name}` of `{quoted}` is {}, and in a table it is {} at most",
                SpanText(delay),
                SpanText(LONGEST_SPAN)
            ));
        }
        let is_wait = name.ends_with("delay");
        if is_wait && delay < SHORTEST_WAIT && policy.retries().is_none() {
            return refused(format_args!(
                "`{name}` of `{quoted}` is {}, and a function may retry for ever: write \
                 `max_retries` too, or {} at least",
                SpanText(delay),
                SpanText(SHORTEST_WAIT)
            ));
        }
    }
    Ok(())
}
