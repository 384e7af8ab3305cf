//! Background: a synthetic account chain of any length, in chain order.
//!
//! Memory is constant unless [`ChainConfig::funded`] is set, which keeps a
//! balance per address and asset. A transaction holds one to four transfers,
//! first the coin and then tokens, so that ordinals rise.

use crate::amount_shape::AmountShape;
use crate::degree::DegreeSampler;
use crate::identity::{self, Realm};
use crate::random::Random;
use crate::schedule::{Schedule, Timeline};
use std::collections::HashMap;
use tracehound_model::transfer::TOKEN_ORDINAL_BASE;
use tracehound_model::{Address, Amount, Asset, Transfer, TransferKind};

/// What chain to make.
#[derive(Clone, Debug)]
pub struct ChainConfig {
    /// Everything follows from it.
    pub seed: u64,
    /// How many transfers.
    pub transfers: u64,
    /// How many addresses may take part.
    pub addresses: u64,
    /// How many of them are hubs.
    pub hubs: u64,
    /// Share of all transfers that the greatest hub sends (and again receives).
    pub hub_share: f64,
    /// The hubs' addresses; those not given are invented. Give the services of
    /// a planted theft to have the background use them too.
    pub services: Vec<Address>,
    /// How many assets: the coin, then tokens of falling use.
    pub assets: u64,
    /// The first asset: the chain's coin, or published dollars.
    pub coin: Asset,
    /// Sizes of amounts.
    pub amounts: AmountShape,
    /// Mean transfers in a block.
    pub transfers_per_block: u64,
    /// Heights and times.
    pub schedule: Schedule,
    /// Whether transfers say where in the block they stand.
    pub places: bool,
    /// Whether no debit may exceed the balance. Money then enters by mints
    /// from the zero address, the only one whose debits nothing covers.
    /// Needs memory for every balance.
    pub funded: bool,
}

impl ChainConfig {
    /// A chain of `transfers` with ten transfers an address.
    #[must_use]
    pub fn sized(seed: u64, transfers: u64) -> Self {
        Self {
            seed,
            transfers,
            addresses: (transfers / 10).max(4),
            hubs: 20,
            hub_share: 0.01,
            services: Vec::new(),
            assets: 8,
            coin: Asset::Native,
            amounts: AmountShape::default(),
            transfers_per_block: 150,
            schedule: Schedule::default(),
            places: true,
            funded: false,
        }
    }

    /// A chain of `transfers` over the heights of `timeline`: for a background
    /// to real transfers. Use [`crate::schedule::Timeline::retime`] on what it generates.
    #[must_use]
    pub fn around(seed: u64, transfers: u64, timeline: &Timeline) -> Self {
        let (first, last) = timeline.heights();
        Self {
            transfers_per_block: (transfers / (last - first + 1)).max(1),
            schedule: Schedule { first_height: first, ..Schedule::default() },
            ..Self::sized(seed, transfers)
        }
    }

    /// Number of blocks the chain will have, roughly.
    #[must_use]
    pub fn blocks(&self) -> u64 {
        self.transfers / self.transfers_per_block.max(1) + 1
    }

    /// Address number `number` of this chain; hubs come first.
    #[must_use]
    pub fn address(&self, number: u64) -> Address {
        match self.services.get(number as usize) {
            Some(service) => *service,
            None => identity::address(identity::salt(Realm::Background, self.seed), number),
        }
    }

    /// Asset number `number` of this chain; 0 is the coin.
    #[must_use]
    pub fn asset(&self, number: u64) -> Asset {
        if number == 0 {
            return self.coin;
        }
        Asset::Token(identity::address(identity::salt(Realm::Token, self.seed), number))
    }

    /// The chain.
    #[must_use]
    pub fn generate(&self) -> SyntheticChain {
        SyntheticChain {
            sampler: DegreeSampler::new(self.addresses.max(2), self.hubs, self.hub_share),
            assets: (0..self.assets.max(1)).map(|number| self.asset(number)).collect(),
            address_salt: identity::salt(Realm::Background, self.seed),
            transaction_salt: identity::salt(Realm::BackgroundTransaction, self.seed),
            random: Random::new(self.seed),
            config: self.clone(),
            remaining: self.transfers,
            block: 0,
            left_in_block: 0,
            transaction: 0,
            left_in_transaction: 0,
            position: 0,
            next_position: 0,
            place_in_transaction: 0,
            tokens_only: false,
            logs_in_block: 0,
            balances: HashMap::new(),
        }
    }
}

