//! The segment that grows in memory, before it is written.
//!
//! All of it is plain lists in file order, and two maps by which later blocks
//! find its transactions and addresses. A block is added in two steps:
//! [`super::resolve`] finds what it spends and can fail, leaving everything
//! as it was; [`Growing::add`] cannot.

use super::hash_map::HashMap;
use super::manifest::UtxoSegmentEntry;
use super::resolve::{Resolved, Source};
use super::tables::{
    BLOCK_STATED, BlockRecord, KEY_WIDTH, OutsideInput, PayloadRecord, SpendBelow,
    TransactionRecord,
};
use super::{InputRecord, OutputId, OutputRecord, TransactionId};
use crate::build::AddressMap;
use crate::{AddressId, widen};
use hashbrown::HashSet;
use tracehound_model::UtxoBlock;

/// Bytes that writing the indexes takes for each row (its address, and the
/// sorted pair of both; offsets of addresses, at most 16 more, lie within
/// the slack below) and for each key (its hash bits and sorted entry).
const INDEX_BYTES_PER_ROW: usize = 12;
const INDEX_BYTES_PER_KEY: usize = 12;
/// A list that grows takes half as much again beside it for a moment.
const SLACK: (usize, usize) = (3, 2);

/// See the module.
#[derive(Debug)]
pub(crate) struct Growing {
    /// Number of its first transaction in the store, and of its first new address.
    pub(crate) first_transaction: u32,
    pub(crate) first_address: u32,
    pub(crate) new_addresses: u32,
    pub(crate) blocks: Vec<BlockRecord>,
    pub(crate) transactions: Vec<TransactionRecord>,
    pub(crate) names: HashMap,
    pub(crate) outputs: Vec<OutputRecord>,
    /// Of each output, the own transaction that spends it, or none.
    pub(crate) spenders: Vec<u32>,
    pub(crate) inputs: Vec<InputRecord>,
    pub(crate) spends_below: Vec<SpendBelow>,
    /// Outputs of lower segments that are spent here.
    pub(crate) spent_below: HashSet<OutputId>,
    pub(crate) outside_inputs: Vec<OutsideInput>,
    /// Addresses met in this segment, new or not.
    pub(crate) addresses: AddressMap,
    pub(crate) payload_index: Vec<PayloadRecord>,
    pub(crate) payloads: Vec<u8>,
}

impl Growing {
    /// An empty segment that begins with these numbers.
    pub(crate) fn new(first_transaction: u32, first_address: u32) -> Self {
        Self {
            first_transaction,
            first_address,
            new_addresses: 0,
            blocks: Vec::new(),
            transactions: Vec::new(),
            names: HashMap::new(),
            outputs: Vec::new(),
            spenders: Vec::new(),
            inputs: Vec::new(),
            spends_below: Vec::new(),
            spent_below: HashSet::new(),
            outside_inputs: Vec::new(),
            addresses: AddressMap::new(widen::index(KEY_WIDTH)),
            payload_index: Vec::new(),
            payloads: Vec::new(),
        }
    }

    /// Whether it holds nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Bytes it takes, with what writing its indexes will take.
    pub(crate) fn memory(&self) -> usize {
        let lists = size_of_val(self.blocks.as_slice())
            + size_of_val(self.transactions.as_slice())
            + size_of_val(self.outputs.as_slice())
            + size_of_val(self.spenders.as_slice())
            + size_of_val(self.inputs.as_slice())
            + size_of_val(self.spends_below.as_slice())
            + size_of_val(self.outside_inputs.as_slice())
            + size_of_val(self.payload_index.as_slice())
            + self.payloads.len();
        let set = self.spent_below.capacity() * (size_of::<OutputId>() + 1) * 8 / 7;
        let keys = self.transactions.len() + widen::index(self.new_addresses);
        let rows = self.outputs.len() + self.inputs.len();
        lists * SLACK.0 / SLACK.1
            + set
            + self.names.memory()
            + widen::index64(self.addresses.memory())
            + keys * INDEX_BYTES_PER_KEY
            + rows * INDEX_BYTES_PER_ROW
    }

    /// Whether a block would make a count that does not fit 32 bits.
    pub(crate) fn overflows_with(&self, block: &UtxoBlock) -> bool {
        let most = widen::index(u32::MAX - 1);
        let sums = [
            self.inputs.len() + block.inputs.len(),
            self.outputs.len() + block.outputs.len(),
            self.payloads.len() + block.payloads.len(),
        ];
        sums.into_iter().any(|sum| sum > most)
    }

    /// The outputs of an own transaction.
    pub(crate) fn outputs_of(&self, local: u32) -> std::ops::Range<usize> {
        let record = |local| self.transactions.get(local);
        let end = |r: Option<&TransactionRecord>| {
            r.map_or(self.outputs.len(), |r| widen::index(r.first_output))
        };
        end(record(widen::index(local)))..end(record(widen::index(local) + 1))
    }

