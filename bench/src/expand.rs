//! Reach alone: which address and asset the money can have come to, and when first.
//!
//! What the peer is asked, straight on the store: by the index, visiting
//! reached holders in the order of their first arrival so that each is
//! expanded once; and by one pass over the rows of the window with a bit per
//! address and asset. The first costs what it touches, the second what the
//! window holds. Both must find what the trace found.

use anyhow::Result;
use hashbrown::HashMap;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use tracehound_store::{AddressId, AssetId, RowId, Snapshot};

/// Rows fetched together.
const AHEAD: usize = 16;

/// Whose outflow is followed, and in which rows.
#[derive(Clone, Copy)]
pub struct Question {
    pub seed: AddressId,
    pub start: RowId,
    pub end: RowId,
}

/// What the money can have come to.
pub struct Answer {
    /// First tainted row by address and asset.
    pub first: HashMap<(AddressId, AssetId), RowId>,
    /// How many transfers it went through.
    pub tainted: u64,
    /// How many rows were read.
    pub read: u64,
}

/// By the index.
pub fn by_index(snapshot: &Snapshot, question: Question) -> Result<Answer> {
    let mut answer = Answer { first: HashMap::default(), tainted: 0, read: 0 };
    let mut waiting = BinaryHeap::new();
    pay_out(snapshot, question, (question.seed, None), question.start, &mut answer, &mut waiting)?;
    while let Some(Reverse((arrival, address, asset))) = waiting.pop() {
        let holder = (AddressId(address), AssetId(asset));
        // A holder waits once for each earlier arrival found; the seed has paid out already.
        if holder.0 != question.seed && answer.first.get(&holder) == Some(&RowId(arrival)) {
            let payer = (holder.0, Some(holder.1));
            let from = RowId(arrival + 1);
            pay_out(snapshot, question, payer, from, &mut answer, &mut waiting)?;
        }
    }
    Ok(answer)
}

type Waiting = BinaryHeap<Reverse<(u64, u32, u32)>>;

/// Follows what a payer pays from a row on, in one asset or in all.
fn pay_out(
    snapshot: &Snapshot,
    question: Question,
    (payer, only): (AddressId, Option<AssetId>),
    from: RowId,
    answer: &mut Answer,
    waiting: &mut Waiting,
) -> Result<()> {
    let rows = snapshot.outgoing(payer)?;
    let (first, last) = (rows.first_at_or_after(from), rows.first_at_or_after(question.end));
    for index in first..last {
        if (index - first).is_multiple_of(AHEAD) {
            (index..last.min(index + AHEAD))
                .filter_map(|i| rows.get(i))
                .for_each(|r| snapshot.prefetch(r));
        }
        let Some(place) = rows.get(index) else { break };
        let row = snapshot.row(place)?;
        answer.read += 1;
        if row.amount.is_zero() || only.is_some_and(|asset| asset != row.asset) {
            continue;
        }
        answer.tainted += 1;
        let earlier = answer.first.get(&(row.to, row.asset)).is_none_or(|known| place < *known);
        if earlier {
            answer.first.insert((row.to, row.asset), place);
            waiting.push(Reverse((place.0, row.to.0, row.asset.0)));
        }
    }
    Ok(())
}

/// By one pass over the window.
pub fn by_pass(snapshot: &Snapshot, question: Question) -> Result<Answer> {
    let assets = snapshot.asset_count() as usize;
    let holder =
        |address: AddressId, asset: AssetId| address.0 as usize * assets + asset.0 as usize;
    let mut reached = vec![0_u64; (snapshot.address_count() as usize * assets).div_ceil(64)];
    let read = question.end.0 - question.start.0;
    let mut answer = Answer { first: HashMap::default(), tainted: 0, read };
    snapshot.scan_raw(question.start..question.end, |place, row| {
        let from = holder(row.from, row.asset);
        let tainted = reached[from / 64] >> (from % 64) & 1 == 1 || row.from == question.seed;
        if !tainted || row.amount == Some(0) {
            return;
        }
        answer.tainted += 1;
        let to = holder(row.to, row.asset);
        if reached[to / 64] >> (to % 64) & 1 == 0 {
            reached[to / 64] |= 1 << (to % 64);
            answer.first.insert((row.to, row.asset), place);
        }
    })?;
    Ok(answer)
}