/// The transfers of a [`ChainConfig`], in chain order.
#[derive(Clone, Debug)]
pub struct SyntheticChain {
    config: ChainConfig,
    sampler: DegreeSampler,
    assets: Vec<Asset>,
    address_salt: u64,
    transaction_salt: u64,
    random: Random,
    remaining: u64,
    /// Blocks begun.
    block: u64,
    left_in_block: u64,
    /// Transactions begun.
    transaction: u64,
    left_in_transaction: u64,
    position: u32,
    next_position: u32,
    place_in_transaction: u32,
    /// Token events come after every call of their transaction.
    tokens_only: bool,
    logs_in_block: u32,
    balances: HashMap<(u64, Asset), Amount>,
}

impl SyntheticChain {
    fn begin_block(&mut self) {
        self.block += 1;
        // Uniform on 1..2m has mean m.
        self.left_in_block = 1 + self.random.below(2 * self.config.transfers_per_block.max(1) - 1);
        self.left_in_transaction = 0;
        self.next_position = 0;
        self.logs_in_block = 0;
    }

    fn begin_transaction(&mut self) {
        self.transaction += 1;
        self.position = self.next_position;
        self.next_position += 1;
        let size = if self.random.chance(3, 4) { 1 } else { 2 + self.random.below(3) };
        self.left_in_transaction = size.min(self.left_in_block);
        self.place_in_transaction = 0;
        self.tokens_only = false;
    }

    fn draw_asset(&mut self) -> Asset {
        let tokens = self.assets.len() as u64 - 1;
        if tokens == 0 || (!self.tokens_only && self.random.chance(1, 2)) {
            return self.assets[0];
        }
        // The smaller of two draws: low numbers are used more.
        let number = self.random.below(tokens).min(self.random.below(tokens));
        self.assets[1 + number as usize]
    }

    fn address(&self, number: u64) -> Address {
        match self.config.services.get(number as usize) {
            Some(service) => *service,
            None => identity::address(self.address_salt, number),
        }
    }

    /// Kind and place inside the transaction of the next transfer of `asset`.
    fn place(&mut self, asset: Asset) -> (TransferKind, u32) {
        let place = self.place_in_transaction;
        self.place_in_transaction += 1;
        match (asset, place) {
            (Asset::Native, 0) => return (TransferKind::Native, 0),
            (Asset::Native, _) => return (TransferKind::Internal, place),
            (Asset::PublishedUsd, _) => return (TransferKind::Published, place),
            _ => self.tokens_only = true,
        }
        self.logs_in_block += 1;
        (TransferKind::Token, TOKEN_ORDINAL_BASE + self.logs_in_block - 1)
    }

    /// Sender and amount that the sender's balance covers; a mint if it has none.
    fn fund(&mut self, from: u64, to: u64, asset: Asset, wanted: Amount) -> (Address, Amount) {
        let balance = self.balances.get(&(from, asset)).copied().unwrap_or_default();
        let mint = balance.is_zero();
        let sender = if mint { Address::evm([0; 20]) } else { self.address(from) };
        let all = self.random.chance(1, 3);
        let amount = match (mint, all) {
            (true, _) => wanted,
            (false, true) => balance,
            (false, false) => wanted.min(balance),
        };
        let credited = self.balances.entry((to, asset)).or_default();
        // A balance that leaves 256 bits cannot be on a chain.
        let Ok(sum) = credited.add(amount) else { return (sender, Amount::ZERO) };
        *credited = sum;
        if !mint {
            self.balances.insert((from, asset), balance.saturating_subtract(amount));
        }
        (sender, amount)
    }
}

impl Iterator for SyntheticChain {
    type Item = Transfer;

    fn next(&mut self) -> Option<Transfer> {
        self.remaining = self.remaining.checked_sub(1)?;
        if self.left_in_block == 0 {
            self.begin_block();
        }
        if self.left_in_transaction == 0 {
            self.begin_transaction();
        }
        self.left_in_block -= 1;
        self.left_in_transaction -= 1;
        let from = self.sampler.draw(&mut self.random);
        let mut to = self.sampler.draw(&mut self.random);
        if to == from {
            to = if from == 0 { 1 } else { from - 1 };
        }
        let asset = self.draw_asset();
        let (kind, ordinal) = self.place(asset);
        let mut amount = self.config.amounts.draw(&mut self.random);
        let mut sender = self.address(from);
        if self.config.funded {
            (sender, amount) = self.fund(from, to, asset, amount);
        }
        let block = self.block - 1;
        Some(Transfer {
            height: self.config.schedule.height(block),
            timestamp: self.config.schedule.timestamp(block),
            position: self.config.places.then_some(self.position),
            transaction: identity::transaction(self.transaction_salt, self.transaction),
            ordinal: self.config.places.then_some(ordinal),
            kind,
            from: sender,
            to: self.address(to),
            asset,
            amount,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.remaining).unwrap_or(usize::MAX);
        (left, Some(left))
    }
}

impl ExactSizeIterator for SyntheticChain {}

#[cfg(test)]
mod tests;
