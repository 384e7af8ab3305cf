//! Everything a snapshot answers beside what a chain in memory answers.

use tracehound_model::{Address, Chain, Height, TransactionHash, UtxoBlock};
use tracehound_store::AddressId;
use tracehound_store::utxo::{MemoryLedger, OutputId, OutputLedger, TransactionId, UtxoSnapshot};

/// Panics unless `snapshot` holds exactly `blocks`.
pub(crate) fn compare(snapshot: &UtxoSnapshot, chain: &Chain, blocks: &[UtxoBlock]) {
    let ledger = MemoryLedger::of(chain.clone(), blocks);
    assert_eq!(snapshot.chain(), chain);
    assert_eq!(snapshot.transaction_count(), ledger.transaction_count());
    assert_eq!(snapshot.address_count(), ledger.address_count());
    for number in 0..ledger.transaction_count() {
        compare_transaction(snapshot, &ledger, TransactionId(number));
    }
    for number in 0..ledger.address_count() {
        compare_address(snapshot, &ledger, AddressId(number), blocks);
    }
    assert!(snapshot.transaction(TransactionId(ledger.transaction_count())).is_err());
    assert!(snapshot.address(AddressId(ledger.address_count())).is_err());
    assert!(snapshot.outputs_to(AddressId(ledger.address_count())).unwrap().is_empty());
    assert!(snapshot.spends_from(AddressId(u32::MAX)).unwrap().is_empty());
    assert_eq!(snapshot.find(&TransactionHash([7; 32])).unwrap(), None);
    assert_eq!(snapshot.address_id(&Address::evm([1; 20])).unwrap(), None);
    compare_blocks(snapshot, &ledger, blocks);
    compare_scan(snapshot, &ledger);
}

fn compare_transaction(snapshot: &UtxoSnapshot, ledger: &MemoryLedger, id: TransactionId) {
    let (found, expected) = (snapshot.transaction(id).unwrap(), ledger.transaction(id).unwrap());
    assert_eq!((found.id, found.fields), (expected.id, expected.fields));
    assert_eq!(found.inputs, expected.inputs, "inputs of {id:?}");
    assert_eq!(found.outputs, expected.outputs, "outputs of {id:?}");
    let hash = ledger.hash(id).unwrap();
    assert_eq!(snapshot.hash(id).unwrap(), hash);
    assert_eq!(snapshot.find(&hash).unwrap(), ledger.find(&hash).unwrap());
    assert_eq!(snapshot.block(id).unwrap(), ledger.block(id).unwrap());
    for index in 0..expected.outputs.len() as u32 {
        let output = OutputId { transaction: id, index };
        assert_eq!(snapshot.spender(output).unwrap(), ledger.spender(output).unwrap());
        assert_eq!(snapshot.payload(output).unwrap(), ledger.payload(output).unwrap());
    }
    let past = OutputId { transaction: id, index: expected.outputs.len() as u32 };
    assert!(snapshot.spender(past).is_err());
}

fn compare_address(
    snapshot: &UtxoSnapshot,
    ledger: &MemoryLedger,
    id: AddressId,
    blocks: &[UtxoBlock],
) {
    let address = ledger.address(id).unwrap();
    assert_eq!(snapshot.address(id).unwrap().to_string(), address.to_string());
    assert_eq!(snapshot.address_id(&address).unwrap(), Some(id));
    assert_eq!(snapshot.outputs_to(id).unwrap(), ledger.outputs_to(id).unwrap());
    assert_eq!(snapshot.spends_from(id).unwrap(), ledger.spends_from(id).unwrap());
    for block in blocks {
        let height = block.height;
        let expected = ledger.balance(id, height).unwrap();
        assert_eq!(snapshot.balance(id, height).unwrap(), expected);
    }
}

fn compare_blocks(snapshot: &UtxoSnapshot, ledger: &MemoryLedger, blocks: &[UtxoBlock]) {
    assert_eq!(snapshot.block_count(), blocks.len() as u64);
    let tip = snapshot.tip().unwrap();
    assert_eq!(tip.map(|tip| tip.hash), blocks.last().map(|block| block.hash));
    for block in blocks {
        let place = snapshot.block_at(block.height).unwrap().unwrap();
        assert_eq!((place.hash, place.timestamp), (block.hash, block.timestamp));
        assert_eq!(
            place.transactions.end.0 - place.transactions.start.0,
            block.transactions.len() as u32
        );
        let read = snapshot.read_block(block.height).unwrap();
        assert_eq!(
            UtxoBlock { stated: Vec::new(), ..read.clone() },
            UtxoBlock { stated: Vec::new(), ..block.clone() }
        );
        let start = place.transactions.start;
        compare_stated(ledger, block, &read, start);
        let heights = [Height(block.height.0.saturating_sub(1)), block.height];
        for height in heights {
            let expected = ledger.first_above(height).unwrap();
            assert_eq!(snapshot.first_above(height).unwrap(), expected);
        }
    }
    let end = TransactionId(ledger.transaction_count());
    assert_eq!(snapshot.first_above(Height(u64::MAX)).unwrap(), end);
    let next = blocks.last().map_or(0, |block| block.height.0 + 1);
    assert_eq!(snapshot.block_at(Height(next)).unwrap(), None);
    assert!(snapshot.read_block(Height(next)).is_err());
}

/// What was stated comes back, and in full where the output is known.
fn compare_stated(
    ledger: &MemoryLedger,
    pushed: &UtxoBlock,
    read: &UtxoBlock,
    first: TransactionId,
) {
    assert_eq!(read.stated.len(), pushed.stated.len());
    for place in 0..pushed.transactions.len() {
        let view = ledger.transaction(TransactionId(first.0 + place as u32)).unwrap();
        let start = pushed.transactions[place].first_input as usize;
        for (at, input) in (start..).zip(view.inputs) {
            let Some(stated) = pushed.stated.get(at) else { continue };
            assert_eq!(read.stated[at].value, stated.value);
            if input.spends().is_none() || stated.address.is_some() {
                assert_eq!(read.stated[at].address, stated.address);
            }
        }
    }
}

fn compare_scan(snapshot: &UtxoSnapshot, ledger: &MemoryLedger) {
    let count = ledger.transaction_count();
    for (start, end) in [(0, u32::MAX), (count / 3, count / 2 + 1), (count, count)] {
        let list = |ledger: &dyn OutputLedger| {
            let mut seen = Vec::new();
            ledger
                .scan(TransactionId(start)..TransactionId(end), &mut |view| {
                    seen.push((view.id, view.fields, view.inputs.to_vec(), view.outputs.to_vec()));
                    Ok(())
                })
                .unwrap();
            seen
        };
        assert_eq!(list(snapshot), list(ledger));
    }
}
