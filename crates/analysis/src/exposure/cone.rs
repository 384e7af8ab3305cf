//! One address: only the rows that can matter to it.
//!
//! What reaches an address depends on the whole history, up to their last
//! payment that counts, of those who paid it, and of those who paid them. So
//! first the *cone* is found, backward from the address: each holder with
//! the place before which its history matters. Then those rows run through
//! the same engine as the pass, in the same order.

use super::book::{Book, Payment};
use super::figures::AssetExposure;
use super::witness::{Records, Slots, Witness};
use super::{ExposureRequest, Label};
use crate::AnalysisError;
use crate::trace::{Entry, Lane, Ledger, Tick};
use hashbrown::HashMap;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use tracehound_model::{Amount, Direction, Policy};
use tracehound_store::{AddressId, AssetId, RowId};

/// The exposure of one address with what is behind each figure.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OnDemand {
    /// The figures, by asset.
    pub assets: Vec<AssetExposure>,
    /// What is behind each figure.
    pub backings: Vec<Backing>,
    /// Rows read.
    pub touched: u64,
}

/// What is behind a figure.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Backing {
    /// The asset of the figure.
    pub asset: AssetId,
    /// Its label.
    pub label: Label,
    /// The largest path.
    pub witness: Option<Witness>,
    /// How much arrived after how many transfers.
    pub by_hops: Vec<(u8, Amount)>,
}

type Key = (AddressId, AssetId);

/// Exposure of one address. More than `budget` rows are not read.
///
/// # Errors
/// [`AnalysisError`]; [`AnalysisError::TooWide`] past the budget; `stop` is
/// polled.
pub fn on_demand<D: Ledger>(
    ledger: &D,
    request: &ExposureRequest,
    policy: Policy,
    address: AddressId,
    budget: u64,
    stop: Option<&AtomicBool>,
) -> Result<OnDemand, AnalysisError> {
    request.check(policy)?;
    Cone::of(ledger, request, address, budget, stop)?.run(policy)
}

/// As [`on_demand`], by several policies; the rows are read once.
///
/// # Errors
/// As [`on_demand`].
pub fn on_demand_by<D: Ledger>(
    ledger: &D,
    request: &ExposureRequest,
    policies: &[Policy],
    address: AddressId,
    budget: u64,
    stop: Option<&AtomicBool>,
) -> Result<Vec<OnDemand>, AnalysisError> {
    policies.iter().try_for_each(|policy| request.check(*policy))?;
    let cone = Cone::of(ledger, request, address, budget, stop)?;
    policies.iter().map(|policy| cone.run(*policy)).collect()
}

/// What matters to one address, read once.
struct Cone<'l, D: Ledger> {
    ledger: &'l D,
    request: &'l ExposureRequest,
    asked: AddressId,
    /// Rows in the order of the question.
    rows: Vec<(u64, Entry)>,
    /// Backward: what each holder has at the end of the chain.
    closings: HashMap<Key, Amount>,
    read: u64,
}

impl<'l, D: Ledger> Cone<'l, D> {
    fn of(
        ledger: &'l D,
        request: &'l ExposureRequest,
        asked: AddressId,
        budget: u64,
        stop: Option<&'l AtomicBool>,
    ) -> Result<Self, AnalysisError> {
        let mut search = Search::new(ledger, request, budget, stop);
        search.grow(asked)?;
        search.take_debits()?;
        let closings = match ledger.direction() {
            Direction::Forward => HashMap::new(),
            Direction::Backward => search.closings()?,
        };
        let rows = search.rows.into_iter().collect();
        Ok(Self { ledger, request, asked, rows, closings, read: search.read })
    }

    /// The rows through the engine.
    fn run(&self, policy: Policy) -> Result<OnDemand, AnalysisError> {
        let mut run = Run::new(self, policy);
        for (tick, entry) in &self.rows {
            run.row(*tick, *entry)?;
        }
        Ok(run.told())
    }
}

/// Holders with the place before which their history matters.
struct Search<'l, D: Ledger> {
    ledger: &'l D,
    request: &'l ExposureRequest,
    needed: HashMap<Key, u64>,
    rows: BTreeMap<u64, Entry>,
    budget: u64,
    read: u64,
    stop: Option<&'l AtomicBool>,
}

