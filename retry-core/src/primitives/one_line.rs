//! [`OneLine`]: foreign text within a log line.
//!
//! An error's text may come from another machine: a line break in it would forge lines of the log, and
//! terminal or bidirectional control characters would change how they look.

#[cfg(feature = "tracing")]
use std::borrow::Cow;
use std::fmt::{self, Write};

use crate::primitives::beginning::beginning;
use crate::primitives::bounded::write_bounded;

/// The maximum length of an error's text in a line, in bytes: the complete line then fits into the 2048
/// that a syslog receiver should accept (RFC 5424, section 6.1).
const LONGEST: usize = 1024;

/// The maximum length of an id in a line, in bytes.
pub(crate) const LONGEST_ID: usize = 256;

/// Displays a text in one line: control and invisible characters are escaped, as `\n` or `\u{202e}`; a
/// text longer than 1024 bytes, escapes included, is cut between characters and ends in `…`.
///
/// All other characters are unchanged, backslashes too: the line is for people, not for parsing. Of a
/// `Display` that fails in the middle, the text so far is shown; one that never ends is stopped after
/// 64 KiB. Nothing is allocated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OneLine<T>(pub(crate) T);

impl<T: fmt::Display> fmt::Display for OneLine<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_at_most(LONGEST, format_args!("{}", self.0), f)
    }
}

/// As [`OneLine`], with a length limit of its own, in bytes: for quotations within a sentence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AtMost<T>(pub(crate) usize, pub(crate) T);

impl<T: fmt::Display> fmt::Display for AtMost<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_at_most(self.0, format_args!("{}", self.1), f)
    }
}

fn write_at_most(
    longest: usize,
    text: fmt::Arguments<'_>,
    to: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let mut line = Line { to, left: longest, is_cut: false, result: Ok(()) };
    write_bounded(&mut line, text);
    line.result
}

/// Whether a character would affect the line's layout instead of being shown.
///
/// General categories of Unicode 16.0 (`UnicodeData.txt`): the controls (Cc: C0, DEL, C1), the
/// separators of lines and paragraphs (Zl, Zp), and the invisible format characters (Cf):
/// bidirectional controls, zero-width spaces and joiners, tags, annotations. Of Cf, these are kept: the
/// visible signs before numbers in Arabic, Syriac and Kaithi (`PropList.txt`,
/// `Prepended_Concatenation_Mark`), and U+200C and U+200D, which Persian words and emoji need.
const fn is_control(letter: char) -> bool {
    matches!(
        letter,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Whether a text needs no escapes.
#[cfg(any(feature = "overrides", feature = "tracing"))]
pub(crate) fn is_one_line(text: &str) -> bool {
    !text.contains(is_control)
}

/// The same as a string, for fields that take nothing else: borrowed if it needs no escapes.
#[cfg(feature = "tracing")]
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST && is_one_line(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(OneLine(text).to_string())
    }
}

/// Escapes what is written to it, and cuts it.
struct Line<'f, 'o> {
    to: &'f mut fmt::Formatter<'o>,
    /// The number of bytes left.
    left: usize,
    is_cut: bool,
    /// The result of the writes to `to`, as opposed to the text's own `Display`.
    result: fmt::Result,
}

impl Line<'_, '_> {
    fn put(&mut self, letters: &str) {
        if self.result.is_ok() {
            self.left -= letters.len();
            self.result = self.to.write_str(letters);
        }
    }

    fn cut(&mut self) {
        self.is_cut = true;
        if self.result.is_ok() {
            self.result = self.to.write_char('…');
        }
    }
}

impl Write for Line<'_, '_> {
    /// Ignores everything after the cut: a `Display` might panic at an error from a full buffer.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while !rest.is_empty() && !self.is_cut {
            let (plain, after) = rest.split_at(rest.find(is_control).unwrap_or(rest.len()));
            let fitting = beginning(plain, self.left);
            self.put(fitting);
            if fitting.len() < plain.len() {
                self.cut();
                break;
            }
            let mut letters = after.chars();
            if let Some(escape) = letters.next().map(char::escape_default) {
                if escape.len() > self.left {
                    self.cut();
                    break;
                }
                let mut bytes = [0; 4];
                escape.for_each(|letter| self.put(letter.encode_utf8(&mut bytes)));
            }
            rest = letters.as_str();
        }
        self.result
    }
}

