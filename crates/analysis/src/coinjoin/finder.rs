//! The rules run over a chain.

use super::possible::{self, Possible};
use super::shape::{MixCoin, MixTransaction};
use super::{COINJOIN, CoinJoinKind, CoinJoinVerdict, detect, wasabi, whirlpool};
use crate::cluster::CoinJoinFilter;
use std::ops::Range;
use tracehound_model::{Height, Timestamp};
use tracehound_store::StoreError;
use tracehound_store::utxo::{OutputId, OutputLedger, TransactionId, TransactionView};

/// Blocks of Bitcoin with about the time they were found, for transactions
/// that come without a height: where rules begin and end.
const ABOUT: [(i64, u64); 4] = [
    (1_530_900_000, 530_500),
    (1_577_450_000, 610_000),
    (1_655_500_000, 741_213),
    (1_717_200_000, 846_000),
];

/// Finds CoinJoins in a chain.
#[derive(Clone, Copy)]
pub struct CoinJoinFinder<'a> {
    ledger: &'a dyn OutputLedger,
    heights_known: bool,
}

impl<'a> CoinJoinFinder<'a> {
    /// Over a chain whose heights are real.
    #[must_use]
    pub fn new(ledger: &'a dyn OutputLedger) -> Self {
        Self { ledger, heights_known: true }
    }

    /// Over transactions that have a time and no height.
    #[must_use]
    pub fn without_heights(ledger: &'a dyn OutputLedger) -> Self {
        Self { ledger, heights_known: false }
    }

    /// What the rules say of a transaction, its place among mixed coins included.
    ///
    /// # Errors
    /// If the chain cannot be read.
    pub fn find(&self, id: TransactionId) -> Result<Option<CoinJoinVerdict>, StoreError> {
        let view = self.ledger.transaction(id)?;
        if let Some(verdict) = self.verdict(&view)? {
            return Ok(Some(verdict));
        }
        for input in view.inputs {
            let Some(output) = input.spends() else { continue };
            let parent = self.ledger.transaction(output.transaction)?;
            let mixed = self.verdict(&parent)?;
            if mixed.is_some_and(|verdict| verdict.kind == CoinJoinKind::Whirlpool) {
                return Ok(Some(whirlpool::post_mix(&self.shape(&view)?)));
            }
        }
        Ok(None)
    }

    /// Everything found in a range, in chain order.
    ///
    /// # Errors
    /// If the chain cannot be read.
    pub fn scan(
        &self,
        range: Range<TransactionId>,
        visit: &mut dyn FnMut(TransactionId, CoinJoinVerdict) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        for id in (range.start.0..range.end.0).map(TransactionId) {
            if let Some(verdict) = self.find(id)? {
                visit(id, verdict)?;
            }
        }
        Ok(())
    }

    /// Whether a transaction mixes coins of several people.
    ///
    /// # Errors
    /// If the chain cannot be read.
    pub fn mixes(&self, view: &TransactionView<'_>) -> Result<bool, StoreError> {
        if !self.may_mix(view)? {
            return Ok(false);
        }
        Ok(detect(&self.shape(view)?).is_some_and(|verdict| verdict.kind.mixes()))
    }

    /// The filter that clustering leaves transactions out by, given a
    /// [`CoinJoinFinder::mixes`] that cannot fail.
    #[must_use]
    pub fn filter<'f>(
        detect: &'f (dyn Fn(&TransactionView<'_>) -> bool + Sync),
    ) -> CoinJoinFilter<'f> {
        CoinJoinFilter { rule: COINJOIN, detect }
    }

    /// What the rules say of the transaction by itself.
    fn verdict(&self, view: &TransactionView<'_>) -> Result<Option<CoinJoinVerdict>, StoreError> {
        if !possible::prepares(view) && !self.may_mix(view)? {
            return Ok(None);
        }
        Ok(detect(&self.shape(view)?))
    }

    /// Whether counts, values and height leave any rule for mixing possible.
    fn may_mix(&self, view: &TransactionView<'_>) -> Result<bool, StoreError> {
        Ok(match possible::mixes(view) {
            Possible::Nothing => false,
            Possible::Anything => true,
            Possible::Coordinated => wasabi::is_coordinated(self.height(view)?),
        })
    }

    fn height(&self, view: &TransactionView<'_>) -> Result<Height, StoreError> {
        let block = self.ledger.block(view.id)?;
        Ok(if self.heights_known { block.height } else { about(block.timestamp) })
    }

    fn shape(&self, view: &TransactionView<'_>) -> Result<MixTransaction, StoreError> {
        let mut shape = MixTransaction {
            height: self.height(view)?,
            inputs: Vec::with_capacity(view.inputs.len()),
            outputs: Vec::with_capacity(view.outputs.len()),
            data: Vec::new(),
        };
        for input in view.inputs {
            let address = input.address().map(|id| self.ledger.address(id)).transpose()?;
            let value = input.value().map(|value| value.0);
            shape.inputs.push(MixCoin { value, address });
        }
        for (index, output) in (0..).zip(view.outputs) {
            match output.address() {
                Some(id) => {
                    let address = Some(self.ledger.address(id)?);
                    shape.outputs.push(MixCoin { value: Some(output.value().0), address });
                }
                None => {
                    let id = OutputId { transaction: view.id, index };
                    shape.data.push(self.ledger.payload(id)?.len());
                }
            }
        }
        Ok(shape)
    }
}

/// About the height at a time, by the blocks at which rules change.
fn about(time: Timestamp) -> Height {
    let known = ABOUT.iter().rev().find(|(begun, _)| time.0 >= *begun);
    Height(known.map_or(0, |(_, height)| *height))
}
