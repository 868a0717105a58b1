//! [`Brief`]: a text that takes no memory from the heap while it is short.

use std::fmt::{self, Write};

use crate::primitives::bounded::write_bounded;

/// Most errors are no longer.
const SHORT: usize = 120;

/// A text, written out. While it is short, it stays where it is.
#[derive(Debug)]
pub(crate) struct Brief {
    /// The first bytes of it; `length` of them are written.
    short: [u8; SHORT],
    length: usize,
    /// The whole, once it is longer.
    long: String,
}

impl Brief {
    /// What `value` shows by its `Debug`, up to 64 KiB.
    pub(crate) fn of_debug(value: &dyn fmt::Debug) -> Self {
        let mut text = Self { short: [0; SHORT], length: 0, long: String::new() };
        write_bounded(&mut text, format_args!("{value:?}"));
        text
    }

    fn as_str(&self) -> &str {
        if self.long.is_empty() {
            std::str::from_utf8(&self.short[..self.length]).unwrap_or_default()
        } else {
            &self.long
        }
    }
}

impl Write for Brief {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.long.is_empty() {
            let end = self.length + text.len();
            if let Some(free) = self.short.get_mut(self.length..end) {
                free.copy_from_slice(text.as_bytes());
                self.length = end;
                return Ok(());
            }
            self.long = self.as_str().to_owned();
        }
        self.long.push_str(text);
        Ok(())
    }
}

impl fmt::Display for Brief {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_any_length_is_whole() {
        for length in [0, 1, SHORT - 1, SHORT, SHORT + 1, 1000] {
            for part in [1, 7, 2000] {
                let whole: String = "abcdefghij€".chars().cycle().take(length).collect();
                let parts: Vec<char> = whole.chars().collect();
                let mut text = Brief { short: [0; SHORT], length: 0, long: String::new() };
                for part in parts.chunks(part) {
                    text.write_str(&part.iter().collect::<String>()).unwrap();
                }
                assert_eq!(text.to_string(), whole);
            }
        }
    }

    #[test]
    fn a_value_is_shown_by_its_debug() {
        assert_eq!(Brief::of_debug(&Some("busy")).to_string(), r#"Some("busy")"#);
        let long = "x".repeat(3 * SHORT);
        assert_eq!(Brief::of_debug(&long).to_string(), format!("{long:?}"));
    }
}
