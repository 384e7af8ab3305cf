//! What the synthetic chains of unspent outputs promise.

use sha2::{Digest, Sha256};
use std::collections::HashMap;
use tracehound_model::{Address, TransactionHash};
use tracehound_testkit::utxo::*;

const PLANTS: [UtxoPlant; 6] = [
    UtxoPlant::PeelChain(7),
    UtxoPlant::EqualSplit(9),
    UtxoPlant::Consolidation(6),
    UtxoPlant::ExchangeDeposits(4),
    UtxoPlant::WasabiRound(12),
    UtxoPlant::WhirlpoolMix,
];

fn chain(seed: u64, transactions: u64) -> UtxoChain {
    UtxoChain::new(UtxoChainConfig {
        plants: PLANTS.to_vec(),
        ..UtxoChainConfig::new(seed, transactions)
    })
}

fn double(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(Sha256::digest(bytes)).into()
}

#[test]
fn every_spend_is_of_an_unspent_output_and_no_satoshi_is_lost() {
    let mut unspent: HashMap<(TransactionHash, u32), (u64, u32)> = HashMap::new();
    let mut owner_of: HashMap<Address, u32> = HashMap::new();
    let (mut total, mut same_block) = (0, 0);
    for GeneratedBlock { block, owners, fees, .. } in chain(3, 20_000) {
        let mut left = 0;
        for (index, transaction) in block.transactions.iter().enumerate() {
            assert_eq!(transaction.coinbase, index == 0);
            let (mut spent, mut spenders) = (0, Vec::new());
            for input in block.inputs_of(index) {
                let (value, owner) = unspent.remove(&(input.transaction, input.index)).unwrap();
                spent += value;
                spenders.push(owner);
                same_block += u32::from(
                    block.transactions[..index].iter().any(|t| t.hash == input.transaction),
                );
            }
            let first = transaction.first_output as usize;
            let mut paid = 0;
            for (at, output) in (0..).zip(block.outputs_of(index)) {
                let owner = owners[first + at as usize];
                paid += output.value.0;
                if let Some(address) = output.address {
                    assert_eq!(*owner_of.entry(address).or_insert(owner), owner);
                    unspent.insert((transaction.hash, at), (output.value.0, owner));
                } else {
                    assert_eq!(owner, NOBODY);
                    assert!(
                        !block.payloads[output.payload.start as usize..output.payload.end as usize]
                            .is_empty()
                    );
                }
            }
            if index == 0 {
                assert_eq!(paid, 5_000_000_000 + fees);
            } else {
                assert!(spent >= paid, "{spent} {paid}");
                left += spent - paid;
            }
        }
        assert_eq!(left, fees);
        total += block.transactions.len();
    }
    assert!((20_000..22_000).contains(&total), "{total}");
    assert!(same_block > 100, "{same_block}");
}

#[test]
fn headers_form_a_chain_with_work_and_coinbases_commit_to_witnesses() {
    let mut previous = [0_u8; 32];
    for GeneratedBlock { block, raw, .. } in chain(4, 500) {
        assert_eq!(raw[4..36], previous);
        previous = double(&raw[..80]);
        let mut printed = previous;
        printed.reverse();
        assert_eq!(block.hash.0, printed);
        assert!(previous[31] < 0x80);
        let mut layer: Vec<[u8; 32]> = block
            .transactions
            .iter()
            .map(|transaction| {
                let mut hash = transaction.hash.0;
                hash.reverse();
                hash
            })
            .collect();
        while layer.len() > 1 {
            layer = layer
                .chunks(2)
                .map(|pair| double(&[pair[0], *pair.last().unwrap()].concat()))
                .collect();
        }
        assert_eq!(raw[36..68], layer[0]);
        assert_eq!(&block.payloads[..5], [36, 0xaa, 0x21, 0xa9, 0xed]);
    }
}

#[test]
fn plants_end_where_they_say_and_keep_every_satoshi() {
    let mut chain = chain(5, 3_000);
    let mut unspent = HashMap::new();
    let mut thieves = HashMap::new();
    for GeneratedBlock { block, owners, .. } in chain.by_ref() {
        for (index, transaction) in block.transactions.iter().enumerate() {
            for input in block.inputs_of(index) {
                unspent.remove(&(input.transaction, input.index));
            }
            for (at, output) in (0..).zip(block.outputs_of(index)) {
                let owner = owners[transaction.first_output as usize + at as usize];
                unspent.insert((transaction.hash, at), (output.value.0, owner));
                thieves.entry(transaction.hash).or_insert((output.value.0, owner));
            }
        }
    }
    assert_eq!(chain.planted().len(), PLANTS.len());
    for theft in chain.planted() {
        assert_eq!(thieves[&theft.theft], (theft.amount, theft.thief), "{:?}", theft.plant);
        let rests: u64 = theft.terminals.iter().map(|coin| coin.value).sum();
        assert_eq!(theft.amount + theft.mixed_in, rests + theft.fees, "{:?}", theft.plant);
        for coin in &theft.terminals {
            let mut hash = coin.transaction;
            hash.reverse();
            let found = unspent[&(TransactionHash(hash), coin.index)];
            assert_eq!(found, (coin.value, coin.name.owner), "{:?}", theft.plant);
        }
    }
    let terminals =
        |plant| chain.planted().iter().find(|t| t.plant == plant).unwrap().terminals.len();
    assert_eq!(terminals(UtxoPlant::PeelChain(7)), 8);
    assert_eq!(terminals(UtxoPlant::EqualSplit(9)), 9);
    assert_eq!(terminals(UtxoPlant::Consolidation(6)), 1);
    assert_eq!(terminals(UtxoPlant::ExchangeDeposits(4)), 4);
    assert_eq!(terminals(UtxoPlant::WhirlpoolMix), 10);
    assert!(terminals(UtxoPlant::WasabiRound(12)) > 26);
}

#[test]
fn block_files_hold_every_block_behind_its_key() {
    let folder = std::env::temp_dir().join(format!("tracehound-testkit-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let key = [1, 2, 3, 4, 5, 6, 7, 8];
    let options = BlockFileOptions {
        file_bytes: 40_000,
        key: Some(key),
        window: 5,
        stale_every: Some(4),
        ..BlockFileOptions::default()
    };
    let mut raws = Vec::new();
    let totals =
        write_block_files(&folder, chain(6, 600), &options, |b| raws.push(b.raw.clone())).unwrap();
    let mut found = Vec::new();
    for file in 0..totals.files {
        let mut bytes = std::fs::read(folder.join(format!("blk{file:05}.dat"))).unwrap();
        bytes.iter_mut().zip(key.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            assert_eq!(rest[..4], options.magic);
            let length = u32::from_le_bytes(rest[4..8].try_into().unwrap()) as usize;
            found.push(rest[8..8 + length].to_vec());
            rest = &rest[8 + length..];
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(totals.files > 2 && totals.stale > 0);
    assert_eq!(found.len() as u64, totals.blocks + totals.stale);
    let places: Vec<_> =
        raws.iter().map(|raw| found.iter().position(|f| f == raw).unwrap()).collect();
    assert!(!places.is_sorted());
}

#[test]
fn small_chains_and_equal_seeds() {
    let one: Vec<_> = chain(7, 100).map(|block| block.raw).collect();
    assert_eq!(one, chain(7, 100).map(|block| block.raw).collect::<Vec<_>>());
    assert_ne!(one, chain(8, 100).map(|block| block.raw).collect::<Vec<_>>());
}
