//! A chain in memory, built the plain way: for data of a few blocks, and as
//! the model that the store's files are tested against.

use super::{
    BlockPlace, InputRecord, OutputId, OutputLedger, OutputRecord, TransactionFields,
    TransactionId, TransactionView,
};
use crate::{AddressId, StoreError, widen};
use std::collections::HashMap;
use std::ops::Range;
use tracehound_model::{
    Address, Chain, Height, Satoshi, TransactionHash, UtxoBlock, UtxoInput, UtxoOutput,
};

/// A whole chain in memory. See the module.
#[derive(Clone, Debug)]
pub struct MemoryLedger {
    chain: Chain,
    transactions: Vec<Transaction>,
    blocks: Vec<BlockPlace>,
    addresses: Vec<Address>,
    address_ids: HashMap<Address, AddressId>,
    by_hash: HashMap<TransactionHash, TransactionId>,
    spenders: HashMap<OutputId, TransactionId>,
    payloads: HashMap<OutputId, Vec<u8>>,
    outputs_to: HashMap<AddressId, Vec<OutputId>>,
    spends_from: HashMap<AddressId, Vec<TransactionId>>,
}

#[derive(Clone, Debug)]
struct Transaction {
    hash: TransactionHash,
    fields: TransactionFields,
    inputs: Vec<InputRecord>,
    outputs: Vec<OutputRecord>,
}

impl MemoryLedger {
    /// An empty chain.
    #[must_use]
    pub fn new(chain: Chain) -> Self {
        Self {
            chain,
            transactions: Vec::new(),
            blocks: Vec::new(),
            addresses: Vec::new(),
            address_ids: HashMap::new(),
            by_hash: HashMap::new(),
            spenders: HashMap::new(),
            payloads: HashMap::new(),
            outputs_to: HashMap::new(),
            spends_from: HashMap::new(),
        }
    }

    /// A chain of these blocks, lowest first.
    #[must_use]
    pub fn of(chain: Chain, blocks: &[UtxoBlock]) -> Self {
        let mut ledger = Self::new(chain);
        blocks.iter().for_each(|block| ledger.push(block));
        ledger
    }

    /// Adds the next block.
    pub fn push(&mut self, block: &UtxoBlock) {
        let first = self.next_id();
        if self.chain.utxo().is_some_and(|chain| chain.sorted_by_hash) {
            // Any transaction of the block may spend from any other.
            for (id, transaction) in (first.0..).map(TransactionId).zip(&block.transactions) {
                self.by_hash.insert(transaction.hash, id);
            }
        }
        let mut spends = Vec::with_capacity(block.inputs.len());
        for (place, transaction) in block.transactions.iter().enumerate() {
            let id = self.next_id();
            let stated = block.stated.get(widen::index(transaction.first_input)..);
            for (i, input) in block.inputs_of(place).iter().enumerate() {
                spends.push(self.spend(input, stated.and_then(|stated| stated.get(i)), block));
            }
            let outputs = (0..).zip(block.outputs_of(place));
            let outputs = outputs.map(|(index, output)| {
                self.output(OutputId { transaction: id, index }, output, block)
            });
            let outputs = outputs.collect();
            self.by_hash.insert(transaction.hash, id);
            self.transactions.push(Transaction {
                hash: transaction.hash,
                fields: TransactionFields {
                    version: transaction.version,
                    lock_time: transaction.lock_time,
                    virtual_size: transaction.virtual_size,
                    coinbase: transaction.coinbase,
                    replaceable: transaction.replaceable,
                },
                inputs: Vec::new(),
                outputs,
            });
        }
        self.add_inputs(first, block, &spends);
        self.blocks.push(BlockPlace {
            height: block.height,
            hash: block.hash,
            timestamp: block.timestamp,
            transactions: first..self.next_id(),
        });
    }

    fn next_id(&self) -> TransactionId {
        // Data of a few blocks.
        TransactionId(widen::low(widen::count(self.transactions.len())))
    }

    /// What an input spends: a known output, or one that it only describes.
    fn spend(
        &mut self,
        input: &UtxoInput,
        stated: Option<&tracehound_model::StatedOutput>,
        block: &UtxoBlock,
    ) -> Result<OutputId, InputRecord> {
        let known = self.by_hash.get(&input.transaction).copied().filter(|transaction| {
            let place = widen::index(transaction.0);
            let outputs = match place.checked_sub(self.transactions.len()) {
                None => self.transactions[place].outputs.len(),
                Some(later) => {
                    let own = self.blocks.last().map_or(0, |last| last.transactions.end.0);
                    let before = self.transactions.len() - widen::index(own);
                    block.outputs_of(before + later).len()
                }
            };
            widen::index(input.index) < outputs
        });
        match known {
            Some(transaction) => Ok(OutputId { transaction, index: input.index }),
            None => {
                let address = stated.and_then(|stated| stated.address);
                let address = address.map(|address| self.number(&address));
                Err(InputRecord::outside(stated.map(|stated| stated.value), address))
            }
        }
    }

