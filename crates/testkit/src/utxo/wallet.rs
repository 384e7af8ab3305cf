//! Wallets: who owns coins, and which addresses they are paid at.

use super::coin::{Coin, Name, ScriptKind};
use crate::random::{Random, mix};

/// Coins an ordinary wallet and a service hold at most.
const COINS: usize = 64;
const SERVICE_COINS: usize = 4_000;

/// One slot: a wallet until it retires, then the next one.
#[derive(Clone, Debug)]
struct Wallet {
    owner: u32,
    names: u32,
    coins: Vec<Coin>,
}

/// All slots, services first.
#[derive(Clone, Debug)]
pub(crate) struct Wallets {
    slots: Vec<Wallet>,
    services: usize,
    next_owner: u32,
    /// Slots paid lately: most coins move again within hours.
    recent: Vec<u32>,
    next_recent: usize,
    pub(crate) held: usize,
}

impl Wallets {
    pub(crate) fn new(slots: u32) -> Self {
        let slots = slots.max(4);
        let wallet = |owner| Wallet { owner, names: 0, coins: Vec::new() };
        Self {
            slots: (0..slots).map(wallet).collect(),
            services: (slots as usize / 100).max(1),
            next_owner: slots,
            recent: Vec::new(),
            next_recent: 0,
            held: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// An owner that no slot has.
    pub(crate) fn fresh_owner(&mut self) -> u32 {
        self.next_owner += 1;
        self.next_owner - 1
    }

    /// A slot to be paid: a service in a third of all cases, the first ones most.
    pub(crate) fn payee(&self, random: &mut Random) -> usize {
        if random.chance(1, 3) {
            // Log-uniform rank: the share of rank k falls like 1 / k.
            let rank = (self.services as f64).powf(random.unit()) as usize;
            return (rank.max(1) - 1).min(self.services - 1);
        }
        random.below(self.slots.len() as u64) as usize
    }

    /// A slot that holds coins: the fuller of two, or wallets would rarely join any.
    pub(crate) fn spender(&self, random: &mut Random) -> Option<usize> {
        let (one, other) = (self.holder(random)?, self.holder(random)?);
        let held = |slot: usize| self.slots[slot].coins.len();
        Some(if held(other) > held(one) { other } else { one })
    }

    fn holder(&self, random: &mut Random) -> Option<usize> {
        for _ in 0..64 {
            let slot = if !self.recent.is_empty() && random.chance(1, 2) {
                self.recent[random.below(self.recent.len() as u64) as usize] as usize
            } else {
                random.below(self.slots.len() as u64) as usize
            };
            if !self.slots[slot].coins.is_empty() {
                return Some(slot);
            }
        }
        self.slots.iter().position(|wallet| !wallet.coins.is_empty())
    }

    /// An address of the slot's wallet: often one used before.
    pub(crate) fn name(&mut self, slot: usize, change: bool, random: &mut Random) -> Name {
        let service = slot < self.services;
        let wallet = &mut self.slots[slot];
        let reuse = if service { 6 } else { 3 };
        let number = if wallet.names > 0 && !change && random.chance(reuse, 10) {
            if service && random.chance(3, 4) {
                0
            } else {
                random.below(wallet.names.into()) as u32
            }
        } else {
            wallet.names += 1;
            wallet.names - 1
        };
        named(wallet.owner, number)
    }

    /// Takes up to `count` coins of a slot, the newest mostly.
    pub(crate) fn take(&mut self, slot: usize, count: usize, random: &mut Random) -> Vec<Coin> {
        let coins = &mut self.slots[slot].coins;
        let count = count.min(coins.len());
        if random.chance(1, 4) {
            let last = coins.len() - 1;
            coins.swap(random.below(last as u64 + 1) as usize, last);
        }
        self.held -= count;
        let taken = coins.split_off(coins.len() - count);
        if coins.is_empty() && slot >= self.services && random.chance(1, 8) {
            let owner = self.fresh_owner();
            self.slots[slot] = Wallet { owner, names: 0, coins: Vec::new() };
        }
        taken
    }

    /// Takes the slot's newest coin.
    pub(crate) fn take_last(&mut self, slot: usize) -> Option<Coin> {
        let coin = self.slots[slot].coins.pop();
        self.held -= usize::from(coin.is_some());
        coin
    }

    /// Gives a coin to a slot, if that still belongs to the coin's owner and has room.
    pub(crate) fn give(&mut self, slot: usize, coin: Coin) {
        let most = if slot < self.services { SERVICE_COINS } else { COINS };
        let wallet = &mut self.slots[slot];
        if wallet.owner != coin.name.owner || wallet.coins.len() >= most || coin.value < 1_000 {
            return;
        }
        wallet.coins.push(coin);
        self.held += 1;
        if self.recent.len() < 4_096 {
            self.recent.push(slot as u32);
        } else {
            self.recent[self.next_recent] = slot as u32;
            self.next_recent = (self.next_recent + 1) % self.recent.len();
        }
    }

    /// The slot of least number whose newest coin is worth `least`, from `start` on.
    pub(crate) fn rich(&self, start: usize, least: u64) -> Option<usize> {
        let rich =
            |slot: &usize| self.slots[*slot].coins.last().is_some_and(|coin| coin.value >= least);
        (start..self.slots.len()).chain(0..start).find(rich)
    }
}

/// An owner's address; each owner has one kind of script.
pub(crate) fn named(owner: u32, number: u32) -> Name {
    Name { owner, number, kind: ScriptKind::at(mix(owner.into()) % 1000) }
}
