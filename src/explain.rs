//! [`explain`]: a policy drawn as text.

mod upstream;

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

pub use self::upstream::{UpstreamExplanation, explain_upstream};
use persevere_core::Policy;
use persevere_core::facade::SpanText;

/// Draws `policy`: a bar for each retry, with the range of its wait, the sum of the waits up to it, and
/// the worst case.
///
/// It shows waits only: a policy does not know how long attempts take. A `Retry-After` may ask for a
/// longer wait than the bar shows, up to `max_delay`.
///
/// ```
/// use std::time::Duration;
/// use persevere::{Policy, explain};
///
/// const PAYMENTS: Policy = Policy::DEFAULT.with_max_retries(3).with_base_delay(Duration::from_millis(400));
///
/// println!("{}", explain(&PAYMENTS));
/// # let shown = format!("{:60}", explain(&PAYMENTS));
/// # assert_eq!(
/// #     shown.lines().last(),
/// #     Some("At worst 4 attempts, and 3.5 s of waiting between them.")
/// # );
/// ```
pub fn explain(policy: &Policy) -> Explanation {
    Explanation { policy: *policy }
}

/// A policy to be drawn: the result of [`explain`]. Its `Display` is the drawing.
///
/// The drawing is 80 columns wide; set another width, of at least about 60, in the format:
///
/// ```
/// use persevere::{Policy, explain};
///
/// let wide = format!("{:100}", explain(&Policy::DEFAULT));
/// assert!(wide.lines().any(|line| line.chars().count() == 100));
/// assert!(wide.lines().all(|line| line.chars().count() <= 100));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
pub struct Explanation {
    policy: Policy,
}

const COLUMNS: usize = 80;
const NARROWEST_BAR: usize = 10;

/// The maximum number of rows: of more retries, only the first ones and the last are shown.
const SHOWN: usize = 20;

/// The number of retries beyond which the sum is estimated: a policy may retry for ever.
const COUNTED: usize = 10_000;

/// The row of one retry.
struct Row {
    retry: u32,
    wait: RangeInclusive<Duration>,
    /// The sum of the waits up to this one, inclusive.
    total: RangeInclusive<Duration>,
}

/// The rows that are shown, and the number of retries left out before the last.
struct Rows {
    shown: Vec<Row>,
    left_out: u32,
}

impl Rows {
    /// Of an unlimited policy, the first rows.
    fn of(policy: &Policy) -> Self {
        if policy.is_unlimited() {
            let first = policy.with_max_retries(u32::try_from(SHOWN).unwrap_or(u32::MAX));
            return Self { left_out: 0, ..Self::of(&first) };
        }
        let mut shown = Vec::new();
        let mut last = Row { retry: 0, wait: sum_of_none(), total: sum_of_none() };
        // Beyond a list of waits, the last repeats.
        let counted = COUNTED.max(policy.listed_waits().len());
        for wait in policy.delay_ranges().take(counted) {
            let total = sum(&last.total, &wait);
            last = Row { retry: last.retry + 1, wait, total };
            if shown.len() < SHOWN {
                shown.push(Row { wait: last.wait.clone(), total: last.total.clone(), ..last });
            }
        }
        let uncounted = policy.max_retries() - last.retry;
        if uncounted > 0 {
            // Waits never shrink from retry to retry, so these are bounds of the rest.
            let longest = *policy.delay_range(policy.max_retries() - 1).end();
            let longest = longest.max(*last.wait.end());
            let rest =
                last.wait.start().saturating_mul(uncounted)..=longest.saturating_mul(uncounted);
            last = Row {
                retry: policy.max_retries(),
                wait: *last.wait.start()..=longest,
                total: sum(&last.total, &rest),
            };
        }
        let reached = shown.last().map_or(0, |row| row.retry);
        let left_out = last.retry.saturating_sub(reached + 1);
        if last.retry > reached {
            shown.push(last);
        }
        Self { shown, left_out }
    }
}

