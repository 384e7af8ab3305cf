//! Legs out of the data, for a terminal.

use super::columns::wrapped;
use super::minute;
use crate::investigation::{LegRecord, counted};
use crate::{Investigation, PolicyReport};

/// Legs shown one by one; the others are in `legs.csv`.
const SHOWN: usize = 8;

/// The largest legs of a policy; nothing if there are none.
pub(super) fn lines(investigation: &Investigation, policy: &PolicyReport, width: usize) -> String {
    if policy.legs.is_empty() {
        return String::new();
    }
    let count = counted(policy.legs.len(), "transfer", "transfers");
    let mut text =
        format!("\nCrossings out of the data ({count} to bridges, mixers and swappers, by tag)\n");
    let mut largest: Vec<&LegRecord> = policy.legs.iter().collect();
    // Stable: legs of equal amount stay in chain order, assets in their own.
    let place = |leg: &LegRecord| {
        investigation.assets.iter().position(|asset| asset.id == leg.tainted.asset.id)
    };
    largest
        .sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.tainted.larger_first(&b.tainted)));
    for leg in largest.iter().take(SHOWN) {
        let Some(fact) = investigation.transfers.get(leg.transfer) else { continue };
        let (amount, time) = (leg.tainted.text(), minute(fact.time));
        let line = format!("{}, {}: {amount}, {time}, {}", leg.service, leg.kind, fact.tx_hash);
        text.push_str(&wrapped("  ", "    ", &line, width));
    }
    if policy.legs.len() > SHOWN {
        let more = counted(policy.legs.len() - SHOWN, "more", "more");
        text.push_str(&format!("  {more}, in legs.csv\n"));
    }
    let mut ways: Vec<&str> = policy.legs.iter().map(|leg| leg.continued.as_str()).collect();
    ways.sort_unstable();
    ways.dedup();
    if let [only] = ways.as_slice() {
        text.push_str(&wrapped("  ", "  ", &format!("All: {only}."), width));
    }
    text
}
