//! Exposures on demand, precomputed and by a naive model: the same to the last unit.
#![allow(clippy::cast_possible_truncation)] // worlds are a few dozen entries
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod support;

use proptest::prelude::*;
use std::collections::BTreeMap;
use support::memory::MemoryLedger;
use support::world::{ADDRESSES, entry};
use tracehound_analysis::exposure::{
    AssetExposure, ExposureRequest, ExposureTable, Label, Stream, on_demand, precompute,
};
use tracehound_analysis::trace::{Entry, Ledger, Tick};
use tracehound_model::{Amount, Direction, Policy};
use tracehound_store::{AddressId, AssetId, RawRow, StoreError};

#[derive(Clone)]
struct MemoryStream(MemoryLedger);

impl Stream for MemoryStream {
    fn visit<E: From<StoreError>>(
        &self,
        mut visit: impl FnMut(u64, RawRow) -> Result<(), E>,
    ) -> Result<(), E> {
        for place in 0..self.0.length() {
            let Entry { debtor, creditor, asset, amount } = self.0.at(place);
            let amount = amount.to_u64().filter(|amount| *amount < 1 << 63);
            visit(place, RawRow { from: debtor, to: creditor, asset, amount })?;
        }
        Ok(())
    }

    fn amount(&self, place: u64) -> Result<Amount, StoreError> {
        Ok(self.0.entry(Tick(place))?.amount)
    }

    fn length(&self) -> u64 {
        self.0.length()
    }

    fn flip(&self, place: u64) -> u64 {
        self.0.flip(place)
    }

    fn direction(&self) -> Direction {
        self.0.direction
    }

    fn reversed(&self) -> Self {
        let direction = match self.0.direction {
            Direction::Forward => Direction::Backward,
            Direction::Backward => Direction::Forward,
        };
        Self(MemoryLedger { direction, ..self.0.clone() })
    }
}

#[derive(Clone, Debug)]
struct World {
    ledger: MemoryLedger,
    request: ExposureRequest,
}

/// Amounts of all three widths: asset 0 small, asset 1 of 128 and more bits at will.
fn world() -> impl Strategy<Value = World> {
    let scale = prop::sample::select(vec![0_u32, 40, 64, 100, 130]);
    let tagged = prop::collection::vec((0..ADDRESSES, 0_u8..3), 0..4);
    let direction = prop_oneof![Just(Direction::Forward), Just(Direction::Backward)];
    (prop::collection::vec(entry(), 1..50), tagged, prop::option::of(2_u64..6), direction, scale)
        .prop_map(|(mut entries, tagged, dust, direction, scale)| {
            let factor = Amount::from_le_bytes({
                let mut bytes = [0; 32];
                bytes[scale as usize / 8] = 1;
                bytes
            });
            for entry in entries.iter_mut().filter(|entry| entry.asset == AssetId(1)) {
                let mut scaled = Amount::ZERO;
                for _ in 0..entry.amount.to_u64().unwrap() {
                    scaled = scaled.add(factor).unwrap();
                }
                entry.amount = scaled;
            }
            let request = ExposureRequest {
                categories: ["exchange", "mixer", "theft"].map(str::to_owned).to_vec(),
                tagged: tagged
                    .into_iter()
                    .map(|(address, tag)| (AddressId(address), tag))
                    .collect(),
                dust: dust.map(|least| (AssetId(0), Amount::from_u64(least))).into_iter().collect(),
            };
            World { ledger: MemoryLedger::new(entries, direction), request }
        })
}

/// Every address and asset by maps of labels, entry by entry, in 256 bits.
#[derive(Default, Clone)]
struct Holding {
    balance: Amount,
    labels: BTreeMap<usize, Amount>,
}

type Figures = BTreeMap<(u32, u32, usize), (Amount, Amount)>;

