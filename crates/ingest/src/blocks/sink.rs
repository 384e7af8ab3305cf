//! What takes blocks.

use tracehound_model::{BlockHash, Chain, Height, UtxoBlock};
use tracehound_store::StoreError;
use tracehound_store::utxo::UtxoWriter;

/// Where blocks go: a store's writer.
pub trait BlockSink {
    /// The chain whose blocks it takes.
    fn chain(&self) -> &Chain;

    /// The highest blocks it holds, lowest first, as many as it pleases to
    /// give; empty if it holds none.
    ///
    /// # Errors
    /// Any of [`StoreError`].
    fn known(&self) -> Result<Vec<(Height, BlockHash)>, StoreError>;

    /// Takes away all blocks above a height; all of them with `None`.
    ///
    /// # Errors
    /// Any of [`StoreError`].
    fn drop_above(&mut self, height: Option<Height>) -> Result<(), StoreError>;

    /// Takes the block that follows the highest.
    ///
    /// # Errors
    /// Any of [`StoreError`]; the sink is then as it was before.
    fn push(&mut self, block: &UtxoBlock) -> Result<(), StoreError>;

    /// Makes what it took visible and safe from a crash.
    ///
    /// # Errors
    /// Any of [`StoreError`].
    fn publish(&mut self) -> Result<(), StoreError>;
}

impl BlockSink for UtxoWriter {
    fn chain(&self) -> &Chain {
        Self::chain(self)
    }

    fn known(&self) -> Result<Vec<(Height, BlockHash)>, StoreError> {
        Self::known(self)
    }

    fn drop_above(&mut self, height: Option<Height>) -> Result<(), StoreError> {
        Self::drop_above(self, height)
    }

    fn push(&mut self, block: &UtxoBlock) -> Result<(), StoreError> {
        Self::push(self, block)
    }

    fn publish(&mut self) -> Result<(), StoreError> {
        Self::publish(self)
    }
}
