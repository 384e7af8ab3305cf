//! What must hold of a block by itself and towards the one below it.

use super::tables::MOST_VIRTUAL_SIZE;
use crate::error::printed;
use crate::{StoreError, widen};
use tracehound_model::{BlockHash, Height, UtxoBlock};

/// Refuses a block that cannot follow the last one, or that contradicts itself.
pub(crate) fn validate(
    block: &UtxoBlock,
    tip: Option<(Height, BlockHash)>,
) -> Result<(), StoreError> {
    let fault = follows(block, tip).or_else(|| sound(block));
    match fault {
        None => Ok(()),
        Some(detail) => Err(StoreError::BadBlock { height: block.height, detail }),
    }
}

fn follows(block: &UtxoBlock, tip: Option<(Height, BlockHash)>) -> Option<String> {
    let Some((height, hash)) = tip else {
        return (block.height.0 >= u64::MAX - 1).then(|| "no block can be so high".to_owned());
    };
    if Some(block.height.0) != height.0.checked_add(1) {
        return Some(format!("does not follow block {height}, the last one"));
    }
    let stated = block.previous != BlockHash::default() && hash != BlockHash::default();
    let other = stated && block.previous != hash;
    other.then(|| format!("follows block {}, but the store holds {hash} below it", block.previous))
}

fn sound(block: &UtxoBlock) -> Option<String> {
    let narrow = widen::index(u32::MAX - 1);
    let lists = [block.transactions.len(), block.inputs.len(), block.outputs.len()];
    if lists.into_iter().chain([block.payloads.len()]).any(|length| length > narrow) {
        return Some("holds more than four billion parts".to_owned());
    }
    if !block.stated.is_empty() && block.stated.len() != block.inputs.len() {
        let (stated, inputs) = (block.stated.len(), block.inputs.len());
        return Some(format!("states {stated} outputs for {inputs} inputs"));
    }
    in_order(block).or_else(|| transactions(block)).or_else(|| values(block))
}

/// Inputs and outputs belong to one transaction each.
fn in_order(block: &UtxoBlock) -> Option<String> {
    let transactions = &block.transactions;
    let starts = transactions.first().map(|first| (first.first_input, first.first_output));
    let nothing = block.inputs.is_empty() && block.outputs.is_empty();
    let begins = starts.map_or(nothing, |starts| starts == (0, 0));
    let rising = transactions.windows(2).all(|pair| {
        pair[0].first_input <= pair[1].first_input && pair[0].first_output <= pair[1].first_output
    });
    let ends = transactions.last().is_none_or(|last| {
        widen::index(last.first_input) <= block.inputs.len()
            && widen::index(last.first_output) <= block.outputs.len()
    });
    let sound = begins && rising && ends;
    (!sound).then(|| "its transactions do not share out its inputs and outputs".to_owned())
}

fn transactions(block: &UtxoBlock) -> Option<String> {
    for (place, transaction) in block.transactions.iter().enumerate() {
        if transaction.virtual_size >= MOST_VIRTUAL_SIZE {
            let size = transaction.virtual_size;
            return Some(format!("transaction {} of {size} bytes", printed(&transaction.hash)));
        }
        if transaction.coinbase && !block.inputs_of(place).is_empty() {
            return Some(format!("coinbase {} has inputs", printed(&transaction.hash)));
        }
    }
    None
}

fn values(block: &UtxoBlock) -> Option<String> {
    // No such chain can hold more than 63 bits of satoshi.
    let most = i64::MAX.unsigned_abs();
    let outputs = block.outputs.iter().map(|output| output.value.0);
    let stated = block.stated.iter().map(|stated| stated.value.0);
    if let Some(value) = outputs.chain(stated).find(|value| *value > most) {
        return Some(format!("an amount of {value} satoshi"));
    }
    let length = widen::count(block.payloads.len());
    let outside = |output: &&tracehound_model::UtxoOutput| {
        output.payload.start > output.payload.end || u64::from(output.payload.end) > length
    };
    let output = block.outputs.iter().find(outside)?;
    Some(format!("data at {:?} of {length} bytes", output.payload))
}
