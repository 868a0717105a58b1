//! [`explain_upstream`]: what holds for the calls on an upstream, and where each setting comes from.

use std::fmt;

use persevere_core::facade::SpanText;
use persevere_core::{Site, Upstream, sites};

use super::{Explanation, explain};

/// Says what holds for the calls on `upstream` now: its policy, its timeout and each of its layers, with where
/// that comes from, and the policy as [`explain`] draws it.
///
/// A setting comes from the code, or with the feature `overrides` from an entry of the tables in force. The keys
/// of a function on the upstream take the place of what is shown here, and are not shown themselves, but for what
/// is added to it: of each function that has failed on the upstream, as [`Site::upstream`](crate::Site::upstream)
/// has it, there is a row with its `also`, and with the `at_most` of its last failure's verdict, if it has either.
///
/// ```
/// use std::time::Duration;
/// use persevere::{Budget, Bulkhead, Policy, Upstream, explain_upstream};
///
/// static RETRIES: Budget = Budget::new();
/// static PLACES: Bulkhead = Bulkhead::new(64);
/// static PAYMENTS: Upstream = Upstream::new("payments", &RETRIES)
///     .with_policy(Policy::INTERACTIVE)
///     .with_timeout(Duration::from_millis(800))
///     .with_bulkhead(&PLACES);
///
/// # #[cfg(feature = "overrides")] {
/// # use persevere::overrides;
/// PAYMENTS.list();
/// overrides().install("@payments=max_retries:1;max_concurrent:8".parse()?);
/// let shown = explain_upstream(&PAYMENTS).to_string();
/// assert!(shown.starts_with(
///     "`payments`:
///   timeout      800 ms                                code
///   budget       500 of 500 tokens                     code
///   bulkhead     8 at a time, 0 in flight, 0 waiting   `@payments` (install): max_concurrent:8
///   max_retries  1                                     `@payments` (install)"
/// ));
/// assert!(shown.ends_with("At worst 2 attempts, and 50 ms of waiting between them."));
/// # overrides().clear();
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A function that adds something:
///
/// ```
/// use std::io::{self, ErrorKind};
/// use persevere::{Budget, Upstream, explain_upstream, retry};
///
/// static SEARCH: Upstream = Upstream::new("search", &Budget::UNLIMITED);
///
/// #[retry(
///     upstream = SEARCH,
///     also = error
///         if error.kind()
///             == ErrorKind::NotFound,
///     max_retries = 0,
///     name = "suggest",
/// )]
/// fn suggest() -> io::Result<String> {
///     Err(ErrorKind::NotFound.into())
/// }
///
/// assert!(suggest().is_err());
/// let shown = explain_upstream(&SEARCH).to_string();
/// assert!(shown.contains("suggest  also = error if error.kind() == ErrorKind::NotFound"), "{shown}");
/// ```
pub fn explain_upstream(upstream: &Upstream) -> UpstreamExplanation {
    let outside = Outside::of(upstream);
    let policy = outside.over(upstream);
    let mut rows = Vec::new();
    let mut row = |name: &'static str, value: String, settings: &[&str]| {
        rows.push(Row { name: name.to_owned(), value, source: outside.source(settings) });
    };
    if let Some(timeout) = outside.timeout(upstream) {
        row("timeout", timeout, &["timeout"]);
    }
    let layers = upstream.layers();
    row("budget", layers.budget.available().to_string(), &[]);
    if let Some(breaker) = layers.breaker {
        row("breaker", format!("{}, {}", breaker.state(), breaker.tally()), &["breaker"]);
    }
    if let Some(bulkhead) = layers.bulkhead {
        let (limit, in_flight) = (bulkhead.limit(), bulkhead.in_flight());
        let waiting = bulkhead.waiting();
        let text = format!("{limit} at a time, {in_flight} in flight, {waiting} waiting");
        row("bulkhead", text, &["max_concurrent", "max_queue"]);
    }
    if let Some(rate) = layers.rate {
        let (interval, burst) = (SpanText(rate.interval()), rate.burst());
        let text =
            format!("one in {interval}, {burst} at once in the code; {} free", rate.available());
        row("rate", text, &["per_second", "per_minute", "burst"]);
    }
    if upstream.has_pushback() {
        let pause = layers.pause_left().map_or_else(
            || "no pause".to_owned(),
            |left| format!("a pause of {} more", SpanText(left)),
        );
        row("pushback", pause, &[]);
    }
    rows.extend(outside.of_the_policy());
    let name = upstream.name();
    rows.extend(sites().filter(|site| site.upstream() == Some(name)).filter_map(added_by));
    UpstreamExplanation { name, rows, policy: explain(&policy) }
}

/// What a function adds to what its upstream and its policy say.
fn added_by(site: &Site) -> Option<Row> {
    let also = site.also().map(|also| format!("also = {also}"));
    let at_most = site.at_most().map(|most| format!("at most {most} retries of its last failure"));
    let added: Vec<String> = also.into_iter().chain(at_most).collect();
    let source = format!("{}:{}", site.file(), site.line());
    (!added.is_empty()).then(|| Row {
        name: site.name().to_owned(),
        value: added.join(", "),
        source,
    })
}

