//! Texts out of a queue are data: on a terminal they must neither move the cursor nor fill the screen.

use std::fmt::Write as _;

/// How many characters of an error a line of a list shows.
pub(crate) const IN_LIST: usize = 200;
/// How many characters an error has at most.
pub(crate) const ERROR: usize = 8_192;
/// How many characters of arguments or an output are shown.
pub(crate) const PAYLOAD: usize = 65_536;

/// A text in one line, of that many characters at most. What is not printable is escaped.
pub(crate) fn line(text: &str, characters: usize) -> String {
    let mut line = String::new();
    for (index, character) in text.chars().enumerate() {
        if index == characters {
            let _ = write!(line, "… ({} bytes)", text.len());
            break;
        }
        escape(character, &mut line);
    }
    line
}

/// A text of our own in several lines, in which parts may be others'.
pub(crate) fn lines(text: &str) -> String {
    let mut lines = String::new();
    for character in text.chars() {
        match character {
            '\n' | '\\' => lines.push(character),
            _ => escape(character, &mut lines),
        }
    }
    lines
}

fn escape(character: char, to: &mut String) {
    match character {
        '"' | '\'' => to.push(character),
        _ => to.extend(character.escape_debug()),
    }
}

/// JSON in one line, in which all that is not printable is escaped as JSON does it.
pub(crate) fn json(value: &serde_json::Value) -> String {
    let mut line = String::new();
    for character in value.to_string().chars() {
        let is_plain = character.is_ascii() && !character.is_ascii_control();
        if is_plain || character.escape_debug().count() == 1 {
            line.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(line, "\\u{unit:04x}");
            }
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_a_cursor_is_escaped() {
        let evil = "\u{1b}[2J\u{9b}1A\rgood\n\u{202e}txt\u{7f} \"žluť\" 狗";
        let shown = r#"\u{1b}[2J\u{9b}1A\rgood\n\u{202e}txt\u{7f} "žluť" 狗"#;
        assert_eq!(line(evil, 99), shown);
        let value = serde_json::json!({ "error": evil });
        let written = json(&value);
        assert!(written.chars().all(|c| c.escape_debug().count() == 1 || "\\\"'".contains(c)));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&written).unwrap(), value);
    }

    #[test]
    fn long_texts_are_cut_and_say_how_long_they_are() {
        assert_eq!(line("žluť", 4), "žluť");
        assert_eq!(line("žluť!", 4), "žluť… (7 bytes)");
    }
}
