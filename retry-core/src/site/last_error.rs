//! [`LastError`]: a site's last error, kept without allocating.

use std::fmt::{self, Write as _};
use std::time::SystemTime;

use crate::clock;

/// How many bytes of an error's text are kept.
const LONGEST: usize = 120;

/// The last error of a [`Site`](super::Site).
///
/// ```
/// for site in retry_core::sites() {
///     if let Some(error) = site.last_error() {
///         println!("{}: {} ({:?} ago)", site.name(), error.text(), error.at().elapsed());
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastError {
    text: String,
    at: SystemTime,
}

impl LastError {
    /// The error as events show it, of which the first 120 bytes are kept; one that was longer
    /// ends in `…`.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// When the attempt failed, by the wall clock.
    #[must_use]
    pub const fn at(&self) -> SystemTime {
        self.at
    }
}

/// The start of an error's text, in place.
#[derive(Clone, Copy)]
pub(super) struct Kept {
    at: SystemTime,
    text: [u8; LONGEST],
    length: u8,
    is_cut: bool,
}

impl Kept {
    pub(super) fn now(error: &dyn fmt::Display) -> Self {
        let mut kept = Self { at: clock::wall(), text: [0; LONGEST], length: 0, is_cut: false };
        // An error in the middle of its own `Display` leaves what it wrote before.
        let _ = write!(kept, "{error}");
        kept
    }

    pub(super) fn shown(&self) -> LastError {
        let text = &self.text[..usize::from(self.length)];
        let mut text = String::from_utf8_lossy(text).into_owned();
        if self.is_cut {
            text.push('…');
        }
        LastError { text, at: self.at }
    }
}

impl fmt::Write for Kept {
    /// Takes what fits, in whole characters, and lets the rest go: a `Display` that is told of a
    /// full buffer may panic.
    fn write_str(&mut self, more: &str) -> fmt::Result {
        if self.is_cut {
            return Ok(());
        }
        let (start, place) = (usize::from(self.length), LONGEST - usize::from(self.length));
        self.is_cut = more.len() > place;
        let taken = if self.is_cut { &more[..more.floor_char_boundary(place)] } else { more };
        self.text[start..start + taken.len()].copy_from_slice(taken.as_bytes());
        self.length += u8::try_from(taken.len()).unwrap_or(0); // at most `LONGEST`
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let text = |error: &str| Kept::now(&error).shown().text().to_owned();
        assert_eq!(text("busy"), "busy");
        assert_eq!(text(&"x".repeat(120)), "x".repeat(120));
        assert_eq!(text(&"x".repeat(121)), format!("{}…", "x".repeat(120)));
        assert_eq!(text(&format!("x{}", "é".repeat(90))), format!("x{}…", "é".repeat(59)));
    }

    #[test]
    fn nothing_follows_what_was_cut() {
        let long = "é".repeat(59);
        let kept = Kept::now(&format_args!("x{long}{}{}", "é", "y"));
        assert_eq!(kept.shown().text(), format!("x{long}…"));
    }
}
