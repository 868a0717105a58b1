//! The picture: what one costs, over what it costs where there is one.

use std::error::Error;
use std::path::Path;

use plotters::prelude::SeriesLabelPosition::UpperLeft;
use plotters::prelude::*;

use crate::{Line, NUMBERS};

/// Distinguishable with any colour vision (Okabe and Ito, 2008).
const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 0, 0),
    RGBColor(213, 94, 0),
    RGBColor(230, 159, 0),
    RGBColor(0, 158, 115),
    RGBColor(0, 114, 178),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(128, 128, 128),
];
const FONT: &str = "sans-serif";

/// Draws the lines of this library: each grows in proportion where it is level.
pub(crate) fn draw(path: &Path, lines: &[Line]) -> Result<(), Box<dyn Error>> {
    let area = SVGBackend::new(path, (960, 460)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption("What one costs among so many, over what it costs alone", (FONT, 17))
        .margin(10)
        .x_label_area_size(40)
        .y_label_area_size(50)
        .build_cartesian_2d((1.0..1e6).log_scale(), (0.01..1_000.0).log_scale())?;
    chart.configure_mesh().x_desc("number").y_desc("times the cost of one").draw()?;
    let ours = lines.iter().filter(|line| !line.subject.starts_with("semaphore"));
    for (line, colour) in ours.zip(COLOURS) {
        let points: Vec<(f64, f64)> = NUMBERS
            .iter()
            .zip(&line.figures)
            .map(|(number, cost)| (benches::table::figure(*number), cost / line.figures[0]))
            .collect();
        chart
            .draw_series(LineSeries::new(points, colour.stroke_width(2)))?
            .label(line.title.replace('`', ""))
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(UpperLeft)
        .background_style(WHITE.mix(0.8))
        .label_font((FONT, 12))
        .draw()?;
    area.present()?;
    Ok(())
}
