//! Blocks that cannot be true are refused and leave the writer as it was.

use crate::chains::{chain, memory, temporary};
use crate::compare::compare;
use tracehound_model::{
    Address, BlockHash, Chain, Height, Satoshi, StatedOutput, TransactionHash, UtxoBlock,
    UtxoInput, UtxoOutput, UtxoTransaction, address::AddressKind,
};
use tracehound_store::StoreError;
use tracehound_store::utxo::UtxoStore;

fn address(number: u8) -> Address {
    Address::from_bytes(AddressKind::PublicKeyHash, &[number; 20])
}

fn hash(number: u8) -> TransactionHash {
    TransactionHash([number; 32])
}

/// A block of one-output transactions; each spends the outputs named.
fn block(height: u64, transactions: &[(u8, &[(u8, u32)])]) -> UtxoBlock {
    let mut block = UtxoBlock {
        height: Height(height),
        hash: BlockHash([height as u8; 32]),
        ..UtxoBlock::default()
    };
    for (name, spends) in transactions {
        block.transactions.push(UtxoTransaction {
            hash: hash(*name),
            first_input: block.inputs.len() as u32,
            first_output: block.outputs.len() as u32,
            version: 1,
            lock_time: 0,
            virtual_size: 0,
            coinbase: spends.is_empty(),
            replaceable: false,
        });
        let spends = spends.iter();
        block.inputs.extend(
            spends.map(|(name, index)| UtxoInput { transaction: hash(*name), index: *index }),
        );
        let value = Satoshi(u64::from(*name));
        block.outputs.push(UtxoOutput { value, address: Some(address(*name)), payload: 0..0 });
    }
    block
}

fn stated(mut block: UtxoBlock, value: u64, address: Option<Address>) -> UtxoBlock {
    block.stated = vec![StatedOutput { value: Satoshi(value), address }; block.inputs.len()];
    block
}

fn good() -> Vec<UtxoBlock> {
    vec![block(5, &[(1, &[]), (2, &[(1, 0)])]), block(6, &[(3, &[])])]
}

/// Blocks that cannot follow [`good`], and a part of what is said of them.
fn bad() -> Vec<(UtxoBlock, &'static str)> {
    let mut list = vec![
        (block(8, &[(9, &[])]), "does not follow block 6"),
        (block(6, &[(9, &[])]), "does not follow block 6"),
        (block(7, &[(9, &[(1, 0)])]), "spent by transaction 0202"),
        (block(7, &[(9, &[(2, 1)])]), "spends output 1 of a transaction that has 1"),
        (block(7, &[(9, &[(2, u32::MAX)])]), "spends output 4294967295"),
        (block(7, &[(8, &[(3, 0)]), (9, &[(3, 0)])]), "the output is spent"),
        (block(7, &[(9, &[(3, 0), (3, 0)])]), "input 1 of transaction 0909"),
        (block(7, &[(8, &[]), (9, &[(8, 0)]), (10, &[(8, 0)])]), "spent by transaction 0909"),
        (block(7, &[(8, &[]), (8, &[(3, 0)])]), "holds transaction 0808"),
        (stated(block(7, &[(9, &[(3, 0)])]), 4, None), "states 4 satoshi, the output holds 3"),
        (stated(block(7, &[(9, &[(3, 0)])]), 3, Some(address(2))), "another address"),
        (stated(block(7, &[(9, &[(3, 0)])]), 3, Some(address(99))), "another address"),
        (stated(block(7, &[(8, &[]), (9, &[(8, 0)])]), 7, None), "states 7 satoshi"),
        (stated(block(7, &[(8, &[]), (9, &[(8, 0)])]), 8, Some(address(3))), "another address"),
    ];
    let other = BlockHash([77; 32]);
    list.push((UtxoBlock { previous: other, ..block(7, &[(9, &[])]) }, "follows block 4d4d"));
    let mut broken = block(7, &[(8, &[]), (9, &[(3, 0)])]);
    broken.transactions[1].first_output = 5;
    list.push((broken.clone(), "share out"));
    broken.transactions.clear();
    list.push((broken, "share out"));
    let mut broken = block(7, &[(9, &[(3, 0)])]);
    broken.transactions[0].coinbase = true;
    list.push((broken.clone(), "coinbase"));
    broken.transactions[0].coinbase = false;
    broken.transactions[0].virtual_size = 1 << 30;
    list.push((broken.clone(), "bytes"));
    broken.transactions[0].virtual_size = 1;
    broken.outputs[0].value = Satoshi(1 << 63);
    list.push((broken.clone(), "satoshi"));
    broken.outputs[0].value = Satoshi(1);
    broken.outputs[0].payload = 0..1;
    list.push((broken.clone(), "data at 0..1"));
    broken.outputs[0].payload = 0..0;
    broken.stated = vec![StatedOutput { value: Satoshi(3), address: None }; 2];
    list.push((broken, "states 2 outputs for 1 inputs"));
    list
}

