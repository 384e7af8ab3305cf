//! What must hold between the files of a segment, and towards those below it.

use super::segment::UtxoSegment;
use super::tables::{
    BLOCK_STATED, BlockRecord, NONE, OutsideInput, PayloadRecord, SpendBelow, TransactionRecord,
};
use super::{InputRecord, OutputId, OutputRecord, TransactionId, UtxoSnapshot};
use crate::segment::key_hash;
use crate::{AddressId, StoreError, widen};
use tracehound_model::Address;

/// Every check of a segment, each by itself. Pages must have been verified;
/// `below` are the segments under it, `None` if one of them is unsound.
pub(crate) fn check(
    segment: &UtxoSegment,
    below: Option<&UtxoSnapshot>,
    spent: &mut SpentOutputs,
) -> Vec<Result<(), StoreError>> {
    // As many addresses as there are; the next number stands for "none".
    let nobody = AddressId(widen::low(segment.entry.end_address()));
    let output = |row: u32| segment.outputs.record::<OutputRecord>(widen::index(row));
    let input = |row: u32| segment.inputs.record::<InputRecord>(widen::index(row));
    let spend = |row: u32| segment.spends_below.record::<SpendBelow>(widen::index(row));
    vec![
        check_blocks(segment, below),
        check_transactions(segment),
        check_payloads(segment),
        Spends::check(segment, below, spent),
        check_address_order(segment),
        check_addresses(segment, below),
        segment.hash_index.check(|n| Ok(key_hash(0, segment.hash(widen::index(n))?))),
        segment.address_index.check(|n| Ok(key_hash(0, segment.address_key(widen::index(n))?))),
        segment.received.check(|row| Ok(output(row)?.address().unwrap_or(nobody).0)),
        segment.spent.check(|row| Ok(input(row)?.address().unwrap_or(nobody).0)),
        segment.spends_below_index.check(|row| Ok(spend(row)?.transaction)),
    ]
}

/// One bit for each output of the segments checked so far.
#[derive(Debug, Default)]
pub(crate) struct SpentOutputs {
    /// The first output of each segment, by its first transaction.
    starts: Vec<(u64, u64)>,
    count: u64,
    bits: Vec<u64>,
}

impl SpentOutputs {
    fn add(&mut self, segment: &UtxoSegment) {
        self.starts.push((segment.entry.first_transaction, self.count));
        self.count += segment.entry.outputs;
        self.bits.resize(widen::index64(self.count.div_ceil(64)), 0);
    }

    /// Marks an output of the segment with this first transaction; whether
    /// it was not spent yet. Always true if that segment was not checked.
    fn spend(&mut self, first_transaction: u64, output: usize) -> bool {
        let Ok(place) = self.starts.binary_search_by_key(&first_transaction, |start| start.0)
        else {
            return true;
        };
        let number = self.starts[place].1 + widen::count(output);
        let Some(word) = self.bits.get_mut(widen::index64(number / 64)) else { return false };
        let bit = 1 << (number % 64);
        let unspent = *word & bit == 0;
        *word |= bit;
        unspent
    }
}

fn check_blocks(segment: &UtxoSegment, below: Option<&UtxoSnapshot>) -> Result<(), StoreError> {
    let mut last = below.and_then(|below| below.tip().transpose()).transpose()?.map(|t| t.hash.0);
    let mut first_transaction = 0;
    let records = segment.blocks.records::<BlockRecord>(0..segment.blocks.record_count())?;
    for (height, block) in (segment.entry.first_height..).zip(records) {
        let links = [None, Some([0; 32]), Some(block.previous)].contains(&last)
            || block.previous == [0; 32];
        let begins = first_transaction <= block.first_transaction
            && (height > segment.entry.first_height || block.first_transaction == 0);
        if block.height != height || !links || !begins || block.flags & !BLOCK_STATED != 0 {
            return Err(segment.blocks.damaged(format!("block {height} does not fit the others")));
        }
        (last, first_transaction) = (Some(block.hash), block.first_transaction);
    }
    if u64::from(first_transaction) <= segment.entry.transactions {
        return Ok(());
    }
    Err(segment.blocks.damaged("has more transactions than the manifest counts"))
}

fn check_transactions(segment: &UtxoSegment) -> Result<(), StoreError> {
    let count = segment.transactions.record_count();
    let records = segment.transactions.records::<TransactionRecord>(0..count)?;
    let begins = match records.first() {
        Some(first) => (first.first_input, first.first_output) == (0, 0),
        None => segment.entry.inputs == 0 && segment.entry.outputs == 0,
    };
    let rising = records.windows(2).all(|pair| {
        pair[0].first_input <= pair[1].first_input && pair[0].first_output <= pair[1].first_output
    });
    let ends = records.last().is_none_or(|last| {
        u64::from(last.first_input) <= segment.entry.inputs
            && u64::from(last.first_output) <= segment.entry.outputs
    });
    if begins && rising && ends {
        return Ok(());
    }
    Err(segment.transactions.damaged("transactions are out of order"))
}

fn check_payloads(segment: &UtxoSegment) -> Result<(), StoreError> {
    let count = segment.payload_index.record_count();
    let records = segment.payload_index.records::<PayloadRecord>(0..count)?;
    let begins = match records.first() {
        Some(first) => first.start == 0,
        None => segment.entry.payload_bytes == 0,
    };
    let rising = records.windows(2).all(|p| p[0].output < p[1].output && p[0].start < p[1].start);
    let ends = records.last().is_none_or(|last| {
        u64::from(last.start) < segment.entry.payload_bytes
            && u64::from(last.output) < segment.entry.outputs
    });
    if begins && rising && ends {
        return Ok(());
    }
    Err(segment.payload_index.damaged("payloads are out of order"))
}

