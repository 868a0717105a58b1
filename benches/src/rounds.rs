//! Times, which only mean something beside others of the same run: taken in turns, over rounds.

use std::fmt::Write;

/// What one subject took in each round.
#[derive(Clone, Debug)]
pub struct Times(pub Vec<f64>);

impl Times {
    /// The middle one.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[must_use]
    pub fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    }

    /// `1.02 (0.98–1.07)`: the median with the least and the most, each over `unit`.
    #[must_use]
    pub fn over(&self, unit: f64, decimals: usize) -> String {
        let least = self.0.iter().copied().fold(f64::INFINITY, f64::min) / unit;
        let most = self.0.iter().copied().fold(0.0, f64::max) / unit;
        let mut text = format!("{:.decimals$}", self.median() / unit);
        write!(text, " ({least:.decimals$}–{most:.decimals$})").expect("a string takes everything");
        text
    }
}

/// Measures each subject once a round, in turns, so that what disturbs one disturbs all.
pub fn interleaved<S>(
    subjects: &[S],
    rounds: usize,
    mut measure: impl FnMut(&S) -> f64,
) -> Vec<Times> {
    let mut times = vec![Times(Vec::new()); subjects.len()];
    for _ in 0..rounds {
        for (subject, times) in subjects.iter().zip(&mut times) {
            times.0.push(measure(subject));
        }
    }
    times
}
