//! What the log says of entries that have ended.

use std::time::SystemTime;

use super::pattern::Pattern;
use super::resize::Idle;
#[cfg(feature = "tracing")]
use crate::primitives::one_line::OneLine;

/// A warning names that many patterns.
#[cfg(feature = "tracing")]
const NAMED: usize = 3;

/// Entries that are in force no more, one line for each.
#[cfg(feature = "tracing")]
pub(super) fn ended(entries: &[(Pattern, SystemTime)]) {
    for (pattern, end) in entries {
        let pattern = OneLine(pattern.text());
        let end = humantime::format_rfc3339_seconds(*end);
        tracing::info!(
            target: "persevere",
            %pattern,
            %end,
            "the override of `{pattern}` has ended at {end}: what is below it is in force again"
        );
    }
}

/// Entries that had ended before their table was installed: one line for all.
#[cfg(feature = "tracing")]
pub(super) fn ended_before(entries: &[(Pattern, SystemTime)]) {
    if entries.is_empty() {
        return;
    }
    let named = entries.iter().take(NAMED).map(|(pattern, end)| {
        let end = humantime::format_rfc3339_seconds(*end);
        format!("`{}` at {end}", OneLine(pattern.text()))
    });
    let named = named.collect::<Vec<String>>().join(", ");
    let more = match entries.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    tracing::warn!(
        target: "persevere",
        entries = entries.len(),
        "overrides that had ended before they were installed are left out: {named}{more}; remove them, or \
         write a later `until`"
    );
}

/// A setting of an upstream that has no such layer.
#[cfg(feature = "tracing")]
pub(super) fn idle(Idle { upstream, setting, layer }: Idle) {
    let upstream = OneLine(upstream);
    tracing::warn!(
        target: "persevere",
        %upstream,
        setting,
        "`{setting}` of `@{upstream}` changes nothing: the upstream has no {layer}"
    );
}

/// A scope with sizes of layers.
#[cfg(feature = "tracing")]
pub(super) fn sizes_in_scope() {
    tracing::warn!(
        target: "persevere",
        "the sizes of layers in the table of a scope are left out, since all calls share the layers: install \
         them, or remove them from the table"
    );
}

#[cfg(not(feature = "tracing"))]
pub(super) fn idle(_: Idle) {}

#[cfg(not(feature = "tracing"))]
pub(super) fn sizes_in_scope() {}

#[cfg(not(feature = "tracing"))]
pub(super) fn ended(_: &[(Pattern, SystemTime)]) {}

#[cfg(not(feature = "tracing"))]
pub(super) fn ended_before(_: &[(Pattern, SystemTime)]) {}