/// Addresses are numbered by first appearance, all of them in use.
fn check_address_order(segment: &UtxoSegment) -> Result<(), StoreError> {
    let mut known = segment.entry.first_address;
    let mut appears = |address: Option<AddressId>| {
        let number = address.map_or(0, |id| u64::from(id.0));
        known += u64::from(address.is_some() && number == known);
        address.is_none() || number < known
    };
    for local in 0..segment.transactions.record_count() {
        let view = segment.view(local)?;
        let outside = view.inputs.iter().filter(|input| input.spends().is_none());
        let mut sound = true;
        for address in outside.map(InputRecord::address) {
            sound &= appears(address);
        }
        for output in view.outputs {
            sound &= appears(output.address());
        }
        if !sound {
            let detail = format!("transaction {local} has addresses that are not numbered yet");
            return Err(segment.outputs.damaged(detail));
        }
    }
    if known == segment.entry.end_address() {
        return Ok(());
    }
    Err(segment.addresses.damaged("holds addresses that do not appear in its segment"))
}

fn check_addresses(segment: &UtxoSegment, below: Option<&UtxoSnapshot>) -> Result<(), StoreError> {
    for local in 0..segment.addresses.record_count() {
        let key = segment.address_key(local)?;
        let own = segment.entry.first_address + widen::count(local);
        let hash = key_hash(0, key);
        let found = segment.find_address(hash, key)?.map(u64::from);
        if Address::from_key(key).is_err() || found != Some(own) {
            let detail = format!("address {own} is not found by its key");
            return Err(segment.addresses.damaged(detail));
        }
        if let Some(below) = below
            && below.find_key(hash, key)?.is_some()
        {
            return Err(segment.addresses.damaged(format!("address {own} appears below already")));
        }
    }
    Ok(())
}

/// Walks through all inputs and what is written about them elsewhere.
struct Spends<'a> {
    segment: &'a UtxoSegment,
    below: Option<&'a UtxoSnapshot>,
    spent: &'a mut SpentOutputs,
    /// Spends of own outputs, spends of lower outputs, and outside inputs so far.
    own: usize,
    lower: usize,
    outside: usize,
}

impl<'a> Spends<'a> {
    fn check(
        segment: &'a UtxoSegment,
        below: Option<&'a UtxoSnapshot>,
        spent: &'a mut SpentOutputs,
    ) -> Result<(), StoreError> {
        spent.add(segment);
        let mut spends = Self { segment, below, spent, own: 0, lower: 0, outside: 0 };
        for local in 0..segment.transactions.record_count() {
            let (_, inputs, _) = segment.ranges(local)?;
            let records = segment.inputs.records::<InputRecord>(inputs.clone())?;
            for (number, input) in inputs.zip(records) {
                if !spends.is_true(local, number, input)? {
                    let detail = format!("input {number} is not what other files say of it");
                    return Err(segment.inputs.damaged(detail));
                }
            }
        }
        let mut spent = 0;
        for output in 0..segment.spenders.record_count() {
            spent += usize::from(segment.own_spender(output)?.is_some());
        }
        let found = (spent, spends.lower, spends.outside);
        let lists = (segment.spends_below.record_count(), segment.outside_inputs.record_count());
        if found == (spends.own, lists.0, lists.1) {
            return Ok(());
        }
        Err(segment.spenders.damaged("outputs are spent by inputs that do not exist"))
    }

    fn is_true(
        &mut self,
        local: usize,
        number: usize,
        input: &InputRecord,
    ) -> Result<bool, StoreError> {
        let Some(output) = input.spends() else {
            let listed = self.segment.outside_inputs.record::<OutsideInput>(self.outside)?;
            self.outside += 1;
            return Ok(widen::index(listed.input) == number);
        };
        match output.transaction.0.checked_sub(self.segment.first_transaction()) {
            Some(spent) => self.is_own(local, input, output, widen::index(spent)),
            None => self.is_lower(local, input, output),
        }
    }

    fn is_own(
        &mut self,
        local: usize,
        input: &InputRecord,
        output: OutputId,
        spent: usize,
    ) -> Result<bool, StoreError> {
        self.own += 1;
        let (_, _, outputs) = self.segment.ranges(spent)?;
        let number = outputs.start.saturating_add(widen::index(output.index));
        if number >= outputs.end {
            return Ok(false);
        }
        let record = *self.segment.outputs.record::<OutputRecord>(number)?;
        let spender = self.segment.own_spender(number)?.unwrap_or(NONE);
        let same = *input == InputRecord::spending(output, record);
        let unspent = self.spent.spend(self.segment.entry.first_transaction, number);
        Ok(same && unspent && widen::index(spender) == local)
    }

    fn is_lower(
        &mut self,
        local: usize,
        input: &InputRecord,
        output: OutputId,
    ) -> Result<bool, StoreError> {
        let listed = self.segment.spends_below.record::<SpendBelow>(self.lower)?;
        self.lower += 1;
        let same = TransactionId(listed.transaction) == output.transaction
            && listed.index == output.index
            && widen::index(listed.spender) == local
            && self.segment.spender_below(listed.transaction, listed.index)?
                == Some(listed.spender);
        let Some(below) = self.below else { return Ok(same) };
        let (place, spent) = below.locate(output.transaction)?;
        let lower = &below.segments()[place];
        let (_, _, outputs) = lower.ranges(widen::index(spent))?;
        let number = outputs.start.saturating_add(widen::index(output.index));
        if number >= outputs.end {
            return Ok(false);
        }
        let record = *lower.outputs.record::<OutputRecord>(number)?;
        let equal = *input == InputRecord::spending(output, record);
        Ok(same && equal && self.spent.spend(lower.entry.first_transaction, number))
    }
}
