//! The reliability diagram, as a picture of vectors.
#![allow(clippy::float_arithmetic)] // places in a picture

use super::{Calibration, whole};
use std::fmt::Write;

/// Length of an axis and distance from the border, in points.
const SIDE: f64 = 360.0;
const EDGE: f64 = 48.0;
const TICKS: [f64; 6] = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0];

fn x(value: f64) -> f64 {
    EDGE + value * SIDE
}

fn y(value: f64) -> f64 {
    EDGE + (1.0 - value) * SIDE
}

/// Said against was, a point a bin, larger the more statements it stands for;
/// the line is where probabilities are right.
#[must_use]
pub fn plot(calibration: &Calibration) -> String {
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 456 480\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\" aria-label=\"Reliability of probabilities\">\n<rect width=\"456\" height=\"480\" fill=\"#fff\"/>\n",
    );
    // Writing to a String does not fail.
    let _ = frame(&mut svg, calibration.brier).and_then(|()| points(&mut svg, calibration));
    svg.push_str("</svg>\n");
    svg
}

fn line(svg: &mut String, from: (f64, f64), to: (f64, f64), colour: &str) -> std::fmt::Result {
    let ((x1, y1), (x2, y2)) = ((x(from.0), y(from.1)), (x(to.0), y(to.1)));
    writeln!(
        svg,
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\"/>"
    )
}

fn text(svg: &mut String, at: (f64, f64), anchor: &str, text: &str) -> std::fmt::Result {
    let (x, y) = at;
    writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>")
}

fn frame(svg: &mut String, brier: f64) -> std::fmt::Result {
    for tick in TICKS {
        line(svg, (tick, 0.0), (tick, 1.0), "#ddd")?;
        line(svg, (0.0, tick), (1.0, tick), "#ddd")?;
        text(svg, (x(tick), y(0.0) + 18.0), "middle", &tick.to_string())?;
        text(svg, (x(0.0) - 8.0, y(tick) + 4.0), "end", &tick.to_string())?;
    }
    line(svg, (0.0, 0.0), (1.0, 1.0), "#888")?;
    text(svg, (x(0.5), y(0.0) + 38.0), "middle", "probability said")?;
    text(svg, (x(0.0), y(1.0) - 10.0), "start", "share that was so")?;
    text(svg, (x(1.0), y(1.0) - 10.0), "end", &format!("Brier score {brier:.4}"))
}

fn points(svg: &mut String, calibration: &Calibration) -> std::fmt::Result {
    for bin in calibration.bins.iter().filter(|bin| bin.statements > 0) {
        let (said, was, of) = (bin.said(), bin.was(), bin.statements);
        let radius = 3.0 + whole(of).log10() * 2.0;
        writeln!(
            svg,
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius:.1}\" fill=\"#1f6feb\" fill-opacity=\"0.8\"><title>said {said:.3}, was {was:.3}, of {of}</title></circle>",
            x(said),
            y(was)
        )?;
    }
    Ok(())
}
