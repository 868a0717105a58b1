//! The page's first screen: what a hurried reader takes away.

use std::error::Error;
use std::path::Path;

use benches::table::{Cell, Table};
use plotters::prelude::*;

/// Found by colour vision of any kind (Okabe and Ito, 2008).
const OURS: RGBColor = RGBColor(213, 94, 0);
const OTHERS: RGBColor = RGBColor(160, 160, 160);
const FONT: &str = "sans-serif";
/// In pixels, of a bar and the space below it.
const BAR: i32 = 26;
/// Where the bars begin, in pixels.
const LEFT: i32 = 250;

/// A figure of one of the tables, by the names of both and the number of its column.
fn exact(tables: &[Table], table: &str, subject: &str, column: usize) -> f64 {
    let found = tables.iter().find(|it| it.name == table);
    found.unwrap_or_else(|| panic!("there is no table `{table}`")).exact(subject, column)
}

/// Five sentences.
pub(crate) fn lines(tables: &[Table]) -> String {
    let of = |table, subject, column| exact(tables, table, subject, column);
    let success = |subject| of("success path", subject, 0);
    let layer = |subject| of("layers", subject, 0) - of("layers", "none", 0);
    let over = |table, column| of(table, "persevere", column) / of(table, "hand_written", column);
    let future = |subject| of("future sizes", subject, 0);
    format!(
        "- A call that succeeds takes {ours} instructions, where a loop written by hand with jitter and events \
         takes {careful} and the bare function {bare}.\n\
         - It allocates nothing. A call that retries allocates once, {bytes} bytes.\n\
         - Its future takes {future} bytes, {more} more than the bare function's; that of the loop, {by_hand}.\n\
         - A closed circuit breaker adds {breaker} instructions to a healthy call, a budget {budget}, a \
         bulkhead {bulkhead}.\n\
         - What is dear: ten retries in vain take {exhaustion:.2} times the instructions of the loop without \
         events, and the compiler is given {ir:.2} times its lines of IR, for {text:.2} times its machine \
         code.\n",
        ours = success("persevere"),
        careful = success("careful"),
        bare = success("bare"),
        bytes = of("allocations", "persevere", 3),
        future = future("persevere"),
        more = future("persevere") - future("bare"),
        by_hand = future("hand_written"),
        breaker = layer("breaker"),
        budget = layer("budget"),
        bulkhead = layer("bulkhead"),
        exhaustion = over("exhaustion", 0),
        ir = over("compiled size", 0),
        text = over("compiled size", 2),
    )
}

/// Draws what each subject's successful call takes, as bars.
pub(crate) fn draw(path: &Path, tables: &[Table]) -> Result<(), Box<dyn Error>> {
    let table = tables.iter().find(|it| it.name == "success path").ok_or("nothing was measured")?;
    let mut bars: Vec<(&str, f64)> = table
        .rows
        .iter()
        .filter_map(|row| match row.cells.first() {
            Some(Cell::Exact(figure)) => Some((row.title.as_str(), *figure)),
            _ => None,
        })
        .collect();
    bars.sort_by(|one, other| one.1.total_cmp(&other.1));
    let longest = bars.iter().map(|(_, figure)| *figure).fold(1.0, f64::max);
    let height = u32::try_from(bars.len())? * BAR.unsigned_abs() + 44;
    let area = SVGBackend::new(path, (760, height)).into_drawing_area();
    area.fill(&WHITE)?;
    let font = |size: i32| (FONT, size).into_font();
    let title = "Instructions that a successful async call takes";
    area.draw(&Text::new(title, (10, 10), font(17)))?;
    for (at, (title, figure)) in (0_i32..).zip(&bars) {
        let title = title.replace(['`', '*'], "");
        let colour = if title == "persevere" { OURS } else { OTHERS };
        let top = 40 + at * BAR;
        #[allow(clippy::cast_possible_truncation, reason = "pixels")]
        let width = (figure / longest * 440.0).round() as i32;
        let corners = [(LEFT, top), (LEFT + width, top + BAR - 8)];
        area.draw(&Text::new(title, (10, top + 3), font(14)))?;
        area.draw(&Rectangle::new(corners, colour.filled()))?;
        area.draw(&Text::new(figure.to_string(), (LEFT + width + 6, top + 3), font(14)))?;
    }
    area.present()?;
    Ok(())
}