impl<'l, D: Ledger> Search<'l, D> {
    fn new(
        ledger: &'l D,
        request: &'l ExposureRequest,
        budget: u64,
        stop: Option<&'l AtomicBool>,
    ) -> Self {
        let (needed, rows) = (HashMap::new(), BTreeMap::new());
        Self { ledger, request, needed, rows, budget, read: 0, stop }
    }

    fn entry(&mut self, tick: Tick) -> Result<Entry, AnalysisError> {
        self.read += 1;
        if self.read > self.budget {
            return Err(AnalysisError::TooWide { rows: self.budget });
        }
        let stopped = self.stop.is_some_and(|flag| flag.load(Ordering::Relaxed));
        if self.read.is_multiple_of(4096) && stopped {
            return Err(AnalysisError::Stopped);
        }
        Ok(self.ledger.entry(tick)?)
    }

    /// Finds every holder that matters.
    fn grow(&mut self, address: AddressId) -> Result<(), AnalysisError> {
        let mut waiting: Vec<(Key, u64, u64)> = Vec::new();
        let lane = self.ledger.credits(address)?;
        self.credits(&lane, None, 0..self.ledger.length(), &mut waiting)?;
        while let Some(((address, asset), from, until)) = waiting.pop() {
            let lane = self.ledger.credits(address)?;
            self.credits(&lane, Some(asset), from..until, &mut waiting)?;
        }
        Ok(())
    }

    /// Takes credits in a range of places, and asks for the history of their payers.
    fn credits(
        &mut self,
        lane: &D::Lane<'_>,
        asset: Option<AssetId>,
        places: std::ops::Range<u64>,
        waiting: &mut Vec<(Key, u64, u64)>,
    ) -> Result<(), AnalysisError> {
        let mut index = lane.first_at_or_after(Tick(places.start));
        while let Some(tick) = lane.tick(index).filter(|tick| tick.0 < places.end) {
            index += 1;
            let entry = self.entry(tick)?;
            if asset.is_some_and(|wanted| wanted != entry.asset) || is_idle(&entry) {
                continue;
            }
            self.rows.insert(tick.0, entry);
            if self.request.tagged.contains_key(&entry.debtor) {
                continue;
            }
            let key = (entry.debtor, entry.asset);
            let needed = self.needed.entry(key).or_insert(0);
            if *needed < tick.0 {
                waiting.push((key, *needed, tick.0));
                *needed = tick.0;
            }
        }
        Ok(())
    }

    /// Takes the debits of the holders that matter.
    fn take_debits(&mut self) -> Result<(), AnalysisError> {
        for ((address, asset), until) in self.holders() {
            let lane = self.ledger.debits(address)?;
            let mut index = 0;
            while let Some(tick) = lane.tick(index).filter(|tick| tick.0 < until) {
                index += 1;
                let entry = self.entry(tick)?;
                if entry.asset == asset && !is_idle(&entry) {
                    self.rows.insert(tick.0, entry);
                }
            }
        }
        Ok(())
    }

    fn holders(&self) -> Vec<(Key, u64)> {
        let mut holders: Vec<(Key, u64)> = self.needed.iter().map(|(k, n)| (*k, *n)).collect();
        holders.sort_unstable();
        holders
    }

    /// What each holder has at the end of the chain.
    fn closings(&mut self) -> Result<HashMap<Key, Amount>, AnalysisError> {
        let holders = self.holders().into_iter();
        holders.map(|(key, _)| Ok((key, self.closing(key)?))).collect()
    }

    /// Credits less debits in chain order, a debit beyond the balance taking
    /// it to zero. The ledger is the reversed one, so it is read from its end.
    fn closing(&mut self, (address, asset): Key) -> Result<Amount, AnalysisError> {
        let mut changes: Vec<(u64, bool, Amount)> = Vec::new();
        let lanes = [(false, self.ledger.credits(address)?), (true, self.ledger.debits(address)?)];
        for (is_credit, lane) in lanes {
            let mut index = 0;
            while let Some(tick) = lane.tick(index) {
                index += 1;
                let entry = self.entry(tick)?;
                if entry.asset == asset && !is_idle(&entry) {
                    changes.push((tick.0, is_credit, entry.amount));
                }
            }
        }
        changes.sort_unstable_by_key(|(tick, _, _)| std::cmp::Reverse(*tick));
        let mut balance = Amount::ZERO;
        for (_, is_credit, amount) in changes {
            balance = match is_credit {
                true => balance.add(amount)?,
                false => balance.saturating_subtract(amount),
            };
        }
        Ok(balance)
    }
}

