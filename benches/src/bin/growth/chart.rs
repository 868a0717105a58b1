//! The picture: what one costs, over what it costs where there is one.

use std::error::Error;
use std::path::Path;

use plotters::prelude::*;

use crate::{Line, NUMBERS};

/// Distinguishable with any colour vision (Okabe and Ito, 2008), and grey.
const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 0, 0),
    RGBColor(230, 159, 0),
    RGBColor(0, 158, 115),
    RGBColor(0, 114, 178),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(213, 94, 0),
    RGBColor(128, 128, 128),
];
/// What is in the table alone: other libraries, and what would lie on another line.
const NOT_DRAWN: [&str; 3] = ["further_failures", "semaphore_joins", "semaphore_admits"];
const FONT: &str = "sans-serif";

/// Draws the lines of this library, with their names beside them: where a line is level, the whole grows in
/// proportion.
pub(crate) fn draw(path: &Path, lines: &[Line]) -> Result<(), Box<dyn Error>> {
    let area = SVGBackend::new(path, (1_000, 440)).into_drawing_area();
    area.fill(&WHITE)?;
    let (left, right) = area.split_horizontally(560);
    let mut chart = ChartBuilder::on(&left)
        .caption("What one costs among many, over what it costs alone", (FONT, 16))
        .margin(10)
        .x_label_area_size(36)
        .y_label_area_size(56)
        .build_cartesian_2d((1.0..1e6).log_scale(), (0.001..1_000.0).log_scale())?;
    chart
        .configure_mesh()
        .max_light_lines(1)
        .x_desc("number")
        .x_label_formatter(&|number| format!("{number:.0}"))
        .y_label_formatter(&|times| times.to_string())
        .draw()?;
    let drawn: Vec<&Line> =
        lines.iter().filter(|line| !NOT_DRAWN.contains(&line.subject)).collect();
    assert!(drawn.len() <= COLOURS.len(), "each line has a colour of its own");
    for ((at, line), colour) in (0_i32..).zip(drawn).zip(COLOURS) {
        let numbers = NUMBERS.iter().map(|number| benches::table::figure(*number));
        let points =
            numbers.zip(&line.figures).map(|(number, cost)| (number, cost / line.figures[0]));
        chart.draw_series(LineSeries::new(points, colour.stroke_width(2)))?;
        let height = 60 + 26 * at;
        right.draw(&PathElement::new([(10, height), (30, height)], colour.stroke_width(3)))?;
        let title = line.title.replace('`', "");
        right.draw(&Text::new(title, (38, height - 6), (FONT, 13).into_font()))?;
    }
    area.present()?;
    Ok(())
}
