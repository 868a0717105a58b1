//! [`ResponseBody`]: the part of a body that an error keeps, and the part that it shows.

use std::fmt;

use super::http_error::HttpError;
use crate::primitives::one_line::AtMost;

/// The maximum length of a body in a message, in bytes.
const SHOWN: usize = 200;

/// The beginning of a body, as text.
pub(super) struct ResponseBody(String);

impl ResponseBody {
    pub(super) fn beginning_of(body: &[u8]) -> Self {
        let kept = &body[..body.len().min(HttpError::BODY_LIMIT)];
        // A character that the limit would cut in two is dropped.
        let whole = match std::str::from_utf8(kept) {
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

/// Its first words, in one line.
impl fmt::Display for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        AtMost(SHOWN, self.0.trim()).fmt(f)
    }
}

/// As it is displayed.
impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
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
        let forged = shown("a\r\nERROR auth: \x1b[31m\u{202E}root");
        assert_eq!(forged, r"a\r\nERROR auth: \u{1b}[31m\u{202e}root");
        assert_eq!(shown(&"é".repeat(SHOWN / 2)), "é".repeat(SHOWN / 2));
        assert_eq!(shown(&"é".repeat(SHOWN)), format!("{}…", "é".repeat(SHOWN / 2)));
    }
}
