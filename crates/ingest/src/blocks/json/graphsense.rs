//! Lines of the raw tables of GraphSense for chains of Bitcoin's family:
//! `block` and `transaction`, with names in camel or snake case.
//!
//! Inputs carry addresses and values but not which output they spend, so the
//! spent output stays unknown. Scripts are not given.

use super::record::{self, Header, Record};
use super::script::{self, ScriptType};
use crate::blocks::number::{Moment, Whole};
use crate::blocks::parts::TransactionParts;
use serde::Deserialize;
use std::borrow::Cow;
use tracehound_model::{Chain, StatedOutput, UtxoInput};

#[derive(Deserialize)]
struct Block<'a> {
    #[serde(alias = "blockId")]
    block_id: Whole,
    #[serde(borrow, alias = "blockHash")]
    block_hash: Cow<'a, str>,
    timestamp: Option<Moment>,
    #[serde(alias = "noTransactions")]
    no_transactions: Option<Whole>,
}

/// Reads a line of the table of blocks.
pub(super) fn block(line: &str) -> Result<Header, String> {
    let block: Block<'_> = record::parse(line)?;
    Ok(Header {
        height: block.block_id.fit("block_id")?,
        hash: record::hash(&block.block_hash)?,
        previous: Default::default(),
        timestamp: record::moment(block.timestamp, "timestamp")?,
        transactions: record::optional(block.no_transactions, "no_transactions")?,
        merkle_root: None,
    })
}

#[derive(Deserialize)]
struct Transaction<'a> {
    #[serde(alias = "blockId")]
    block_id: Whole,
    #[serde(alias = "txId")]
    tx_id: Option<Whole>,
    #[serde(borrow, alias = "txHash")]
    tx_hash: Cow<'a, str>,
    coinbase: bool,
    #[serde(borrow, default, deserialize_with = "record::list")]
    inputs: Vec<Side<'a>>,
    #[serde(borrow, default, deserialize_with = "record::list")]
    outputs: Vec<Side<'a>>,
}

/// An input or an output.
#[derive(Deserialize)]
struct Side<'a> {
    #[serde(borrow, default, deserialize_with = "record::list")]
    address: Vec<Cow<'a, str>>,
    value: Whole,
    #[serde(alias = "txType")]
    address_type: Option<Whole>,
}

/// Reads a line of the table of transactions.
pub(super) fn transaction(line: &str, chain: &Chain) -> Result<Record, String> {
    let given: Transaction<'_> = record::parse(line)?;
    let mut parts = TransactionParts::new(record::hash(&given.tx_hash)?);
    parts.coinbase = given.coinbase;
    let form = |side: &Side<'_>| ScriptType::numbered(side.address_type.map(|number| number.0));
    let mut shielded = 0;
    for side in if given.coinbase { &[][..] } else { &given.inputs } {
        if form(side) == ScriptType::Shielded {
            shielded += 1;
            continue;
        }
        let address = script::by_addresses(form(side), &side.address, chain)?;
        let stated = StatedOutput { value: side.value.satoshi("value")?, address };
        parts.inputs.push((UtxoInput::NOT_STATED, Some(stated)));
    }
    for side in &given.outputs {
        if form(side) == ScriptType::Shielded {
            shielded += 1;
            continue;
        }
        let named = script::by_addresses(form(side), &side.address, chain)?;
        let place = parts.outputs.len();
        let address = match form(side) {
            ScriptType::Data => None,
            _ => Some(named.unwrap_or_else(|| script::by_place(&parts.hash, place, chain))),
        };
        parts.output(side.value.satoshi("value")?, address, &[]);
    }
    Ok(Record {
        height: given.block_id.fit("block_id")?,
        block: None,
        order: record::optional(given.tx_id, "tx_id")?,
        parts,
        shielded,
    })
}
