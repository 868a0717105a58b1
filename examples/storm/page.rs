//! The parts of `docs/storm.md` that the command writes, and the pictures in a form that the page can
//! carry with it.

use std::fmt::Write as _;
use std::ops::Range;

/// The pictures of the page: its name for each, and the file.
pub(crate) const PICTURES: [(&str, &str); 2] =
    [("stall", "storm-stall.svg"), ("contention", "storm-contention.svg")];

/// A definition of the link `name` that holds the whole picture as a `data:` URL. The rendered
/// documentation shows the page where its pictures' files are not.
pub(crate) fn definition(name: &str, svg: &str) -> String {
    let mut definition = format!("[{name}]: <data:image/svg+xml,");
    for character in svg.lines().flat_map(|line| line.chars().chain([' '])) {
        match character {
            // It would end the attribute, and both quotes mean the same in a picture.
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

/// Where in the page the table of that name stands: between its two markers.
pub(crate) fn section(page: &str, name: &str) -> Option<Range<usize>> {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let start = page.find(&begin)? + begin.len();
    let length = page[start..].find(&end)?;
    Some(start..start + length)
}
