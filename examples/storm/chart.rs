//! The pictures.

use std::error::Error;
use std::ops::Range;
use std::path::Path;

use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::SeriesLabelPosition::{LowerRight, UpperLeft};
use plotters::prelude::*;

use crate::simulation::contention::{Average, Backoff};
use crate::simulation::measures::Measures;
use crate::simulation::stall::Stall;
use crate::simulation::strategy::Strategy;

/// Distinguishable with any colour vision (Okabe and Ito, 2008).
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 0, 0),
    RGBColor(213, 94, 0),
    RGBColor(230, 159, 0),
    RGBColor(0, 158, 115),
    RGBColor(0, 114, 178),
    RGBColor(204, 121, 167),
];

const STALL: RGBColor = RGBColor(246, 216, 200);
const FONT: &str = "sans-serif";

/// Draws the calls that succeed in each second, a small chart for each strategy.
pub(crate) fn goodput(
    path: &Path,
    strategies: &[(Strategy, Measures)],
    model: &Stall,
) -> Result<(), Box<dyn Error>> {
    const COLUMNS: usize = 3;
    let rows = strategies.len().div_ceil(COLUMNS);
    let area = SVGBackend::new(path, (960, 150 * u32::try_from(rows)? + 40)).into_drawing_area();
    area.fill(&WHITE)?;
    let title = "Calls that succeed, per second; the server stands still from 0 s to 10 s";
    let panels = area.titled(title, (FONT, 17))?.split_evenly((rows, COLUMNS));
    for ((strategy, measures), panel) in strategies.iter().zip(panels) {
        let zero = i64::try_from(model.outage.start.as_secs())?;
        let length = i64::try_from(model.outage.end.as_secs())? - zero;
        let end = i64::try_from(model.end.as_secs())? - zero;
        let mut chart = ChartBuilder::on(&panel)
            .caption(strategy.name, (FONT, 14))
            .margin(6)
            .x_label_area_size(20)
            .y_label_area_size(30)
            .build_cartesian_2d(-20..end, 0_u32..250)?;
        let mut mesh = chart.configure_mesh();
        mesh.disable_x_mesh().x_labels(6).y_labels(3).max_light_lines(1).draw()?;
        chart.draw_series([Rectangle::new([(0, 0), (length, 250)], STALL.filled())])?;
        let points = (-zero..).zip(measures.goodput.iter().copied());
        let shown = points.filter(|&(second, _)| second >= -20);
        chart.draw_series(LineSeries::new(shown, COLOURS[4].stroke_width(1)))?;
    }
    area.present()?;
    Ok(())
}

/// The averages of one way of waiting, by the number of clients.
pub(crate) type Line = (Backoff, Vec<(u32, Average)>);

/// Draws calls and time against the number of clients.
pub(crate) fn contention(path: &Path, lines: &[Line]) -> Result<(), Box<dyn Error>> {
    let area = SVGBackend::new(path, (960, 420)).into_drawing_area();
    area.fill(&WHITE)?;
    let (left, right) = area.split_horizontally(480);
    let calls = |average: &Average| average.calls;
    panel(&left, "Calls until all clients have written", lines, 0.0..2_500.0, calls, UpperLeft)?;
    let time = |average: &Average| average.time.as_secs_f64();
    panel(
        &right,
        "Time until then, in seconds",
        lines,
        (0.1..100.0).log_scale(),
        time,
        LowerRight,
    )?;
    area.present()?;
    Ok(())
}

fn panel<Y>(
    area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    caption: &str,
    lines: &[Line],
    range: Y,
    value: impl Fn(&Average) -> f64,
    legend: SeriesLabelPosition,
) -> Result<(), Box<dyn Error>>
where
    Y: AsRangedCoord<Value = f64>,
    Y::CoordDescType: ValueFormatter<f64>,
{
    let clients: Range<u32> = 10..100;
    let mut chart = ChartBuilder::on(area)
        .caption(caption, (FONT, 17))
        .margin(10)
        .x_label_area_size(36)
        .y_label_area_size(44)
        .build_cartesian_2d(clients, range)?;
    chart
        .configure_mesh()
        .max_light_lines(1)
        .x_desc("clients")
        .y_label_formatter(&|value| value.to_string())
        .draw()?;
    for ((backoff, points), colour) in lines.iter().zip(COLOURS) {
        let points = points.iter().map(|(clients, average)| (*clients, value(average)));
        let style = colour.stroke_width(2);
        chart
            .draw_series(LineSeries::new(points, style))?
            .label(backoff.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], style));
    }
    Ok(chart
        .configure_series_labels()
        .position(legend)
        .background_style(WHITE.mix(0.8))
        .label_font((FONT, 12))
        .draw()?)
}
