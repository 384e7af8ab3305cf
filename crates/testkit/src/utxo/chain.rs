//! Blocks of ordinary traffic, with planted thefts among it.

use super::coin::{Coin, NOBODY};
use super::plant::{PlantRun, PlantedTheft, UtxoPlant};
use super::raw::{Draft, Payee, VERSION, Writer, double_hash, header, merkle_root, push_count};
use super::wallet::Wallets;
use crate::random::Random;
use std::collections::VecDeque;
use tracehound_model::address::{ScriptClass, classify};
use tracehound_model::{
    BlockHash, Height, Satoshi, Timestamp, TransactionHash, UtxoBlock, UtxoInput, UtxoOutput,
    UtxoTransaction,
};

/// What to make.
#[derive(Clone, Debug)]
pub struct UtxoChainConfig {
    /// Seed of everything.
    pub seed: u64,
    /// Transactions, coinbases among them; the last block and unfinished
    /// plants may add some.
    pub transactions: u64,
    /// Transactions a block.
    pub per_block: u32,
    /// Wallets alive at a time; a hundredth of them are services.
    pub wallets: u32,
    /// Blocks before a coinbase may be spent (100 on Bitcoin; fewer keep tests small).
    pub maturity: u32,
    /// Thefts to plant, spread evenly over the chain.
    pub plants: Vec<UtxoPlant>,
}

impl UtxoChainConfig {
    /// A chain of so many transactions with proportions that suit its length.
    #[must_use]
    pub fn new(seed: u64, transactions: u64) -> Self {
        Self {
            seed,
            transactions,
            per_block: (transactions / 20).clamp(10, 2_500) as u32,
            wallets: (transactions / 20).clamp(20, 100_000) as u32,
            maturity: if transactions < 500_000 { 1 } else { 100 },
            plants: Vec::new(),
        }
    }
}

/// One block as the model's value, as bytes, and with what only its maker knows.
#[derive(Clone, Debug)]
pub struct GeneratedBlock {
    /// As a source gives it.
    pub block: UtxoBlock,
    /// As a node holds it, from the header on.
    pub raw: Vec<u8>,
    /// Owner of each output of `block`; [`NOBODY`] for data.
    pub owners: Vec<u32>,
    /// Satoshi that the block's transactions leave to the miner.
    pub fees: u64,
}

/// The chain; an iterator over its blocks in height order.
#[derive(Clone, Debug)]
pub struct UtxoChain {
    config: UtxoChainConfig,
    random: Random,
    wallets: Wallets,
    writer: Writer,
    height: u32,
    previous: [u8; 32],
    made: u64,
    immature: VecDeque<(u32, usize, Coin)>,
    waiting: VecDeque<(u64, PlantRun)>,
    active: VecDeque<PlantRun>,
    done: Vec<PlantedTheft>,
}

/// First block's time and the seconds between blocks.
const START: u32 = 1_600_000_000;
const INTERVAL: u32 = 600;
/// Smallest output worth its own spend (Bitcoin Core's dust limit for P2PKH).
const DUST: u64 = 546;

/// A block while it grows.
#[derive(Default)]
struct Growing {
    block: UtxoBlock,
    owners: Vec<u32>,
    bytes: Vec<u8>,
    hashes: Vec<[u8; 32]>,
    witness_hashes: Vec<[u8; 32]>,
    fees: u64,
}

impl UtxoChain {
    /// A chain of `config`.
    #[must_use]
    pub fn new(config: UtxoChainConfig) -> Self {
        let parts = config.plants.len() as u64 + 2;
        let place = |index: usize| config.transactions * (index as u64 + 1) / parts;
        let waiting = config.plants.iter().enumerate();
        let waiting = waiting.map(|(index, plant)| (place(index), PlantRun::new(*plant))).collect();
        Self {
            random: Random::new(config.seed),
            wallets: Wallets::new(config.wallets),
            writer: Writer::default(),
            height: 0,
            previous: [0; 32],
            made: 0,
            immature: VecDeque::new(),
            waiting,
            active: VecDeque::new(),
            done: Vec::new(),
            config,
        }
    }

    /// The plants whose last transaction has been made.
    #[must_use]
    pub fn planted(&self) -> &[PlantedTheft] {
        &self.done
    }

    fn body(&mut self, growing: &mut Growing) {
        while (growing.hashes.len() as u32) < self.config.per_block - 1 {
            if self.waiting.front().is_some_and(|(place, _)| *place <= self.made) {
                self.active.extend(self.waiting.pop_front().map(|(_, run)| run));
            }
            if !self.active.is_empty() && self.random.chance(1, 4) && self.plant_step(growing) {
                continue;
            }
            let Some((draft, slots)) = self.ordinary() else { return };
            let coins = self.add(&draft, growing);
            for (coin, slot) in coins.into_iter().zip(slots) {
                if let (Some(coin), Some(slot)) = (coin, slot) {
                    self.wallets.give(slot, coin);
                }
            }
        }
    }

