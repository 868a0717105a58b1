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
}