/// What holds for the calls on an upstream: the result of [`explain_upstream`]. Its `Display` is a table, and
/// the drawing of the policy.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct UpstreamExplanation {
    name: &'static str,
    rows: Vec<Row>,
    policy: Explanation,
}

#[derive(Clone, Debug, PartialEq)]
struct Row {
    name: String,
    value: String,
    source: String,
}

impl UpstreamExplanation {
    /// The policy in force.
    pub const fn policy(&self) -> Explanation {
        self.policy
    }
}

impl fmt::Display for UpstreamExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`:", self.name.escape_debug())?;
        let widest = |of: fn(&Row) -> &str| {
            self.rows.iter().map(|row| of(row).chars().count()).max().unwrap_or_default()
        };
        let (names, values) = (widest(|row| &row.name), widest(|row| &row.value));
        for Row { name, value, source } in &self.rows {
            write!(f, "\n  {name:names$}  {value:values$}   {source}")?;
        }
        write!(f, "\n\n{}", self.policy)
    }
}

const CODE: &str = "code";

#[cfg(feature = "overrides")]
use self::with_overrides::Outside;
#[cfg(not(feature = "overrides"))]
use self::without_overrides::Outside;

#[cfg(feature = "overrides")]
mod with_overrides {
    use persevere_core::facade::SpanText;
    use persevere_core::overrides::{Explained, Explanation, overrides};
    use persevere_core::{Policy, Upstream};

    use super::{CODE, Row};

    /// What is changed from outside.
    pub(super) struct Outside(Explained);

    /// Those that belong to a row of a layer.
    const OF_ROWS: [&str; 8] = [
        "timeout",
        "deadline",
        "breaker",
        "max_concurrent",
        "max_queue",
        "per_second",
        "per_minute",
        "burst",
    ];

    const OF_POLICY: [&str; 7] = [
        "policy",
        "max_retries",
        "base_delay",
        "max_delay",
        "exponential_base",
        "jitter",
        "reset_after",
    ];

    impl Outside {
        pub(super) fn of(upstream: &Upstream) -> Self {
            Self(overrides().explain(&name(upstream)))
        }

        pub(super) fn over(&self, upstream: &Upstream) -> Policy {
            let texts: Vec<String> = self
                .beside_rows()
                .filter(|it| OF_POLICY.contains(&it.name()))
                .map(|it| format!("{}:{}", it.name(), it.value()))
                .collect();
            // They are written as a table has them.
            let changes: Option<persevere_core::PartialPolicy> = texts.join(";").parse().ok();
            changes.map_or_else(|| upstream.policy(), |changes| changes.over(upstream.policy()))
        }

        pub(super) fn timeout(&self, upstream: &Upstream) -> Option<String> {
            let outside = self.0.settings().iter().find(|it| it.name() == "timeout");
            match outside {
                Some(outside) => Some(outside.value().to_owned()),
                None => upstream.timeout().map(|timeout| SpanText(timeout).to_string()),
            }
        }

        pub(super) fn source(&self, settings: &[&str]) -> String {
            let named = self.0.settings().iter().filter(|it| settings.contains(&it.name()));
            let named: Vec<String> = named
                .map(|it| {
                    format!("`{}` ({}): {}:{}", it.pattern(), it.source(), it.name(), it.value())
                })
                .collect();
            if named.is_empty() { CODE.to_owned() } else { named.join(", ") }
        }

        pub(super) fn of_the_policy(&self) -> impl Iterator<Item = Row> {
            self.beside_rows().map(|it| Row {
                name: it.name().to_owned(),
                value: it.value().to_owned(),
                source: format!("`{}` ({})", it.pattern(), it.source()),
            })
        }

        fn beside_rows(&self) -> impl Iterator<Item = &Explanation> {
            self.0.settings().iter().filter(|it| !OF_ROWS.contains(&it.name()))
        }
    }

    fn name(upstream: &Upstream) -> String {
        format!("@{}", upstream.name())
    }
}

#[cfg(not(feature = "overrides"))]
#[allow(clippy::unused_self, reason = "it has the same methods as what is changed from outside")]
mod without_overrides {
    use persevere_core::facade::SpanText;
    use persevere_core::{Policy, Upstream};

    use super::{CODE, Row};

    /// Nothing is changed from outside.
    pub(super) struct Outside;

    impl Outside {
        pub(super) const fn of(_: &Upstream) -> Self {
            Self
        }

        pub(super) const fn over(&self, upstream: &Upstream) -> Policy {
            upstream.policy()
        }

        pub(super) fn timeout(&self, upstream: &Upstream) -> Option<String> {
            upstream.timeout().map(|timeout| SpanText(timeout).to_string())
        }

        pub(super) fn source(&self, _: &[&str]) -> String {
            CODE.to_owned()
        }

        pub(super) fn of_the_policy(&self) -> impl Iterator<Item = Row> {
            std::iter::empty()
        }
    }
}