fn naive(world: &World, policy: Policy) -> (Figures, BTreeMap<(u32, u32), Amount>) {
    let World { ledger, request } = world;
    let width = request.categories.len();
    let mut holdings: BTreeMap<(u32, u32), Holding> = BTreeMap::new();
    if ledger.direction == Direction::Backward {
        for entry in ledger.entries.iter().filter(|entry| entry.debtor != entry.creditor) {
            let payer = holdings.entry((entry.debtor.0, entry.asset.0)).or_default();
            payer.balance = payer.balance.saturating_subtract(entry.amount);
            let payee = holdings.entry((entry.creditor.0, entry.asset.0)).or_default();
            payee.balance = payee.balance.add(entry.amount).unwrap();
        }
        for holding in holdings.values_mut() {
            holding.labels.insert(width, holding.balance);
        }
    }
    let (mut figures, mut totals) = (Figures::new(), BTreeMap::new());
    for place in 0..ledger.length() {
        let entry = ledger.at(place);
        if entry.debtor == entry.creditor || entry.amount.is_zero() {
            continue;
        }
        let (payer, payee) = ((entry.debtor.0, entry.asset.0), (entry.creditor.0, entry.asset.0));
        let total: &mut Amount = totals.entry(payee).or_default();
        *total = total.add(entry.amount).unwrap();
        let tag = request.tagged.get(&entry.debtor).map(|tag| usize::from(*tag));
        let mut moved = match tag {
            Some(tag) => BTreeMap::from([(tag, entry.amount)]),
            None => draw(holdings.entry(payer).or_default(), entry.amount, policy),
        };
        let is_dust = request.dust.get(&entry.asset).is_some_and(|least| entry.amount < *least);
        let shown =
            if is_dust { BTreeMap::from([(width + 1, entry.amount)]) } else { moved.clone() };
        for (label, amount) in shown.into_iter().filter(|(_, amount)| !amount.is_zero()) {
            let figure =
                figures.entry((payee.0, payee.1, label)).or_insert((Amount::ZERO, Amount::ZERO));
            let side = if tag.is_some() { &mut figure.0 } else { &mut figure.1 };
            *side = side.add(amount).unwrap();
        }
        if is_dust {
            moved.clear();
        }
        if !request.tagged.contains_key(&entry.creditor) {
            let holding = holdings.entry(payee).or_default();
            holding.balance = holding.balance.add(entry.amount).unwrap();
            for (label, amount) in moved {
                let held = holding.labels.entry(label).or_default();
                *held = held.add(amount).unwrap();
            }
        }
    }
    (figures, totals)
}

fn draw(holding: &mut Holding, amount: Amount, policy: Policy) -> BTreeMap<usize, Amount> {
    let drawable = amount.min(holding.balance);
    let (mut wanted, mut whole) = (drawable, holding.balance);
    let mut moved = BTreeMap::new();
    for (label, held) in &mut holding.labels {
        let clean = holding.balance.saturating_subtract(*held);
        let taken = match policy {
            Policy::DirtyFirst => (*held).min(drawable),
            Policy::CleanFirst => drawable.saturating_subtract(clean),
            _ => held.multiply_divide(wanted, whole).unwrap(),
        };
        whole = whole.saturating_subtract(*held);
        wanted = wanted.saturating_subtract(taken);
        *held = held.subtract(taken).unwrap();
        moved.insert(*label, taken);
    }
    holding.balance = holding.balance.subtract(drawable).unwrap();
    moved
}

/// What any way says, in the naive model's terms.
fn told(address: u32, assets: &[AssetExposure]) -> Figures {
    let place = |label: &Label| match label {
        Label::Category(name) => {
            ["exchange", "mixer", "theft"].iter().position(|n| n == name).unwrap()
        }
        Label::Unspent => 3,
        Label::Dust => 4,
    };
    let mut figures = Figures::new();
    for exposure in assets {
        for figure in &exposure.figures {
            let key = (address, exposure.asset.0, place(&figure.label));
            figures.insert(key, (figure.direct, figure.indirect));
        }
    }
    figures
}

