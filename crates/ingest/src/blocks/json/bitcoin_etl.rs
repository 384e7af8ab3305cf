//! Lines that bitcoin-etl writes: `export_blocks_and_transactions`,
//! `enrich_transactions`, `stream`, and the public tables made from them.
//!
//! Source: the schema in bitcoin-etl's README. Values are satoshi. Inputs
//! carry `addresses` and `value` of the outputs they spend once enriched; a
//! coinbase has no inputs.

use super::record::{self, Header, Record};
use super::script::{self, ScriptType};
use crate::blocks::number::{Moment, Whole};
use crate::blocks::parts::TransactionParts;
use serde::Deserialize;
use std::borrow::Cow;
use tracehound_model::{Chain, StatedOutput, TransactionHash, UtxoInput};

#[derive(Deserialize)]
struct Block<'a> {
    #[serde(borrow)]
    hash: Cow<'a, str>,
    #[serde(alias = "height")]
    number: Whole,
    #[serde(alias = "time")]
    timestamp: Option<Moment>,
    #[serde(borrow)]
    previous_block_hash: Option<Cow<'a, str>>,
    #[serde(borrow)]
    merkle_root: Option<Cow<'a, str>>,
    transaction_count: Option<Whole>,
}

/// Reads a line of `blocks.json`.
pub(super) fn block(line: &str) -> Result<Header, String> {
    let block: Block<'_> = record::parse(line)?;
    let root = block.merkle_root.map(|text| record::hash::<TransactionHash>(&text)).transpose()?;
    let previous = block.previous_block_hash.map(|text| record::hash(&text)).transpose()?;
    Ok(Header {
        height: block.number.fit("number")?,
        hash: record::hash(&block.hash)?,
        previous: previous.unwrap_or_default(),
        timestamp: record::moment(block.timestamp, "timestamp")?,
        transactions: record::optional(block.transaction_count, "transaction_count")?,
        merkle_root: root.map(|hash| hash.0),
    })
}

/// What a transaction says of its block.
#[derive(Deserialize)]
struct Head<'a> {
    block_number: Whole,
    #[serde(borrow)]
    block_hash: Cow<'a, str>,
    #[serde(alias = "block_time")]
    block_timestamp: Option<Moment>,
}

/// Reads what a line of `transactions.json` says of its block.
pub(super) fn head(line: &str) -> Result<Header, String> {
    let head: Head<'_> = record::parse(line)?;
    Ok(Header {
        height: head.block_number.fit("block_number")?,
        hash: record::hash(&head.block_hash)?,
        previous: Default::default(),
        timestamp: record::moment(head.block_timestamp, "block_timestamp")?,
        transactions: None,
        merkle_root: None,
    })
}

#[derive(Deserialize)]
struct Transaction<'a> {
    #[serde(borrow)]
    hash: Cow<'a, str>,
    block_number: Whole,
    #[serde(borrow)]
    block_hash: Option<Cow<'a, str>>,
    index: Option<Whole>,
    version: Option<Whole>,
    lock_time: Option<Whole>,
    virtual_size: Option<Whole>,
    is_coinbase: Option<bool>,
    #[serde(borrow, default, deserialize_with = "record::list")]
    inputs: Vec<Input<'a>>,
    #[serde(borrow, default, deserialize_with = "record::list")]
    outputs: Vec<Output<'a>>,
}

#[derive(Deserialize)]
struct Input<'a> {
    #[serde(borrow)]
    spent_transaction_hash: Option<Cow<'a, str>>,
    spent_output_index: Option<Whole>,
    sequence: Option<Whole>,
    #[serde(borrow, rename = "type")]
    form: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "record::list")]
    addresses: Vec<Cow<'a, str>>,
    value: Option<Whole>,
}

#[derive(Deserialize)]
struct Output<'a> {
    index: Option<Whole>,
    #[serde(borrow)]
    script_hex: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "type")]
    form: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "record::list")]
    addresses: Vec<Cow<'a, str>>,
    value: Option<Whole>,
}

