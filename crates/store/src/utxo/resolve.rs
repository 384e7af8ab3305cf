//! Finding the outputs that a block spends.
//!
//! A name is looked up in the segment that grows, then in lower segments,
//! newest first: most coins move again soon. Everything that can be wrong
//! with a block is found here, before the block is added; what was entered
//! until then (names, spends) is taken back.
//!
//! The limit: a name that is new to the store is looked for in every segment
//! (two cache misses each), and so is an address.

use super::appear::{copy_known_addresses, list_addresses};
use super::growing::Growing;
use super::tables::{KEY_WIDTH, NONE};
use super::{OutputId, OutputRecord, TransactionId, UtxoSnapshot};
use crate::error::printed;
use crate::segment::key_hash;
use crate::{StoreError, widen};
use std::ops::Range;
use tracehound_model::{Address, StatedOutput, UtxoBlock};

/// Keys fetched from memory together.
pub(crate) const BATCH: usize = 64;

/// What is known at once of the name that an input spends.
#[derive(Clone, Copy, Debug)]
struct Name {
    /// The transaction of the growing segment that bears it.
    own: Option<u32>,
    /// Its [`key_hash`] if none does.
    key: u64,
}

/// Where a spent output lies.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source {
    /// Not in the store.
    Outside,
    /// In the segment that grows, by its number there.
    Own(u32),
    /// In a lower segment.
    Below(OutputRecord),
}

/// What one input spends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spend {
    /// The transaction's number in the store, if known.
    pub(crate) transaction: u32,
    /// Which of its outputs.
    pub(crate) index: u32,
    /// The transaction that spends it, by its number in the segment.
    pub(crate) spender: u32,
    pub(crate) source: Source,
}

/// An address with the hash by which the growing segment finds it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    pub(crate) hash: u64,
    pub(crate) bytes: [u8; KEY_WIDTH as usize],
}

/// An output, or an input that states an address, in the order of numbering.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Appearance {
    /// Which output of the block; none for an outside input.
    pub(crate) output: Option<u32>,
    /// Whether it has an address: the next of [`Resolved::keys`].
    pub(crate) has_key: bool,
}

/// What is known of a block before it is added; reused from block to block.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    /// One for each input of the block.
    pub(crate) spends: Vec<Spend>,
    pub(crate) appearances: Vec<Appearance>,
    pub(crate) keys: Vec<Key>,
    /// Names of this block that an earlier transaction had: both numbers.
    repeated: Vec<(u32, u32)>,
    pub(crate) hashes: Vec<u64>,
}

/// Resolves `block` against the growing segment and those below. On success
/// its names and spends are entered in `growing`, which [`Growing::add`] expects.
pub(crate) fn resolve(
    block: &UtxoBlock,
    growing: &mut Growing,
    below: &UtxoSnapshot,
    any_order: bool,
    resolved: &mut Resolved,
) -> Result<(), StoreError> {
    let first = growing.transactions.len();
    resolved.spends.clear();
    resolved.repeated.clear();
    let mut resolver = Resolver { block, growing, below, any_order, resolved };
    let result = resolver.all();
    if result.is_err() {
        resolver.take_back(first);
    }
    result
}

struct Resolver<'a> {
    block: &'a UtxoBlock,
    growing: &'a mut Growing,
    below: &'a UtxoSnapshot,
    any_order: bool,
    resolved: &'a mut Resolved,
}

