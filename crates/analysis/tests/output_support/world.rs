//! Random chains: few addresses, small values, and everything that makes a
//! trace go wrong: outputs of nothing, outputs that carry data, outside
//! inputs of known and of unknown value, spends within a block, miners who
//! claim less than they may.

use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::{BTreeSet, VecDeque};
use tracehound_analysis::output_trace::{IsCoinJoin, OutputSeed, OutputTraceRequest};
use tracehound_analysis::trace::Stops;
use tracehound_model::address::AddressKind;
use tracehound_model::chain::UTXO_CHAINS;
use tracehound_model::{
    Address, BlockHash, Category, Chain, Direction, Height, Policy, Satoshi, StatedOutput,
    Timestamp, TransactionHash, UtxoBlock, UtxoInput, UtxoOutput, UtxoTransaction,
};
use tracehound_store::AddressId;
use tracehound_store::utxo::{MemoryLedger, OutputId, OutputLedger, TransactionId};

/// Addresses in use; the number after the last means an output that carries data.
const ADDRESSES: u8 = 7;

/// Every policy that outputs have.
pub const POLICIES: [Policy; 8] = [
    Policy::Fifo,
    Policy::Lifo,
    Policy::Haircut,
    Policy::DirtyFirst,
    Policy::CleanFirst,
    Policy::Tiho,
    Policy::Tilo,
    Policy::Poison,
];

/// What kinds of trouble a chain has.
#[derive(Clone, Copy, Debug)]
pub struct Trouble {
    /// Transactions leave something to the miner.
    pub fees: bool,
    /// Inputs from outside the data.
    pub outside: bool,
    /// Blocks list their transactions by hash, so that some stand before
    /// what they spend.
    pub sorted: bool,
}

#[derive(Clone, Debug)]
struct TransactionDraft {
    inputs: Vec<(Index, u8)>,
    outputs: Vec<(u64, u8)>,
    fee: u64,
}

#[derive(Clone, Debug)]
struct BlockDraft {
    transactions: Vec<TransactionDraft>,
    subsidy: u64,
    /// Claim only part of what the miner may.
    claim: Option<Index>,
    coinbase: Vec<(u64, u8)>,
    stated: bool,
    /// The data lack its coinbase.
    headless: bool,
}

fn outputs() -> impl Strategy<Value = Vec<(u64, u8)>> {
    prop::collection::vec((0_u64..16, 0..=ADDRESSES), 1..5)
}

fn block() -> impl Strategy<Value = BlockDraft> {
    let input = (any::<Index>(), 0_u8..20);
    let transaction = (prop::collection::vec(input, 1..4), outputs(), 0_u64..6)
        .prop_map(|(inputs, outputs, fee)| TransactionDraft { inputs, outputs, fee });
    (
        prop::collection::vec(transaction, 0..6),
        1_u64..25,
        prop::option::weighted(0.3, any::<Index>()),
        outputs(),
        prop::bool::weighted(0.7),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(transactions, subsidy, claim, coinbase, stated, headless)| BlockDraft {
            transactions,
            subsidy,
            claim,
            coinbase,
            stated,
            headless,
        })
}

/// A spendable output: the transaction that made it, its place and value.
type Coin = (TransactionHash, u32, u64);

struct Maker {
    trouble: Trouble,
    made: u32,
    pool: VecDeque<Coin>,
}

impl Maker {
    fn hash(&mut self) -> TransactionHash {
        self.made += 1;
        let mut hash = [0; 32];
        // The order of hashes must not be that of spending.
        hash[0] = if self.trouble.sorted { (self.made * 157 % 251) as u8 } else { 0 };
        hash[1..5].copy_from_slice(&self.made.to_be_bytes());
        TransactionHash(hash)
    }

