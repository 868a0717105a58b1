//! [`Jitter`] as text.

use std::str::FromStr;

use super::{InvalidPolicy, LONGEST_QUOTED};
use crate::policy::jitter::Jitter;
use crate::primitives::one_line::AtMost;
use crate::primitives::suggest;

const NAMES: [&str; 4] = ["none", "full", "equal", "decorrelated"];
const EXPECTED: &str = "write `none`, `25%`, `full`, `equal` or `decorrelated`";

impl FromStr for Jitter {
    type Err = InvalidPolicy;

    /// Reads `none`, `full`, `equal`, `decorrelated`, or a proportion such as `25%`.
    ///
    /// ```
    /// # use persevere::Jitter;
    /// assert_eq!("25%".parse(), Ok(Jitter::Proportional(0.25)));
    /// assert_eq!("full".parse(), Ok(Jitter::Full));
    /// assert!("125%".parse::<Jitter>().is_err());
    /// ```
    fn from_str(text: &str) -> Result<Self, InvalidPolicy> {
        match text {
            "none" => Ok(Self::None),
            "full" => Ok(Self::Full),
            "equal" => Ok(Self::Equal),
            "decorrelated" => Ok(Self::Decorrelated),
            _ => match text.strip_suffix('%').and_then(proportion) {
                Some(proportion) if (0.0..=1.0).contains(&proportion) => {
                    Ok(Self::Proportional(proportion))
                }
                Some(_) => Err(InvalidPolicy::new(format!(
                    "a jitter is between 0 % and 100 % of the wait, and not `{}`",
                    AtMost(LONGEST_QUOTED, text)
                ))),
                None => {
                    let guess = suggest::did_you_mean(text, NAMES);
                    let text = AtMost(LONGEST_QUOTED, text);
                    let message = format!("`{text}` is not a jitter{guess} ({EXPECTED})");
                    Err(InvalidPolicy::new(message))
                }
            },
        }
    }
}

/// A hundredth of `percent`, rounded once: by the exponent, and not by a division.
fn proportion(percent: &str) -> Option<f64> {
    let percent = percent.trim();
    percent.parse::<f64>().ok()?;
    format!("{percent}e-2").parse().ok()
}

/// The text that [`Jitter`]'s `FromStr` reads as `jitter`.
pub(super) fn jitter_text(jitter: Jitter) -> String {
    match jitter {
        Jitter::None => "none".to_owned(),
        Jitter::Full => "full".to_owned(),
        Jitter::Equal => "equal".to_owned(),
        Jitter::Decorrelated => "decorrelated".to_owned(),
        Jitter::Proportional(proportion) => format!("{}%", percent(proportion)),
    }
}

/// A hundred times `proportion`, to the digit: the point moves, and nothing is rounded.
fn percent(proportion: f64) -> String {
    let digits = proportion.abs().to_string(); // no exponent; and -0.0 is zero
    let (ones, rest) = digits.split_once('.').unwrap_or((&digits, ""));
    let rest = format!("{rest:0<2}");
    let (hundredths, rest) = rest.split_at(2);
    let ones = format!("{ones}{hundredths}");
    let ones = ones.trim_start_matches('0');
    let ones = if ones.is_empty() { "0" } else { ones };
    if rest.is_empty() { ones.to_owned() } else { format!("{ones}.{rest}") }
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn percents_are_written_to_the_digit() {
        let cases = [0.0, -0.0, 1.0, 0.25, 0.07, 0.5, 0.125, 1e-7, 0.333];
        let texts = ["0", "0", "100", "25", "7", "50", "12.5", "0.00001", "33.3"];
        assert_eq!(cases.map(percent), texts);
    }
}
