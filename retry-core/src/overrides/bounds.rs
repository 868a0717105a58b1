//! What a table may not pass. It comes from outside, and is for all functions at once: what makes
//! sense for one, and stands in its code, is a mistake here, or an attack.

use std::fmt;
use std::time::Duration;

use crate::policy::partial::{InvalidPolicy, LONGEST_QUOTED, PartialPolicy};
use crate::primitives::one_line::{AtMost, is_one_line};
use crate::primitives::span_text::SpanText;

/// More than a program has functions that retry; each is compared with a name until it is found.
const MOST_ENTRIES: usize = 65_536;

/// In bytes: the longest that a symbol's name is in practice, with the arguments of generic ones.
const LONGEST_PATTERN: usize = 1024;

/// In bytes, of a whole table as text: 128 for each entry.
pub(super) const LONGEST_TEXT: usize = 128 * MOST_ENTRIES;

/// By then a call has waited for half a week, under the presets; and without any wait it ends.
const MOST_RETRIES: u32 = 1000;

/// Longer than a queue keeps a task (Amazon SQS: 14 days).
const LONGEST_DELAY: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Shorter waits are no waits: no timer is started for them.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);

/// Checks one more entry of a table that has so many.
pub(super) fn check(
    pattern: &str,
    policy: &PartialPolicy,
    entries: usize,
) -> Result<(), InvalidPolicy> {
    let quoted = AtMost(LONGEST_QUOTED, pattern);
    let refused = |sentence: fmt::Arguments<'_>| Err(InvalidPolicy::new(sentence.to_string()));
    if pattern.is_empty() {
        return refused(format_args!(
            "a pattern is missing: write a function's name, or `*` for all functions"
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
    if entries >= MOST_ENTRIES {
        return refused(format_args!(
            "`{quoted}` is one entry too many, and a table has {MOST_ENTRIES} at most: write a \
             pattern with `*` for several functions"
        ));
    }
    if let Some(retries) = policy.max_retries().filter(|retries| *retries > MOST_RETRIES) {
        return refused(format_args!(
            "`max_retries` of `{quoted}` is {retries}, and in a table it is {MOST_RETRIES} at most"
        ));
    }
    let delays = [("base_delay", policy.base_delay()), ("max_delay", policy.max_delay())];
    for (name, delay) in delays {
        let Some(delay) = delay else { continue };
        if delay > LONGEST_DELAY {
            return refused(format_args!(
                "`{name}` of `{quoted}` is {}, and in a table it is {} at most",
                SpanText(delay),
                SpanText(LONGEST_DELAY)
            ));
        }
        if delay < SHORTEST_WAIT && policy.max_retries().is_none() {
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
