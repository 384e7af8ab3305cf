//! Planted thefts, whose answers were worked out by hand, alone and hidden in
//! a background chain: the engine must give the known answer both times.
#![allow(clippy::cast_possible_truncation)] // a few thousand transfers
#![allow(clippy::unwrap_used)] // a panic in a test is its report
#![allow(unreachable_pub)] // shared with other test files

#[path = "support/memory.rs"]
mod memory;

use hashbrown::{HashMap, HashSet};
use memory::MemoryLedger;
use std::collections::{BTreeMap, BTreeSet};
use tracehound_analysis::trace::{
    Entry, ResolvedSeed, Rest, SeedWhat, Stops, TraceOutcome, TraceRequest, trace_ledger,
};
use tracehound_model::case::Seed;
use tracehound_model::{Address, Amount, Asset, Direction, Policy, Transfer};
use tracehound_store::{AddressId, AssetId, RowId};
use tracehound_testkit::plant::{self, PlantOptions, Planted};
use tracehound_testkit::{ChainConfig, interleave};

/// A chain in memory with the dense numbers that a store would give it.
struct Chain {
    transfers: Vec<Transfer>,
    addresses: HashMap<Address, AddressId>,
    assets: HashMap<Asset, AssetId>,
    ledger: MemoryLedger,
}

impl Chain {
    fn new(transfers: Vec<Transfer>) -> Self {
        let mut addresses = HashMap::new();
        let mut assets = HashMap::new();
        let entries = transfers.iter().map(|transfer| {
            let mut number = |address| {
                let next = AddressId(addresses.len() as u32);
                *addresses.entry(address).or_insert(next)
            };
            let (debtor, creditor) = (number(transfer.from), number(transfer.to));
            let next = AssetId(assets.len() as u32);
            let asset = *assets.entry(transfer.asset).or_insert(next);
            Entry { debtor, creditor, asset, amount: transfer.amount }
        });
        let entries = entries.collect();
        let ledger = MemoryLedger::new(entries, Direction::Forward);
        Self { transfers, addresses, assets, ledger }
    }

    fn request(&self, plant: &Planted) -> TraceRequest {
        let services = plant
            .tags
            .iter()
            .filter_map(|tag| Some((*self.addresses.get(&tag.address)?, tag.category?)));
        TraceRequest {
            seeds: plant.seeds.iter().map(|seed| self.seed(seed)).collect(),
            policies: Policy::ON_ACCOUNTS.to_vec(),
            direction: Direction::Forward,
            end: RowId(self.transfers.len() as u64),
            stops: Stops { services: services.collect(), ..Stops::default() },
            followed: HashSet::from_iter([self.assets[&plant.asset]]),
            markets: None,
            opening: HashMap::default(),
        }
    }

    fn seed(&self, seed: &Seed) -> ResolvedSeed {
        let Seed::Transaction { victim, hash: Some(hash), .. } = seed else {
            panic!("unexpected {seed:?}")
        };
        let rows = (0_u64..).zip(&self.transfers);
        let rows = rows.filter(|(_, t)| t.transaction == *hash).map(|(row, _)| RowId(row));
        ResolvedSeed {
            victim: victim.clone(),
            description: String::new(),
            what: SeedWhat::Rows(rows.collect()),
        }
    }

    fn check(&self, plant: &Planted) {
        let request = self.request(plant);
        let outcome = trace_ledger(&self.ledger, &request, None).unwrap();
        for trace in &outcome.policies {
            let name = format!("{} under {}", plant.name, trace.policy);
            assert!(trace.closes(), "{name} does not close");
            if trace.policy.conserves() {
                assert_eq!(
                    self.rests(&outcome, trace.policy),
                    plant.rests[&trace.policy],
                    "{name}"
                );
            } else {
                assert_eq!(self.reached(&outcome, trace.policy), plant.reached, "{name}");
                assert_eq!(trace.transfers.len(), plant.reached_transfers, "{name}");
            }
        }
        self.check_victims(plant, &outcome);
    }

