//! From a node, and from files, into a store and on from there.

use super::*;
use crate::blocks::{
    BlockIngestOptions, BlockIngestSummary, BlockSink, ingest_blocks, open_json_blocks,
};
use tracehound_model::Chain;
use tracehound_store::StoreError;
use tracehound_store::utxo::{OutputLedger, TransactionId, UtxoOptions, UtxoStore, UtxoWriter};

struct Sink(UtxoWriter);

impl BlockSink for Sink {
    fn chain(&self) -> &Chain {
        self.0.chain()
    }

    fn known(&self) -> Result<Vec<(Height, BlockHash)>, StoreError> {
        self.0.known()
    }

    fn drop_above(&mut self, height: Option<Height>) -> Result<(), StoreError> {
        self.0.drop_above(height)
    }

    fn push(&mut self, block: &UtxoBlock) -> Result<(), StoreError> {
        self.0.push(block)
    }

    fn publish(&mut self) -> Result<(), StoreError> {
        self.0.publish()
    }
}

fn ingest(
    store: &UtxoStore,
    source: &mut dyn BlockSource,
) -> Result<BlockIngestSummary, BlockError> {
    let mut sink = Sink(store.writer(UtxoOptions::default()).unwrap());
    ingest_blocks(source, &mut sink, &BlockIngestOptions::default())
}

#[test]
fn a_store_follows_a_node_through_a_reorganisation() {
    let (node, folder, options) = world(9);
    let store = UtxoStore::create(&folder.path().join("store"), &options.chain).unwrap();
    let mut source = NodeSource::connect(options.clone()).unwrap();
    let first = ingest(&store, &mut source).unwrap();
    assert_eq!((first.blocks, first.transactions, first.dropped_above), (10, 18, None));
    // Nothing new; then another branch from block 6 on.
    let again = ingest(&store, &mut NodeSource::connect(options.clone()).unwrap()).unwrap();
    assert_eq!((again.blocks, again.dropped_above), (0, None));
    node.change(|state| state.blocks = chain(12, 6, 7));
    let moved = ingest(&store, &mut NodeSource::connect(options.clone()).unwrap()).unwrap();
    assert_eq!((moved.blocks, moved.dropped_above), (7, Some(Height(5))));
    let snapshot = store.snapshot().unwrap();
    assert_eq!(snapshot.transaction_count(), 13 + 11);
    let last = TransactionId(snapshot.transaction_count() - 1);
    assert_eq!(snapshot.block(last).unwrap().hash.to_string(), hash(12, 7));
    // Every spend was found, and what the node stated of it agreed.
    let view = snapshot.transaction(last).unwrap();
    assert_eq!(view.inputs[0].spends().unwrap().transaction, TransactionId(last.0 - 3));
    assert_eq!(view.inputs[0].value(), Some(Satoshi(5_000_000_000)));
}

#[test]
fn what_a_node_states_wrongly_of_a_known_output_is_refused() {
    let (node, folder, options) = world(9);
    node.change(|state| {
        state.blocks[5]["tx"][1]["vin"][0]["prevout"]["value"] = json!(49);
    });
    let store = UtxoStore::create(&folder.path().join("store"), &options.chain).unwrap();
    let mut source = NodeSource::connect(options).unwrap();
    let error = ingest(&store, &mut source).unwrap_err().to_string();
    assert!(error.contains("4900000000"), "{error}");
}

#[test]
fn graphsense_tables_go_into_a_store() {
    let shared = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/conformance");
    let tables = std::path::Path::new(shared).join("graphsense-spark/utxo");
    if !tables.exists() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let store = UtxoStore::create(&folder.path().join("store"), &Chain::bitcoin()).unwrap();
    let files = ["test_blocks.json", "test_txs.json"].map(|name| tables.join(name));
    for added in [4, 0] {
        let mut source = open_json_blocks(&files, store.chain()).unwrap();
        let summary = ingest(&store, &mut source).unwrap();
        assert_eq!((summary.blocks, summary.left_out), (added, vec![]));
    }
    // 14 addresses and one bare multisignature, whose spends are of unknown outputs.
    let snapshot = store.snapshot().unwrap();
    assert_eq!((snapshot.transaction_count(), snapshot.address_count()), (10, 15));
    let joined = snapshot.transaction(TransactionId(4)).unwrap();
    assert!(joined.inputs.iter().all(|input| input.spends().is_none()));
    assert_eq!(joined.inputs[1].value(), Some(Satoshi(2_500_000)));
    assert_eq!(
        joined.inputs[1].address(),
        snapshot.transaction(TransactionId(1)).unwrap().outputs[0].address()
    );
}