    /// Fetches what spending these outputs (own transaction, index) will need.
    pub(crate) fn touch(&self, outputs: impl Iterator<Item = (u32, u32)> + Clone) {
        let mut seen = 0;
        for (local, _) in outputs.clone() {
            seen ^= self.transactions.get(widen::index(local)).map_or(0, |t| t.first_output);
        }
        for (local, index) in outputs {
            let Some(record) = self.transactions.get(widen::index(local)) else { continue };
            let place = widen::index(record.first_output).saturating_add(widen::index(index));
            seen ^= self.spenders.get(place).copied().unwrap_or(0);
            seen ^= self.outputs.get(place).map_or(0, |output| widen::low(output.value().0));
        }
        std::hint::black_box(seen);
    }

    /// Adds a block whose names and spends [`super::resolve`] has entered.
    /// All numbers fit 32 bits, see [`Growing::overflows_with`].
    pub(crate) fn add(&mut self, block: &UtxoBlock, resolved: &Resolved) {
        let first = widen::low(widen::count(self.transactions.len()));
        let (inputs, outputs) = (self.inputs.len(), self.outputs.len());
        let stated = if block.stated.is_empty() { 0 } else { BLOCK_STATED };
        self.blocks.push(BlockRecord {
            height: block.height.0,
            timestamp: block.timestamp.0,
            hash: block.hash.0,
            previous: block.previous.0,
            first_transaction: first,
            flags: stated,
        });
        for transaction in &block.transactions {
            self.transactions.push(TransactionRecord::new(
                transaction,
                widen::low(widen::count(inputs)) + transaction.first_input,
                widen::low(widen::count(outputs)) + transaction.first_output,
            ));
        }
        let stated = self.add_outputs(block, resolved);
        self.add_inputs(block, resolved, &stated);
    }

    /// Numbers addresses in chain order and adds the outputs; returns the
    /// addresses that outside inputs state, in their order.
    fn add_outputs(&mut self, block: &UtxoBlock, resolved: &Resolved) -> Vec<Option<AddressId>> {
        let mut stated = Vec::new();
        let mut keys = resolved.keys.iter();
        for place in &resolved.appearances {
            let key = if place.has_key { keys.next() } else { None };
            let address = key.map(|key| AddressId(self.number(key.hash, &key.bytes)));
            match place.output {
                None => stated.push(address),
                Some(output) => {
                    let output = &block.outputs[widen::index(output)];
                    let bytes =
                        widen::index(output.payload.start)..widen::index(output.payload.end);
                    if !bytes.is_empty() {
                        self.payload_index.push(PayloadRecord {
                            output: widen::low(widen::count(self.outputs.len())),
                            start: widen::low(widen::count(self.payloads.len())),
                        });
                        self.payloads.extend_from_slice(&block.payloads[bytes]);
                    }
                    self.outputs.push(OutputRecord::new(output.value, address));
                }
            }
        }
        stated
    }

    /// The number of an address that no lower segment has unless the map says so.
    #[inline]
    fn number(&mut self, hash: u64, key: &[u8]) -> u32 {
        if let Some(number) = self.addresses.find(hash, key) {
            return number;
        }
        let number = self.first_address + self.new_addresses;
        self.addresses.insert(hash, key, number);
        self.new_addresses += 1;
        number
    }

    fn add_inputs(&mut self, block: &UtxoBlock, resolved: &Resolved, stated: &[Option<AddressId>]) {
        let mut stated_addresses = stated.iter();
        for (place, spend) in resolved.spends.iter().enumerate() {
            let id = OutputId { transaction: TransactionId(spend.transaction), index: spend.index };
            self.inputs.push(match spend.source {
                Source::Own(output) => {
                    InputRecord::spending(id, self.outputs[widen::index(output)])
                }
                Source::Below(record) => {
                    self.spends_below.push(SpendBelow {
                        transaction: spend.transaction,
                        index: spend.index,
                        spender: spend.spender,
                    });
                    InputRecord::spending(id, record)
                }
                Source::Outside => {
                    self.outside_inputs.push(OutsideInput {
                        input: widen::low(widen::count(self.inputs.len())),
                        index: spend.index,
                        hash: block.inputs[place].transaction.0,
                    });
                    let value = block.stated.get(place).map(|stated| stated.value);
                    let address = stated_addresses.next().copied().flatten();
                    InputRecord::outside(value, address)
                }
            });
        }
    }

    /// What the manifest will say of it, but for name and tag.
    pub(crate) fn entry(&self) -> UtxoSegmentEntry {
        let count = |length: usize| widen::count(length);
        UtxoSegmentEntry {
            name: String::new(),
            tag: 0,
            first_height: self.blocks.first().map_or(0, |block| block.height),
            blocks: count(self.blocks.len()),
            first_transaction: u64::from(self.first_transaction),
            transactions: count(self.transactions.len()),
            outputs: count(self.outputs.len()),
            inputs: count(self.inputs.len()),
            spends_below: count(self.spends_below.len()),
            outside_inputs: count(self.outside_inputs.len()),
            first_address: u64::from(self.first_address),
            addresses: u64::from(self.new_addresses),
            payloads: count(self.payload_index.len()),
            payload_bytes: count(self.payloads.len()),
        }
    }
}
