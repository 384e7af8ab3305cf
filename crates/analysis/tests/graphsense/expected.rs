//! Rows of the reference files beside rows of ours.

use crate::chain::number;
use crate::{Numbers, name};
use serde_json::Value;
use std::collections::BTreeSet;
use tracehound_analysis::cluster::relations::{Party, Relations, Standing, Totals, Worth};

/// Whole numbers of a row, and its amounts: satoshi, euro cents, dollar cents.
#[derive(PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Row {
    pub(crate) numbers: Vec<u64>,
    pub(crate) worth: Vec<[u64; 3]>,
}

/// The amount in a field of the reference. Its fractions carry the noise of
/// single precision (11.940001), so they are read to the nearest cent.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::float_arithmetic)]
pub(crate) fn worth_row(row: &Value, field: &str) -> [u64; 3] {
    let cents = |place: usize| {
        let cents = row[field]["fiatValues"][place].as_f64().unwrap() * 100.0;
        assert!((cents - cents.round()).abs() < 0.02, "{field}: {cents} is no whole cent");
        cents.round() as u64
    };
    [number(&row[field]["value"]), cents(0), cents(1)]
}

/// A row of the reference; a field with a slash is a path into it.
pub(crate) fn expected_worth(row: &Value, fields: &[&str], worth: &[&str]) -> Row {
    let field = |field: &&str| match field.starts_with('/') {
        true => number(row.pointer(field).unwrap()),
        false => number(&row[*field]),
    };
    Row {
        numbers: fields.iter().map(field).collect(),
        worth: worth.iter().map(|field| worth_row(row, field)).collect(),
    }
}

fn ours(worth: &Worth) -> [u64; 3] {
    [worth.value.0, worth.fiat[0].unwrap().0, worth.fiat[1].unwrap().0]
}

pub(crate) fn total_row(party: Party, totals: &Totals, numbers: &Numbers) -> Row {
    // Transactions are numbered from 1 there.
    let (first, last) = (u64::from(totals.first.0) + 1, u64::from(totals.last.0) + 1);
    Row {
        numbers: vec![name(party, numbers), first, last, totals.incoming, totals.outgoing],
        worth: vec![ours(&totals.received), ours(&totals.spent)],
    }
}

pub(crate) fn standing_row(
    party: Party,
    standing: &Standing,
    numbers: &Numbers,
    worth: bool,
) -> Row {
    let sums = [ours(&standing.received_adjusted), ours(&standing.spent_adjusted)];
    Row {
        numbers: vec![name(party, numbers), standing.in_degree, standing.out_degree],
        worth: if worth { sums.to_vec() } else { Vec::new() },
    }
}

pub(crate) fn pairs(relations: &Relations, numbers: &Numbers, times: usize) -> BTreeSet<Row> {
    let rows = relations.pairs.iter().map(|((from, to), relation)| Row {
        numbers: vec![name(*from, numbers), name(*to, numbers), relation.transactions],
        worth: vec![ours(&relation.worth); times],
    });
    rows.collect()
}
