//! Planted thefts and where their money ends.
//!
//! Terminal outputs are never spent. Only a CoinJoin mixes in other money.

use super::chain::reversed;
use super::coin::Coin;
use super::raw::{Draft, Payee};
use super::wallet::{Wallets, named};
use crate::random::Random;
use tracehound_model::TransactionHash;

/// Shape of a theft.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UtxoPlant {
    /// A peel chain of so many peels, each to an owner of its own.
    PeelChain(u32),
    /// One transaction into so many outputs.
    EqualSplit(u32),
    /// One transaction into so many equal outputs of 0.001 coin times a power
    /// of two, with change.
    ChipSplit(u32),
    /// A split into so many outputs that one transaction joins again.
    Consolidation(u32),
    /// A split, each part sent on to a deposit address of one exchange.
    ExchangeDeposits(u32),
    /// One round with so many other wallets; values are decomposed into
    /// standard denominations with change (the shape of Wasabi 2).
    WasabiRound(u32),
    /// A premix transaction of each of five wallets, one of them without the
    /// mix's fee, then five equal outputs (the shape of Whirlpool).
    WhirlpoolMix,
}

/// A theft and its answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlantedTheft {
    /// Its shape.
    pub plant: UtxoPlant,
    /// The theft: its output 0 is what was stolen.
    pub theft: TransactionHash,
    /// Satoshi stolen.
    pub amount: u64,
    /// Owner of the stolen output.
    pub thief: u32,
    /// Satoshi of other wallets that came in (CoinJoins).
    pub mixed_in: u64,
    /// Satoshi left to miners after the theft.
    pub fees: u64,
    /// Every output at which money rests, with its owner.
    pub terminals: Vec<Coin>,
    /// Every transaction, the theft first.
    pub transactions: Vec<TransactionHash>,
}

/// A plant in the making.
#[derive(Clone, Debug)]
pub(crate) struct PlantRun {
    answer: PlantedTheft,
    stage: u32,
    names: u32,
    exchange: u32,
    carried: Vec<Coin>,
}

/// Least satoshi to steal: enough for every shape.
const LEAST: u64 = 5_000_000;
/// Satoshi each transaction pays.
const FEE: u64 = 1_500;
/// Satoshi of the smallest chip: 0.001 coin.
const SMALLEST_CHIP: u64 = 100_000;
/// Satoshi of a Whirlpool-like pool, and what a premix output adds for the mix's fee.
const POOL: u64 = 1_000_000;
const PREMIX: u64 = FEE / 4;
const WALLETS: u32 = 5;

impl PlantRun {
    pub(crate) fn new(plant: UtxoPlant) -> Self {
        let answer = PlantedTheft {
            plant,
            theft: TransactionHash([0; 32]),
            amount: 0,
            thief: 0,
            mixed_in: 0,
            fees: 0,
            terminals: Vec::new(),
            transactions: Vec::new(),
        };
        Self { answer, stage: 0, names: 0, exchange: 0, carried: Vec::new() }
    }

    fn own(&mut self) -> Payee {
        self.names += 1;
        Payee::Name(named(self.answer.thief, self.names))
    }

    /// The next transaction; `None` while no wallet is rich enough.
    pub(crate) fn step(&mut self, wallets: &mut Wallets, random: &mut Random) -> Option<Draft> {
        if self.stage == 0 {
            let coin = other(wallets, random, LEAST)?;
            self.answer.thief = wallets.fresh_owner();
            self.exchange = wallets.fresh_owner();
            let to = self.own();
            return Some(draft(vec![coin], vec![(to, coin.value - FEE)]));
        }
        match self.answer.plant {
            UtxoPlant::PeelChain(_) => {
                let coin = self.carried.pop()?;
                let peel = coin.value / (10 + random.below(30));
                let payee = Payee::Name(named(wallets.fresh_owner(), 0));
                let rest = (self.own(), coin.value - peel - FEE);
                Some(draft(vec![coin], vec![(payee, peel), rest]))
            }
            UtxoPlant::WasabiRound(others) => self.round(others, wallets, random),
            UtxoPlant::WhirlpoolMix => self.whirlpool(wallets, random),
            UtxoPlant::ChipSplit(parts) if self.stage == 1 => {
                let coin = self.carried.pop()?;
                let parts = u64::from(parts.max(1));
                let times = (coin.value - FEE) / parts / SMALLEST_CHIP;
                let chip = SMALLEST_CHIP << times.max(1).ilog2();
                let mut outputs: Vec<_> = (0..parts).map(|_| (self.own(), chip)).collect();
                let change = (coin.value - FEE).checked_sub(chip * parts)?;
                if change > 0 {
                    outputs.push((self.own(), change));
                }
                Some(draft(vec![coin], outputs))
            }
            UtxoPlant::EqualSplit(parts)
            | UtxoPlant::Consolidation(parts)
            | UtxoPlant::ExchangeDeposits(parts)
                if self.stage == 1 =>
            {
                let coin = self.carried.pop()?;
                let part = (coin.value - FEE) / u64::from(parts.max(1));
                let outputs = (0..parts.max(1)).map(|_| (self.own(), part)).collect();
                Some(draft(vec![coin], outputs))
            }
            UtxoPlant::ExchangeDeposits(_) => {
                let coin = self.carried.pop()?;
                let to = Payee::Name(named(self.exchange, self.stage));
                Some(draft(vec![coin], vec![(to, coin.value - FEE)]))
            }
            _ => {
                let coins = std::mem::take(&mut self.carried);
                let total: u64 = coins.iter().map(|coin| coin.value).sum();
                let to = self.own();
                Some(draft(coins, vec![(to, total - FEE)]))
            }
        }
    }

