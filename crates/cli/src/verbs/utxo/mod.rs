//! Verbs over a store of unspent outputs.

pub(crate) mod address;
pub(crate) mod cluster;
pub(crate) mod coinjoin;
pub(crate) mod info;
pub(crate) mod ingest;
pub(crate) mod output;
pub(crate) mod trace;
pub(crate) mod tx;

use anyhow::Context;
use std::str::FromStr;
use tracehound_model::TransactionHash;
use tracehound_store::utxo::{OutputLedger, TransactionId};

/// The transaction with a name, or what to do if it is not there.
pub(crate) fn find(
    ledger: &dyn OutputLedger,
    hash: &TransactionHash,
) -> anyhow::Result<TransactionId> {
    let text = ledger.chain().transaction_text(hash);
    ledger
        .find(hash)?
        .with_context(|| format!("transaction {text} is not in this store; ingest its block"))
}

/// An output as people name it: `txid:index`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct OutputName {
    pub(crate) transaction: TransactionHash,
    pub(crate) index: u32,
}

impl FromStr for OutputName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || format!("\"{text}\" is not an output; write TXID:INDEX");
        let (transaction, index) = text.rsplit_once(':').ok_or_else(refuse)?;
        Ok(Self {
            transaction: transaction.parse().map_err(|_| refuse())?,
            index: index.parse().map_err(|_| refuse())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_have_names() {
        let hash = "0c".repeat(32);
        let name: OutputName = format!("{hash}:7").parse().unwrap();
        assert_eq!((name.transaction.to_plain_hex(), name.index), (hash.clone(), 7));
        for wrong in [hash.clone(), format!("{hash}:"), format!("{hash}:-1"), "x:1".to_owned()] {
            assert!(wrong.parse::<OutputName>().is_err(), "{wrong}");
        }
    }
}
