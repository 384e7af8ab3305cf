//! Investigations for tests: a chain in memory and a deliberately plain trace.
//!
//! The trace here is not the product's engine: it keeps one list of lots per
//! address and asset and knows two orders of taking from it. It exists so
//! that the outputs of this crate are tested on outcomes that close, over a
//! dozen made-up rows and over the real rows of a shipped case.

#![allow(clippy::cast_possible_truncation)] // scenes hold a few thousand rows

use super::build::Parts;
use super::facts::{ChainFacts, Extent};
use super::{Investigation, SourceFile};
use std::collections::{BTreeMap, BTreeSet};
use tracehound_analysis::trace::{
    Booking, CleanInflow, Closing, Gap, NotFollowed, PolicyTrace, Rest, SeedId, SeedRecord,
    TaintedTransfer, TraceOutcome,
};
use tracehound_model::{
    Address, Amount, Asset, Case, Category, Chain, Confidence, Direction, Finding, Height, Policy,
    Tag, Timestamp, TransactionHash, TransferKind, service,
};
use tracehound_store::{AddressId, AssetId, AssetRecord, Place, Row, RowId, StoreError};

/// A chain in memory with what is said of its addresses.
#[derive(Default)]
pub(crate) struct Scene {
    addresses: Vec<Address>,
    assets: Vec<AssetRecord>,
    rows: Vec<(Row, Place)>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) seeds: Vec<(Address, String)>,
    pub(crate) not_followed: Vec<NotFollowed>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) notes: Vec<String>,
}

impl Scene {
    pub(crate) fn address_id(&mut self, address: Address) -> AddressId {
        let place = self.addresses.iter().position(|a| *a == address).unwrap_or_else(|| {
            self.addresses.push(address);
            self.addresses.len() - 1
        });
        AddressId(u32::try_from(place).unwrap())
    }

    pub(crate) fn asset_id(&mut self, asset: Asset, symbol: Option<&str>) -> AssetId {
        let place = self.assets.iter().position(|a| a.asset == asset).unwrap_or_else(|| {
            let symbol = symbol.map(str::to_owned);
            self.assets.push(AssetRecord { asset, symbol, decimals: Some(6) });
            self.assets.len() - 1
        });
        AssetId(u32::try_from(place).unwrap())
    }

    pub(crate) fn pay(
        &mut self,
        (time, height): (Timestamp, u64),
        transaction: TransactionHash,
        (from, to): (Address, Address),
        asset: Asset,
        amount: Amount,
    ) -> RowId {
        let row = Row {
            from: self.address_id(from),
            to: self.address_id(to),
            asset: self.asset_id(asset, None),
            kind: TransferKind::Published,
            amount,
        };
        let place = Place {
            height: Height(height),
            timestamp: time,
            position: None,
            ordinal: None,
            transaction,
            ordered_by_funding: true,
        };
        self.rows.push((row, place));
        RowId(self.rows.len() as u64 - 1)
    }

    pub(crate) fn say(&mut self, address: Address, label: &str, category: Option<Category>) {
        let read = service::read_label(label);
        self.tags.push(Tag {
            address,
            label: label.to_owned(),
            entity: read.map(|name| name.entity.to_owned()),
            category: category.or(read.map(|name| name.category)),
            source: format!("transfers.csv; rule {}", service::RULE),
            confidence: Confidence::HEURISTIC,
        });
    }

    /// Asks where the money of the largest receiver came from.
    pub(crate) fn seed_the_last_arrivals(&mut self) {
        let mut inflows: BTreeMap<AddressId, Amount> = BTreeMap::new();
        for (row, _) in &self.rows {
            let total = inflows.entry(row.to).or_default();
            *total = plus(*total, row.amount);
        }
        let largest = inflows.iter().max_by_key(|(_, amount)| **amount).unwrap().0;
        let address = self.addresses[largest.0 as usize];
        self.tags.retain(|tag| tag.address != address);
        self.seeds = vec![(address, "the account asked about".to_owned())];
    }

    fn stop(&self, address: AddressId) -> Option<Category> {
        let address = self.addresses[address.0 as usize];
        let said = self.tags.iter().filter(|t| t.address == address);
        said.filter_map(|t| t.category).find(|c| c.stops_by_default())
    }

    pub(crate) fn outcome(&self, direction: Direction) -> TraceOutcome {
        let id = |a: &Address| self.addresses.iter().position(|b| a == b).unwrap() as u32;
        let seeds: Vec<SeedRecord> = self
            .seeds
            .iter()
            .map(|(address, victim)| SeedRecord {
                victim: victim.clone(),
                description: format!("outflow of {address}"),
                address: Some(AddressId(id(address))),
                rows: 1,
            })
            .collect();
        let policies = [Policy::Fifo, Policy::DirtyFirst, Policy::Poison];
        let policies = policies.map(|p| self.trace(p, &seeds, direction)).into();
        TraceOutcome {
            unvouched: Vec::new(),
            direction,
            seeds,
            policies,
            not_followed: self.not_followed.clone(),
            end: RowId(self.rows.len() as u64),
        }
    }