/// Whether an entry changes nothing: no amount, or to the payer itself.
fn is_idle(entry: &Entry) -> bool {
    entry.amount.is_zero() || entry.debtor == entry.creditor
}

/// The cone's rows through the engine.
struct Run<'c, D: Ledger> {
    cone: &'c Cone<'c, D>,
    book: Book<Amount>,
    slots: Slots,
    records: Records,
}

impl<'c, D: Ledger> Run<'c, D> {
    fn new(cone: &'c Cone<'c, D>, policy: Policy) -> Self {
        let book = Book::new(cone.request, policy);
        Self { cone, book, slots: Slots::new(), records: Records::default() }
    }

    fn slot(&mut self, key: Key) -> Result<u32, AnalysisError> {
        if let Some(slot) = self.slots.get(&key) {
            return Ok(*slot);
        }
        let slot = self.book.slot();
        self.slots.insert(key, slot);
        if key.0 == self.cone.asked {
            self.records.asked.push(slot);
        }
        if let Some(closing) = self.cone.closings.get(&key) {
            self.book.open(slot, *closing, Some(self.cone.request.unspent()))?;
        }
        Ok(slot)
    }

    fn row(&mut self, tick: u64, entry: Entry) -> Result<(), AnalysisError> {
        let from = self.slot((entry.debtor, entry.asset))?;
        let to = self.slot((entry.creditor, entry.asset))?;
        let request = self.cone.request;
        let dust = request.dust.get(&entry.asset);
        let payment = Payment {
            row: tick,
            from,
            to,
            from_tag: request.tagged.get(&entry.debtor).copied(),
            to_tagged: request.tagged.contains_key(&entry.creditor),
            amount: entry.amount,
            is_dust: dust.is_some_and(|least| entry.amount < *least),
        };
        Ok(self.book.pay(payment, &mut self.records)?)
    }

    fn told(&self) -> OnDemand {
        let Cone { ledger, request, asked, rows, read, .. } = self.cone;
        let mut assets: Vec<(AssetId, u32)> = Vec::new();
        for ((owner, asset), slot) in &self.slots {
            if owner == asked && !self.book.total(*slot).is_zero() {
                assets.push((*asset, *slot));
            }
        }
        assets.sort_unstable();
        let payer = |row: u64| {
            let place = rows.binary_search_by_key(&row, |(tick, _)| *tick).ok()?;
            let entry = &rows.get(place)?.1;
            let tagged = request.tagged.contains_key(&entry.debtor);
            (!tagged).then(|| self.slots.get(&(entry.debtor, entry.asset)).copied())?
        };
        let mut told = OnDemand { assets: Vec::new(), backings: Vec::new(), touched: *read };
        let row_of = |place: u64| RowId(ledger.flip(place));
        for (asset, slot) in assets {
            let raw = self.book.figures(slot, row_of);
            for figure in &raw {
                let (place, label) =
                    (usize::from(figure.label), figure.named(&request.categories).label);
                // Dust is not followed, so its path is one transfer.
                let dust = place == request.dust_label();
                let payer = |row| if dust { None } else { payer(row) };
                let path = self.records.path(slot, place, payer);
                let witness = path.map(|(path, amount)| {
                    let rows = path.into_iter().map(row_of).collect();
                    Witness { rows, amount }
                });
                let by_hops = self.records.histogram.get(&(slot, place)).cloned();
                let mut by_hops = by_hops.unwrap_or_default();
                by_hops.sort_unstable();
                told.backings.push(Backing { asset, label, witness, by_hops });
            }
            let figures = raw.into_iter().map(|figure| figure.named(&request.categories)).collect();
            told.assets.push(AssetExposure { asset, total: self.book.total(slot), figures });
        }
        told
    }
}
