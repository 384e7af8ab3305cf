//! A block as a node writes it in JSON (`getblock` with verbosity 3, or the
//! REST interface).

use crate::blocks::json::{FIRST_FINAL, script, version};
use crate::blocks::number::{Coins, Moment, Whole};
use crate::blocks::parts::{TransactionParts, finish, merkle_root};
use serde::Deserialize;
use std::borrow::Cow;
use tracehound_model::{
    BlockHash, Chain, Height, StatedOutput, TransactionHash, UtxoBlock, UtxoInput,
};

#[derive(Deserialize)]
struct Block<'a> {
    #[serde(borrow)]
    hash: Cow<'a, str>,
    height: Whole,
    time: Moment,
    #[serde(borrow)]
    previousblockhash: Option<Cow<'a, str>>,
    #[serde(borrow)]
    merkleroot: Cow<'a, str>,
    #[serde(borrow)]
    tx: Vec<Transaction<'a>>,
}

#[derive(Deserialize)]
struct Transaction<'a> {
    #[serde(borrow)]
    txid: Cow<'a, str>,
    version: Option<Whole>,
    locktime: Option<Whole>,
    vsize: Option<Whole>,
    #[serde(borrow)]
    vin: Vec<Input<'a>>,
    #[serde(borrow)]
    vout: Vec<Output<'a>>,
}

#[derive(Deserialize)]
struct Input<'a> {
    #[serde(borrow)]
    txid: Option<Cow<'a, str>>,
    vout: Option<Whole>,
    #[serde(borrow)]
    coinbase: Option<Cow<'a, str>>,
    sequence: Option<Whole>,
    #[serde(borrow)]
    prevout: Option<Spent<'a>>,
}

#[derive(Deserialize)]
struct Spent<'a> {
    value: Coins,
    #[serde(borrow, rename = "scriptPubKey")]
    script: Script<'a>,
}

#[derive(Deserialize)]
struct Output<'a> {
    value: Coins,
    n: Whole,
    #[serde(borrow, rename = "scriptPubKey")]
    script: Script<'a>,
}

#[derive(Deserialize)]
struct Script<'a> {
    #[serde(borrow)]
    hex: Cow<'a, str>,
}

/// Reads a block and checks what it says of itself: its hash and height are
/// those asked for, and its Merkle root follows from its transactions. The
/// ids of transactions are taken from the node as they are.
///
/// Tells whether the node left out what inputs spend.
pub(super) fn read(
    json: &str,
    hash: BlockHash,
    height: Height,
    chain: &Chain,
    block: &mut UtxoBlock,
) -> Result<bool, String> {
    let given: Block<'_> = serde_json::from_str(json).map_err(|error| {
        let old = error.to_string().contains("expected struct Transaction");
        let cure =
            if old { "; this node lists the ids of transactions only and is too old" } else { "" };
        format!("the node's answer is not a block: {error}{cure}")
    })?;
    let found: BlockHash = parse(&given.hash)?;
    if found != hash || given.height.0 != i128::from(height.0) {
        return Err(format!(
            "the node was asked for block {} with hash {hash} and gave {} with hash {found}",
            height.0, given.height.0
        ));
    }
    block.clear();
    block.hash = hash;
    block.height = height;
    block.previous =
        given.previousblockhash.map(|text| parse(&text)).transpose()?.unwrap_or_default();
    block.timestamp = given.time.0;
    for transaction in &given.tx {
        parts(transaction, chain)
            .map_err(|reason| format!("transaction {}: {reason}", transaction.txid))?
            .append_to(block);
    }
    let inputs = block.inputs.len();
    finish(block);
    let root: TransactionHash = parse(&given.merkleroot)?;
    let computed = merkle_root(block.transactions.iter().map(|transaction| transaction.hash));
    if computed != Some(root.0) {
        return Err(format!(
            "the {} transactions do not give the Merkle root {root} that the node states; the node, or something between, does not tell the truth or is damaged",
            block.transactions.len()
        ));
    }
    Ok(inputs > 0 && block.stated.is_empty())
}

fn parse<T: std::str::FromStr>(text: &str) -> Result<T, String>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| error.to_string())
}

fn parts(given: &Transaction<'_>, chain: &Chain) -> Result<TransactionParts, String> {
    let mut parts = TransactionParts::new(parse(&given.txid)?);
    parts.version = version(given.version)?;
    parts.lock_time = given.locktime.map_or(Ok(0), |number| number.fit("locktime"))?;
    parts.virtual_size = given.vsize.map_or(Ok(0), |number| number.fit("vsize"))?;
    parts.coinbase = given.vin.iter().any(|input| input.coinbase.is_some());
    let signals = |input: &Input<'_>| input.sequence.is_some_and(|s| s.0 < FIRST_FINAL);
    parts.replaceable = !parts.coinbase && given.vin.iter().any(signals);
    for input in given.vin.iter().filter(|input| input.coinbase.is_none()) {
        let (Some(hash), Some(index)) = (&input.txid, input.vout) else {
            return Err("an input neither spends an output nor is a coinbase's".to_owned());
        };
        let spends = UtxoInput { transaction: parse(hash)?, index: index.fit("vout")? };
        let stated = match &input.prevout {
            Some(spent) => {
                let (address, _) = script::by_script(&spent.script.hex, chain)?;
                Some(StatedOutput { value: spent.value.0, address })
            }
            None => None,
        };
        parts.inputs.push((spends, stated));
    }
    for (place, output) in (0..).zip(&given.vout) {
        if output.n != Whole(place) {
            return Err(format!("its output {} stands in place {place}", output.n.0));
        }
        let (address, payload) = script::by_script(&output.script.hex, chain)?;
        parts.output(output.value.0, address, &payload);
    }
    Ok(parts)
}
