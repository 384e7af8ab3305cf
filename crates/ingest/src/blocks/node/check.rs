//! Whether a node is on the chain that was asked for.

use super::client::{ChainInfo, Client};
use super::fault::Fault;
use tracehound_model::chain::{BlockForm, UTXO_CHAINS, UtxoParameters};
use tracehound_model::{BlockHash, Chain};

/// The first block that Bitcoin and Bitcoin Cash do not share.
const CASH_FORK: u64 = 478_559;

/// Compares the first block, and where two chains share it the first block
/// that they do not share.
pub(super) fn check(client: &Client, info: &ChainInfo, chain: &Chain) -> Result<(), Fault> {
    let Some(asked) = chain.utxo() else {
        let name = chain.short_name();
        return Err(Fault::Final(format!(
            "{name} is no chain of Bitcoin's family, and this is a node of one"
        )));
    };
    if !matches!(asked.form, BlockForm::Bitcoin | BlockForm::MergedMining) {
        return Err(Fault::Final(format!(
            "nodes of {} are not read, because parts of its blocks lie outside its transactions; use its block files",
            asked.name
        )));
    }
    let genesis = one(client, 0)?.to_string();
    if genesis != asked.genesis {
        return Err(other(info, &genesis, asked));
    }
    if info.blocks < CASH_FORK || asked.genesis != UTXO_CHAINS[0].genesis {
        return Ok(());
    }
    let fork = one(client, CASH_FORK)?.to_string();
    let is_cash = UTXO_CHAINS
        .iter()
        .find(|chain| chain.sorted_by_hash)
        .and_then(|cash| cash.id.split_once(':'))
        .is_some_and(|(_, reference)| fork.starts_with(reference));
    if is_cash == asked.sorted_by_hash {
        return Ok(());
    }
    Err(Fault::Final(format!(
        "block {CASH_FORK} of the node is {fork}, so that it is {} node of Bitcoin Cash, and {} was asked for",
        if is_cash { "a" } else { "no" },
        asked.name
    )))
}

fn one(client: &Client, height: u64) -> Result<BlockHash, Fault> {
    client.hashes(&[height]).map(|hashes| hashes.first().copied().unwrap_or_default())
}

fn other(info: &ChainInfo, genesis: &str, asked: &UtxoParameters) -> Fault {
    let known = UTXO_CHAINS.iter().find(|chain| chain.genesis == genesis);
    let name = known.map_or("a chain that is not known", |chain| chain.name);
    Fault::Final(format!(
        "the node is on {name} (it calls it \"{}\", its first block is {genesis}), and {} was asked for; give the port of the other node, or the chain of this one",
        info.chain, asked.name
    ))
}
