//! Legs out of the data: money that ends at a bridge, a mixer or a swapper,
//! and goes on where this trace does not see it.
//!
//! That an address is one is what a tag says; the transfer into it is a fact.

use super::totals::entity_of;
use super::{AddressRecord, Money, TaintRecord, Terminal, TransferRecord};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use tracehound_model::Direction;

/// Kinds of places from which money goes on elsewhere.
const KINDS: [&str; 3] = ["bridge", "mixer", "instant-swapper"];
/// The rule by which a leg is told: a tag of the address it ends at.
pub const LEG_RULE: &str = "tag";
/// What is said of a leg whose other side nothing shows.
pub const NOT_CONTINUED: &str = "not continued: no events of the other side given";

/// One tainted transfer that ends at a bridge, a mixer or a swapper.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LegRecord {
    /// Index in [`super::Investigation::transfers`].
    pub transfer: usize,
    /// Category of the place, by its tag.
    pub kind: String,
    /// The service, as its tag names it.
    pub service: String,
    /// Whether a source names it.
    pub named: bool,
    /// The place.
    #[serde(serialize_with = "super::address::text")]
    pub address: Arc<AddressRecord>,
    /// Tainted part of the transfer.
    pub tainted: Money,
    /// [`LEG_RULE`].
    pub rule: &'static str,
    /// Where it goes on: a crossing, or [`NOT_CONTINUED`].
    pub continued: String,
}

/// The legs of one policy, in chain order; backward there are none, since
/// money came out of such places.
pub(super) fn legs(
    direction: Direction,
    taints: &[TaintRecord],
    terminals: &[Terminal],
    transfers: &[TransferRecord],
) -> Vec<LegRecord> {
    if direction == Direction::Backward {
        return Vec::new();
    }
    let mut ends: BTreeMap<(&str, &str), &Terminal> = BTreeMap::new();
    for terminal in terminals.iter().filter(|terminal| KINDS.contains(&terminal.kind.as_str())) {
        ends.insert((&terminal.address.address, &terminal.tainted.asset.id), terminal);
    }
    let leg = |taint: &TaintRecord| {
        let to = &transfers.get(taint.transfer)?.to;
        let end = ends.get(&(to.address.as_str(), taint.tainted.asset.id.as_str()))?;
        let (service, named) = entity_of(end);
        Some(LegRecord {
            transfer: taint.transfer,
            kind: end.kind.clone(),
            service,
            named,
            address: Arc::clone(to),
            tainted: taint.tainted.clone(),
            rule: LEG_RULE,
            continued: NOT_CONTINUED.to_owned(),
        })
    };
    taints.iter().filter_map(leg).collect()
}

impl super::Investigation {
    /// Says of the legs that some transactions make where they go on.
    pub fn continue_legs(&mut self, where_to: &BTreeMap<String, String>) {
        let transfers = &self.transfers;
        for leg in self.policies.iter_mut().flat_map(|policy| &mut policy.legs) {
            let transaction = transfers.get(leg.transfer).map(|transfer| &transfer.tx_hash);
            if let Some(text) = transaction.and_then(|hash| where_to.get(hash)) {
                leg.continued.clone_from(text);
            }
        }
    }
}
