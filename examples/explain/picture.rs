//! A policy as a picture: a bar for each retry on the left, the sum of the waits on the right.

use std::error::Error;
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use persevere::Policy;
use plotters::coord::Shift;
use plotters::prelude::*;

/// Distinguishable with any colour vision (Okabe and Ito, 2008).
const SURE: RGBColor = RGBColor(0, 114, 178);
const JITTER: RGBColor = RGBColor(230, 159, 0);
const FONT: &str = "sans-serif";

/// More bars than this would be too thin to distinguish.
const MOST_RETRIES: u32 = 100;

/// Draws `policy` into the file at `path`.
pub(crate) fn draw(path: &Path, name: &str, policy: &Policy) -> Result<(), Box<dyn Error>> {
    let retries = policy.max_retries();
    if !(1..=MOST_RETRIES).contains(&retries) {
        let range = format!("`max_retries` from 1 to {MOST_RETRIES}");
        return Err(format!("a picture has room for {range}, and this is {retries}").into());
    }
    let waits: Vec<_> = policy.delay_ranges().collect();
    let totals: Vec<_> = waits
        .iter()
        .scan((Duration::ZERO, Duration::ZERO), |(least, most), wait| {
            *least = least.saturating_add(*wait.start());
            *most = most.saturating_add(*wait.end());
            Some(*least..=*most)
        })
        .collect();
    let area = SVGBackend::new(path, (960, 150 + 22 * retries)).into_drawing_area();
    area.fill(&WHITE)?;
    let charts = area.titled(&format!("{name}: {policy}"), (FONT, 17))?;
    let (left, right) = charts.split_horizontally(480);
    bars(&left, "The wait before each retry, in seconds", &waits)?;
    bars(&right, "All waits up to it, in seconds", &totals)?;
    area.present()?;
    Ok(())
}

/// A bar for each retry: blue up to the shortest wait, orange up to the longest.
fn bars(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    caption: &str,
    spans: &[RangeInclusive<Duration>],
) -> Result<(), Box<dyn Error>> {
    let longest = spans.iter().map(|span| *span.end()).max().unwrap_or_default().as_secs_f64();
    let longest = if longest > 0.0 { longest } else { 1.0 };
    let retries = f64::from(u32::try_from(spans.len())?);
    let mut chart = ChartBuilder::on(area)
        .caption(caption, (FONT, 14))
        .margin(10)
        .x_label_area_size(36)
        .y_label_area_size(44)
        // Counted down from zero, so that the first retry is on top.
        .build_cartesian_2d(0.0..1.04 * longest, -retries - 0.5..-0.5)?;
    let retry_label = |row: &f64| match -row {
        retry if retry.fract() == 0.0 => retry.to_string(),
        _ => String::new(),
    };
    chart
        .configure_mesh()
        .disable_y_mesh()
        .max_light_lines(1)
        .x_desc("seconds")
        .y_desc("retry")
        .y_labels(spans.len() + 1)
        .x_label_formatter(&|seconds| ((seconds * 1000.0).round() / 1000.0).to_string())
        .y_label_formatter(&retry_label)
        .draw()?;
    for (retry, span) in (1..).map(f64::from).zip(spans) {
        let [from, to] = [span.start(), span.end()].map(Duration::as_secs_f64);
        let bar = |from: f64, to: f64, colour: RGBColor| {
            Rectangle::new([(from, -retry - 0.36), (to, -retry + 0.36)], colour.filled())
        };
        chart.draw_series([bar(0.0, from, SURE), bar(from, to, JITTER)])?;
    }
    Ok(())
}