/// All of a text, escaped, for what is short.
pub(crate) fn escaped(text: &str) -> String {
    AtMost(usize::MAX, text).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex_syntax::hir::{Class, ClassUnicodeRange, HirKind};

    use super::*;

    fn shown(text: &str) -> String {
        OneLine(text).to_string()
    }

    #[test]
    fn a_text_is_one_line_and_no_longer_than_the_limit() {
        assert_eq!(shown("busy\nERROR auth: root"), r"busy\nERROR auth: root");
        assert_eq!(shown(&"x".repeat(2000)).len(), LONGEST + "…".len());
    }

    #[test]
    fn what_is_escaped_are_the_categories_that_the_comment_names() {
        let escaped =
            r"[[\p{Cc}\p{Zl}\p{Zp}\p{Cf}]--[\p{Prepended_Concatenation_Mark}\x{200c}\x{200d}]]";
        let class = regex_syntax::parse(escaped).unwrap();
        let HirKind::Class(Class::Unicode(escaped)) = class.kind() else { panic!("{class:?}") };
        let tags = '\u{e0000}'..='\u{e007f}'; // not all of which are assigned
        for letter in '\0'..=char::MAX {
            let is_escaped =
                |range: &ClassUnicodeRange| (range.start()..=range.end()).contains(&letter);
            let expected = escaped.iter().any(is_escaped) || tags.contains(&letter);
            assert_eq!(is_control(letter), expected, "{}", letter.escape_unicode());
        }
    }

    #[test]
    fn a_text_of_letters_is_shown_as_it_is() {
        for text in ["", "busy", r"C:\new", "\"quoted\"", "naïve", "می‌خواهم", "👨‍👩‍👧", "a…b"]
        {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn what_is_no_letter_is_escaped() {
        assert_eq!(shown("a\nb\r\n\tc\0"), r"a\nb\r\n\tc\u{0}");
        assert_eq!(shown("\u{1b}[31mred"), r"\u{1b}[31mred");
        assert_eq!(shown("\u{7f}\u{85}\u{9b}"), r"\u{7f}\u{85}\u{9b}");
        assert_eq!(shown("\u{2028}\u{2029}\u{202e}"), r"\u{2028}\u{2029}\u{202e}");
        assert_eq!(shown("pass\u{200b}word\u{e0041}"), r"pass\u{200b}word\u{e0041}");
    }

    #[test]
    fn a_long_text_is_cut_between_characters_and_never_within_an_escape() {
        let long = |text: &str, count: usize| shown(&text.repeat(count));
        assert_eq!(long("x", 1024), "x".repeat(1024));
        assert_eq!(long("x", 1025), format!("{}…", "x".repeat(1024)));
        assert_eq!(long("€", 342), format!("{}…", "€".repeat(341)));
        assert_eq!(long("\n", 512), r"\n".repeat(512));
        assert_eq!(long("\n", 513), format!("{}…", r"\n".repeat(512)));
        assert_eq!(long("\u{202e}", 129), format!("{}…", r"\u{202e}".repeat(128)));
        let odd = format!("x{}", "\n".repeat(512));
        assert_eq!(shown(&odd), format!("x{}…", r"\n".repeat(511)));
        assert_eq!(AtMost(3, "abcd").to_string(), "abc…");
    }

    /// A `Display` that assumes that writing never fails.
    struct Sure;

    impl fmt::Display for Sure {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            (0..10_000).for_each(|_| f.write_str("abc").unwrap());
            Ok(())
        }
    }

    #[test]
    fn a_display_that_takes_no_error_is_not_told_of_the_cut() {
        assert!(OneLine(Sure).to_string().ends_with("ca…"));
    }

    #[test]
    fn a_writer_that_fails_is_told_of() {
        struct Full;

        impl Write for Full {
            fn write_str(&mut self, _: &str) -> fmt::Result {
                Err(fmt::Error)
            }
        }

        for text in ["busy", "\n"] {
            assert_eq!(write!(Full, "{}", OneLine(text)), Err(fmt::Error));
        }
        assert_eq!(write!(Full, "{}", AtMost(0, "busy")), Err(fmt::Error));
        assert_eq!(write!(Full, "{}", OneLine("")), Ok(()));
    }

    proptest! {
        #[test]
        fn any_text_makes_one_line(parts in proptest::collection::vec(".{0,9}|\\PC{0,300}|\\p{C}{0,99}", 0..9)) {
            struct All(Vec<String>);

            impl fmt::Display for All {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    self.0.iter().try_for_each(|part| f.write_str(part))
                }
            }

            let whole = parts.concat();
            let line = OneLine(All(parts)).to_string();
            prop_assert_eq!(&line, &shown(&whole)); // however it is cut into parts
            prop_assert!(!line.contains(is_control));
            prop_assert!(line.lines().count() <= 1);
            prop_assert!(line.len() <= LONGEST + "…".len());
            #[cfg(feature = "tracing")]
            {
                let field = one_line(&whole);
                prop_assert_eq!(matches!(field, Cow::Borrowed(_)), whole == line);
                prop_assert_eq!(field, line);
            }
        }
    }
}