impl Resolver<'_> {
    fn all(&mut self) -> Result<(), StoreError> {
        self.enter_names()?;
        let outputs = self.growing.spenders.len() + self.block.outputs.len();
        self.growing.spenders.resize(outputs, NONE);
        self.find_spends()?;
        list_addresses(self.block, self.growing, self.resolved);
        copy_known_addresses(self.growing, self.below, self.resolved)
    }

    fn take_back(&mut self, first: usize) {
        let growing = &mut *self.growing;
        growing.names.truncate(first);
        growing.spenders.truncate(growing.outputs.len());
        for spend in &self.resolved.spends {
            match spend.source {
                Source::Own(output) => {
                    if let Some(spender) = growing.spenders.get_mut(widen::index(output)) {
                        *spender = NONE;
                    }
                }
                Source::Below(_) => {
                    let transaction = TransactionId(spend.transaction);
                    growing.spent_below.remove(&OutputId { transaction, index: spend.index });
                }
                Source::Outside => {}
            }
        }
    }

    /// Number in the segment of the block's first transaction.
    fn first(&self) -> u32 {
        // The writer keeps the count of transactions within 32 bits.
        widen::low(widen::count(self.growing.transactions.len()))
    }

    fn enter_names(&mut self) -> Result<(), StoreError> {
        let first = self.first();
        for (number, transaction) in (first..).zip(&self.block.transactions) {
            let Some(earlier) = self.growing.names.push(transaction.hash.0) else { continue };
            if earlier >= first {
                let detail = format!("holds transaction {} twice", printed(&transaction.hash));
                return Err(StoreError::BadBlock { height: self.block.height, detail });
            }
            self.resolved.repeated.push((number, earlier));
        }
        Ok(())
    }

    fn find_spends(&mut self) -> Result<(), StoreError> {
        let block = self.block;
        let mut names = Vec::new();
        for place in 0..block.transactions.len() {
            let start = block.transactions[place].first_input;
            for (input, number) in (start..).zip(0..block.inputs_of(place).len()) {
                let at = widen::index(input);
                if at.is_multiple_of(BATCH) {
                    self.look_up_names(at, &mut names)?;
                }
                let spend = self.find_spend(place, at, names[at % BATCH]);
                let spend = spend.map_err(|fault| self.blame(fault, place, number))?;
                self.resolved.spends.push(spend);
            }
        }
        Ok(())
    }

    /// Looks up the names that the next inputs spend in the growing segment,
    /// and fetches what the next steps will need of them.
    fn look_up_names(&mut self, at: usize, found: &mut Vec<Name>) -> Result<(), StoreError> {
        let end = (at + BATCH).min(self.block.inputs.len());
        let inputs = &self.block.inputs[at..end];
        let names = &self.growing.names;
        let hashes = &mut self.resolved.hashes;
        hashes.clear();
        hashes.extend(inputs.iter().map(|input| names.hash(&input.transaction.0)));
        names.touch(hashes);
        found.clear();
        found.extend(inputs.iter().zip(&*hashes).map(|(input, hash)| {
            let own = names.find(*hash, &input.transaction.0);
            let key = if own.is_none() { key_hash(0, &input.transaction.0) } else { 0 };
            Name { own, key }
        }));
        hashes.clear();
        hashes.extend(found.iter().filter(|name| name.own.is_none()).map(|name| name.key));
        self.below.touch_names(hashes)?;
        let own = inputs.iter().zip(&*found);
        self.growing.touch(own.filter_map(|(input, name)| Some((name.own?, input.index))));
        Ok(())
    }

    fn blame(&self, fault: Fault, place: usize, number: usize) -> StoreError {
        match fault {
            Fault::Store(error) => error,
            Fault::Spend(detail) => StoreError::BadSpend {
                height: self.block.height,
                transaction: self.block.transactions[place].hash,
                // Inputs of a block are counted in 32 bits.
                input: widen::low(widen::count(number)),
                detail,
            },
        }
    }

    fn find_spend(&mut self, place: usize, at: usize, name: Name) -> Result<Spend, Fault> {
        let input = &self.block.inputs[at];
        let spender = self.first() + widen::low(widen::count(place));
        let own = name.own.and_then(|local| self.visible(local, place));
        let key = || match name.own {
            Some(_) => key_hash(0, &input.transaction.0),
            None => name.key,
        };
        let stated = self.block.stated.get(at);
        match own {
            Some(local) => self.spend_own(local, input.index, spender, stated),
            None => match self.below.locate_hash(key(), &input.transaction.0)? {
                Some((segment, local)) => {
                    self.spend_below(segment, local, input.index, spender, stated)
                }
                None => {
                    let (index, source) = (input.index, Source::Outside);
                    Ok(Spend { transaction: NONE, index, spender, source })
                }
            },
        }
    }

    /// The own transaction that the one at `place` of the block sees under a
    /// name whose last bearer is `local`.
    fn visible(&self, local: u32, place: usize) -> Option<u32> {
        let Some(in_block) = local.checked_sub(self.first()) else { return Some(local) };
        let in_block = widen::index(in_block);
        if in_block < place || self.any_order && in_block != place {
            return Some(local);
        }
        let earlier = self.resolved.repeated.iter().find(|(later, _)| *later == local);
        earlier.map(|(_, earlier)| *earlier)
    }

    /// Own outputs of an own transaction, those of the block included.
    fn own_outputs(&self, local: u32) -> Range<usize> {
        let Some(in_block) = local.checked_sub(self.first()) else {
            return self.growing.outputs_of(local);
        };
        let place = widen::index(in_block);
        let base = self.growing.outputs.len();
        let start = self.block.transactions[place].first_output;
        let start = base + widen::index(start);
        start..start + self.block.outputs_of(place).len()
    }

    fn spend_own(
        &mut self,
        local: u32,
        index: u32,
        spender: u32,
        stated: Option<&StatedOutput>,
    ) -> Result<Spend, Fault> {
        let outputs = self.own_outputs(local);
        let number = outputs.start.saturating_add(widen::index(index));
        if number >= outputs.end {
            return Err(no_such_output(index, outputs.len()));
        }
        if let Some(stated) = stated {
            self.compare_with_own(stated, number)?;
        }
        let known = &mut self.growing.spenders[number];
        if *known != NONE {
            let other = self.growing.names.hashes()[widen::index(*known)];
            return Err(spent_twice(&other));
        }
        *known = spender;
        let transaction = self.growing.first_transaction + local;
        // Outputs of a segment are counted in 32 bits.
        let source = Source::Own(widen::low(widen::count(number)));
        Ok(Spend { transaction, index, spender, source })
    }

    fn spend_below(
        &mut self,
        place: usize,
        local: u32,
        index: u32,
        spender: u32,
        stated: Option<&StatedOutput>,
    ) -> Result<Spend, Fault> {
        let segment = &self.below.segments()[place];
        let (_, _, outputs) = segment.ranges(widen::index(local))?;
        let number = outputs.start.saturating_add(widen::index(index));
        if number >= outputs.end {
            return Err(no_such_output(index, outputs.len()));
        }
        let record = *segment.outputs.record::<OutputRecord>(number)?;
        if let Some(stated) = stated {
            self.compare(stated, &record)?;
        }
        let transaction = TransactionId(segment.first_transaction() + local);
        let output = OutputId { transaction, index };
        if let Some(other) = self.below.spender_of(output, place, number)? {
            return Err(spent_twice(&super::OutputLedger::hash(self.below, other)?.0));
        }
        if !self.growing.spent_below.insert(output) {
            return Err(Fault::Spend("the output is spent already".to_owned()));
        }
        let source = Source::Below(record);
        Ok(Spend { transaction: transaction.0, index, spender, source })
    }

    fn compare_with_own(&self, stated: &StatedOutput, number: usize) -> Result<(), Fault> {
        match number.checked_sub(self.growing.outputs.len()) {
            None => self.compare(stated, &self.growing.outputs[number]),
            Some(in_block) => {
                let output = &self.block.outputs[in_block];
                let same = stated.address.is_none() || stated.address == output.address;
                agree(stated, output.value.0, same)
            }
        }
    }

    fn compare(&self, stated: &StatedOutput, record: &OutputRecord) -> Result<(), Fault> {
        let same = match &stated.address {
            None => true,
            Some(address) => {
                let number = self.number_of(address)?;
                number.is_some() && number == record.address().map(|id| id.0)
            }
        };
        agree(stated, record.value().0, same)
    }

    fn number_of(&self, address: &Address) -> Result<Option<u32>, StoreError> {
        let bytes = address.to_key();
        let addresses = &self.growing.addresses;
        match addresses.find(addresses.hash(&bytes), &bytes) {
            Some(number) => Ok(Some(number)),
            None => self.below.find_key(key_hash(0, &bytes), &bytes),
        }
    }
}

/// What is wrong with one spend.
enum Fault {
    Store(StoreError),
    Spend(String),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

fn agree(stated: &StatedOutput, value: u64, same_address: bool) -> Result<(), Fault> {
    if stated.value.0 != value {
        let detail = format!("it states {} satoshi, the output holds {value}", stated.value.0);
        return Err(Fault::Spend(detail));
    }
    if same_address {
        return Ok(());
    }
    Err(Fault::Spend("it states another address than the output has".to_owned()))
}

fn no_such_output(index: u32, count: usize) -> Fault {
    Fault::Spend(format!("it spends output {index} of a transaction that has {count}"))
}

fn spent_twice(other: &[u8; 32]) -> Fault {
    let other = printed(&tracehound_model::TransactionHash(*other));
    Fault::Spend(format!("the output is spent by transaction {other} already"))
}
