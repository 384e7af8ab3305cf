//! Writes the transfers of a theft one after the other.

use super::{PlantOptions, Planted};
use crate::identity::{self, Realm};
use crate::random::mix;
use std::collections::{BTreeMap, BTreeSet};
use tracehound_model::case::Seed;
use tracehound_model::transfer::TOKEN_ORDINAL_BASE;
use tracehound_model::{
    Address, Amount, Asset, Category, Confidence, Policy, Tag, Transfer, TransferKind,
};

pub(super) struct Builder {
    options: PlantOptions,
    salts: (u64, u64),
    addresses: u64,
    plant: Planted,
}

impl Builder {
    pub(super) fn new(name: &'static str, options: &PlantOptions) -> Self {
        // The shape's name takes part, so that shapes of one seed are strangers.
        let shape = name.bytes().fold(options.seed, |seed, byte| mix(seed ^ u64::from(byte)));
        Self {
            salts: (
                identity::salt(Realm::Planted, shape),
                identity::salt(Realm::PlantedTransaction, shape),
            ),
            addresses: 0,
            plant: Planted {
                name,
                transfers: Vec::new(),
                seeds: Vec::new(),
                tags: Vec::new(),
                asset: options.asset,
                stolen: BTreeMap::new(),
                rests: BTreeMap::new(),
                reached: BTreeSet::new(),
                reached_transfers: 0,
                decoys: BTreeSet::new(),
                counterfeits: Vec::new(),
            },
            options: options.clone(),
        }
    }

    /// An address nobody else has.
    pub(super) fn address(&mut self) -> Address {
        self.addresses += 1;
        identity::address(self.salts.0, self.addresses)
    }

    /// A new address tagged as a service.
    pub(super) fn service(&mut self, category: Category) -> Address {
        let address = self.address();
        let number = self.plant.tags.len();
        self.plant.tags.push(Tag {
            address,
            label: format!("Synthetic {category} {number}"),
            entity: Some(format!("Synthetic {category}")),
            category: Some(category),
            source: "testkit".to_owned(),
            confidence: Confidence::FORENSIC,
        });
        address
    }

    /// `units` of the asset as an amount.
    pub(super) fn units(&self, units: u64) -> Amount {
        Amount::from_u128(u128::from(units) * u128::from(self.options.unit))
    }

    /// A transfer of other money: not from the theft.
    pub(super) fn clean(&mut self, from: Address, to: Address, units: u64) {
        let number = self.plant.transfers.len() as u64;
        let block = self.options.first_block + number * self.options.block_gap;
        let position = if self.options.block_gap == 0 { number as u32 } else { 0 };
        let (kind, ordinal) = match self.options.asset {
            Asset::Native => (TransferKind::Native, 0),
            Asset::Token(_) => (TransferKind::Token, TOKEN_ORDINAL_BASE + position),
            _ => (TransferKind::Published, 0),
        };
        self.plant.transfers.push(Transfer {
            height: self.options.schedule.height(block),
            timestamp: self.options.schedule.timestamp(block),
            position: Some(position),
            transaction: identity::transaction(self.salts.1, number),
            ordinal: Some(ordinal),
            kind,
            from,
            to,
            asset: self.options.asset,
            amount: self.units(units),
        });
    }

    /// A new address that begins and ends with the digits of `model`, as people
    /// compare them; it must carry no taint.
    pub(super) fn look_alike(&mut self, model: Address) -> Address {
        let mut bytes = [0; 20];
        bytes.copy_from_slice(self.address().payload());
        bytes[..3].copy_from_slice(&model.payload()[..3]);
        bytes[17..].copy_from_slice(&model.payload()[17..]);
        let decoy = Address::evm(bytes);
        self.plant.decoys.insert(decoy);
        decoy
    }

    /// A new token that shows `symbol` without being it.
    pub(super) fn counterfeit(&mut self, symbol: &'static str, decimals: u8) -> Asset {
        let token = Asset::Token(self.address());
        self.plant.counterfeits.push((token, symbol, decimals));
        token
    }

    /// An event of a worthless token that names `from` without its consent.
    pub(super) fn forge(&mut self, from: Address, to: Address, asset: Asset, units: u64) {
        let real = std::mem::replace(&mut self.options.asset, asset);
        self.clean(from, to, units);
        self.options.asset = real;
    }

    /// A transfer that poison reaches.
    pub(super) fn send(&mut self, from: Address, to: Address, units: u64) {
        self.clean(from, to, units);
        self.plant.reached.insert(to);
        self.plant.reached_transfers += 1;
    }

    /// The theft itself: `victim` loses `units`; returns the thief's new address.
    pub(super) fn steal(&mut self, victim: &str, units: u64) -> Address {
        let (from, thief) = (self.address(), self.address());
        self.send(from, thief, units);
        let hash = self.plant.transfers.last().map(|transfer| transfer.transaction);
        let victim = victim.to_owned();
        self.plant.stolen.insert(victim.clone(), self.units(units));
        self.plant.seeds.push(Seed::Transaction {
            victim,
            hash,
            transactions_file: None,
            from: Some(from),
        });
        thief
    }

    /// The answer where every policy agrees.
    pub(super) fn rests_everywhere(mut self, rests: &[(Address, u64)]) -> Planted {
        for policy in Policy::ON_ACCOUNTS {
            self.rests(policy, rests);
        }
        self.finish()
    }

    /// The answer of one policy; poison has none.
    pub(super) fn rests(&mut self, policy: Policy, rests: &[(Address, u64)]) {
        if policy.conserves() {
            let held = rests.iter().filter(|(_, units)| *units > 0);
            let rests = held.map(|(address, units)| (*address, self.units(*units))).collect();
            self.plant.rests.insert(policy, rests);
        }
    }

    pub(super) fn finish(self) -> Planted {
        self.plant
    }
}
