//! The paragraph on retrying that a documented function's rustdoc gains.

use std::time::Duration;

#[cfg(feature = "tasks")]
use proc_macro2::Ident;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Expr};

use crate::read::{Base, Hedge, Jitter, Keyed, Late, Retries, Schedule, Setting, Values};

/// The paragraph for a function with these attributes.
///
/// Nothing for a function without documentation, whose `missing_docs` lint must stay alive, nor
/// under `doc = false`. Of a schedule that code computes, nothing is said.
pub(crate) fn paragraph(values: &Values, attributes: &[Attribute]) -> Option<String> {
    let documented = attributes.iter().any(|attribute| attribute.path().is_ident("doc"));
    let sentences = sentences(values).filter(|_| documented)?;
    Some(format!("\n\n{sentences}"))
}

/// The paragraphs for the struct that holds a task's arguments.
#[cfg(feature = "tasks")]
pub(crate) fn of_arguments(values: &Values, function: &Ident) -> String {
    let what =
        format!("A call of [`{function}`]({function}()) by a worker: the arguments in its row.");
    match sentences(values) {
        Some(sentences) => format!("{what}\n\n{sentences}"),
        None => what,
    }
}

/// What there is to say, unless `doc = false` wants nothing said.
fn sentences(values: &Values) -> Option<String> {
    if values.doc.as_deref() == Some(&false) {
        return None;
    }
    let sentences: Vec<String> = schedule(values).into_iter().chain(layers(values)).collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// The schedule, as far as the attribute alone shows it.
fn schedule(values: &Values) -> Option<String> {
    match (Schedule::of(values), values.policy.as_deref()) {
        (Some(schedule), _) => Some(sentence(&schedule)),
        (None, Some(Base::Code(policy))) if values.fields.is_empty() => {
            Some(format!("Retried by the policy `{}`.", spelt(&policy.to_token_stream())))
        }
        _ => None,
    }
}

/// "Goes through the bulkhead `DB`, the budget `RETRIES` and a hedge after 200 ms."
fn layers(values: &Values) -> Option<String> {
    let named = |what: &str, layer: &Option<Keyed<Expr>>| {
        let layer = layer.as_deref()?;
        Some(format!("{what} `{}`", spelt(&layer.to_token_stream())))
    };
    let layers = [
        named("the upstream", &values.upstream),
        named("the bulkhead", &values.bulkhead),
        named("the budget", &values.budget),
        named("the circuit breaker", &values.breaker),
        values.hedge.as_deref().map(hedge),
    ];
    let layers: Vec<String> = layers.into_iter().flatten().collect();
    let listed = match layers.split_last()? {
        (last, []) => last.clone(),
        (last, rest) => format!("{} and {last}", rest.join(", ")),
    };
    Some(format!("Goes through {listed}."))
}

fn hedge(hedge: &Hedge) -> String {
    match &hedge.after {
        Late::Delay(Setting::Known(delay, _)) => {
            format!("a hedge after {}", span(delay.as_secs_f64()))
        }
        Late::Delay(Setting::Code(delay)) => {
            format!("a hedge after `{}`", spelt(&delay.to_token_stream()))
        }
        Late::Quantile(quantile, _) => {
            format!("a hedge after p{} of its latency", decimals(quantile * 100.0))
        }
        Late::Either(hedge) => format!("the hedge `{}`", spelt(&hedge.to_token_stream())),
    }
}

/// "Retried up to 10 times: waits 1 s, 1.5 s, 2.25 s … at most 1 min 53 s of waiting in all, to
/// which jitter adds up to 25 %."
fn sentence(schedule: &Schedule) -> String {
    let Schedule { max_retries, base_delay, max_delay, jitter, reset_after, .. } = *schedule;
    let times = match max_retries {
        Retries::AtMost(0) => return "Not retried.".to_owned(),
        Retries::AtMost(1) => "once".to_owned(),
        Retries::AtMost(2) => "twice".to_owned(),
        Retries::AtMost(more) => format!("up to {more} times"),
        Retries::Unlimited => "without limit".to_owned(),
    };
    let waits = if jitter == Jitter::Decorrelated {
        let (from, to) = (span(base_delay.as_secs_f64()), span(max_delay.as_secs_f64()));
        format!("between {from} and {to}, by decorrelated jitter")
    } else {
        waits(schedule)
    };
    let anew = reset_after.map_or_else(String::new, |ran| {
        let ran = span(ran.as_secs_f64());
        format!(" Counted anew after an attempt that ran for at least {ran}.")
    });
    format!("Retried {times}: waits {waits}.{anew}")
}

/// "1 s, 1.5 s, 2.25 s … at most 1 min 53 s of waiting in all, to which jitter adds up to 25 %"
fn waits(schedule: &Schedule) -> String {
    let retries = match schedule.max_retries {
        Retries::AtMost(retries) => Some(retries),
        Retries::Unlimited => None,
    };
    let listed = u32::try_from(schedule.waits.len()).unwrap_or(u32::MAX);
    let shown = retries.unwrap_or(u32::MAX).min(listed.clamp(3, 8));
    let waits: Vec<String> =
        (0..shown).map(|index| span(schedule.delay(index).as_secs_f64())).collect();
    let more = if retries.is_none_or(|retries| retries > shown) { " …" } else { "," };
    let limit = match retries {
        Some(retries) => {
            let total = span(schedule.total_seconds(retries));
            format!("{more} at most {total} of waiting in all")
        }
        None => format!("{more} in the end {}", span(schedule.delay(u32::MAX).as_secs_f64())),
    };
    let spread = match schedule.jitter {
        Jitter::Proportional(proportion) if proportion > 0.0 => {
            format!(", to which jitter adds up to {} %", proportion * 100.0)
        }
        Jitter::Full => ", of which full jitter takes any part".to_owned(),
        Jitter::Equal => ", of which equal jitter takes up to half".to_owned(),
        _ => String::new(),
    };
    format!("{}{limit}{spread}", waits.join(", "))
}

/// A number of seconds as people read it: `250 ms`, `2.25 s`, `1 min 53 s`, `2 h 5 min`.
fn span(seconds: f64) -> String {
    let whole = Duration::try_from_secs_f64(seconds.round()).map_or(u64::MAX, |it| it.as_secs());
    let two = |large: u64, unit: &str, small: u64, small_unit: &str| match small {
        0 => format!("{large} {unit}"),
        _ => format!("{large} {unit} {small} {small_unit}"),
    };
    if seconds > 0.0 && seconds < 1.0 {
        format!("{} ms", decimals(seconds * 1000.0))
    } else if whole < 60 {
        format!("{} s", decimals(seconds))
    } else if whole < 3_600 {
        two(whole / 60, "min", whole % 60, "s")
    } else {
        two(whole / 3_600, "h", whole % 3_600 / 60, "min")
    }
}

/// With two decimals, unless they are zeros.
fn decimals(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A path as people spell it, where the compiler puts spaces around `::` and `.`.
fn spelt(tokens: &TokenStream) -> String {
    tokens.to_string().replace(" :: ", "::").replace(" . ", ".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Errors;
    use crate::read::{self, RETRY};
    use syn::parse_quote;

    fn documented(tokens: TokenStream) -> Option<String> {
        let mut errors = Errors::default();
        let read = read::attribute(&RETRY, tokens, &mut errors);
        assert!(errors.is_empty());
        let attribute: Attribute = parse_quote!(#[doc = "Fetches."]);
        let text = paragraph(&read.values, &[attribute])?;
        Some(text.trim().to_owned())
    }

    macro_rules! rows {
        ($(($($schedule:tt)*) ($($jitter:tt)*) => $sentence:literal;)*) => {
            #[test]
            fn schedules_read_as_sentences() {
                $(
                    let said = documented(quote::quote!($($schedule)* $($jitter)*));
                    assert_eq!(said.as_deref(), Some($sentence));
                )*
            }
        };
    }

    // `tests/it/attribute/documentation.rs` checks that these sentences are true.
    include!("../tests/documentation_rows.rs");

    #[test]
    fn what_has_no_schedule_to_compare_is_said_too() {
        let text = |tokens| documented(tokens).unwrap_or_default();
        assert_eq!(text(quote::quote!(max_retries = 0)), "Not retried.");
        assert_eq!(
            text(quote::quote!(max_retries = 4_000_000_000, jitter = "none")),
            "Retried up to 4000000000 times: waits 2 s, 4 s, 8 s … at most 333333332 h 48 min of \
             waiting in all."
        );
        assert_eq!(
            text(quote::quote!(policy = "reconnect")),
            "Retried without limit: waits 1 s, 2 s, 4 s … in the end 1 min, of which full jitter \
             takes any part. Counted anew after an attempt that ran for at least 1 min."
        );
        assert_eq!(text(quote::quote!(policy = "none")), "Not retried.");
        assert_eq!(
            text(quote::quote!(policy = crate::PAYMENTS)),
            "Retried by the policy `crate::PAYMENTS`."
        );
    }

    #[test]
    fn layers_are_named() {
        let text = |tokens| documented(tokens).unwrap_or_default();
        assert_eq!(
            text(quote::quote!(
                max_retries = 0,
                hedge(after = "200ms", max = 2),
                breaker = crate::INDEX,
                budget = RETRIES,
                bulkhead = self.places
            )),
            "Not retried. Goes through the bulkhead `self.places`, the budget `RETRIES`, the \
             circuit breaker `crate::INDEX` and a hedge after 200 ms."
        );
        let hedged = [
            (quote::quote!("p99.9"), "a hedge after p99.9 of its latency"),
            (quote::quote!(SEARCH), "the hedge `SEARCH`"),
        ];
        for (hedge, said) in hedged {
            let said = format!("Goes through {said}.");
            assert_eq!(text(quote::quote!(max_retries = limit, hedge = #hedge)), said);
        }
        assert_eq!(
            text(quote::quote!(max_retries = limit, hedge(after = after))),
            "Goes through a hedge after `after`."
        );
    }

    #[test]
    fn what_is_not_known_or_not_wanted_is_not_said() {
        assert_eq!(documented(quote::quote!(doc = false)), None);
        assert_eq!(documented(quote::quote!(max_retries = limit)), None);
        let mut errors = Errors::default();
        let read = read::attribute(&RETRY, TokenStream::new(), &mut errors);
        assert!(paragraph(&read.values, &[]).is_none());
    }
}
