//! [`ResponseBody`]: what is kept of a body, and what is shown of it.

use std::fmt::{self, Write as _};

use super::http_error::HttpError;

/// How many characters of a body are shown in a message.
const SHOWN: usize = 200;

/// The beginning of a body, as text.
pub(super) struct ResponseBody(String);

impl ResponseBody {
    pub(super) fn beginning_of(body: &[u8]) -> Self {
        let kept = &body[..body.len().min(HttpError::BODY_LIMIT)];
        // A character that the limit has cut in two is left out.
        let whole = match str::from_utf8(kept) {
            Err(error) if kept.len() < body.len() && error.error_len().is_none() => {
                &kept[..error.valid_up_to()]
            }
            _ => kept,
        };
        Self(String::from_utf8_lossy(whole).into_owned())
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

/// Its first words in one line: what a server sends must not pass for lines of a log of its own.
impl fmt::Display for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.trim();
        for character in text.chars().take(SHOWN) {
            if is_misleading(character) {
                write!(f, "{}", character.escape_unicode())?;
            } else {
                f.write_char(character)?;
            }
        }
        if text.chars().nth(SHOWN).is_some() { f.write_char('…') } else { Ok(()) }
    }
}

/// As it is displayed.
impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Control characters, ends of lines among them, and those that turn the direction of writing.
fn is_misleading(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_body_is_cut_between_characters() {
        let limit = HttpError::BODY_LIMIT;
        let body = ResponseBody::beginning_of("a".repeat(limit + 1).as_bytes());
        assert_eq!(body.text().len(), limit);
        let body = ResponseBody::beginning_of("é".repeat(limit).as_bytes());
        assert_eq!(body.text(), "é".repeat(limit / 2));
        let body = ResponseBody::beginning_of(format!("a{}", "é".repeat(limit)).as_bytes());
        assert_eq!(body.text(), format!("a{}", "é".repeat(limit / 2 - 1)));
        let body = ResponseBody::beginning_of(b"not \xff text \xc3");
        assert_eq!(body.text(), "not \u{FFFD} text \u{FFFD}");
    }

    #[test]
    fn the_message_has_one_line_of_it() {
        let shown = |body: &str| ResponseBody::beginning_of(body.as_bytes()).to_string();
        assert_eq!(shown("\n{\"error\": \"quota\"}\n"), "{\"error\": \"quota\"}");
        assert_eq!(
            shown("a\r\nERROR auth: \x1b[31m\u{202E}root"),
            r"a\u{d}\u{a}ERROR auth: \u{1b}[31m\u{202e}root"
        );
        assert_eq!(shown(&"é".repeat(SHOWN)), "é".repeat(SHOWN));
        assert_eq!(shown(&"é".repeat(SHOWN + 1)), format!("{}…", "é".repeat(SHOWN)));
    }
}