fn sum_of_none() -> RangeInclusive<Duration> {
    Duration::ZERO..=Duration::ZERO
}

fn sum(a: &RangeInclusive<Duration>, b: &RangeInclusive<Duration>) -> RangeInclusive<Duration> {
    a.start().saturating_add(*b.start())..=a.end().saturating_add(*b.end())
}

/// `2 s`, or `2 s – 2.5 s`.
fn range(span: &RangeInclusive<Duration>) -> String {
    let [from, to] = [span.start(), span.end()].map(|end| SpanText(*end).to_string());
    if from == to { from } else { format!("{from} – {to}") }
}

/// A bar as long as the wait, on a scale that `longest` fills: solid up to the shortest wait, shaded up
/// to the longest. A wait that is not zero gets at least one column.
fn bar(wait: &RangeInclusive<Duration>, longest: Duration, columns: usize) -> String {
    let cells = |span: Duration| {
        let share = span.as_secs_f64() / longest.as_secs_f64();
        #[allow(clippy::cast_precision_loss, reason = "columns are few")]
        let cells = (share * columns as f64).round();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to columns")]
        let cells = cells as usize;
        cells.max(usize::from(!span.is_zero()))
    };
    if longest.is_zero() {
        return String::new();
    }
    let solid = cells(*wait.start());
    let shaded = cells(*wait.end()).saturating_sub(solid);
    format!("{}{}", "█".repeat(solid), "░".repeat(shaded))
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.policy)?;
        let Rows { shown, left_out } = Rows::of(&self.policy);
        let Some(last) = shown.last() else {
            return f.write_str("One attempt, and no waiting.");
        };
        let longest = shown.iter().map(|row| *row.wait.end()).max().unwrap_or_default();
        let texts: Vec<[String; 3]> = shown
            .iter()
            .map(|row| [row.retry.to_string(), range(&row.wait), range(&row.total)])
            .collect();
        let width = |column: usize, heading: &str| {
            let widths = texts.iter().map(|texts| texts[column].chars().count());
            widths.max().unwrap_or_default().max(heading.len())
        };
        let headings = ["retry", "wait", "waited in all"];
        let [retry, wait, total] = [0, 1, 2].map(|column| width(column, headings[column]));
        let columns = f.width().unwrap_or(COLUMNS);
        let columns = columns.saturating_sub(retry + wait + total + 6).max(NARROWEST_BAR);

        let [first, second, third] = headings;
        let scale = SpanText(longest).to_string();
        let scale = if scale.chars().count() < columns { scale } else { String::new() };
        let middle = columns.saturating_sub(1);
        writeln!(f, "\n{first:>retry$}  {second:<wait$}  0{scale:>middle$}  {third:>total$}")?;
        for (row, [number, range, in_all]) in shown.iter().zip(&texts) {
            if left_out > 0 && row.retry == last.retry {
                let word = if left_out == 1 { "retry" } else { "retries" };
                writeln!(f, "{:>retry$}  {left_out} more {word}", "…")?;
            }
            let bar = bar(&row.wait, longest, columns);
            writeln!(f, "{number:>retry$}  {range:<wait$}  {bar:<columns$}  {in_all:>total$}")?;
        }
        if self.policy.is_unlimited() {
            writeln!(f, "{:>retry$}  and so on: unlimited retries", "…")?;
            let repeated = range(&self.policy.delay_range(u32::MAX));
            write!(f, "\nUnlimited attempts, in the end with {repeated} of waiting before each.")?;
        } else {
            let attempts = u64::from(self.policy.max_retries()) + 1;
            let worst = SpanText(*last.total.end());
            write!(f, "\nAt worst {attempts} attempts, and {worst} of waiting between them.")?;
        }
        match self.policy.reset_after() {
            Some(ran) => write!(
                f,
                "\nCounted anew from the first row after an attempt that ran for {} or longer.",
                SpanText(ran)
            ),
            None => Ok(()),
        }
    }
}
