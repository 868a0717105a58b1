//! `docs/performance.md`, whose tables are between markers, and its pictures.

#[path = "../../examples/storm/picture.rs"]
mod picture;

use std::fs;
use std::path::PathBuf;

use crate::children::workspace;
use crate::table::Table;

/// The page's pictures, each in `docs/performance-NAME.svg`.
const PICTURES: [&str; 2] = ["success", "growth"];

/// Puts `text` between the markers `<!-- NAME -->` and `<!-- end of NAME -->`.
///
/// # Panics
///
/// If the page does not have them, or cannot be read or written.
pub fn replace(name: &str, text: &str) {
    let path = workspace().join("docs/performance.md");
    let mut page = fs::read_to_string(&path).expect("the page can be read");
    let start = format!("<!-- {name} -->\n");
    let end = format!("<!-- end of {name} -->");
    let at = |marker: &str| {
        let at = page.find(marker);
        at.unwrap_or_else(|| panic!("docs/performance.md has no `{}`", marker.trim_end()))
    };
    let range = at(&start) + start.len()..at(&end);
    page.replace_range(range, text);
    fs::write(&path, page).expect("the page can be written");
}

/// Puts the tables into the page if the program was called with `--write`. Returns whether it was.
///
/// # Panics
///
/// As [`replace`].
pub fn write_if_asked(tables: &[Table]) -> bool {
    let is_asked = std::env::args().any(|argument| argument == "--write");
    if is_asked {
        for table in tables {
            replace(&table.name, &table.markdown());
        }
    }
    is_asked
}

/// The path of the picture of that name.
#[must_use]
pub fn picture(name: &str) -> PathBuf {
    workspace().join(format!("docs/performance-{name}.svg"))
}

/// Writes the definitions of all pictures for the rendered documentation, which does not have their files.
///
/// # Panics
///
/// If a picture cannot be read, or the definitions cannot be written.
pub fn define_pictures() {
    let definitions = PICTURES.map(|name| {
        let svg = fs::read_to_string(picture(name)).expect("the picture is committed");
        picture::definition(name, &svg)
    });
    let path = workspace().join("docs/performance-pictures.md");
    fs::write(path, definitions.concat()).expect("the definitions can be written");
}
