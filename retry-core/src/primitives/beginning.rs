//! The beginning of a text, in whole characters.

/// As much of `text` as fits into `most` bytes.
pub(crate) fn beginning(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_kept_whole_or_not_at_all() {
        let text = "aé€🦀"; // of 1, 2, 3 and 4 bytes
        let lengths = [0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10];
        for (most, length) in lengths.into_iter().enumerate() {
            assert_eq!(beginning(text, most), &text[..length], "of {most} bytes");
        }
    }
}
