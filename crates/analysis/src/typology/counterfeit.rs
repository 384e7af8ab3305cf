//! Counterfeit tokens in the transfers of traced addresses.
//!
//! Rule and table: `tracehound_model::genuine`. A counterfeit never carries
//! taint; here it is named, with the transfers that show it.

use super::{MOST_EVIDENCE, evidence_of, transfers};
use crate::AnalysisError;
use crate::trace::TraceRequest;
use std::collections::{BTreeMap, BTreeSet};
use tracehound_model::genuine::{self, Verdict};
use tracehound_model::{Asset, Finding, Rule};
use tracehound_store::{AddressId, AssetId, RowId, Snapshot};

const RULE: Rule = Rule { name: "counterfeit-token", version: 1 };

pub(super) fn find(
    snapshot: &Snapshot,
    request: &TraceRequest,
    payers: &BTreeSet<AddressId>,
) -> Result<Vec<Finding>, AnalysisError> {
    let mut by_asset: BTreeMap<AssetId, BTreeSet<RowId>> = BTreeMap::new();
    for address in payers {
        let (out, into) = (snapshot.outgoing(*address)?, snapshot.incoming(*address)?);
        for id in out.iter().chain(into.iter()).filter(|id| *id < request.end) {
            let asset = snapshot.row(id)?.asset;
            if !request.followed.contains(&asset) {
                by_asset.entry(asset).or_default().insert(id);
            }
        }
    }
    let mut findings = Vec::new();
    for (asset, rows) in by_asset {
        let record = snapshot.asset(asset)?;
        let Asset::Token(contract) = record.asset else { continue };
        let symbol = record.symbol.as_deref();
        if let Verdict::Counterfeit { imitates } =
            genuine::judge(snapshot.chain(), &contract, symbol)
        {
            let rows: Vec<RowId> = rows.into_iter().collect();
            let claim = format!(
                "token {contract} shows the symbol \"{}\" but is not {imitates}; {} at traced \
                 addresses, none of which carries taint",
                symbol.unwrap_or_default(),
                transfers(rows.len()),
            );
            let parameters = BTreeMap::from([("imitates", imitates.to_owned())]);
            let shown = &rows[..rows.len().min(MOST_EVIDENCE)];
            let evidence = evidence_of(snapshot, shown)?;
            findings.push(Finding {
                rule: RULE,
                parameters,
                claim,
                subjects: vec![contract],
                evidence,
            });
        }
    }
    Ok(findings)
}
