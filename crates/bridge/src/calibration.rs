//! Whether probabilities can be believed: what was said against what was so.
#![allow(clippy::float_arithmetic)] // probabilities; amounts stay integers

use crate::event::BridgeEvent;
use crate::keyless::KeylessMatching;
use crate::read::Truth;
use std::fmt::Write;

/// Bins of probability, of equal width.
pub const BINS: usize = 10;

/// Statements of one bin.
#[derive(Clone, Copy, PartialEq, Debug, Default, serde::Serialize)]
pub struct Bin {
    /// How many.
    pub statements: usize,
    /// How many of them were so.
    pub so: usize,
    sum: f64,
}

impl Bin {
    /// Mean of what was said.
    #[must_use]
    pub fn said(&self) -> f64 {
        if self.statements == 0 { 0.0 } else { self.sum / whole(self.statements) }
    }

    /// Share of what was so.
    #[must_use]
    pub fn was(&self) -> f64 {
        if self.statements == 0 { 0.0 } else { whole(self.so) / whole(self.statements) }
    }
}

/// Payments in judged by one threshold.
#[derive(Clone, Copy, PartialEq, Debug, serde::Serialize)]
pub struct Threshold {
    /// The likeliest candidate counts from this probability on.
    pub least: f64,
    /// Payments in with such a candidate.
    pub named: usize,
    /// Of them right.
    pub right: usize,
}

/// How far the probabilities held.
#[derive(Clone, PartialEq, Debug, serde::Serialize)]
pub struct Calibration {
    /// Statements by what they said: each candidate, and "none of these".
    pub bins: Vec<Bin>,
    /// Mean square of the error; 0 is perfect, 0.25 says one half always.
    pub brier: f64,
    /// Payments in that the truth names.
    pub judged: usize,
    /// Of them those whose other side is in the data at all.
    pub findable: usize,
    /// Of them those whose other side is among the candidates.
    pub among: usize,
    /// Of them those whose nearest candidate in time is right.
    pub nearest: usize,
    /// Of them those with one candidate, k = 1.
    pub alone: usize,
    /// Of those with one candidate, the right ones.
    pub alone_right: usize,
    /// By thresholds, from low to high.
    pub thresholds: Vec<Threshold>,
}

/// A count as a float: counts are far below 2^53.
#[allow(clippy::cast_precision_loss)]
fn whole(number: usize) -> f64 {
    number as f64
}

/// The bin of a probability.
fn bin(probability: f64) -> usize {
    // Cut to 0 to 9 first, so the cast loses nothing but the fraction.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let bin = (probability * whole(BINS)).clamp(0.0, whole(BINS - 1)) as usize;
    bin
}

/// Judges a matching by what is true.
#[must_use]
pub fn calibrate(
    events: &[BridgeEvent],
    destinations: &[usize],
    matching: &KeylessMatching,
    truth: &Truth,
) -> Calibration {
    let present: std::collections::BTreeSet<_> =
        destinations.iter().filter_map(|number| events.get(*number)?.transaction).collect();
    let mut outcome = Calibration {
        bins: vec![Bin::default(); BINS],
        brier: 0.0,
        judged: 0,
        findable: 0,
        among: 0,
        nearest: 0,
        alone: 0,
        alone_right: 0,
        thresholds: [0.0, 0.5, 0.8, 0.9, 0.95, 0.99]
            .map(|least| Threshold { least, named: 0, right: 0 })
            .to_vec(),
    };
    let mut statements = 0;
    for set in &matching.sets {
        let Some(of) = events[set.source].transaction.and_then(|hash| truth.of(&hash)) else {
            continue;
        };
        outcome.judged += 1;
        outcome.findable += usize::from(of.iter().any(|hash| present.contains(hash)));
        let is_right = |number: usize| {
            events[number].transaction.is_some_and(|transaction| of.contains(&transaction))
        };
        let rights: Vec<bool> =
            set.candidates.iter().map(|candidate| is_right(candidate.destination)).collect();
        let any = rights.contains(&true);
        let said = set.candidates.iter().map(|candidate| candidate.probability);
        let all = said.zip(rights.iter().copied()).chain([(set.none, !any)]);
        for (probability, so) in all {
            let bin = &mut outcome.bins[bin(probability)];
            bin.statements += 1;
            bin.so += usize::from(so);
            bin.sum += probability;
            statements += 1;
            outcome.brier += (probability - f64::from(u8::from(so))).powi(2);
        }
        outcome.among += usize::from(any);
        let nearest = set.candidates.iter().min_by_key(|candidate| candidate.lag);
        outcome.nearest += usize::from(nearest.is_some_and(|one| is_right(one.destination)));
        if let ([_], [right]) = (set.candidates.as_slice(), rights.as_slice()) {
            outcome.alone += 1;
            outcome.alone_right += usize::from(*right);
        }
        let (Some(best), Some(right)) = (set.candidates.first(), rights.first()) else { continue };
        for threshold in &mut outcome.thresholds {
            if best.probability >= threshold.least {
                threshold.named += 1;
                threshold.right += usize::from(*right);
            }
        }
    }
    outcome.brier /= whole(statements).max(1.0);
    outcome
}

/// The reliability diagram: said against was, a point a bin, larger the more
/// statements it stands for; the line is where probabilities are right.
#[must_use]
pub fn plot(calibration: &Calibration) -> String {
    const SIDE: f64 = 360.0;
    const EDGE: f64 = 48.0;
    let x = |value: f64| EDGE + value * SIDE;
    let y = |value: f64| EDGE + (1.0 - value) * SIDE;
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 456 480\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\" aria-label=\"Reliability of probabilities\">\n<rect width=\"456\" height=\"480\" fill=\"#fff\"/>\n",
    );
    let mut line = |x1: f64, y1: f64, x2: f64, y2: f64, colour: &str| {
        // Writing to a String does not fail.
        let _ = writeln!(
            svg,
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\"/>"
        );
    };
    for tick in [0.0, 0.2, 0.4, 0.6, 0.8, 1.0] {
        line(x(tick), y(0.0), x(tick), y(1.0), "#ddd");
        line(x(0.0), y(tick), x(1.0), y(tick), "#ddd");
    }
    line(x(0.0), y(0.0), x(1.0), y(1.0), "#888");
    for tick in [0.0, 0.2, 0.4, 0.6, 0.8, 1.0] {
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{tick}</text>",
            x(tick),
            y(0.0) + 18.0
        );
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{tick}</text>",
            x(0.0) - 8.0,
            y(tick) + 4.0
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">probability said</text>",
        x(0.5),
        y(0.0) + 38.0
    );
    let _ = writeln!(
        svg,
        "<text x=\"16\" y=\"{:.1}\" text-anchor=\"middle\" transform=\"rotate(-90 16 {0:.1})\">share that was so</text>",
        y(0.5)
    );
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"24\" text-anchor=\"middle\">Brier score {:.4}</text>",
        x(0.5),
        calibration.brier
    );
    for bin in calibration.bins.iter().filter(|bin| bin.statements > 0) {
        let radius = 3.0 + whole(bin.statements).log10() * 2.0;
        let _ = writeln!(
            svg,
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius:.1}\" fill=\"#1f6feb\" fill-opacity=\"0.8\"><title>said {:.3}, was {:.3}, of {}</title></circle>",
            x(bin.said()),
            y(bin.was()),
            bin.said(),
            bin.was(),
            bin.statements
        );
    }
    svg.push_str("</svg>\n");
    svg
}
