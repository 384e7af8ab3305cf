//! The path behind a figure: the largest portion, and back from it the
//! largest that could have fed it, to the tagged address.

use hashbrown::HashMap;
use tracehound_model::Amount;
use tracehound_store::{AddressId, AssetId, RowId};

use super::book::Observe;

/// Transfers from a tagged address to the one asked about (or, of money
/// sent, from that one to the tagged), in the order of the question.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Witness {
    /// The transfers.
    pub rows: Vec<RowId>,
    /// How much of the category the last of them carried.
    pub amount: Amount,
}

/// Arrivals that carried more of a label to a slot than any before them.
#[derive(Default)]
pub(super) struct Records {
    /// By slot and label, ascending in place and amount.
    records: HashMap<(u32, usize), Vec<(u64, Amount)>>,
    /// Of the slots asked about: by label and hops, how much.
    pub(super) histogram: HashMap<(u32, usize), Vec<(u8, Amount)>>,
    pub(super) asked: Vec<u32>,
}

impl Observe<Amount> for Records {
    fn arrived(&mut self, row: u64, slot: u32, label: usize, amount: Amount, hops: u8) {
        let records = self.records.entry((slot, label)).or_default();
        if records.last().is_none_or(|(_, most)| amount > *most) {
            records.push((row, amount));
        }
        if self.asked.contains(&slot) {
            let by_hops = self.histogram.entry((slot, label)).or_default();
            match by_hops.iter_mut().find(|(known, _)| *known == hops) {
                // Parts of a volume that fits.
                Some((_, sum)) => *sum = sum.add(amount).unwrap_or(Amount::MAX),
                None => by_hops.push((hops, amount)),
            }
        }
    }
}

impl Records {
    /// Walks back from the largest arrival. `payer` gives the payer's slot
    /// of a place, or nothing where the payer is tagged.
    pub(super) fn path(
        &self,
        slot: u32,
        label: usize,
        payer: impl Fn(u64) -> Option<u32>,
    ) -> Option<(Vec<u64>, Amount)> {
        let (mut row, amount) = *self.records.get(&(slot, label))?.last()?;
        let mut rows = vec![row];
        while let Some(slot) = payer(row) {
            // A holder's opening (what it still holds, backward) has no row of its own.
            let Some(records) = self.records.get(&(slot, label)) else { break };
            let before = records.partition_point(|(at, _)| *at < row);
            let Some((earlier, _)) = before.checked_sub(1).and_then(|place| records.get(place))
            else {
                break;
            };
            row = *earlier;
            rows.push(row);
        }
        rows.reverse();
        Some((rows, amount))
    }
}

/// Slots by owner, as the cone numbers them.
pub(super) type Slots = HashMap<(AddressId, AssetId), u32>;