    /// A plain trace; backward is the same over the reversed chain.
    fn trace(&self, policy: Policy, seeds: &[SeedRecord], direction: Direction) -> PolicyTrace {
        let seed_of: BTreeMap<AddressId, SeedId> =
            (0..).map(SeedId).zip(seeds).map(|(n, s)| (s.address.unwrap(), n)).collect();
        let mut walk = Walk::new(policy);
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        if direction == Direction::Backward {
            order.reverse();
        }
        for place in order {
            let mut row = self.rows[place].0;
            if direction == Direction::Backward {
                std::mem::swap(&mut row.from, &mut row.to);
            }
            let stopped = self.stop(row.from).is_some();
            walk.step(RowId(place as u64), row, seed_of.get(&row.from).copied(), stopped);
        }
        walk.finish(|address| match self.stop(address) {
            Some(Category::Burn) => Rest::Burnt,
            Some(category) => Rest::Service(category),
            None => Rest::Held,
        })
    }

    pub(crate) fn investigation(&self, case: &Case, direction: Direction) -> Investigation {
        let outcome = self.outcome(direction);
        let source = SourceFile {
            file: "transfers.csv".to_owned(),
            sha256: "5a".repeat(32),
            rows: self.rows.len() as u64,
            broken: 2,
            origin: "a published data set".to_owned(),
            licence: "MIT".to_owned(),
            format: "labelled transfers with dollar values".to_owned(),
        };
        let parts = Parts {
            case,
            tags: &self.tags,
            outcome: &outcome,
            findings: &self.findings,
            sources: &[source],
            command: "tracehound trace cases/example",
            program_version: "0.1.0",
            notes: &self.notes,
        };
        Investigation::build_from(self, parts).unwrap()
    }
}

type Lots = Vec<(Option<SeedId>, Amount)>;
type Account = (AddressId, AssetId);

/// Lots per account while rows are read in order.
struct Walk {
    policy: Policy,
    lots: BTreeMap<Account, Lots>,
    tainted: Vec<TaintedTransfer>,
    seeded: BTreeMap<(SeedId, AssetId), Amount>,
    arrivals: BTreeMap<Account, (RowId, u32)>,
    gaps: BTreeMap<Account, Gap>,
    clean: BTreeMap<Account, CleanInflow>,
    hops: BTreeMap<AddressId, u32>,
}

fn plus(a: Amount, b: Amount) -> Amount {
    a.add(b).unwrap()
}

impl Walk {
    fn new(policy: Policy) -> Self {
        Self {
            policy,
            lots: BTreeMap::new(),
            tainted: Vec::new(),
            seeded: BTreeMap::new(),
            arrivals: BTreeMap::new(),
            gaps: BTreeMap::new(),
            clean: BTreeMap::new(),
            hops: BTreeMap::new(),
        }
    }

    /// One transfer: take lots from the payer, hand them to the payee.
    fn step(&mut self, id: RowId, row: Row, seed: Option<SeedId>, stopped: bool) {
        if stopped {
            return;
        }
        let payer = (row.from, row.asset);
        let held_taint = self.hops.contains_key(&row.from);
        let taken = self.take(payer, row.amount);
        let known = taken.iter().fold(Amount::ZERO, |sum, lot| plus(sum, lot.1));
        let missing = row.amount.saturating_subtract(known);
        let mut moved = taken;
        let (mut seeded, mut unexplained) = (Amount::ZERO, Amount::ZERO);
        if let Some(seed) = seed.filter(|_| !missing.is_zero()) {
            moved.push((Some(seed), missing));
            seeded = missing;
            let total = self.seeded.entry((seed, row.asset)).or_default();
            *total = plus(*total, missing);
        } else if !missing.is_zero() {
            moved.push((None, missing));
            unexplained = missing;
        }
        let mut by_seed: BTreeMap<SeedId, Amount> = BTreeMap::new();
        for (seed, amount) in moved.iter().filter_map(|(s, a)| s.map(|s| (s, *a))) {
            let total = by_seed.entry(seed).or_default();
            *total = plus(*total, amount);
        }
        let mut amount = by_seed.values().fold(Amount::ZERO, |sum, a| plus(sum, *a));
        if self.policy == Policy::Poison && (held_taint || seed.is_some()) {
            amount = row.amount;
            by_seed.clear();
        }
        if held_taint && !unexplained.is_zero() {
            self.gap(payer, id, unexplained);
        }
        self.lots.entry((row.to, row.asset)).or_default().extend(moved);
        if amount.is_zero() {
            return;
        }
        let hops = self.hops.get(&row.from).copied().unwrap_or(0) + 1;
        let known = self.hops.entry(row.to).or_insert(hops);
        *known = hops.min(*known);
        let arrival = self.arrivals.entry((row.to, row.asset)).or_insert((id, 0));
        *arrival = (id, arrival.1 + 1);
        self.mixed((row.to, row.asset), row.amount.saturating_subtract(amount));
        let by_seed = by_seed.into_iter().collect();
        self.tainted.push(TaintedTransfer {
            row: id,
            tainted: amount,
            seeded,
            unexplained,
            hops,
            by_seed,
        });
    }