/// Sequences below this one signal replaceability (BIP 125).
pub(in crate::blocks) const FIRST_FINAL: i128 = 0xffff_fffe;

/// Reads a line of `transactions.json`.
pub(super) fn transaction(line: &str, chain: &Chain) -> Result<Record, String> {
    let given: Transaction<'_> = record::parse(line)?;
    let mut parts = TransactionParts::new(record::hash(&given.hash)?);
    parts.version = record::version(given.version)?;
    parts.lock_time = record::optional(given.lock_time, "lock_time")?.unwrap_or(0);
    parts.virtual_size = record::optional(given.virtual_size, "virtual_size")?.unwrap_or(0);
    let mut shielded = 0;
    for given in &given.inputs {
        match input(given, chain)? {
            Some(input) => parts.inputs.push(input),
            None if ScriptType::named(given.form.as_deref()) == ScriptType::Shielded => {
                shielded += 1;
            }
            // The input of a coinbase, which it spends from nowhere.
            None => {}
        }
    }
    let signals = |input: &Input<'_>| input.sequence.is_some_and(|s| s.0 < FIRST_FINAL);
    parts.coinbase = given.is_coinbase.unwrap_or(parts.inputs.is_empty() && shielded == 0);
    parts.replaceable = !parts.coinbase && given.inputs.iter().any(signals);
    shielded += outputs(given.outputs, &mut parts, chain)?;
    Ok(Record {
        height: given.block_number.fit("block_number")?,
        block: given.block_hash.map(|text| record::hash(&text)).transpose()?,
        order: record::optional(given.index, "index")?,
        parts,
        shielded,
    })
}

/// `None` for an input that spends no output.
fn input(
    given: &Input<'_>,
    chain: &Chain,
) -> Result<Option<(UtxoInput, Option<StatedOutput>)>, String> {
    let Some(hash) = &given.spent_transaction_hash else { return Ok(None) };
    let index = given.spent_output_index.ok_or("an input has no \"spent_output_index\"")?;
    let spends =
        UtxoInput { transaction: record::hash(hash)?, index: index.fit("spent_output_index")? };
    let form = ScriptType::named(given.form.as_deref());
    let stated = match given.value {
        Some(value) => Some(StatedOutput {
            value: value.satoshi("value")?,
            address: script::by_plain_address(form, &given.addresses, chain),
        }),
        None => None,
    };
    Ok(Some((spends, stated)))
}

/// Adds outputs in their order; tells how many parts of a shielded pool were left out.
fn outputs(
    mut given: Vec<Output<'_>>,
    parts: &mut TransactionParts,
    chain: &Chain,
) -> Result<u64, String> {
    let all = given.len();
    given.retain(|output| ScriptType::named(output.form.as_deref()) != ScriptType::Shielded);
    let shielded = all - given.len();
    if given.iter().all(|output| output.index.is_some()) {
        given.sort_by_key(|output| output.index.map(|index| index.0));
        let expected = (0..).take(given.len());
        if given.iter().zip(expected).any(|(output, place)| output.index != Some(Whole(place))) {
            return Err("the indexes of the outputs are not 0, 1, 2, ...".to_owned());
        }
    }
    for (place, output) in given.iter().enumerate() {
        let value = output.value.ok_or("an output has no \"value\"")?.satoshi("value")?;
        let form = ScriptType::named(output.form.as_deref());
        let (address, payload) = match output.script_hex.as_deref() {
            Some(hex) => script::by_script(hex, chain)?,
            None if form == ScriptType::Data => (None, Vec::new()),
            None => {
                let named = script::by_addresses(form, &output.addresses, chain)?;
                let named = named.unwrap_or_else(|| script::by_place(&parts.hash, place, chain));
                (Some(named), Vec::new())
            }
        };
        parts.output(value, address, &payload);
    }
    u64::try_from(shielded).map_err(|error| error.to_string())
}