    fn rests(&self, outcome: &TraceOutcome, policy: Policy) -> BTreeMap<Address, Amount> {
        let mut rests = BTreeMap::new();
        let trace = outcome.policies.iter().find(|trace| trace.policy == policy).unwrap();
        for booking in trace.bookings.iter().filter(|booking| !booking.amount.is_zero()) {
            assert!(matches!(booking.rest, Rest::Service(_) | Rest::Held), "{:?}", booking.rest);
            let address = self.addresses.iter().find(|(_, id)| **id == booking.address);
            let sum: &mut Amount = rests.entry(*address.unwrap().0).or_default();
            *sum = sum.add(booking.amount).unwrap();
        }
        rests
    }

    fn reached(&self, outcome: &TraceOutcome, policy: Policy) -> BTreeSet<Address> {
        let trace = outcome.policies.iter().find(|trace| trace.policy == policy).unwrap();
        trace.transfers.iter().map(|t| self.transfers[t.row.0 as usize].to).collect()
    }

    /// Each victim's loss is seeded, and found again wherever it rests.
    fn check_victims(&self, plant: &Planted, outcome: &TraceOutcome) {
        for trace in outcome.policies.iter().filter(|trace| trace.policy.conserves()) {
            let mut stolen = BTreeMap::new();
            let mut found: BTreeMap<_, Amount> = BTreeMap::new();
            for closing in &trace.closings {
                let victim = &outcome.seeds[closing.seed.0 as usize].victim;
                stolen.insert(victim.clone(), closing.stolen);
            }
            for (seed, amount) in trace.bookings.iter().flat_map(|booking| &booking.by_seed) {
                let victim = outcome.seeds[seed.0 as usize].victim.clone();
                let sum = found.entry(victim).or_default();
                *sum = sum.add(*amount).unwrap();
            }
            assert_eq!(stolen, plant.stolen, "{} under {}", plant.name, trace.policy);
            assert_eq!(found, plant.stolen, "{} under {}", plant.name, trace.policy);
        }
    }
}

/// Coins and a token, in blocks of their own and all in one block, in units whose shares divide and in ones that do not.
fn variants() -> Vec<PlantOptions> {
    let token = Asset::Token(Address::evm([9; 20]));
    let mut variants = Vec::new();
    for asset in [Asset::Native, token] {
        for (block_gap, unit) in [(2, 1), (0, 1_000_000_007), (1, u64::MAX)] {
            let options =
                PlantOptions { asset, block_gap, unit, first_block: 3, ..PlantOptions::default() };
            variants.push(options);
        }
    }
    variants
}

#[test]
fn every_policy_finds_every_planted_theft() {
    for options in variants() {
        for plant in plant::all(&options) {
            Chain::new(plant.transfers.clone()).check(&plant);
        }
    }
}

#[test]
fn a_background_that_does_not_mix_changes_nothing() {
    for (number, options) in (0..).zip(variants()) {
        let config = ChainConfig { places: number % 2 == 0, ..ChainConfig::sized(number, 1_500) };
        for plant in plant::all(&options) {
            let hidden = interleave(config.generate(), plant.transfers.clone());
            Chain::new(hidden.collect()).check(&plant);
        }
    }
}

#[test]
fn a_background_that_pays_into_the_same_services_changes_nothing() {
    let options = PlantOptions { block_gap: 1, ..PlantOptions::default() };
    for plant in plant::all(&options).into_iter().filter(|plant| !plant.tags.is_empty()) {
        let services: Vec<Address> = plant.tags.iter().map(|tag| tag.address).collect();
        let config = ChainConfig {
            hubs: services.len() as u64,
            hub_share: 0.05,
            services: services.clone(),
            ..ChainConfig::sized(3, 1_500)
        };
        let chain = Chain::new(interleave(config.generate(), plant.transfers.clone()).collect());
        let used = chain.transfers.iter().filter(|t| services.contains(&t.to)).count();
        assert!(used > 50, "only {used} deposits");
        chain.check(&plant);
    }
}

#[test]
fn thefts_at_the_same_time_do_not_see_each_other() {
    let plants = plant::all(&PlantOptions::default());
    let all = plants.iter().flat_map(|plant| plant.transfers.clone());
    let config = ChainConfig::sized(4, 1_500);
    let chain = Chain::new(interleave(config.generate(), all).collect());
    for plant in &plants {
        chain.check(plant);
    }
}