    fn gap(&mut self, account: Account, row: RowId, unexplained: Amount) {
        let (address, asset) = account;
        let empty = Amount::ZERO;
        let gap = self.gaps.entry(account).or_insert(Gap {
            address,
            asset,
            inflow: empty,
            outflow: empty,
            unexplained: empty,
            rows: Vec::new(),
        });
        gap.outflow = plus(gap.outflow, unexplained);
        gap.unexplained = plus(gap.unexplained, unexplained);
        gap.rows.push(row);
    }

    fn mixed(&mut self, account: Account, clean: Amount) {
        if clean.is_zero() {
            return;
        }
        let (address, asset) = account;
        let none =
            CleanInflow { address, asset, amount: Amount::ZERO, opening: Amount::ZERO, credits: 0 };
        let inflow = self.clean.entry(account).or_insert(none);
        inflow.amount = plus(inflow.amount, clean);
        inflow.credits += 1;
    }

    fn take(&mut self, account: Account, amount: Amount) -> Lots {
        let lots = self.lots.entry(account).or_default();
        if self.policy != Policy::Fifo {
            lots.sort_by_key(|lot| lot.0.is_none());
        }
        let (mut left, mut taken, mut kept) = (amount, Lots::new(), Lots::new());
        for (seed, size) in lots.drain(..) {
            let part = if size < left { size } else { left };
            left = left.subtract(part).unwrap();
            let rest = size.subtract(part).unwrap();
            taken.extend((!part.is_zero()).then_some((seed, part)));
            kept.extend((!rest.is_zero()).then_some((seed, rest)));
        }
        *lots = kept;
        taken
    }

    fn finish(self, rest_of: impl Fn(AddressId) -> Rest) -> PolicyTrace {
        let mut bookings = Vec::new();
        let mut rests: BTreeMap<(SeedId, AssetId), BTreeMap<Rest, Amount>> = BTreeMap::new();
        for (account, lots) in &self.lots {
            let mut by_seed: BTreeMap<SeedId, Amount> = BTreeMap::new();
            for (seed, amount) in lots.iter().filter_map(|(s, a)| s.map(|s| (s, *a))) {
                let total = by_seed.entry(seed).or_default();
                *total = plus(*total, amount);
                let booked = rests.entry((seed, account.1)).or_default();
                let booked = booked.entry(rest_of(account.0)).or_default();
                *booked = plus(*booked, amount);
            }
            let amount = by_seed.values().fold(Amount::ZERO, |sum, a| plus(sum, *a));
            let Some(&(last_row, arrivals)) = self.arrivals.get(account) else { continue };
            bookings.push(Booking {
                address: account.0,
                asset: account.1,
                rest: rest_of(account.0),
                amount,
                by_seed: by_seed.into_iter().collect(),
                last_row,
                arrivals,
            });
        }
        let conserves = self.policy.conserves();
        let closings =
            self.seeded.iter().filter(|_| conserves).map(|((seed, asset), stolen)| Closing {
                seed: *seed,
                asset: *asset,
                stolen: *stolen,
                received: Amount::ZERO,
                rests: rests.get(&(*seed, *asset)).cloned().unwrap_or_default(),
            });
        PolicyTrace {
            policy: self.policy,
            closings: closings.collect(),
            touched: self.tainted.len() as u64,
            transfers: self.tainted,
            bookings,
            conversions: Vec::new(),
            gaps: self.gaps.into_values().collect(),
            clean_inflows: self.clean.into_values().collect(),
        }
    }
}

impl ChainFacts for Scene {
    fn chain(&self) -> &Chain {
        static CHAIN: std::sync::LazyLock<Chain> = std::sync::LazyLock::new(Chain::ethereum);
        &CHAIN
    }

    fn row(&self, row: RowId) -> Result<Row, StoreError> {
        Ok(self.rows[row.0 as usize].0)
    }

