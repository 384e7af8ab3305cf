//! Withdrawals that share something which the chain shows.

use crate::side::SideData;
use crate::{EventId, MixerEvents};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use tracehound_model::Address;

/// What the withdrawals of a candidate share.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hint {
    /// The address that was paid.
    Receiver,
    /// An address that the receivers paid afterwards.
    NextHop,
    /// Who first paid for the receivers' gas.
    Funder,
    /// Who sent the withdrawals, and is no relayer.
    Sender,
}

impl Hint {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Receiver, Self::NextHop, Self::Funder, Self::Sender];

    /// Name as tables show it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Receiver => "receiver",
            Self::NextHop => "next-hop",
            Self::Funder => "funder",
            Self::Sender => "sender",
        }
    }
}

/// Two or more withdrawals that share something.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Candidate {
    pub(super) hint: Hint,
    pub(super) key: Address,
    /// In chain order over all pools.
    pub(super) withdrawals: Vec<EventId>,
}

/// By height; within a block by pool and place there.
pub(super) fn in_chain_order(events: &MixerEvents, withdrawals: &mut [EventId]) {
    withdrawals.sort_by_key(|id| (events.withdrawal(*id).height, *id));
}

/// Every candidate, each set of withdrawals once.
pub(super) fn candidates(events: &MixerEvents, side: &SideData) -> Vec<Candidate> {
    let mut groups: BTreeMap<(Hint, Address), Vec<EventId>> = BTreeMap::new();
    let mut paid: HashMap<Address, Vec<EventId>> = HashMap::new();
    for (id, withdrawal) in events.withdrawals() {
        if withdrawal.receiver.is_zero() {
            continue;
        }
        groups.entry((Hint::Receiver, withdrawal.receiver)).or_default().push(id);
        paid.entry(withdrawal.receiver).or_default().push(id);
        if let Some(sender) = sender(side, withdrawal) {
            groups.entry((Hint::Sender, sender)).or_default().push(id);
        }
    }
    next_hops(events, side, &paid, &mut groups);
    for (receiver, funder) in side.funders.iter().flatten() {
        let own = paid.get(receiver).into_iter().flatten();
        groups.entry((Hint::Funder, *funder)).or_default().extend(own);
    }
    // What a hint gathers may be what its own address was paid already.
    let mut seen: HashSet<Vec<EventId>> = HashSet::new();
    let mut all = Vec::new();
    for ((hint, key), mut withdrawals) in groups {
        withdrawals.sort_unstable();
        withdrawals.dedup();
        in_chain_order(events, &mut withdrawals);
        if withdrawals.len() > 1 && seen.insert(withdrawals.clone()) {
            all.push(Candidate { hint, key, withdrawals });
        }
    }
    all
}

/// Who sent a withdrawal himself: no relayer, and not the receiver, who is a hint already.
fn sender(side: &SideData, withdrawal: &crate::Withdrawal) -> Option<Address> {
    let facts = side.transactions.as_ref()?.get(&withdrawal.transaction)?;
    let is_relayed = facts.is_relayed.unwrap_or(!withdrawal.fee.is_zero());
    (!is_relayed && facts.from != withdrawal.receiver).then_some(facts.from)
}

fn next_hops(
    events: &MixerEvents,
    side: &SideData,
    paid: &HashMap<Address, Vec<EventId>>,
    groups: &mut BTreeMap<(Hint, Address), Vec<EventId>>,
) {
    for transfer in side.transfers.iter().flatten() {
        let Some(own) = paid.get(&transfer.from).filter(|_| transfer.to != transfer.from) else {
            continue;
        };
        let group = groups.entry((Hint::NextHop, transfer.to)).or_default();
        let before = |id: &&EventId| {
            transfer.height.is_none_or(|height| events.withdrawal(**id).height <= height)
        };
        group.extend(own.iter().filter(before));
        // What the next hop itself was paid by the mixer goes with it.
        group.extend(paid.get(&transfer.to).into_iter().flatten());
    }
}
