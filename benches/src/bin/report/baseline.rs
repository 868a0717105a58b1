//! [`Baseline`]: the exact figures of an earlier run, compared with those of a new one.

use std::collections::BTreeMap;
use std::fmt;

/// The share by which a figure may exceed the baseline's.
const TOLERANCE: f64 = 1.02;
/// By how much at least, where [`TOLERANCE`] of a figure is no whole one: one instruction of forty
/// comes and goes with what is compiled beside it.
const SLACK: f64 = 1.0;
/// The figures below which there is no slack: allocations and crates are added on purpose.
const FEW: f64 = 20.0;

/// Figures by their names.
pub(crate) type Baseline = BTreeMap<String, f64>;

/// The finding about one figure.
#[derive(Debug, PartialEq)]
pub(crate) enum Finding {
    /// It grew.
    Regression {
        /// Of the figure.
        name: String,
        /// Of the baseline.
        before: f64,
        /// Measured.
        now: f64,
    },
    /// It shrank by more than the tolerance.
    Better {
        /// Of the figure.
        name: String,
        /// Of the baseline.
        before: f64,
        /// Measured.
        now: f64,
    },
    /// The baseline does not have it.
    New {
        /// Of the figure.
        name: String,
        /// Measured.
        now: f64,
    },
    /// It was not measured.
    Gone {
        /// Of the figure.
        name: String,
    },
}

impl Finding {
    /// Whether a check fails for it.
    pub(crate) fn is_failure(&self) -> bool {
        !matches!(self, Self::Better { .. })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Regression { name, before, now } => {
                write!(f, "{name}: {now}, in the baseline {before}: a regression")
            }
            Self::Better { name, before, now } => {
                write!(f, "{name}: {now}, in the baseline {before}: better")
            }
            Self::New { name, now } => write!(f, "{name}: {now}, but nothing in the baseline"),
            Self::Gone { name } => write!(f, "{name}: in the baseline, but not measured"),
        }
    }
}

/// The findings about `figures`, compared with `baseline`; none for unchanged figures.
pub(crate) fn compare(baseline: &Baseline, figures: &Baseline) -> Vec<Finding> {
    let measured = figures.iter().filter_map(|(name, &now)| {
        let name = name.clone();
        match baseline.get(&name) {
            None => Some(Finding::New { name, now }),
            Some(&before) if now > most(before) => Some(Finding::Regression { name, before, now }),
            Some(&before) if before > most(now) => Some(Finding::Better { name, before, now }),
            Some(_) => None,
        }
    });
    let gone = baseline.keys().filter(|name| !figures.contains_key(*name));
    measured.chain(gone.map(|name| Finding::Gone { name: name.clone() })).collect()
}

/// The largest figure that still passes for `before`.
fn most(before: f64) -> f64 {
    if before < FEW { before } else { (before * TOLERANCE).max(before + SLACK) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(before: f64, now: f64) -> Option<Finding> {
        let figures = |figure| Baseline::from([("a".to_owned(), figure)]);
        compare(&figures(before), &figures(now)).pop()
    }

    #[test]
    fn growth_beyond_the_tolerance_fails() {
        for (before, now) in [(1_000.0, 1_021.0), (38.0, 40.0), (0.0, 1.0), (1.0, 2.0), (7.0, 8.0)]
        {
            let finding = found(before, now).expect("it grew");
            assert_eq!(finding, Finding::Regression { name: "a".to_owned(), before, now });
            assert!(finding.is_failure());
            let back = found(now, before).expect("it shrank");
            assert!(!back.is_failure(), "{back}");
        }
    }

    #[test]
    fn one_instruction_of_forty_and_two_of_a_hundred_pass() {
        for (before, now) in [(38.0, 39.0), (100.0, 102.0), (1_000.0, 1_020.0), (0.0, 0.0)] {
            assert_eq!(found(before, now), None);
            assert_eq!(found(now, before), None);
        }
    }

    #[test]
    fn what_is_in_one_alone_fails() {
        let [a, b] = ["a", "b"].map(|name| Baseline::from([(name.to_owned(), 1.0)]));
        let findings = compare(&a, &b);
        let new = Finding::New { name: "b".to_owned(), now: 1.0 };
        assert_eq!(findings, [new, Finding::Gone { name: "a".to_owned() }]);
        assert!(findings.iter().all(Finding::is_failure));
    }
}
