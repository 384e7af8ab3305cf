//! Equal split: one address pays many receivers nearly the same amount within hours.
//!
//! Source: typology T3 of the published analyses of the Bybit laundering
//! (about fifty wallets of 10,000 ETH each). The amounts of one split lie
//! within 4 % of each other, which keeps their coefficient of variation at or
//! below 2 %. Known false positives: payrolls, airdrops, withdrawals of round
//! amounts from an exchange's hot wallet.

use super::{asset_name, evidence_of};
use crate::AnalysisError;
use crate::trace::TraceRequest;
use std::collections::{BTreeMap, BTreeSet};
use tracehound_model::{Amount, Finding, Rule, Timestamp};
use tracehound_store::{AddressId, AssetId, RowId, Snapshot};

const RULE: Rule = Rule { name: "equal-split", version: 1 };
/// Fewest receivers.
const RECEIVERS: usize = 8;
/// Longest time from first to last payment, in seconds.
const WINDOW: i64 = 2 * 60 * 60;
/// The largest amount is at most this share of the smallest: 26/25.
const SPREAD: (u64, u64) = (26, 25);

struct Payment {
    row: RowId,
    to: AddressId,
    amount: Amount,
    time: Timestamp,
}

pub(super) fn find(
    snapshot: &Snapshot,
    request: &TraceRequest,
    payers: &BTreeSet<AddressId>,
) -> Result<Vec<Finding>, AnalysisError> {
    let mut findings = Vec::new();
    for payer in payers {
        for (asset, payments) in payments(snapshot, request, *payer)? {
            for split in splits(payments)? {
                findings.push(finding(snapshot, *payer, asset, &split)?);
            }
        }
    }
    Ok(findings)
}

/// Followed payments of an address by asset, smallest amount first.
fn payments(
    snapshot: &Snapshot,
    request: &TraceRequest,
    payer: AddressId,
) -> Result<BTreeMap<AssetId, Vec<Payment>>, AnalysisError> {
    let mut by_asset: BTreeMap<AssetId, Vec<Payment>> = BTreeMap::new();
    for id in snapshot.outgoing(payer)?.iter().filter(|id| *id < request.end) {
        let row = snapshot.row(id)?;
        if row.amount.is_zero() || row.to == payer || !request.followed.contains(&row.asset) {
            continue;
        }
        let time = snapshot.place(id)?.timestamp;
        let payment = Payment { row: id, to: row.to, amount: row.amount, time };
        by_asset.entry(row.asset).or_default().push(payment);
    }
    for payments in by_asset.values_mut() {
        payments.sort_by_key(|payment| (payment.amount, payment.row));
    }
    Ok(by_asset)
}

/// Greedy from the smallest amount: payments within the spread of it, then
/// within them the longest runs inside the window.
fn splits(payments: Vec<Payment>) -> Result<Vec<Vec<Payment>>, AnalysisError> {
    let mut splits = Vec::new();
    let mut rest = payments;
    while !rest.is_empty() {
        let (most, of) = (Amount::from_u64(SPREAD.0), Amount::from_u64(SPREAD.1));
        let limit = rest[0].amount.multiply_divide(most, of)?;
        let later = rest.split_off(rest.partition_point(|payment| payment.amount <= limit));
        let mut similar = std::mem::replace(&mut rest, later);
        similar.sort_by_key(|payment| payment.row);
        splits.extend(windows(similar));
    }
    splits.sort_by_key(|split| split.first().map(|payment| payment.row));
    Ok(splits)
}

/// Runs of payments inside the time window with enough different receivers.
fn windows(mut payments: Vec<Payment>) -> Vec<Vec<Payment>> {
    let mut found = Vec::new();
    while let Some(first) = payments.first() {
        let last = first.time.0.saturating_add(WINDOW);
        let later = payments.split_off(payments.partition_point(|payment| payment.time.0 <= last));
        let receivers: BTreeSet<AddressId> = payments.iter().map(|payment| payment.to).collect();
        if receivers.len() >= RECEIVERS {
            found.push(std::mem::replace(&mut payments, later));
        } else {
            // The first payment starts no split; the next may.
            payments.remove(0);
            payments.extend(later);
        }
    }
    found
}

