//! The keys of the attribute, and what is said about one that is not among them.

use crate::{foreign, suggest};

/// Every key, in the order in which messages list them.
pub(crate) const KEYS: &[&str] = &[
    "policy",
    "max_retries",
    "base_delay",
    "max_delay",
    "exponential_base",
    "jitter",
    "on",
    "unless",
    "when",
    "on_ok",
    "throttled",
    "timeout",
    "deadline",
    "budget",
    "breaker",
    "bulkhead",
    "hedge",
    "context",
    "clone",
    "on_retry",
    "on_give_up",
    "on_success",
    "fallback",
    "name",
    "id",
    "sleep",
    "doc",
    "crate",
];

/// What to write instead of an unknown key.
pub(crate) fn unknown(name: &str) -> String {
    if let Some(translation) = foreign::translate(name) {
        return format!("`{name}` is another library's word: {translation}");
    }
    let guess = suggest::did_you_mean(name, KEYS.iter().copied());
    if guess.is_empty() {
        return format!(
            "`#[retry]` has no key `{name}`; it has {}",
            suggest::listed(KEYS.iter().copied())
        );
    }
    format!("`#[retry]` has no key `{name}`{guess}")
}

/// A value that `key` could have.
pub(crate) fn example(key: &str) -> &'static str {
    match key {
        "policy" | "throttled" => "\"aggressive\"",
        "max_retries" => "3",
        "base_delay" => "\"250ms\"",
        "max_delay" | "deadline" => "\"30s\"",
        "timeout" => "\"2s\"",
        "exponential_base" => "2.0",
        "jitter" => "\"full\"",
        "on" => "Error::Timeout",
        "unless" => "Error::BadInput",
        "on_ok" => "Status::Pending",
        "when" => "Error::is_transient",
        "budget" => "BUDGET",
        "breaker" => "BREAKER",
        "bulkhead" => "BULKHEAD",
        "hedge" => "\"200ms\"",
        "context" => "attempt",
        "on_retry" | "on_give_up" | "on_success" => "|event| println!(\"{event}\")",
        "fallback" => "|error| Ok(cached)",
        "id" => "order.id",
        "name" => "\"billing\"",
        "sleep" => "my_runtime::sleep",
        "doc" => "false",
        _ => "::persevere",
    }
}