    fn plant_step(&mut self, growing: &mut Growing) -> bool {
        let Some(mut run) = self.active.pop_front() else { return false };
        let Some(draft) = run.step(&mut self.wallets, &mut self.random) else {
            self.active.push_back(run);
            return false;
        };
        let coins: Vec<Coin> = self.add(&draft, growing).into_iter().flatten().collect();
        match run.landed(&draft, &coins) {
            Some(answer) => self.done.push(answer),
            None => self.active.push_back(run),
        }
        true
    }

    /// A payment of some wallet to others, with change.
    fn ordinary(&mut self) -> Option<(Draft, Vec<Option<usize>>)> {
        let random = &mut self.random;
        let slot = self.wallets.spender(random)?;
        let inputs = self.wallets.take(slot, tail(random, 1.45, 3_000), random);
        let poor = self.wallets.held < self.wallets.len() * 2;
        let count = match random.below(100) {
            _ if poor => 5 + random.below(40) as usize,
            0..8 => 1,
            8..72 => 2,
            _ => 2 + tail(random, 1.4, 2_500),
        };
        let total: u64 = inputs.iter().map(|coin| coin.value).sum();
        let size = 11 + 68 * inputs.len() as u64 + 34 * count as u64;
        let fee = (size * (1 + random.below(30))).min(total / 4);
        let mut rest = total - fee;
        let (mut outputs, mut slots) = (Vec::with_capacity(count + 1), Vec::new());
        for left in (1..count as u64).rev() {
            let share = rest / (left + 1) * (1 + random.below(1_900)) / 1_000;
            if share < DUST || rest - share < DUST {
                break;
            }
            rest -= share;
            let payee = self.wallets.payee(random);
            outputs.push((Payee::Name(self.wallets.name(payee, false, random)), share));
            slots.push(Some(payee));
        }
        // Without a second output all of it goes to someone else, mostly.
        let payee = if count == 1 { self.wallets.payee(random) } else { slot };
        let name = self.wallets.name(payee, payee == slot && random.chance(9, 10), random);
        outputs.push((Payee::Name(name), rest));
        slots.push(Some(payee));
        let (last, at) = (outputs.len() - 1, random.below(outputs.len() as u64) as usize);
        outputs.swap(at, last);
        slots.swap(at, last);
        if random.chance(3, 100) {
            outputs.push((Payee::Data(1 + random.below(75) as u8), 0));
            slots.push(None);
        } else if random.chance(1, 2_000) {
            outputs.push((Payee::Name(name), 0));
            slots.push(None);
        }
        let sequence = if random.chance(1, 2) { 0xffff_fffd } else { 0xffff_fffe };
        let lock_time = if random.chance(1, 3) { self.height } else { 0 };
        Some((Draft { inputs, outputs, sequence, lock_time, coinbase: None }, slots))
    }

    /// Adds a transaction to the block; one coin for each output with a name.
    fn add(&mut self, draft: &Draft, growing: &mut Growing) -> Vec<Option<Coin>> {
        let written =
            self.writer.write(draft, self.config.seed, &mut self.random, &mut growing.bytes);
        growing.hashes.push(written.hash);
        growing.witness_hashes.push(written.witness_hash);
        self.made += 1;
        let block = &mut growing.block;
        block.transactions.push(UtxoTransaction {
            hash: TransactionHash(reversed(written.hash)),
            first_input: block.inputs.len() as u32,
            first_output: block.outputs.len() as u32,
            version: VERSION,
            lock_time: draft.lock_time,
            virtual_size: written.virtual_size,
            coinbase: draft.coinbase.is_some(),
            replaceable: draft.sequence < 0xffff_fffe && draft.coinbase.is_none(),
        });
        block.inputs.extend(draft.inputs.iter().map(|coin| UtxoInput {
            transaction: TransactionHash(reversed(coin.transaction)),
            index: coin.index,
        }));
        let spent: u64 = draft.inputs.iter().map(|coin| coin.value).sum();
        let paid: u64 = draft.outputs.iter().map(|(_, value)| *value).sum();
        if draft.coinbase.is_none() {
            growing.fees += spent - paid;
        }
        let mut coins = Vec::with_capacity(draft.outputs.len());
        for (script, (index, (payee, value))) in
            self.writer.scripts().zip((0..).zip(&draft.outputs))
        {
            push_output(block, script, *value);
            let coin = match payee {
                Payee::Name(name) => {
                    Some(Coin { transaction: written.hash, index, value: *value, name: *name })
                }
                _ => None,
            };
            growing.owners.push(coin.map_or(NOBODY, |coin| coin.name.owner));
            coins.push(coin);
        }
        coins
    }