    /// Adds the inputs of a block whose outputs all have their numbers.
    fn add_inputs(
        &mut self,
        first: TransactionId,
        block: &UtxoBlock,
        spends: &[Result<OutputId, InputRecord>],
    ) {
        let mut spends = spends.iter();
        for (place, id) in (first.0..).map(TransactionId).enumerate().take(block.transactions.len())
        {
            for spend in spends.by_ref().take(block.inputs_of(place).len()) {
                let record = match *spend {
                    Ok(output) => {
                        self.spenders.insert(output, id);
                        let outputs =
                            &self.transactions[widen::index(output.transaction.0)].outputs;
                        InputRecord::spending(output, outputs[widen::index(output.index)])
                    }
                    Err(outside) => outside,
                };
                if let Some(address) = record.address() {
                    let spends = self.spends_from.entry(address).or_default();
                    if spends.last() != Some(&id) {
                        spends.push(id);
                    }
                }
                self.transactions[widen::index(id.0)].inputs.push(record);
            }
        }
    }

    fn output(&mut self, id: OutputId, output: &UtxoOutput, block: &UtxoBlock) -> OutputRecord {
        let payload = widen::index(output.payload.start)..widen::index(output.payload.end);
        if let Some(payload) = block.payloads.get(payload).filter(|payload| !payload.is_empty()) {
            self.payloads.insert(id, payload.to_vec());
        }
        let address = output.address.map(|address| self.number(&address));
        if let Some(address) = address {
            self.outputs_to.entry(address).or_default().push(id);
        }
        OutputRecord::new(output.value, address)
    }

    fn number(&mut self, address: &Address) -> AddressId {
        if let Some(id) = self.address_ids.get(address) {
            return *id;
        }
        let id = AddressId(widen::low(widen::count(self.addresses.len())));
        self.addresses.push(address.on(&self.chain));
        self.address_ids.insert(*address, id);
        id
    }

    fn get(&self, id: TransactionId) -> Result<&Transaction, StoreError> {
        self.transactions.get(widen::index(id.0)).ok_or_else(|| StoreError::NoSuch {
            what: "transaction",
            number: u64::from(id.0),
            count: widen::count(self.transactions.len()),
        })
    }

    /// What an address held after the block at `height`.
    ///
    /// # Errors
    /// As [`OutputLedger::transaction`].
    pub fn balance(&self, address: AddressId, height: Height) -> Result<Satoshi, StoreError> {
        let end = self.first_above(height)?;
        let mut balance = 0_u64;
        for output in self.outputs_to(address)? {
            let spent = self.spender(output)?.is_some_and(|spender| spender < end);
            if output.transaction < end && !spent {
                let outputs = &self.get(output.transaction)?.outputs;
                balance += outputs.get(widen::index(output.index)).map_or(0, |o| o.value().0);
            }
        }
        Ok(Satoshi(balance))
    }
}

impl OutputLedger for MemoryLedger {
    fn chain(&self) -> &Chain {
        &self.chain
    }

    fn transaction_count(&self) -> u32 {
        self.next_id().0
    }

    fn address_count(&self) -> u32 {
        widen::low(widen::count(self.addresses.len()))
    }

    fn transaction(&self, id: TransactionId) -> Result<TransactionView<'_>, StoreError> {
        let transaction = self.get(id)?;
        Ok(TransactionView {
            id,
            fields: transaction.fields,
            inputs: &transaction.inputs,
            outputs: &transaction.outputs,
        })
    }

    fn hash(&self, id: TransactionId) -> Result<TransactionHash, StoreError> {
        Ok(self.get(id)?.hash)
    }

    fn find(&self, hash: &TransactionHash) -> Result<Option<TransactionId>, StoreError> {
        Ok(self.by_hash.get(hash).copied())
    }

    fn spender(&self, output: OutputId) -> Result<Option<TransactionId>, StoreError> {
        Ok(self.spenders.get(&output).copied())
    }

    fn block(&self, id: TransactionId) -> Result<BlockPlace, StoreError> {
        self.get(id)?;
        let place = self.blocks.partition_point(|block| block.transactions.end <= id);
        self.blocks.get(place).cloned().ok_or_else(|| StoreError::NoSuch {
            what: "block of a transaction",
            number: u64::from(id.0),
            count: widen::count(self.blocks.len()),
        })
    }

    fn first_above(&self, height: Height) -> Result<TransactionId, StoreError> {
        let place = self.blocks.partition_point(|block| block.height <= height);
        Ok(self.blocks.get(place).map_or(self.next_id(), |block| block.transactions.start))
    }

    fn address(&self, id: AddressId) -> Result<Address, StoreError> {
        self.addresses.get(widen::index(id.0)).copied().ok_or_else(|| StoreError::NoSuch {
            what: "address",
            number: u64::from(id.0),
            count: widen::count(self.addresses.len()),
        })
    }

    fn address_id(&self, address: &Address) -> Result<Option<AddressId>, StoreError> {
        Ok(self.address_ids.get(address).copied())
    }

    fn outputs_to(&self, address: AddressId) -> Result<Vec<OutputId>, StoreError> {
        Ok(self.outputs_to.get(&address).cloned().unwrap_or_default())
    }

    fn spends_from(&self, address: AddressId) -> Result<Vec<TransactionId>, StoreError> {
        Ok(self.spends_from.get(&address).cloned().unwrap_or_default())
    }

    fn payload(&self, output: OutputId) -> Result<&[u8], StoreError> {
        Ok(self.payloads.get(&output).map_or(&[], Vec::as_slice))
    }

    fn scan(
        &self,
        range: Range<TransactionId>,
        visit: &mut dyn FnMut(TransactionView<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let end = range.end.0.min(self.next_id().0);
        (range.start.0..end).try_for_each(|id| visit(self.transaction(TransactionId(id))?))
    }
}
