//! The parts of `docs/storm.md` that the command writes, and its pictures as link definitions.

use std::fmt::Write as _;
use std::ops::Range;

/// The page's pictures: the name of the link, and the file.
pub(crate) const PICTURES: [(&str, &str); 3] = [
    ("stall", "storm-stall.svg"),
    ("asked", "storm-asked.svg"),
    ("contention", "storm-contention.svg"),
];

/// A definition of the link `name` with the whole picture as a `data:` URL: the rendered documentation
/// does not have the pictures' files.
pub(crate) fn definition(name: &str, svg: &str) -> String {
    let mut definition = format!("[{name}]: <data:image/svg+xml,");
    for character in svg.lines().flat_map(|line| line.chars().chain([' '])) {
        match character {
            // It would end the HTML attribute; in SVG, both quotes mean the same.
            '"' => definition.push('\''),
            '<' | '>' | '#' | '%' | '&' | '\\' => {
                write!(definition, "%{:02X}", u32::from(character))
                    .expect("a string takes any text");
            }
            _ => definition.push(character),
        }
    }
    definition + ">\n"
}

/// The range of the table of that name in the page: between its two markers.
pub(crate) fn section(page: &str, name: &str) -> Option<Range<usize>> {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let start = page.find(&begin)? + begin.len();
    let length = page[start..].find(&end)?;
    Some(start..start + length)
}
