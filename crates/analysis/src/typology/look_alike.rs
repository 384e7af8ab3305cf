//! Look-alike addresses ("address poisoning").
//!
//! Somebody who wants a payment to go astray makes an address that begins and
//! ends like one the payer really uses and plants it in the payer's history,
//! with transfers of nothing or of counterfeit tokens. Rule: the address
//! shares the first 4 and last 4 hexadecimal digits with a *genuine*
//! counterparty (one that exchanged a followed asset of value with the
//! payer), is another address, and itself never received value from the
//! payer. By chance two given addresses agree so with probability 2^-32.
//!
//! A payer who was deceived and sent real money makes the address a genuine
//! receiver: taint follows it, and this rule no longer names it.

use super::{evidence_of, transfers};
use crate::AnalysisError;
use crate::trace::TraceRequest;
use std::collections::{BTreeMap, BTreeSet};
use tracehound_model::address::AddressKind;
use tracehound_model::{Address, Finding, Rule};
use tracehound_store::{AddressId, RowId, Snapshot};

const RULE: Rule = Rule { name: "look-alike-address", version: 1 };
/// Bytes compared at either end: 4 hexadecimal digits each.
const BYTES: usize = 2;

/// How one address dealt with the payer.
#[derive(Default)]
struct Dealings {
    rows: Vec<RowId>,
    received_value: bool,
    sent_value: bool,
}

pub(super) fn find(
    snapshot: &Snapshot,
    request: &TraceRequest,
    payers: &BTreeSet<AddressId>,
) -> Result<Vec<Finding>, AnalysisError> {
    // One look-alike may be planted at several payers; it is one finding.
    let mut found: BTreeMap<(Address, Address), BTreeSet<RowId>> = BTreeMap::new();
    for payer in payers {
        let dealings = dealings(snapshot, request, *payer)?;
        let mut genuine: BTreeMap<Ends, Vec<Address>> = BTreeMap::new();
        let mut planted = Vec::new();
        for (other, dealing) in &dealings {
            let address = snapshot.address(*other)?;
            let Some(ends) = ends(&address) else { continue };
            if dealing.received_value || dealing.sent_value {
                genuine.entry(ends).or_default().push(address);
            }
            if !dealing.received_value {
                planted.push((ends, address, &dealing.rows));
            }
        }
        for (ends, address, rows) in planted {
            let imitated = genuine.get(&ends).into_iter().flatten().find(|g| **g != address);
            if let Some(imitated) = imitated {
                found.entry((address, *imitated)).or_default().extend(rows.iter().copied());
            }
        }
    }
    found.into_iter().map(|(pair, rows)| finding(snapshot, pair, rows)).collect()
}

type Ends = ([u8; BYTES], [u8; BYTES]);

/// First and last bytes of an EVM address.
fn ends(address: &Address) -> Option<Ends> {
    let payload = address.payload();
    if address.kind() != AddressKind::Evm {
        return None;
    }
    let first = payload.first_chunk::<BYTES>()?;
    let last = payload.last_chunk::<BYTES>()?;
    Some((*first, *last))
}

fn dealings(
    snapshot: &Snapshot,
    request: &TraceRequest,
    payer: AddressId,
) -> Result<BTreeMap<AddressId, Dealings>, AnalysisError> {
    let mut dealings: BTreeMap<AddressId, Dealings> = BTreeMap::new();
    for id in snapshot.outgoing(payer)?.iter().filter(|id| *id < request.end) {
        let row = snapshot.row(id)?;
        let with = dealings.entry(row.to).or_default();
        with.rows.push(id);
        with.received_value |= !row.amount.is_zero() && request.followed.contains(&row.asset);
    }
    for id in snapshot.incoming(payer)?.iter().filter(|id| *id < request.end) {
        let row = snapshot.row(id)?;
        let with = dealings.entry(row.from).or_default();
        with.rows.push(id);
        with.sent_value |= !row.amount.is_zero() && request.followed.contains(&row.asset);
    }
    dealings.remove(&payer);
    Ok(dealings)
}

fn finding(
    snapshot: &Snapshot,
    (address, imitated): (Address, Address),
    rows: BTreeSet<RowId>,
) -> Result<Finding, AnalysisError> {
    let rows: Vec<RowId> = rows.into_iter().collect();
    let claim = format!(
        "{address} imitates {imitated}: the same first and last 4 digits, and {} at traced \
         addresses that gave it nothing of value",
        transfers(rows.len()),
    );
    let parameters = BTreeMap::from([
        ("equal_digits_at_the_start", (2 * BYTES).to_string()),
        ("equal_digits_at_the_end", (2 * BYTES).to_string()),
    ]);
    let evidence = evidence_of(snapshot, &rows)?;
    Ok(Finding { rule: RULE, parameters, claim, subjects: vec![address, imitated], evidence })
}
