//! What callgrind counts, by the names of benchmark function and subject.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::children::{cargo, text, workspace};

/// Instructions, by the names of function and subject.
#[derive(Debug)]
pub struct Counts(BTreeMap<(String, String), f64>);

impl Counts {
    /// Runs that benchmark program under callgrind.
    ///
    /// # Panics
    ///
    /// If it cannot be run, or what it writes cannot be read.
    #[must_use]
    pub fn of(program: &str) -> Self {
        Self::with_features(program, "")
    }

    /// As [`of`](Self::of), built with these features of this package.
    ///
    /// # Panics
    ///
    /// As [`of`](Self::of).
    #[must_use]
    pub fn with_features(program: &str, features: &str) -> Self {
        let mut command = cargo(workspace());
        command.args(["bench", "-q", "-p", "benches", "--features", features]);
        command.args(["--bench", program, "--"]);
        let said = text(command.arg("--output-format=json"));
        Self(said.lines().filter(|line| line.starts_with('{')).map(count).collect())
    }

    /// That of a subject, if it was counted.
    #[must_use]
    pub fn get(&self, function: &str, subject: &str) -> Option<f64> {
        self.0.get(&(function.to_owned(), subject.to_owned())).copied()
    }
}

/// One line of gungraun's: a benchmark.
fn count(line: &str) -> ((String, String), f64) {
    let benchmark: Value = serde_json::from_str(line).expect("gungraun writes JSON");
    let name = |key: &str| benchmark[key].as_str().expect("a benchmark has a name").to_owned();
    let profile = &benchmark["profiles"][0]["data"]["total"]["metrics"]["Ir"]["values"];
    // Beside `old` where it has run before, or alone.
    let instructions = profile["new"].as_f64().or_else(|| profile["both"][0].as_f64());
    let instructions = instructions.unwrap_or_else(|| panic!("no instructions in {profile}"));
    ((name("function_name"), name("id")), instructions)
}
