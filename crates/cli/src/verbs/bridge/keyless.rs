//! Totals of candidates without a key.
#![allow(clippy::float_arithmetic)] // shares for reading; amounts stay integers

use crate::arguments::BridgeMatch;
use crate::output;
use serde::Serialize;
use std::collections::BTreeMap;
use tracehound_bridge::calibration::{Calibration, calibrate};
use tracehound_bridge::keyless::{FEE_EDGES, KEYLESS_RULE, LAG_EDGES, Model};
use tracehound_bridge::read::{Tables, Truth};
use tracehound_bridge::{
    Class, KeyMatching, KeylessMatching, KeylessParameters, Side, match_without_key,
};

#[derive(Serialize)]
pub(super) struct Totals {
    rule: String,
    payments_in: usize,
    payments_out: usize,
    /// Payments in by the number of their candidates: 0, 1, 2, 3, 4 and more.
    by_candidates: [usize; 5],
    /// Payments in that can have no candidates, by why.
    unresolved: BTreeMap<&'static str, usize>,
    /// Pairs that stood alone, to which lag and fee are fitted.
    fitted_to: usize,
    is_fitted: bool,
    /// Share of payments in whose other side is thought to be in the data.
    present: f64,
    lag_seconds: Vec<Share>,
    fee_millionths: Vec<Share>,
    pub(super) calibration: Option<Calibration>,
}

/// A bin of the fit.
#[derive(Serialize)]
struct Share {
    below: String,
    share: f64,
}

pub(super) struct Found {
    pub(super) matching: KeylessMatching,
    pub(super) totals: Totals,
}

/// Looks for candidates; `None` if there is nothing without a key.
pub(super) fn look(
    arguments: &BridgeMatch,
    tables: &Tables,
    by_key: &KeyMatching,
    truth: &Truth,
) -> Option<Found> {
    let of = |side: Side, alone: Class| -> Vec<usize> {
        let is_open = |number: &usize| {
            arguments.keyless
                || by_key.classes[*number] == Class::Keyless
                || by_key.classes[*number] == alone
        };
        let all = 0..tables.events.len();
        all.filter(|number| tables.events[*number].side == side).filter(is_open).collect()
    };
    let sources = of(Side::Source, Class::UnmatchedSource);
    let destinations = of(Side::Destination, Class::UnmatchedDestination);
    let is_keyless = |number: &usize| by_key.classes[*number] == Class::Keyless;
    if !arguments.keyless && !sources.iter().chain(&destinations).any(is_keyless) {
        return None;
    }
    let parameters = KeylessParameters {
        window: i64::from(arguments.window),
        largest_fee: arguments.largest_fee,
        ..KeylessParameters::default()
    };
    let matching =
        match_without_key(&tables.events, &sources, &destinations, &tables.tokens, &parameters);
    let calibration = (!truth.is_empty() && !destinations.is_empty())
        .then(|| calibrate(&tables.events, &destinations, &matching, truth));
    let totals = totals(&matching, destinations.len(), calibration);
    Some(Found { matching, totals })
}

fn totals(
    matching: &KeylessMatching,
    payments_out: usize,
    calibration: Option<Calibration>,
) -> Totals {
    let mut by_candidates = [0; 5];
    let mut unresolved = BTreeMap::new();
    for set in &matching.sets {
        match set.unresolved {
            Some(reason) => *unresolved.entry(reason.name()).or_default() += 1,
            None => by_candidates[set.candidates.len().min(4)] += 1,
        }
    }
    let Model { lag, fee, alone, is_fitted, present, .. } = &matching.model;
    Totals {
        rule: format!("{}/{}", KEYLESS_RULE.name, KEYLESS_RULE.version),
        payments_in: matching.sets.len(),
        payments_out,
        by_candidates,
        unresolved,
        fitted_to: *alone,
        is_fitted: *is_fitted,
        present: *present,
        lag_seconds: shares(lag, &LAG_EDGES.map(|edge| edge.to_string())),
        fee_millionths: shares(fee, &FEE_EDGES.map(|edge| (edge + 1).to_string())),
        calibration,
    }
}

fn shares(shares: &[f64], edges: &[String]) -> Vec<Share> {
    let ends = edges.iter().cloned().chain(["the end".to_owned()]);
    shares.iter().zip(ends).map(|(share, below)| Share { below, share: *share }).collect()
}

pub(super) fn print(totals: &Totals) {
    let [none, one, two, three, more] = totals.by_candidates;
    println!(
        "without a key: {} payments in, {} payments out; candidates: none {none}, one {one}, two {two}, three {three}, more {more}",
        totals.payments_in, totals.payments_out
    );
    for (reason, number) in &totals.unresolved {
        println!("{reason}: {number} payments in, which can have no candidates");
    }
    let basis =
        if totals.is_fitted { "fitted to" } else { "too few to fit, a flat prior stands in:" };
    println!(
        "lag and fee: {basis} {} pairs that stand alone; share thought present {:.4}",
        totals.fitted_to, totals.present
    );
    if let Some(calibration) = &totals.calibration {
        print_calibration(calibration);
    }
    println!("probabilities of candidates, never pairs: candidates.csv names every set");
}

fn print_calibration(calibration: &Calibration) {
    println!(
        "truth: {} payments in labelled, other side in the data for {}, among the candidates for {}; nearest in time right for {}; one candidate for {}, right for {}",
        calibration.judged,
        calibration.findable,
        calibration.among,
        calibration.nearest,
        calibration.alone,
        calibration.alone_right
    );
    if calibration.not_judged > 0 {
        println!(
            "{} payments in have candidates without a transaction hash and are not judged",
            calibration.not_judged
        );
    }
    let mut table = output::table(
        &["likeliest from", "named", "right", "precision", "recall"],
        &[0, 1, 2, 3, 4],
    );
    for threshold in &calibration.thresholds {
        table.add_row([
            format!("{:.2}", threshold.least),
            threshold.named.to_string(),
            threshold.right.to_string(),
            share(threshold.right, threshold.named),
            share(threshold.right, calibration.findable),
        ]);
    }
    println!("{table}");
    let mut table = output::table(&["said", "statements", "mean said", "were so"], &[1, 2, 3]);
    for (number, bin) in (0_u8..).zip(&calibration.bins) {
        table.add_row([
            format!("{:.1} to {:.1}", f64::from(number) / 10.0, f64::from(number + 1) / 10.0),
            bin.statements.to_string(),
            format!("{:.4}", bin.said()),
            format!("{:.4}", bin.was()),
        ]);
    }
    println!("{table}");
    println!("Brier score {:.5}", calibration.brier);
}

fn share(part: usize, whole: usize) -> String {
    // Counts of events are far below 2^53.
    #[allow(clippy::cast_precision_loss)]
    let share = part as f64 / whole.max(1) as f64;
    if whole == 0 { "-".to_owned() } else { format!("{share:.4}") }
}