fn table(world: &World, policy: Policy) -> ExposureTable {
    precompute(&MemoryStream(world.ledger.clone()), &world.request, policy, None).unwrap()
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(400)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn on_demand_equals_precomputed_equals_naive(world in world(), policy in prop::sample::select(vec![Policy::Haircut, Policy::DirtyFirst, Policy::CleanFirst])) {
        let (figures, totals) = naive(&world, policy);
        // The table does not tell unspent from unattributed.
        let kept: Figures = figures.iter().filter(|((_, _, label), _)| *label != 3).map(|(k, v)| (*k, *v)).collect();
        let table = table(&world, policy);
        let again = ExposureTable::from_bytes(&bytes(&table)).unwrap();
        prop_assert_eq!(&again, &table);
        let mut all = (Figures::new(), Figures::new());
        for address in 0..ADDRESSES {
            let id = AddressId(address);
            let found = table.find(id);
            let demanded = on_demand(&world.ledger, &world.request, policy, id, u64::MAX, None).unwrap();
            let mut exposed = demanded.assets.clone();
            exposed.iter_mut().for_each(|asset| asset.figures.retain(|figure| figure.label != Label::Unspent));
            exposed.retain(|asset| !asset.figures.is_empty());
            prop_assert_eq!(&exposed, &found, "first and last rows and hops, too");
            prop_assert_eq!(table.is_exposed(id), !found.is_empty());
            for asset in &demanded.assets {
                prop_assert_eq!(asset.total, totals[&(address, asset.asset.0)]);
            }
            all.0.extend(told(address, &found));
            all.1.extend(told(address, &demanded.assets));
        }
        prop_assert_eq!(&all.0, &kept);
        prop_assert_eq!(&all.1, &figures);
    }

    /// Direct + indirect + unattributed + dust + unspent is everything; the
    /// histogram adds up to the figure; the witness leads from a tag to the address.
    #[test]
    fn figures_close_and_every_one_has_a_witness(world in world()) {
        for address in (0..ADDRESSES).map(AddressId) {
            let told = on_demand(&world.ledger, &world.request, Policy::Haircut, address, u64::MAX, None).unwrap();
            for asset in &told.assets {
                let parts = asset.figures.iter().map(|figure| figure.whole());
                let sum = Amount::sum(parts).unwrap();
                prop_assert!(sum <= asset.total, "labels exceed the total");
                prop_assert_eq!(sum.add(asset.unattributed()).unwrap(), asset.total);
                for figure in &asset.figures {
                    let backing = told.backings.iter().find(|b| (b.asset, &b.label) == (asset.asset, &figure.label)).unwrap();
                    let sum = Amount::sum(backing.by_hops.iter().map(|(_, amount)| *amount)).unwrap();
                    prop_assert_eq!(sum, figure.whole());
                    let rows = &backing.witness.as_ref().unwrap().rows;
                    let places: Vec<u64> = rows.iter().map(|row| world.ledger.flip(row.0)).collect();
                    prop_assert!(places.windows(2).all(|pair| pair[0] < pair[1]));
                    let path: Vec<Entry> = places.iter().map(|place| world.ledger.at(*place)).collect();
                    prop_assert!(path.windows(2).all(|pair| pair[0].creditor == pair[1].debtor && pair[0].asset == pair[1].asset));
                    prop_assert_eq!(path.last().unwrap().creditor, address);
                    if let Label::Category(name) = &figure.label {
                        let tag = world.request.tagged.get(&path[0].debtor);
                        prop_assert_eq!(tag.map(|tag| &world.request.categories[usize::from(*tag)]), Some(name));
                    }
                }
            }
        }
    }

    /// A tag that is taken back leaves what there would be had it never been.
    #[test]
    fn a_withdrawn_tag_leaves_no_residue(world in world(), extra in 0..ADDRESSES) {
        let mut with = world.clone();
        with.request.tagged.insert(AddressId(extra), 1);
        let mut without = with.clone();
        without.request.tagged = world.request.tagged.clone();
        prop_assert_eq!(table(&without, Policy::Haircut), table(&world, Policy::Haircut));
    }
}

fn bytes(table: &ExposureTable) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.exposure");
    table.save(&path).unwrap();
    std::fs::read(path).unwrap()
}

/// Money sent asks what each holder has at the end, so its whole history is
/// read: that counts, too.
#[test]
fn histories_read_for_what_is_left_count_against_the_budget() {
    let entry = |from, to| Entry {
        debtor: AddressId(from),
        creditor: AddressId(to),
        asset: AssetId(0),
        amount: Amount::from_u64(1),
    };
    let mut entries = vec![entry(2, 1); 100];
    entries.push(entry(0, 1));
    let ledger = MemoryLedger::new(entries, Direction::Backward);
    let request = ExposureRequest::default();
    let ask = |budget| on_demand(&ledger, &request, Policy::Haircut, AddressId(0), budget, None);
    assert!(ask(50).unwrap_err().to_string().contains("--most-rows"));
    let found = ask(1_000).unwrap();
    assert_eq!(found.assets[0].figures[0].label, Label::Unspent);
    assert!(found.touched > 100, "{}", found.touched);
}

#[test]
fn a_table_that_is_cut_or_changed_is_refused() {
    let entry = |from, to, amount| Entry {
        debtor: AddressId(from),
        creditor: AddressId(to),
        asset: AssetId(0),
        amount: Amount::from_u64(amount),
    };
    let world = World {
        ledger: MemoryLedger::new(vec![entry(0, 1, 10), entry(1, 2, 4)], Direction::Forward),
        request: ExposureRequest {
            categories: vec!["exchange".to_owned()],
            tagged: [(AddressId(0), 0)].into_iter().collect(),
            ..ExposureRequest::default()
        },
    };
    let table = table(&world, Policy::Haircut);
    let found = table.find(AddressId(2));
    assert_eq!(
        (found[0].figures[0].indirect, found[0].figures[0].fewest_hops),
        (Amount::from_u64(4), 2)
    );
    assert_eq!(table.exposed(), 2);
    assert!(table.find(AddressId(u32::MAX)).is_empty());
    let whole = bytes(&table);
    for length in 0..whole.len() {
        assert!(ExposureTable::from_bytes(&whole[..length]).is_err(), "cut at {length}");
    }
    for place in 0..whole.len() {
        let mut changed = whole.clone();
        changed[place] ^= 1;
        assert!(ExposureTable::from_bytes(&changed).is_err(), "changed at {place}");
    }
    let narrow = on_demand(&world.ledger, &world.request, Policy::Haircut, AddressId(2), 1, None);
    assert!(narrow.unwrap_err().to_string().contains("--most-rows"));
    let fifo = precompute(&MemoryStream(world.ledger), &world.request, Policy::Fifo, None);
    assert!(fifo.unwrap_err().to_string().contains("policy fifo"));
}