#[test]
fn a_refused_block_leaves_no_trace() {
    for budget in [1, usize::MAX] {
        let folder = temporary();
        let store = UtxoStore::create(folder.path(), &Chain::bitcoin()).unwrap();
        let mut writer = store.writer(memory(budget)).unwrap();
        let mut blocks = good();
        blocks.iter().for_each(|block| writer.push(block).unwrap());
        for (block, part) in bad() {
            let error = writer.push(&block).unwrap_err();
            let message = error.to_string();
            assert!(message.contains(part), "\"{part}\" is not in \"{message}\"");
            assert!(matches!(error, StoreError::BadBlock { .. } | StoreError::BadSpend { .. }));
        }
        // What was refused can come again in a block that is right.
        let next = stated(block(7, &[(8, &[]), (9, &[(8, 0)])]), 8, Some(address(8)));
        writer.push(&next).unwrap();
        blocks.push(next);
        let next = block(8, &[(10, &[(3, 0), (77, 4)]), (11, &[(9, 0)])]);
        writer.push(&next).unwrap();
        blocks.push(next);
        writer.publish().unwrap();
        let snapshot = store.snapshot().unwrap();
        compare(&snapshot, &Chain::bitcoin(), &blocks);
        assert_eq!(snapshot.unresolved_inputs(), 1);
    }
}

#[test]
fn transactions_sorted_by_hash_spend_what_comes_later() {
    let cash: Chain = "bip122:000000000000000000651ef99cb9fcbe".parse().unwrap();
    for budget in [1, usize::MAX] {
        for (chain, resolved) in [(Chain::bitcoin(), false), (cash.clone(), true)] {
            let folder = temporary();
            let store = UtxoStore::create(folder.path(), &chain).unwrap();
            let mut writer = store.writer(memory(budget)).unwrap();
            writer.push(&block(1, &[(1, &[]), (2, &[(9, 0)]), (9, &[(1, 0)])])).unwrap();
            writer.publish().unwrap();
            let snapshot = store.snapshot().unwrap();
            assert_eq!(snapshot.unresolved_inputs(), u64::from(!resolved));
        }
    }
}

#[test]
fn another_chain_or_kind_of_store_is_refused() {
    let folder = temporary();
    UtxoStore::create(folder.path(), &Chain::bitcoin()).unwrap();
    assert!(matches!(
        UtxoStore::create(folder.path(), &Chain::bitcoin()),
        Err(StoreError::AlreadyAStore { .. })
    ));
    let litecoin: Chain = "bip122:12a765e31ffd4059bada1e25190f6e98".parse().unwrap();
    let error = UtxoStore::open_or_create(folder.path(), &litecoin).unwrap_err();
    assert!(matches!(error, StoreError::OtherChain { .. }));
    let error = tracehound_store::Store::open(folder.path()).unwrap_err();
    assert!(error.to_string().contains("a store of unspent outputs, not of transfers"), "{error}");
    let kind = tracehound_store::store_kind(folder.path()).unwrap();
    assert_eq!(kind, tracehound_store::StoreKind::UnspentOutputs);
    let other = temporary();
    tracehound_store::Store::create(other.path(), &Chain::ethereum()).unwrap();
    let error = UtxoStore::open(other.path()).unwrap_err();
    assert!(error.to_string().contains("a store of transfers, not of unspent outputs"), "{error}");
    let kind = tracehound_store::store_kind(other.path()).unwrap();
    assert_eq!(kind, tracehound_store::StoreKind::Transfers);
}

#[test]
fn a_second_writer_is_refused_and_a_stopped_one_publishes_nothing() {
    let folder = temporary();
    let store = UtxoStore::create(folder.path(), &Chain::bitcoin()).unwrap();
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let options =
        tracehound_store::utxo::UtxoOptions { stop: Some(stop.clone()), ..memory(usize::MAX) };
    let mut writer = store.writer(options).unwrap();
    assert!(matches!(store.writer(memory(1)), Err(StoreError::Locked { .. })));
    writer.push(&chain(1, 1)[0]).unwrap();
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(matches!(writer.publish(), Err(StoreError::Stopped)));
    drop(writer);
    assert_eq!(store.snapshot().unwrap().block_count(), 0);
    assert!(store.writer(memory(1)).is_ok());
}
