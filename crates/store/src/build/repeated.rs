//! Finding a transaction that stands in two blocks.
//!
//! The indexes list transactions in hash order, so two segments are compared
//! in one sequential pass over both; a small segment asks a large one instead.

use crate::segment::{HashEntry, Segment};
use crate::{StoreError, widen};
use tracehound_model::{Height, TransactionHash};

/// Entries read at once.
const CHUNK: usize = 4096;
/// From this ratio of sizes on, looking up beats merging.
const LOOK_UP_RATIO: u64 = 16;

/// Fails if a transaction of the segment stands in it twice.
pub(crate) fn refuse_within(segment: &Segment) -> Result<(), StoreError> {
    let mut entries = Entries::of(segment);
    let mut group: Vec<HashEntry> = Vec::new();
    while let Some(entry) = entries.next()? {
        if group.first().is_some_and(|first| first.top != entry.top) {
            group.clear();
        }
        for known in &group {
            refuse_equal((segment, known.number), (segment, entry.number))?;
        }
        group.push(entry);
    }
    Ok(())
}

/// Fails if a transaction stands in both segments.
pub(crate) fn refuse_between(lower: &Segment, upper: &Segment) -> Result<(), StoreError> {
    let (few, many) = if lower.entry.transactions < upper.entry.transactions {
        (lower, upper)
    } else {
        (upper, lower)
    };
    if few.entry.transactions.saturating_mul(LOOK_UP_RATIO) < many.entry.transactions {
        return look_up(few, many);
    }
    let (mut left, mut right) = (Entries::of(lower), Entries::of(upper));
    let mut group: Vec<HashEntry> = Vec::new();
    let mut next = left.next()?;
    while let Some(entry) = right.next()? {
        if group.first().is_some_and(|first| first.top != entry.top) {
            group.clear();
        }
        while let Some(candidate) = next
            && candidate.top <= entry.top
        {
            if candidate.top == entry.top {
                group.push(candidate);
            }
            next = left.next()?;
        }
        for known in &group {
            refuse_equal((lower, known.number), (upper, entry.number))?;
        }
    }
    Ok(())
}

fn look_up(few: &Segment, many: &Segment) -> Result<(), StoreError> {
    for number in 0..few.transactions.record_count() {
        let hash = TransactionHash(few.transaction(number)?.hash);
        if let Some(found) = many.find_transaction(&hash)? {
            // Transactions of a segment are counted in 32 bits.
            refuse_equal((few, widen::low(widen::count(number))), (many, found))?;
        }
    }
    Ok(())
}

fn refuse_equal(a: (&Segment, u32), b: (&Segment, u32)) -> Result<(), StoreError> {
    let hash = a.0.transaction(widen::index(a.1))?.hash;
    if hash != b.0.transaction(widen::index(b.1))?.hash {
        return Ok(());
    }
    let (first, second) = (height(a.0, a.1)?, height(b.0, b.1)?);
    let (first, second) = (first.min(second), first.max(second));
    Err(StoreError::TwoHeights { transaction: TransactionHash(hash), first, second })
}

fn height(segment: &Segment, transaction: u32) -> Result<Height, StoreError> {
    let after = segment.first_block_where_not(|block| block.first_transaction <= transaction)?;
    Ok(Height(segment.block(after.saturating_sub(1))?.height))
}

/// The entries of a transaction index, read in chunks.
struct Entries<'a> {
    segment: &'a Segment,
    place: usize,
    chunk: std::vec::IntoIter<HashEntry>,
}

impl<'a> Entries<'a> {
    fn of(segment: &'a Segment) -> Self {
        Self { segment, place: 0, chunk: Vec::new().into_iter() }
    }

    fn next(&mut self) -> Result<Option<HashEntry>, StoreError> {
        if self.chunk.len() == 0 {
            let end = self.segment.transactions.record_count().min(self.place + CHUNK);
            let entries = self.segment.transaction_index.entries(self.place, end)?;
            self.chunk = entries.collect::<Vec<_>>().into_iter();
            self.place = end;
        }
        Ok(self.chunk.next())
    }
}
