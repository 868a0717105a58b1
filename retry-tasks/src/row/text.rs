//! Texts in a row that may be long.

/// At most `bytes` of a text, cut between characters, and without NUL, which no PostgreSQL text has.
pub(crate) fn bounded(text: &str, bytes: usize) -> String {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let cut = &text[..end];
    let ellipsis = if end < text.len() { "…" } else { "" };
    format!("{}{ellipsis}", cut.replace('\0', "\u{fffd}"))
}

/// A text in one line, for a log: whoever may write to the database may have written it.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\'' | '\\' => line.push(character),
            _ => line.extend(character.escape_debug()),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(bounded("žluťoučký", 3), "žl…");
        assert_eq!(bounded("žluťoučký", 4), "žlu…");
        assert_eq!(bounded("žlu", 1), "…");
        assert_eq!(bounded("short\0", 9), "short\u{fffd}");
    }

    #[test]
    fn what_breaks_a_line_or_moves_a_cursor_is_escaped() {
        assert_eq!(one_line("it's \"žlu\" \\"), "it's \"žlu\" \\");
        assert_eq!(one_line("a\nb\r\u{1b}[2J\u{202e}\0"), "a\\nb\\r\\u{1b}[2J\\u{202e}\\0");
    }
}
