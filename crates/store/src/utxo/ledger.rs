//! What an analysis of unspent-output chains reads.

use super::{InputRecord, OutputId, OutputRecord, TransactionFields, TransactionId};
use crate::{AddressId, StoreError};
use std::ops::Range;
use tracehound_model::address::AddressKind;
use tracehound_model::{Address, BlockHash, Chain, Height, Satoshi, Timestamp, TransactionHash};

/// One transaction with its inputs and outputs.
#[derive(Clone, Copy, Debug)]
pub struct TransactionView<'a> {
    /// Its number.
    pub id: TransactionId,
    /// What else it says of itself.
    pub fields: TransactionFields,
    /// Its inputs; a coinbase has none.
    pub inputs: &'a [InputRecord],
    /// Its outputs.
    pub outputs: &'a [OutputRecord],
}

impl TransactionView<'_> {
    /// What it leaves to the miner; `None` of a coinbase, if an input's value is
    /// not known, or if the outputs hold more than the inputs.
    #[must_use]
    pub fn fee(&self) -> Option<Satoshi> {
        if self.fields.coinbase {
            return None;
        }
        let add = |sum: Option<Satoshi>, value: Option<Satoshi>| sum?.checked_add(value?);
        let paid = self.inputs.iter().map(InputRecord::value).fold(Some(Satoshi(0)), add)?;
        paid.checked_sub(Satoshi::sum(self.outputs.iter().map(OutputRecord::value))?)
    }
}

/// A block and its transactions; the first of them is the coinbase.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BlockPlace {
    /// Its height.
    pub height: Height,
    /// Its hash.
    pub hash: BlockHash,
    /// Its time as the miner wrote it.
    pub timestamp: Timestamp,
    /// Its transactions: from the first up to, not including, the last.
    pub transactions: Range<TransactionId>,
}

/// A chain of transactions that spend outputs, with dense numbers: transactions
/// in chain order, addresses in order of first appearance among outputs.
pub trait OutputLedger: Sync {
    /// The chain.
    fn chain(&self) -> &Chain;

    /// How many transactions.
    fn transaction_count(&self) -> u32;

    /// How many addresses.
    fn address_count(&self) -> u32;

    /// A transaction.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`], or [`StoreError::Damaged`].
    fn transaction(&self, id: TransactionId) -> Result<TransactionView<'_>, StoreError>;

    /// The name of a transaction.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`], or [`StoreError::Damaged`].
    fn hash(&self, id: TransactionId) -> Result<TransactionHash, StoreError>;

    /// The transaction with a name; of two coinbases with one name the later one.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    fn find(&self, hash: &TransactionHash) -> Result<Option<TransactionId>, StoreError>;

    /// The transaction that spends an output; `None` if it is unspent.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`], or [`StoreError::Damaged`].
    fn spender(&self, output: OutputId) -> Result<Option<TransactionId>, StoreError>;

    /// The block of a transaction.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`], or [`StoreError::Damaged`].
    fn block(&self, id: TransactionId) -> Result<BlockPlace, StoreError>;

    /// The first transaction in a block above `height`; the count if there is none.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    fn first_above(&self, height: Height) -> Result<TransactionId, StoreError>;

    /// The address with a number.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`], or [`StoreError::Damaged`].
    fn address(&self, id: AddressId) -> Result<Address, StoreError>;

    /// What kind of address a number stands for, without reading the rest.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`], or [`StoreError::Damaged`].
    fn address_kind(&self, id: AddressId) -> Result<AddressKind, StoreError> {
        Ok(self.address(id)?.kind())
    }

    /// Those of a range of addresses that are of a kind, ascending, at
    /// streaming speed. Addresses past the end are not an error.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    fn addresses_of_kind(
        &self,
        kind: AddressKind,
        range: Range<AddressId>,
    ) -> Result<Vec<AddressId>, StoreError> {
        let mut found = Vec::new();
        for id in (range.start.0..range.end.0.min(self.address_count())).map(AddressId) {
            if self.address_kind(id)? == kind {
                found.push(id);
            }
        }
        Ok(found)
    }

    /// The number of an address, if it appears.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    fn address_id(&self, address: &Address) -> Result<Option<AddressId>, StoreError>;

    /// Outputs that pay an address, in chain order.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    fn outputs_to(&self, address: AddressId) -> Result<Vec<OutputId>, StoreError>;

    /// Transactions that spend from an address, in chain order, each once.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    fn spends_from(&self, address: AddressId) -> Result<Vec<TransactionId>, StoreError>;

    /// Bytes that follow `OP_RETURN` in an output that carries data; empty if it carries none.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`], or [`StoreError::Damaged`].
    fn payload(&self, output: OutputId) -> Result<&[u8], StoreError>;

    /// Calls `visit` for each transaction of a range in chain order, at
    /// streaming speed. Transactions past the end are not an error.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], or what `visit` returns.
    fn scan(
        &self,
        range: Range<TransactionId>,
        visit: &mut dyn FnMut(TransactionView<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;
}
