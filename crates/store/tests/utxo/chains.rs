//! Small random chains, and short ways to write them.

use std::collections::HashSet;
use std::path::Path;
use tracehound_model::address::AddressKind;
use tracehound_model::{
    Address, BlockHash, Height, Satoshi, StatedOutput, Timestamp, TransactionHash, UtxoBlock,
    UtxoInput, UtxoOutput, UtxoTransaction,
};
use tracehound_store::utxo::{UtxoOptions, UtxoStore};

/// A folder that goes when it is dropped; in memory where that is easy.
pub(crate) fn temporary() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let in_memory = if memory.is_dir() { tempfile::tempdir_in(memory).ok() } else { None };
    in_memory.unwrap_or_else(|| tempfile::tempdir().unwrap())
}

/// Options with a budget in bytes.
pub(crate) fn memory(memory: usize) -> UtxoOptions {
    UtxoOptions { memory, ..UtxoOptions::default() }
}

/// Everything a store of these blocks must be sound in.
pub(crate) fn assert_sound(folder: &Path) {
    let report = UtxoStore::check(folder, &mut |_, _| {}).unwrap();
    assert!(report.faults.is_empty(), "{:#?}", report.faults);
    assert!(report.orphans.is_empty(), "{:?}", report.orphans);
}

/// Writes blocks in one publish.
pub(crate) fn write(store: &UtxoStore, blocks: &[UtxoBlock], options: UtxoOptions) {
    let mut writer = store.writer(options).unwrap();
    blocks.iter().for_each(|block| writer.push(block).unwrap());
    writer.publish().unwrap();
}

/// A stream of numbers (SplitMix64).
#[derive(Clone, Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ z >> 31) % limit as u64) as usize
    }

    fn hash(&mut self) -> [u8; 32] {
        std::array::from_fn(|_| self.below(256) as u8)
    }
}

const KINDS: [AddressKind; 5] = [
    AddressKind::PublicKeyHash,
    AddressKind::ScriptHash,
    AddressKind::WitnessScriptHash,
    AddressKind::Taproot,
    AddressKind::Script,
];

fn address(random: &mut Random) -> Address {
    let number = random.below(12);
    Address::from_bytes(KINDS[number % KINDS.len()], &[number as u8; 32])
}

/// The outputs nobody has spent yet.
fn unspent(blocks: &[UtxoBlock]) -> Vec<UtxoInput> {
    let inputs = blocks.iter().flat_map(|block| &block.inputs);
    let spent: HashSet<_> = inputs.map(|input| (input.transaction, input.index)).collect();
    let mut unspent: Vec<UtxoInput> = Vec::new();
    for block in blocks {
        for (place, transaction) in block.transactions.iter().enumerate() {
            // A later bearer of a name hides the earlier one.
            unspent.retain(|coin| coin.transaction != transaction.hash);
            for (index, output) in (0..).zip(block.outputs_of(place)) {
                if output.address.is_some() && !spent.contains(&(transaction.hash, index)) {
                    unspent.push(UtxoInput { transaction: transaction.hash, index });
                }
            }
        }
    }
    unspent
}

/// The output an input of this chain spends.
fn output_of(blocks: &[&UtxoBlock], input: &UtxoInput) -> Option<UtxoOutput> {
    let of = |block: &UtxoBlock| {
        let place = block.transactions.iter().rposition(|t| t.hash == input.transaction)?;
        block.outputs_of(place).get(input.index as usize).cloned()
    };
    blocks.iter().rev().find_map(|block| of(block))
}