fn finding(
    snapshot: &Snapshot,
    payer: AddressId,
    asset: AssetId,
    split: &[Payment],
) -> Result<Finding, AnalysisError> {
    let receivers: BTreeSet<AddressId> = split.iter().map(|payment| payment.to).collect();
    let mut fresh = 0_usize;
    for receiver in &receivers {
        let first_credit = snapshot.incoming(*receiver)?.get(0);
        fresh += usize::from(first_credit.is_some_and(|row| row >= split[0].row));
    }
    let record = snapshot.asset(asset)?;
    let decimals = record.decimals.or_else(|| record.asset.own_decimals(snapshot.chain()));
    let shown = |amount: Amount| amount.to_decimal(decimals.unwrap_or(0));
    let (least, most) = split.iter().fold((Amount::MAX, Amount::ZERO), |(least, most), payment| {
        (least.min(payment.amount), most.max(payment.amount))
    });
    let amounts =
        if least == most { shown(least) } else { format!("{} to {}", shown(least), shown(most)) };
    let address = snapshot.address(payer)?;
    let claim = format!(
        "{address} paid {amounts} {} in {} transfers to {} receivers between {} and {}; \
         {fresh} of the receivers had received nothing before in these data",
        asset_name(snapshot, asset)?,
        split.len(),
        receivers.len(),
        split[0].time,
        split[split.len() - 1].time,
    );
    let mut subjects = vec![address];
    for receiver in receivers {
        subjects.push(snapshot.address(receiver)?);
    }
    let rows: Vec<RowId> = split.iter().map(|payment| payment.row).collect();
    let parameters = BTreeMap::from([
        ("least_receivers", RECEIVERS.to_string()),
        ("window_seconds", WINDOW.to_string()),
        ("largest_to_smallest", format!("{}/{}", SPREAD.0, SPREAD.1)),
    ]);
    Ok(Finding { rule: RULE, parameters, claim, subjects, evidence: evidence_of(snapshot, &rows)? })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)] // small test numbers
    use super::*;

    fn payment(row: u64, to: u32, amount: u64, time: i64) -> Payment {
        Payment {
            row: RowId(row),
            to: AddressId(to),
            amount: Amount::from_u64(amount),
            time: Timestamp(time),
        }
    }

    fn sizes(mut payments: Vec<Payment>) -> Vec<usize> {
        payments.sort_by_key(|p| (p.amount, p.row));
        splits(payments).unwrap().iter().map(Vec::len).collect()
    }

    #[test]
    fn nearly_equal_payments_within_hours_are_one_split() {
        let split = (0..10).map(|n| payment(n, n as u32, 10_000 + n * 40, n as i64 * 60));
        assert_eq!(sizes(split.collect()), [10]);
    }

    #[test]
    fn slow_uneven_or_few_receivers_are_not() {
        let slow = (0..10).map(|n| payment(n, n as u32, 10_000, n as i64 * 3600));
        assert!(sizes(slow.collect()).is_empty());
        let uneven = (0..10).map(|n| payment(n, n as u32, 10_000 << n, n as i64));
        assert!(sizes(uneven.collect()).is_empty());
        let few = (0..20).map(|n| payment(n, n as u32 % 7, 10_000, n as i64));
        assert!(sizes(few.collect()).is_empty());
    }

    #[test]
    fn a_straggler_before_the_burst_does_not_hide_it() {
        let mut burst: Vec<Payment> =
            (1..9).map(|n| payment(n, n as u32, 10_000, 100_000 + n as i64)).collect();
        burst.push(payment(0, 40, 10_000, 0));
        assert_eq!(sizes(burst), [8]);
    }
}
