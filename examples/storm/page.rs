//! The parts of `docs/storm.md` that the command writes.

use std::ops::Range;

/// The page's pictures: the name of the link, and the file.
pub(crate) const PICTURES: [(&str, &str); 3] = [
    ("stall", "storm-stall.svg"),
    ("asked", "storm-asked.svg"),
    ("contention", "storm-contention.svg"),
];

/// The range of the table of that name in the page: between its two markers.
pub(crate) fn section(page: &str, name: &str) -> Option<Range<usize>> {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let start = page.find(&begin)? + begin.len();
    let length = page[start..].find(&end)?;
    Some(start..start + length)
}