    fn block(&mut self, height: u64, draft: &BlockDraft) -> UtxoBlock {
        let coinbase = self.hash();
        let mut block = UtxoBlock::default();
        let mut fees = 0;
        let mut outside_inputs = 0;
        let mut bodies = Vec::new();
        for transaction in &draft.transactions {
            let hash = self.hash();
            let (mut inputs, mut paid) = (Vec::new(), 0);
            for (index, outside) in &transaction.inputs {
                let outside = self.trouble.outside && *outside < 2;
                let coin = (!self.pool.is_empty() && !outside)
                    .then(|| self.pool.remove(index.index(self.pool.len())).unwrap());
                let (input, value) = match coin {
                    Some((transaction, index, value)) => (UtxoInput { transaction, index }, value),
                    None if self.trouble.outside => {
                        outside_inputs += 1;
                        let transaction = TransactionHash([0xff; 32]);
                        (UtxoInput { transaction, index: outside_inputs }, index.index(12) as u64)
                    }
                    None => continue,
                };
                inputs.push((input, StatedOutput { value: Satoshi(value), address: None }));
                paid += value;
            }
            if inputs.is_empty() {
                continue;
            }
            let fee = if self.trouble.fees { transaction.fee.min(paid) } else { 0 };
            fees += fee;
            let values = split(paid - fee, &transaction.outputs);
            self.pool.extend(spendable(hash, &values));
            bodies.push((hash, inputs, values));
        }
        if self.trouble.sorted {
            bodies.sort_by_key(|(hash, _, _)| hash.0);
        }
        let most = fees + draft.subsidy;
        let claimed = draft.claim.map_or(most, |part| part.index(most as usize + 1) as u64);
        // A block of nothing but a coinbase needs it: a block holds a transaction.
        if !(self.trouble.outside && draft.headless) || bodies.is_empty() {
            let values = split(claimed, &draft.coinbase);
            self.pool.extend(spendable(coinbase, &values));
            push(&mut block, coinbase, 0, true, &values);
        }
        for (hash, inputs, values) in bodies {
            let first_input = block.inputs.len() as u32;
            push(&mut block, hash, first_input, false, &values);
            let (inputs, stated): (Vec<_>, Vec<_>) = inputs.into_iter().unzip();
            block.inputs.extend(inputs);
            block.stated.extend(stated);
        }
        if !draft.stated {
            block.stated.clear();
        }
        block.height = Height(height);
        block.hash = BlockHash(coinbase.0);
        block.timestamp = Timestamp(1_600_000_000 + i64::try_from(height).unwrap() * 600);
        block
    }
}

/// Deals a sum out to outputs; the last takes what is left.
fn split(sum: u64, outputs: &[(u64, u8)]) -> Vec<(u64, u8)> {
    let mut left = sum;
    let last = outputs.len() - 1;
    let value = |(place, (part, to)): (usize, &(u64, u8))| {
        let value = if place == last { left } else { part % (left + 1) };
        left -= value;
        (value, *to)
    };
    outputs.iter().enumerate().map(value).collect()
}

fn spendable(hash: TransactionHash, values: &[(u64, u8)]) -> Vec<Coin> {
    let outputs = (0..).zip(values).filter(|(_, (_, to))| *to < ADDRESSES);
    outputs.map(|(place, (value, _))| (hash, place, *value)).collect()
}

fn push(
    block: &mut UtxoBlock,
    hash: TransactionHash,
    first_input: u32,
    coinbase: bool,
    values: &[(u64, u8)],
) {
    block.transactions.push(UtxoTransaction {
        hash,
        first_input,
        first_output: block.outputs.len() as u32,
        version: 2,
        lock_time: 0,
        virtual_size: 200,
        coinbase,
        replaceable: false,
    });
    block.outputs.extend(values.iter().map(|(value, to)| UtxoOutput {
        value: Satoshi(*value),
        address:
            (*to < ADDRESSES).then(|| Address::from_bytes(AddressKind::PublicKeyHash, &[*to; 20])),
        payload: 0..0,
    }));
}

/// A chain.
pub fn blocks(trouble: Trouble) -> impl Strategy<Value = Vec<UtxoBlock>> {
    prop::collection::vec(block(), 1..8).prop_map(move |drafts| {
        let mut maker = Maker { trouble, made: 0, pool: VecDeque::new() };
        (0..).zip(&drafts).map(|(height, draft)| maker.block(height, draft)).collect()
    })
}

/// The chain of these blocks; with those listed by hash a Bitcoin Cash.
pub fn ledger(blocks: &[UtxoBlock], sorted: bool) -> MemoryLedger {
    let cash = UTXO_CHAINS.iter().find(|chain| chain.sorted_by_hash).unwrap();
    let name = if sorted { cash.id } else { "bitcoin" };
    MemoryLedger::of(name.parse::<Chain>().unwrap(), blocks)
}

/// A request without the closure that it borrows.
#[derive(Clone, Debug)]
pub struct Asked {
    pub direction: Direction,
    /// Whether the chain lists transactions by hash.
    pub sorted: bool,
    /// Each theft's outputs.
    pub thefts: Vec<Vec<(OutputId, Option<u64>)>>,
    /// First transaction not read.
    pub end: TransactionId,
    pub stops: Stops,
    pub dust: u64,
    pub too_old: Option<TransactionId>,
    pub coinjoins: BTreeSet<TransactionId>,
    pub through: Option<Policy>,
}

impl Asked {
    /// These thefts, forward to the end, with no stop.
    pub fn plain(ledger: &MemoryLedger, thefts: Vec<Vec<(OutputId, Option<u64>)>>) -> Self {
        Self {
            direction: Direction::Forward,
            sorted: false,
            thefts,
            end: TransactionId(ledger.transaction_count()),
            stops: Stops::default(),
            dust: 0,
            too_old: None,
            coinjoins: BTreeSet::new(),
            through: None,
        }
    }