/// A block that can follow `blocks`.
pub(crate) fn next_block(random: &mut Random, blocks: &[UtxoBlock]) -> UtxoBlock {
    let last = blocks.last();
    let mut block = UtxoBlock {
        height: last.map_or(Height(random.below(3) as u64), |last| Height(last.height.0 + 1)),
        hash: BlockHash(random.hash()),
        previous: last.filter(|_| random.below(4) > 0).map_or(BlockHash::default(), |b| b.hash),
        timestamp: Timestamp(1_600_000_000 + random.below(9000) as i64),
        ..UtxoBlock::default()
    };
    let stated = random.below(2) == 0;
    let mut coins = unspent(blocks);
    for place in 0..random.below(6) {
        let coinbase = place == 0;
        // Now and then a coinbase has the name of an earlier one.
        let repeated = last.filter(|_| coinbase && random.below(8) == 0);
        let repeated = repeated.and_then(|last| last.transactions.first()).filter(|t| t.coinbase);
        let hash = repeated.map_or(TransactionHash(random.hash()), |earlier| earlier.hash);
        coins.retain(|coin| coin.transaction != hash);
        let transaction = UtxoTransaction {
            hash,
            first_input: block.inputs.len() as u32,
            first_output: block.outputs.len() as u32,
            version: random.below(5) as i32 - 2,
            lock_time: random.below(1 << 32) as u32,
            virtual_size: random.below(1 << 30) as u32,
            coinbase,
            replaceable: random.below(2) == 0,
        };
        for _ in 0..if coinbase { 0 } else { random.below(4) } {
            let outside = UtxoInput {
                transaction: TransactionHash(random.hash()),
                index: random.below(5) as u32,
            };
            let known = random.below(5) > 0 && !coins.is_empty();
            let input = if known { coins.swap_remove(random.below(coins.len())) } else { outside };
            if stated {
                block.stated.push(state(random, blocks, &block, &input));
            }
            block.inputs.push(input);
        }
        block.transactions.push(transaction);
        for index in 0..random.below(4) as u32 {
            add_output(random, &mut block);
            if block.outputs.last().unwrap().address.is_some() {
                coins.push(UtxoInput { transaction: hash, index });
            }
        }
    }
    block
}

fn state(
    random: &mut Random,
    blocks: &[UtxoBlock],
    block: &UtxoBlock,
    input: &UtxoInput,
) -> StatedOutput {
    let all: Vec<&UtxoBlock> = blocks.iter().chain([block]).collect();
    let address = Some(address(random)).filter(|_| random.below(3) > 0);
    match output_of(&all, input) {
        Some(output) => StatedOutput {
            value: output.value,
            address: output.address.filter(|_| random.below(3) > 0),
        },
        None => StatedOutput { value: Satoshi(random.below(1000) as u64), address },
    }
}

fn add_output(random: &mut Random, block: &mut UtxoBlock) {
    let (address, payload) = if random.below(4) == 0 {
        let start = block.payloads.len() as u32;
        let length = 1 + random.below(9) as u32;
        block.payloads.extend((0..length).map(|n| n as u8 ^ start as u8));
        (None, start..start + length)
    } else {
        (Some(address(random)), 0..0)
    };
    let value = Satoshi(random.below(1 << 40) as u64);
    block.outputs.push(UtxoOutput { value, address, payload });
}

/// So many blocks from nothing.
pub(crate) fn chain(seed: u64, blocks: usize) -> Vec<UtxoBlock> {
    let (mut random, mut chain) = (Random(seed), Vec::new());
    for _ in 0..blocks {
        let block = next_block(&mut random, &chain);
        chain.push(block);
    }
    chain
}

/// The block with all but its coinbase in the order of their hashes.
pub(crate) fn sorted(block: &UtxoBlock) -> UtxoBlock {
    let mut order: Vec<usize> = (0..block.transactions.len()).collect();
    order.sort_by_key(|place| {
        let transaction = &block.transactions[*place];
        (!transaction.coinbase, transaction.hash)
    });
    let mut sorted = UtxoBlock {
        height: block.height,
        hash: block.hash,
        previous: block.previous,
        timestamp: block.timestamp,
        ..UtxoBlock::default()
    };
    for place in order {
        let transaction = block.transactions[place];
        let (inputs, outputs) = (sorted.inputs.len() as u32, sorted.outputs.len() as u32);
        let start = transaction.first_input as usize;
        let end = start + block.inputs_of(place).len();
        sorted.stated.extend(block.stated.get(start..end).unwrap_or_default());
        sorted.inputs.extend(block.inputs_of(place));
        for output in block.outputs_of(place) {
            let bytes = output.payload.start as usize..output.payload.end as usize;
            let start = sorted.payloads.len() as u32;
            sorted.payloads.extend(&block.payloads[bytes]);
            let end = sorted.payloads.len() as u32;
            let payload = if start == end { 0..0 } else { start..end };
            sorted.outputs.push(UtxoOutput { payload, ..output.clone() });
        }
        let moved = UtxoTransaction { first_input: inputs, first_output: outputs, ..transaction };
        sorted.transactions.push(moved);
    }
    sorted
}
