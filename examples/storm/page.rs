//! The parts of `docs/storm.md` that are written by the command.

use std::ops::Range;

/// Where in the page the table of that name stands: between its two markers.
pub(crate) fn section(page: &str, name: &str) -> Option<Range<usize>> {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let start = page.find(&begin)? + begin.len();
    let length = page[start..].find(&end)?;
    Some(start..start + length)
}
