//! Rows of one block before they are assembled, and the test that lets rows
//! pass that need no assembly.

use crate::widen;
use tracehound_model::{Height, Transfer};

/// Source number of rows that were published before.
pub(crate) const PUBLISHED: u32 = 0;

/// Rows with the number of the source each came from.
#[derive(Clone, Debug, Default)]
pub(crate) struct SourcedRows {
    pub(crate) transfers: Vec<Transfer>,
    pub(crate) sources: Vec<u32>,
}

impl SourcedRows {
    pub(crate) fn len(&self) -> usize {
        self.transfers.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.transfers.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.transfers.clear();
        self.sources.clear();
    }

    pub(crate) fn push(&mut self, transfer: Transfer, source: u32) {
        self.transfers.push(transfer);
        self.sources.push(source);
    }

    /// Appends rows of one source.
    pub(crate) fn extend(&mut self, transfers: &[Transfer], source: u32) {
        self.transfers.extend_from_slice(transfers);
        self.sources.resize(self.transfers.len(), source);
    }

    /// Appends rows with their sources.
    pub(crate) fn append(&mut self, other: &Self) {
        self.transfers.extend_from_slice(&other.transfers);
        self.sources.extend_from_slice(&other.sources);
    }

    /// The height of the last row.
    pub(crate) fn last_height(&self) -> Option<Height> {
        self.transfers.last().map(|row| row.height)
    }

    /// The source of all rows, if they have one in common.
    pub(crate) fn one_source(&self) -> Option<u32> {
        let first = *self.sources.first()?;
        self.sources.iter().all(|source| *source == first).then_some(first)
    }
}

/// How many leading rows come at `height` or above, without falling.
pub(crate) fn rising_prefix(rows: &[Transfer], height: Option<Height>) -> usize {
    let mut last = height.unwrap_or_default();
    let rising = rows.iter().take_while(|row| {
        let rises = row.height >= last;
        last = row.height;
        rises
    });
    rising.count()
}

/// Tells transactions of one block apart by 64 bits of their hashes. A false
/// alarm only sends a block through the assembly.
#[derive(Debug, Default)]
pub(crate) struct SeenTransactions {
    slots: Vec<(u64, u64)>,
    block: u64,
    count: usize,
}

impl SeenTransactions {
    fn begin_block(&mut self, rows: usize) {
        self.block += 1;
        self.count = 0;
        let wanted = (2 * rows).next_power_of_two();
        if self.slots.len() < wanted {
            self.slots = vec![(0, 0); wanted];
        }
    }

    /// Whether the transaction was not seen in this block yet.
    fn insert(&mut self, row: &Transfer) -> bool {
        let words = row.transaction.0.as_chunks::<8>().0;
        let bits = words.iter().fold(0, |sum: u64, word| {
            (sum ^ u64::from_le_bytes(*word)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
        });
        // At most half of the slots, a power of two of them, are in use.
        let mut place = widen::index64(bits) & (self.slots.len() - 1);
        while self.slots[place].1 == self.block {
            if self.slots[place].0 == bits {
                return false;
            }
            place = (place + 1) & (self.slots.len() - 1);
        }
        self.slots[place] = (bits, self.block);
        true
    }
}

/// How many leading rows form whole blocks that need no assembly: in order
/// by known positions and ordinals, without duplicates. `rows` must be whole
/// blocks of one source with rising heights.
pub(crate) fn settled_prefix(rows: &[Transfer], seen: &mut SeenTransactions) -> usize {
    let blocks = rows.chunk_by(|a, b| a.height == b.height);
    blocks.take_while(|block| is_settled(block, seen)).map(<[Transfer]>::len).sum()
}

fn is_settled(block: &[Transfer], seen: &mut SeenTransactions) -> bool {
    if let [_] = block {
        return true;
    }
    seen.begin_block(block.len());
    let mut last: Option<&Transfer> = None;
    block.iter().all(|row| {
        let follows = match last {
            None => row.position.is_some() && seen.insert(row),
            Some(last) => follows(last, row, seen),
        };
        last = Some(row);
        follows
    })
}

fn follows(last: &Transfer, row: &Transfer, seen: &mut SeenTransactions) -> bool {
    if row.timestamp != last.timestamp || row.position.is_none() {
        return false;
    }
    if row.position == last.position {
        // None is below Some, so both ordinals are known if the first is.
        return row.transaction == last.transaction
            && last.ordinal.is_some()
            && last.ordinal < row.ordinal;
    }
    last.position < row.position && seen.insert(row)
}