    /// The request for every policy.
    pub fn request<'a>(&self, coinjoin: IsCoinJoin<'a>) -> OutputTraceRequest<'a> {
        let seed = |(number, outputs): (usize, &Vec<(OutputId, Option<u64>)>)| OutputSeed {
            victim: format!("victim {number}"),
            description: String::new(),
            outputs: outputs.clone(),
        };
        OutputTraceRequest {
            seeds: self.thefts.iter().enumerate().map(seed).collect(),
            policies: POLICIES.to_vec(),
            direction: self.direction,
            end: self.end,
            stops: self.stops.clone(),
            dust_satoshi: self.dust,
            too_old: self.too_old,
            coinjoin: Some(coinjoin),
            through_coinjoins: self.through,
        }
    }
}

#[derive(Clone, Debug)]
struct AskedDraft {
    backward: bool,
    thefts: Vec<Vec<(Index, Option<u64>)>>,
    end: Option<Index>,
    services: Vec<(u32, Category)>,
    hub_degree: u64,
    max_hops: Option<u32>,
    dust: u64,
    too_old: Option<Index>,
    coinjoins: Vec<Index>,
    through: Option<Policy>,
}

fn asked(backward: impl Strategy<Value = bool>) -> impl Strategy<Value = AskedDraft> {
    let output = (any::<Index>(), prop::option::weighted(0.3, 0_u64..12));
    let service =
        (0..u32::from(ADDRESSES), prop::sample::select(vec![Category::Exchange, Category::Mixer]));
    let through = prop::sample::select(POLICIES.to_vec())
        .prop_filter("poison passes nothing on", |policy| *policy != Policy::Poison);
    let stops = (
        prop::collection::vec(service, 0..2),
        prop_oneof![3 => Just(0_u64), 1 => 4_u64..20],
        prop::option::weighted(0.3, 1_u32..5),
        prop_oneof![3 => Just(0_u64), 1 => 2_u64..5],
        prop::option::weighted(0.2, any::<Index>()),
    );
    let thefts = prop::collection::vec(prop::collection::vec(output, 1..4), 1..4);
    (
        backward,
        thefts,
        prop::option::weighted(0.3, any::<Index>()),
        stops,
        prop::collection::vec(any::<Index>(), 0..3),
        prop::option::of(through),
    )
        .prop_map(|(backward, thefts, end, stops, coinjoins, through)| AskedDraft {
            backward,
            thefts,
            end,
            services: stops.0,
            hub_degree: stops.1,
            max_hops: stops.2,
            dust: stops.3,
            too_old: stops.4,
            coinjoins,
            through,
        })
}

/// Every output of the chain.
pub fn all_outputs(ledger: &MemoryLedger) -> Vec<OutputId> {
    let ids = (0..ledger.transaction_count()).map(TransactionId);
    let outputs = ids.flat_map(|transaction| {
        let count = ledger.transaction(transaction).unwrap().outputs.len() as u32;
        (0..count).map(move |index| OutputId { transaction, index })
    });
    outputs.collect()
}

fn settle(blocks: &[UtxoBlock], draft: &AskedDraft, sorted: bool) -> Asked {
    let ledger = ledger(blocks, sorted);
    let outputs = all_outputs(&ledger);
    let count = ledger.transaction_count();
    let any = |index: &Index| TransactionId(index.index(count as usize) as u32);
    let theft = |theft: &Vec<(Index, Option<u64>)>| {
        theft.iter().map(|(index, most)| (*index.get(&outputs), *most)).collect()
    };
    let end = draft.end.map(|index| ledger.block(any(&index)).unwrap().transactions.end);
    let known = |(address, category): &(u32, Category)| {
        (*address < ledger.address_count()).then_some((AddressId(*address), *category))
    };
    Asked {
        sorted,
        direction: if draft.backward { Direction::Backward } else { Direction::Forward },
        thefts: draft.thefts.iter().map(theft).collect(),
        end: end.unwrap_or(TransactionId(count)),
        stops: Stops {
            services: draft.services.iter().filter_map(known).collect(),
            hub_degree: draft.hub_degree,
            max_hops: draft.max_hops,
            ..Stops::default()
        },
        dust: draft.dust,
        too_old: draft.too_old.as_ref().map(any),
        coinjoins: draft.coinjoins.iter().map(any).collect(),
        through: draft.through,
    }
}

/// A chain with every trouble, and a request.
pub fn world(
    backward: impl Strategy<Value = bool>,
) -> impl Strategy<Value = (Vec<UtxoBlock>, Asked)> {
    (prop::bool::weighted(0.3), asked(backward)).prop_flat_map(|(sorted, draft)| {
        let trouble = Trouble { fees: true, outside: true, sorted };
        blocks(trouble).prop_map(move |blocks| {
            let asked = settle(&blocks, &draft, sorted);
            (blocks, asked)
        })
    })
}