    /// The coinbase, which is made last and stands first.
    fn coinbase(&mut self, rest: &mut Growing) -> Growing {
        let mut hashes = vec![[0; 32]];
        hashes.extend_from_slice(&rest.witness_hashes);
        let root = merkle_root(&mut hashes);
        let commitment = double_hash(&[root, [0; 32]].concat());
        let slot = self.wallets.payee(&mut self.random);
        let name = self.wallets.name(slot, false, &mut self.random);
        let subsidy = 5_000_000_000_u64.checked_shr(self.height / 210_000).unwrap_or(0);
        let draft = Draft {
            outputs: vec![
                (Payee::Name(name), subsidy + rest.fees),
                (Payee::Commitment(commitment), 0),
            ],
            sequence: u32::MAX,
            coinbase: Some(self.height),
            ..Draft::default()
        };
        let mut first = Growing::default();
        let coin = self.add(&draft, &mut first).into_iter().flatten().next();
        self.immature.extend(coin.map(|coin| (self.height + self.config.maturity, slot, coin)));
        first
    }

    fn finished(&self) -> bool {
        let plants_left = !self.waiting.is_empty() || !self.active.is_empty();
        self.made >= self.config.transactions
            && !(plants_left && self.made < self.config.transactions * 2 + 10_000)
    }
}

impl Iterator for UtxoChain {
    type Item = GeneratedBlock;

    fn next(&mut self) -> Option<GeneratedBlock> {
        if self.finished() {
            return None;
        }
        while self.immature.front().is_some_and(|(height, ..)| *height <= self.height) {
            if let Some((_, slot, coin)) = self.immature.pop_front() {
                self.wallets.give(slot, coin);
            }
        }
        let mut rest = Growing::default();
        self.body(&mut rest);
        let first = self.coinbase(&mut rest);
        let mut hashes = first.hashes.clone();
        hashes.extend_from_slice(&rest.hashes);
        let count = hashes.len();
        let time = START + self.height * INTERVAL;
        let (header, hash) = header(self.previous, merkle_root(&mut hashes), time);
        let mut raw = Vec::with_capacity(90 + first.bytes.len() + rest.bytes.len());
        raw.extend_from_slice(&header);
        push_count(count, &mut raw);
        raw.extend_from_slice(&first.bytes);
        raw.extend_from_slice(&rest.bytes);
        let fees = rest.fees;
        let (mut block, owners) = joined(first, rest);
        block.height = Height(self.height.into());
        block.hash = BlockHash(reversed(hash));
        block.previous = BlockHash(reversed(self.previous));
        block.timestamp = Timestamp(time.into());
        self.previous = hash;
        self.height += 1;
        Some(GeneratedBlock { block, raw, owners, fees })
    }
}

/// The coinbase before the rest.
fn joined(first: Growing, rest: Growing) -> (UtxoBlock, Vec<u32>) {
    let (mut block, mut owners) = (first.block, first.owners);
    let (outputs, bytes) = (block.outputs.len() as u32, block.payloads.len() as u32);
    owners.extend(rest.owners);
    block.transactions.extend(rest.block.transactions.into_iter().map(|mut transaction| {
        transaction.first_output += outputs;
        transaction
    }));
    block.inputs = rest.block.inputs;
    block.outputs.extend(rest.block.outputs.into_iter().map(|mut output| {
        if output.address.is_none() {
            output.payload = output.payload.start + bytes..output.payload.end + bytes;
        }
        output
    }));
    block.payloads.extend(rest.block.payloads);
    (block, owners)
}

fn push_output(block: &mut UtxoBlock, script: &[u8], value: u64) {
    let (address, payload) = match classify(script) {
        ScriptClass::Pays(address) => (Some(address), 0..0),
        ScriptClass::Data(data) => {
            let start = block.payloads.len() as u32;
            block.payloads.extend_from_slice(data);
            (None, start..block.payloads.len() as u32)
        }
    };
    block.outputs.push(UtxoOutput { value: Satoshi(value), address, payload });
}

pub(crate) fn reversed(mut hash: [u8; 32]) -> [u8; 32] {
    hash.reverse();
    hash
}

/// At least 1, at least n with probability `n^-power`, at most `most`.
fn tail(random: &mut Random, power: f64, most: usize) -> usize {
    ((1.0 - random.unit()).powf(-1.0 / power) as usize).clamp(1, most)
}
