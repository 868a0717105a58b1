//! What is printed: lines of text, or JSON.

use std::io::{self, StdoutLock, Write as _};

use serde_json::Value;

use crate::quote;

pub(crate) struct Printer {
    out: StdoutLock<'static>,
    is_json: bool,
}

impl Printer {
    pub(crate) fn new(is_json: bool) -> Self {
        Self { out: io::stdout().lock(), is_json }
    }

    /// Prints the one or the other.
    pub(crate) fn print(
        &mut self,
        text: impl FnOnce() -> String,
        json: impl FnOnce() -> Value,
    ) -> io::Result<()> {
        if self.is_json {
            return writeln!(self.out, "{}", quote::json(&json()));
        }
        writeln!(self.out, "{}", text())
    }

    /// Prints a line that is for people alone.
    pub(crate) fn head(&mut self, text: &str) -> io::Result<()> {
        if self.is_json { Ok(()) } else { writeln!(self.out, "{text}") }
    }
}
