//! Pictures in Markdown.

use std::fmt::Write as _;

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