    fn place(&self, row: RowId) -> Result<Place, StoreError> {
        Ok(self.rows[row.0 as usize].1)
    }

    fn address(&self, id: AddressId) -> Result<Address, StoreError> {
        Ok(self.addresses[id.0 as usize])
    }

    fn asset(&self, id: AssetId) -> Result<AssetRecord, StoreError> {
        Ok(self.assets[id.0 as usize].clone())
    }

    fn extent(&self) -> Result<Extent, StoreError> {
        let ends = |(_, place): &(Row, Place)| (place.height, place.timestamp);
        Ok(Extent {
            digest: "d1".repeat(32),
            counted: "transfers",
            rows: self.rows.len() as u64,
            first: self.rows.first().map(ends),
            last: self.rows.last().map(ends),
            blocks_ordered_by_funding: 1,
            blocks: self.rows.len() as u64,
        })
    }
}

/// Account number `n` of the made-up rows.
pub(crate) fn account(n: u8) -> Address {
    Address::evm([n; 20])
}

/// A case with `title`, whatever its seeds.
pub(crate) fn case(title: &str) -> Case {
    let text = format!(
        "version = 1\nname = \"example\"\ntitle = \"{title}\"\nchain = \"ethereum\"\n[[seeds]]\nkind = \"outflow\"\naddress = \"{}\"\n",
        account(1)
    );
    Case::parse(&text, "case.toml").unwrap()
}

/// Two thefts, a peel, an exchange, a mixer, a gap and clean money mixed in.
pub(crate) fn small_scene() -> Scene {
    let mut scene = Scene::default();
    let rows: [(u8, u8, u64); 9] = [
        (1, 3, 1_000_000), // the first theft: $10,000.00
        (9, 3, 50_000),    // clean money joins
        (3, 4, 400_000),
        (3, 20, 300_000), // into an exchange
        (2, 4, 500_000),  // the second theft
        (4, 21, 600_000), // into a mixer
        (4, 5, 450_000),  // $1,500.00 more than is known to have come in
        (5, 22, 100_000), // into a burn address
        (5, 20, 50_000),
    ];
    for (place, (from, to, cents)) in (0_u8..).zip(rows) {
        let time = Timestamp(1_685_742_563 + 3_600 * i64::from(place));
        let hash = TransactionHash([place + 1; 32]);
        let (from, to) = (account(from), account(to));
        let amount = Amount::from_u64(cents);
        scene.pay(
            (time, 17_395_810 + u64::from(place)),
            hash,
            (from, to),
            Asset::PublishedUsd,
            amount,
        );
    }
    scene.say(account(20), "Binance_Deposit_0x1414", None);
    scene.say(account(21), "Tornado.Cash: Router", None);
    scene.say(account(22), "Null Address", None);
    scene.say(account(4), "<script>alert(1)</script>", None);
    scene.seeds = vec![(account(1), "Alice".to_owned()), (account(2), "Bob".to_owned())];
    scene
}

pub(crate) fn small() -> Investigation {
    small_scene().investigation(&case("A small theft"), Direction::Forward)
}

/// A shipped case's real rows, traced plainly.
pub(crate) fn shipped(name: &str) -> (Scene, Case) {
    let folder = format!("{}/../../cases/{name}", env!("CARGO_MANIFEST_DIR"));
    let read = |file: &str| std::fs::read_to_string(format!("{folder}/{file}")).unwrap();
    let case = Case::parse(&read("case.toml"), "case.toml").unwrap();
    let text = read("transfers.csv");
    let mut rows: Vec<Vec<&str>> = text.lines().skip(1).map(|l| l.split(',').collect()).collect();
    rows.sort_by_key(|row| row[1].parse::<u64>().unwrap());
    let mut scene = Scene::default();
    let mut said = BTreeSet::new();
    for row in &rows {
        let (from, to): (Address, Address) = (row[3].parse().unwrap(), row[5].parse().unwrap());
        for (address, label) in [(from, row[4]), (to, row[6])] {
            if !label.is_empty() && said.insert((address, label)) {
                scene.say(address, label, None);
            }
        }
        let amount = Amount::parse_decimal(row[7], 2).unwrap();
        let when = (row[0].parse().unwrap(), row[1].parse().unwrap());
        scene.pay(when, row[2].parse().unwrap(), (from, to), Asset::PublishedUsd, amount);
    }
    for line in read("terminals.csv").lines() {
        let Ok(address) = line.trim().parse::<Address>() else { continue };
        scene.say(address, "", Some(Category::CaseTerminal));
    }
    for line in read("sources.csv").lines().filter(|line| line.starts_with("0x")) {
        scene.seeds.push((line.trim().parse().unwrap(), "Atomic Wallet users".to_owned()));
    }
    (scene, case)
}
