//! [`LastError`]: a site's last error, kept without allocating.

use std::fmt::{self, Write as _};
use std::time::SystemTime;

use crate::events::text::Text;
use crate::primitives::beginning::beginning;
use crate::primitives::bounded::write_bounded;
use crate::primitives::one_line::escaped;
use crate::time::clock;

/// How many bytes of an error's text are kept.
const LONGEST: usize = 120;

/// The last error of a [`Site`](super::Site).
///
/// ```
/// for site in persevere::sites() {
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
    /// The error as events show it, in one line: its first 120 bytes, with line breaks and controls
    /// escaped; a longer one ends in `…`.
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
pub(super) struct Kept {
    /// When the attempt failed; `None` if none has.
    at: Option<SystemTime>,
    text: [u8; LONGEST],
    length: u8,
    is_cut: bool,
}

impl Kept {
    /// No error so far. A function, since a constant would be copied.
    #[inline]
    pub(super) const fn nothing() -> Self {
        Self { at: None, text: [0; LONGEST], length: 0, is_cut: false }
    }

    /// Of an error that has happened now, in what was [`nothing`](Self::nothing): in place, where
    /// making and returning it would copy it.
    pub(super) fn keep(&mut self, error: &Text<'_>) {
        self.at = Some(clock::wall());
        // Unchanged: it is escaped when it is read, which is rarer.
        let _ = match error {
            Text::Display(error) => return write_bounded(self, format_args!("{error}")),
            Text::Debug(error) => return write_bounded(self, format_args!("{error:?}")),
            Text::Owned(text) => self.write_str(text),
            Text::Name(name) => self.write_str(name),
        };
    }

    /// Becomes what `later` is, unless that is nothing. Of its text, only what it has is copied.
    pub(super) fn give_way_to(&mut self, later: &Self) {
        if later.at.is_some() {
            self.at = later.at;
            let length = usize::from(later.length);
            self.text[..length].copy_from_slice(&later.text[..length]);
            self.length = later.length;
            self.is_cut = later.is_cut;
        }
    }

    pub(super) fn shown(&self) -> Option<LastError> {
        let at = self.at?;
        let text = &self.text[..usize::from(self.length)];
        let mut text = escaped(&String::from_utf8_lossy(text));
        if self.is_cut {
            text.push('…');
        }
        Some(LastError { text, at })
    }
}

impl fmt::Write for Kept {
    /// Takes what fits, in whole characters, and drops the rest without an error: a `Display` that gets
    /// one may panic.
    #[inline]
    fn write_str(&mut self, more: &str) -> fmt::Result {
        if self.is_cut {
            return Ok(());
        }
        let (start, place) = (usize::from(self.length), LONGEST - usize::from(self.length));
        self.is_cut = more.len() > place;
        let taken = beginning(more, place);
        self.text[start..start + taken.len()].copy_from_slice(taken.as_bytes());
        self.length += u8::try_from(taken.len()).unwrap_or(0); // at most `LONGEST`
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept_now(error: &Text<'_>) -> Kept {
        let mut kept = Kept::nothing();
        kept.keep(error);
        kept
    }

    fn kept(error: &(dyn fmt::Display + Sync)) -> LastError {
        kept_now(&Text::Display(error)).shown().expect("there is an error")
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let text = |error: &str| kept(&error).text().to_owned();
        assert_eq!(text("busy"), "busy");
        assert_eq!(text(&"x".repeat(120)), "x".repeat(120));
        assert_eq!(text(&"x".repeat(121)), format!("{}…", "x".repeat(120)));
        assert_eq!(text(&format!("x{}", "é".repeat(90))), format!("x{}…", "é".repeat(59)));
    }

    #[test]
    fn nothing_follows_what_was_cut() {
        struct InParts(String);

        impl fmt::Display for InParts {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)?;
                f.write_str("é")?;
                f.write_str("y")
            }
        }

        let long = format!("x{}", "é".repeat(59));
        assert_eq!(kept(&InParts(long.clone())).text(), format!("{long}…"));
    }

    #[test]
    fn nothing_is_left_of_a_longer_error_and_nothing_takes_an_error_away() {
        let mut last = Kept::nothing();
        assert_eq!(last.shown(), None);
        for error in ["a long error", "busy", &"x".repeat(121), "down"] {
            let now = kept_now(&Text::Owned(error.to_owned()));
            last.give_way_to(&now);
            assert_eq!(last.shown(), now.shown());
            last.give_way_to(&Kept::nothing());
            assert_eq!(last.shown(), now.shown());
        }
    }
}
