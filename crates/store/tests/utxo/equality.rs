//! A store equals the chain in memory, however it came to its blocks.

use crate::chains::{Random, assert_sound, chain, memory, next_block, sorted, temporary, write};
use crate::compare::compare;
use proptest::prelude::*;
use tracehound_model::{Chain, Height, UtxoBlock};
use tracehound_store::utxo::UtxoStore;

/// What happens to a store.
#[derive(Clone, Copy, Debug)]
enum Step {
    Push(usize),
    Publish,
    /// Publish, and open the store and another writer.
    Reopen,
    /// Drop the writer without publishing.
    Abandon,
    /// Drop so many blocks.
    Drop(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1_usize..5).prop_map(Step::Push),
        2 => Just(Step::Publish),
        1 => Just(Step::Reopen),
        1 => Just(Step::Abandon),
        2 => (1_usize..8).prop_map(Step::Drop),
    ]
}

/// Bitcoin Cash, whose blocks list transactions by hash.
fn cash() -> Chain {
    "bip122:000000000000000000651ef99cb9fcbe".parse().unwrap()
}

fn digest_of(chain: &Chain, blocks: &[UtxoBlock], budget: usize) -> String {
    let folder = temporary();
    let store = UtxoStore::create(folder.path(), chain).unwrap();
    write(&store, blocks, memory(budget));
    store.snapshot().unwrap().digest().unwrap()
}

fn follow(chain: &Chain, seed: u64, budget: usize, steps: &[Step]) {
    let folder = temporary();
    let mut store = UtxoStore::create(folder.path(), chain).unwrap();
    let mut writer = store.writer(memory(budget)).unwrap();
    let mut random = Random(seed);
    let (mut blocks, mut published) = (Vec::new(), Vec::new());
    for step in steps {
        match *step {
            Step::Push(count) => {
                for _ in 0..count {
                    let mut block = next_block(&mut random, &blocks);
                    if *chain == cash() {
                        block = sorted(&block);
                    }
                    writer.push(&block).unwrap();
                    blocks.push(block);
                }
            }
            Step::Drop(count) => {
                blocks.truncate(blocks.len().saturating_sub(count));
                writer.drop_above(blocks.last().map(|block| block.height)).unwrap();
            }
            Step::Publish => {
                writer.publish().unwrap();
                published.clone_from(&blocks);
            }
            Step::Reopen | Step::Abandon => {
                if matches!(step, Step::Reopen) {
                    writer.publish().unwrap();
                    published.clone_from(&blocks);
                }
                drop(writer);
                blocks.clone_from(&published);
                store = UtxoStore::open(folder.path()).unwrap();
                writer = store.writer(memory(budget)).unwrap();
            }
        }
        let known: Vec<_> = blocks.iter().map(|block| (block.height, block.hash)).collect();
        assert_eq!(writer.known().unwrap(), known);
        assert_eq!(store.snapshot().unwrap().block_count(), published.len() as u64);
    }
    writer.publish().unwrap();
    drop(writer);
    let snapshot = UtxoStore::open(folder.path()).unwrap().snapshot().unwrap();
    compare(&snapshot, chain, &blocks);
    assert_eq!(snapshot.digest().unwrap(), digest_of(chain, &blocks, usize::MAX));
    assert_sound(folder.path());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn a_store_equals_the_chain_in_memory(
        seed: u64,
        budget in prop_oneof![Just(1_usize), 30_000_usize..60_000, Just(usize::MAX)],
        steps in prop::collection::vec(step(), 1..16),
        cash_chain: bool,
    ) {
        let chain = if cash_chain { cash() } else { Chain::bitcoin() };
        follow(&chain, seed, budget, &steps);
    }
}

#[test]
fn a_store_published_after_every_block_has_few_segments() {
    let folder = temporary();
    let store = UtxoStore::create(folder.path(), &Chain::bitcoin()).unwrap();
    let blocks = chain(5, 100);
    let mut writer = store.writer(memory(1 << 20)).unwrap();
    for block in &blocks {
        writer.push(block).unwrap();
        writer.publish().unwrap();
        assert!(store.snapshot().unwrap().segment_count() <= 9);
    }
    compare(&store.snapshot().unwrap(), &Chain::bitcoin(), &blocks);
}

#[test]
fn a_snapshot_outlives_what_a_publish_removes() {
    fn shared<T: Send + Sync + Clone>(_: &T) {}
    let folder = temporary();
    let store = UtxoStore::create(folder.path(), &Chain::bitcoin()).unwrap();
    let blocks = chain(8, 12);
    write(&store, &blocks[..8], memory(1));
    let old = store.snapshot().unwrap();
    shared(&old);
    store.drop_above(Some(blocks[1].height), memory(usize::MAX)).unwrap();
    write(&store, &blocks[2..], memory(usize::MAX));
    compare(&old, &Chain::bitcoin(), &blocks[..8]);
    compare(&store.snapshot().unwrap(), &Chain::bitcoin(), &blocks);
}

#[test]
fn dropping_everything_leaves_an_empty_store() {
    let folder = temporary();
    let store = UtxoStore::create(folder.path(), &Chain::bitcoin()).unwrap();
    write(&store, &chain(1, 9), memory(1));
    store.drop_above(None, memory(1)).unwrap();
    compare(&store.snapshot().unwrap(), &Chain::bitcoin(), &[]);
    // Another first height is then as good as any.
    let mut other = chain(2, 3);
    for (block, height) in other.iter_mut().zip(500..) {
        block.height = Height(height);
    }
    write(&store, &other, memory(1));
    compare(&store.snapshot().unwrap(), &Chain::bitcoin(), &other);
}
