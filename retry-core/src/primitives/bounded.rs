//! Writing a `Display` that may fail in the middle, or never end.

use std::fmt::{self, Write};

use crate::primitives::beginning::beginning;

/// The maximum number of bytes taken from a `Display`.
const READ: usize = 64 * 1024;

/// Writes a text that may fail in the middle, or never end.
pub(crate) fn write_bounded(to: &mut impl Write, text: fmt::Arguments<'_>) {
    // Its only errors are those of the text's own `Display`, and the bound.
    let _ = Bounded { to, left: READ }.write_fmt(text);
}

/// The text that `text` displays, up to 64 KiB. `to_string` would panic at a `Display` that fails, and
/// never return from one that does not end.
pub(crate) fn written_out(text: fmt::Arguments<'_>) -> String {
    let mut written = String::new();
    write_bounded(&mut written, text);
    written
}

/// Takes a limited number of bytes, then fails. An empty write counts as one byte.
struct Bounded<'t, W> {
    to: &'t mut W,
    left: usize,
}

impl<W: Write> Write for Bounded<'_, W> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        match self.left.checked_sub(text.len().max(1)) {
            Some(left) => {
                self.left = left;
                self.to.write_str(text)
            }
            None => self.end(text),
        }
    }
}

impl<W: Write> Bounded<'_, W> {
    #[cold]
    fn end(&mut self, text: &str) -> fmt::Result {
        let _ = self.to.write_str(beginning(text, self.left));
        self.left = 0;
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitives::one_line::OneLine;

    /// Writes its parts, and then fails or goes on for ever.
    struct Parts(&'static [&'static str], bool);

    impl fmt::Display for Parts {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.iter().try_for_each(|part| f.write_str(part))?;
            if self.1 {
                std::iter::repeat(self.0).try_for_each(|parts| f.write_str(parts[0]))
            } else {
                Err(fmt::Error)
            }
        }
    }

    #[test]
    fn nothing_follows_what_was_cut() {
        const LONG: &str = match std::str::from_utf8(&[b'x'; 1023]) {
            Ok(long) => long,
            Err(_) => "",
        };
        assert_eq!(OneLine(Parts(&[LONG, "é", "y"], false)).to_string(), format!("{LONG}…"));
    }

    #[test]
    fn a_display_that_fails_has_written_what_it_has() {
        assert_eq!(OneLine(Parts(&["a\n", "b"], false)).to_string(), r"a\nb");
        assert_eq!(written_out(format_args!("{}", Parts(&["a\n", "b"], false))), "a\nb");
    }

    #[test]
    fn a_display_without_end_is_stopped() {
        assert_eq!(OneLine(Parts(&["xy"], true)).to_string(), format!("{}…", "xy".repeat(512)));
        assert_eq!(OneLine(Parts(&[""], true)).to_string(), "");
        let written = written_out(format_args!("{}", Parts(&["€"], true)));
        assert_eq!(written, "€".repeat(64 * 1024 / 3));
    }
}
