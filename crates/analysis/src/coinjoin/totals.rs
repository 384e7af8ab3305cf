//! What CoinJoins of a kind add up to.

use serde::Serialize;
use std::collections::BTreeSet;
use tracehound_model::{TransactionHash, UtxoInput};
use tracehound_store::utxo::{OutputLedger, TransactionId};
use tracehound_store::{AddressId, StoreError};

/// Totals over some transactions.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct KindTotals {
    /// Transactions.
    pub transactions: u64,
    /// Different addresses among inputs and outputs.
    pub distinct_addresses: u64,
    /// Different values among outputs.
    pub distinct_output_values: u64,
    /// Inputs.
    pub inputs: u64,
    /// Outputs.
    pub outputs: u64,
    /// Inputs that come from outside these transactions.
    pub entering_coins: u64,
    /// Different values among those.
    pub distinct_entering_values: u64,
    /// Different coins: those entering and all outputs. What the published
    /// figures of CoinJoin studies call addresses.
    pub distinct_coins: u64,
}

/// Adds up transactions; `inputs_of` gives what each spends by name, since a
/// parent may stand later in a file than its child.
///
/// # Errors
/// If the chain cannot be read.
pub fn totals(
    ledger: &dyn OutputLedger,
    transactions: &[TransactionId],
    inputs_of: &dyn Fn(TransactionId) -> Vec<UtxoInput>,
) -> Result<KindTotals, StoreError> {
    let mut names: BTreeSet<TransactionHash> = BTreeSet::new();
    for id in transactions {
        names.insert(ledger.hash(*id)?);
    }
    let mut totals = KindTotals::default();
    let mut addresses: BTreeSet<AddressId> = BTreeSet::new();
    let (mut values, mut entering) = (BTreeSet::new(), BTreeSet::new());
    for id in transactions {
        let view = ledger.transaction(*id)?;
        totals.transactions += 1;
        // Counts of a transaction fit 64 bits.
        totals.inputs += view.inputs.len() as u64;
        totals.outputs += view.outputs.len() as u64;
        addresses.extend(view.inputs.iter().filter_map(|input| input.address()));
        addresses.extend(view.outputs.iter().filter_map(|output| output.address()));
        values.extend(view.outputs.iter().map(|output| output.value()));
        for (input, spent) in view.inputs.iter().zip(inputs_of(*id)) {
            if !names.contains(&spent.transaction) {
                totals.entering_coins += 1;
                entering.extend(input.value());
            }
        }
    }
    totals.distinct_addresses = addresses.len() as u64;
    totals.distinct_output_values = values.len() as u64;
    totals.distinct_entering_values = entering.len() as u64;
    totals.distinct_coins = totals.entering_coins + totals.outputs;
    Ok(totals)
}
