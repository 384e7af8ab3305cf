//! Chains of unspent outputs: what transactions did to a holder.

use super::desk::{Holder, Network};
use super::refusal::Refusal;
use super::standing::{Edge, Part, Side, Standing};
use tracehound_analysis::cluster::relations::{Party, Payments, payments_of};
use tracehound_model::{Amount, Height, Timestamp};
use tracehound_store::utxo::{OutputLedger, TransactionId, UtxoSnapshot};
use tracehound_store::{AddressId, StoreError};

/// Blocks looked at for the coinbase.
const MOST_BLOCKS: usize = 20_000;

/// A transaction's block.
pub(super) struct Placed {
    pub(super) height: Height,
    pub(super) time: Timestamp,
}

pub(super) fn placed(snapshot: &UtxoSnapshot, id: TransactionId) -> Result<Placed, StoreError> {
    let block = snapshot.block(id)?;
    Ok(Placed { height: block.height, time: block.timestamp })
}

/// A holder as payments name it.
pub(super) fn party(holder: Holder) -> Party {
    holder.id().map_or(Party::Coinbase, Party::Member)
}

/// A party as the holder of the same kind as `like`.
fn holder(party: Party, like: Holder) -> Holder {
    match (party, like) {
        (Party::Coinbase, _) => Holder::Coinbase,
        (Party::Member(id), Holder::Cluster(_)) => Holder::Cluster(id),
        (Party::Member(id), _) => Holder::Address(id),
    }
}

/// What a transaction did to a holder.
pub(super) fn payments(
    network: &Network<'_>,
    snapshot: &UtxoSnapshot,
    holder: Holder,
    id: TransactionId,
) -> Result<Payments, Refusal> {
    let clusters = match holder {
        Holder::Cluster(_) => network.clusters().map(|clusters| &clusters.clustering),
        _ => None,
    };
    let view = snapshot.transaction(id)?;
    Ok(payments_of(snapshot, &view, clusters, party(holder))?)
}

/// Transactions a holder takes part in, in chain order, and whether there are
/// more than so many addresses' worth of them.
pub(super) fn transactions(
    network: &Network<'_>,
    snapshot: &UtxoSnapshot,
    holder: Holder,
    most: usize,
) -> Result<(Vec<TransactionId>, bool), Refusal> {
    let members = match holder {
        Holder::Coinbase => return coinbases(snapshot, most.min(MOST_BLOCKS)),
        Holder::Address(id) => vec![id],
        Holder::Cluster(id) => network.members(id),
    };
    let mut found = Vec::new();
    let mut truncated = false;
    for member in members {
        if found.len() > most {
            truncated = true;
            break;
        }
        found.extend(of_address(snapshot, member)?);
    }
    found.sort_unstable();
    found.dedup();
    Ok((found, truncated))
}

fn of_address(snapshot: &UtxoSnapshot, id: AddressId) -> Result<Vec<TransactionId>, StoreError> {
    let mut found: Vec<TransactionId> =
        snapshot.outputs_to(id)?.into_iter().map(|output| output.transaction).collect();
    found.extend(snapshot.spends_from(id)?);
    Ok(found)
}

/// Height of the first block.
pub(super) fn start(snapshot: &UtxoSnapshot) -> Result<u64, StoreError> {
    let tip = snapshot.tip()?.map_or(0, |block| block.height.0);
    Ok((tip + 1).saturating_sub(snapshot.block_count()))
}

fn coinbases(snapshot: &UtxoSnapshot, most: usize) -> Result<(Vec<TransactionId>, bool), Refusal> {
    let Some(tip) = snapshot.tip()? else { return Ok((Vec::new(), false)) };
    let start = start(snapshot)?;
    // Heights and limits fit 64 bits.
    let end = (start + most as u64).min(tip.height.0 + 1);
    let mut found = Vec::new();
    for height in (start..end).map(Height) {
        let Some(block) = snapshot.block_at(height)? else { continue };
        let first = block.transactions.start;
        if first < block.transactions.end && snapshot.transaction(first)?.fields.coinbase {
            found.push(first);
        }
    }
    Ok((found, end <= tip.height.0))
}

/// How a holder stands.
pub(super) fn standing(
    network: &Network<'_>,
    snapshot: &UtxoSnapshot,
    own: Holder,
    most: usize,
) -> Result<Standing, Refusal> {
    let rates = &network.rates;
    let (all, mut truncated) = transactions(network, snapshot, own, most)?;
    truncated |= all.len() > most;
    let mut standing = Standing {
        first: all.first().map(|id| part(snapshot, *id)).transpose()?,
        last: all.last().map(|id| part(snapshot, *id)).transpose()?,
        received: Side::none(rates),
        spent: Side::none(rates),
        truncated,
    };
    for id in all.into_iter().take(most) {
        let found = payments(network, snapshot, own, id)?;
        let time = placed(snapshot, id)?.time;
        for change in found.changes.values().copied() {
            let side = if change > 0 { &mut standing.received } else { &mut standing.spent };
            if change != 0 {
                side.transactions += 1;
                side.worth.add(rates, Amount::from_u128(change.unsigned_abs()), time)?;
            }
        }
        for ((from, to), value) in found.pairs {
            let outward = from == party(own);
            let other = holder(if outward { to } else { from }, own);
            let side = if outward { &mut standing.spent } else { &mut standing.received };
            let edge = side.others.entry(other).or_insert_with(|| Edge::none(rates));
            edge.transactions += 1;
            edge.worth.add(rates, Amount::from_u64(value), time)?;
        }
    }
    Ok(standing)
}

/// A transaction as first or last of a holder.
pub(super) fn part(snapshot: &UtxoSnapshot, id: TransactionId) -> Result<Part, StoreError> {
    let Placed { height, time } = placed(snapshot, id)?;
    Ok(Part { height: height.0, time, hash: snapshot.hash(id)?.to_plain_hex() })
}