    /// One Wasabi-like round of the thief and others.
    fn round(&mut self, others: u32, wallets: &mut Wallets, random: &mut Random) -> Option<Draft> {
        let mut inputs = vec![*self.carried.first()?];
        for _ in 0..others {
            let Some(coin) = other(wallets, random, 200_000) else { break };
            self.answer.mixed_in += coin.value;
            inputs.push(coin);
        }
        let mut outputs = Vec::new();
        for (coin, number) in inputs.iter().zip(1_000_000..) {
            let mut rest = coin.value - FEE;
            let mut number = number * 100;
            while rest > 0 {
                // The last of eight outputs is change, as is what no denomination fits.
                let fit = if number % 100 < 7 { denomination(rest) } else { None };
                let part = fit.unwrap_or(rest);
                outputs.push((Payee::Name(named(coin.name.owner, number)), part));
                rest -= part;
                number += 1;
            }
        }
        outputs.sort_by_key(|(_, value)| std::cmp::Reverse(*value));
        random.shuffle(&mut inputs);
        self.carried.clear();
        Some(draft(inputs, outputs))
    }

    /// Premix of the thief and four others, then the mix.
    fn whirlpool(&mut self, wallets: &mut Wallets, random: &mut Random) -> Option<Draft> {
        if self.stage > WALLETS {
            let inputs = std::mem::take(&mut self.carried);
            let fresh = |coin: &Coin| Payee::Name(named(coin.name.owner, 2_000_000_000));
            let mut outputs: Vec<_> = inputs.iter().map(|coin| (fresh(coin), POOL)).collect();
            random.shuffle(&mut outputs);
            return Some(draft(inputs, outputs));
        }
        let coin = if self.stage == 1 {
            self.carried.pop()?
        } else {
            let coin = other(wallets, random, 2 * POOL)?;
            self.answer.mixed_in += coin.value;
            coin
        };
        let name = |number: u32| Payee::Name(named(coin.name.owner, 2_000_000_000 + number));
        // The last wallet's coin is as one that was mixed before: it pays no fee.
        let premix = if self.stage == WALLETS { 0 } else { PREMIX };
        let change = coin.value - POOL - premix - FEE;
        Some(draft(vec![coin], vec![(name(1), POOL + premix), (name(2), change)]))
    }

    /// Takes in what the transaction made; the answer once it was the last one.
    pub(crate) fn landed(&mut self, draft: &Draft, coins: &[Coin]) -> Option<PlantedTheft> {
        let first = coins.first()?;
        let hash = TransactionHash(reversed(first.transaction));
        self.answer.transactions.push(hash);
        self.stage += 1;
        if self.stage == 1 {
            (self.answer.theft, self.answer.amount) = (hash, first.value);
            self.carried.push(*first);
            return None;
        }
        let sum = |coins: &[Coin]| coins.iter().map(|coin| coin.value).sum::<u64>();
        self.answer.fees += sum(&draft.inputs) - sum(coins);
        let (going, resting, last) = match self.answer.plant {
            UtxoPlant::PeelChain(peels) if self.stage <= peels => (1..2, 0..1, false),
            UtxoPlant::Consolidation(_) | UtxoPlant::ExchangeDeposits(_) if self.stage == 2 => {
                (0..coins.len(), 0..0, false)
            }
            UtxoPlant::ExchangeDeposits(_) => (0..0, 0..coins.len(), self.carried.is_empty()),
            UtxoPlant::WhirlpoolMix if self.stage <= WALLETS + 1 => (0..1, 1..2, false),
            _ => (0..0, 0..coins.len(), true),
        };
        self.carried.extend_from_slice(&coins[going]);
        self.answer.terminals.extend_from_slice(&coins[resting]);
        last.then(|| self.answer.clone())
    }
}

/// A coin of some wallet worth at least `least`.
fn other(wallets: &mut Wallets, random: &mut Random, least: u64) -> Option<Coin> {
    let start = random.below(wallets.len() as u64) as usize;
    let slot = wallets.rich(start, least)?;
    wallets.take_last(slot)
}

fn draft(inputs: Vec<Coin>, outputs: Vec<(Payee, u64)>) -> Draft {
    Draft { inputs, outputs, sequence: 0xffff_fffd, lock_time: 0, coinbase: None }
}

/// The greatest standard denomination not above `value`: powers of two and of
/// three, their doubles, and 1, 2, 5 times powers of ten (Wasabi 2); at least 5,000.
fn denomination(value: u64) -> Option<u64> {
    let powers = |base: u64| std::iter::successors(Some(1_u64), move |p| p.checked_mul(base));
    let twos = powers(2);
    let threes = powers(3).flat_map(|p| [p, p.saturating_mul(2)]);
    let tens = powers(10).flat_map(|p| [p, p.saturating_mul(2), p.saturating_mul(5)]);
    twos.chain(threes).chain(tens).filter(|d| (5_000..=value).contains(d)).max()
}
