//! Every address at once: the whole log in its order, once.

use super::book::{Book, NOBODY, Payment};
use super::number::Number;
use super::reach::Reach;
use super::stream::Stream;
use super::table::{ExposureTable, TableBuilder, TableHeader};
use super::{ExposureRequest, RULE};
use crate::AnalysisError;
use hashbrown::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use tracehound_model::{Amount, Direction, Policy};
use tracehound_store::{AddressId, AssetId, RawRow, RowId};

/// How often the stop flag is polled.
const POLL_EVERY: u64 = 1 << 16;
/// Payments applied together.
const BATCH: usize = 64;
/// An asset is common if its entries are more than one in so many of the addresses.
const COMMON: u32 = 8;

/// Exposures of every address that has any.
///
/// # Errors
/// [`AnalysisError`]; `stop` is polled and ends the pass with nothing returned.
pub fn precompute<S: Stream>(
    stream: &S,
    request: &ExposureRequest,
    policy: Policy,
    stop: Option<&AtomicBool>,
) -> Result<ExposureTable, AnalysisError> {
    request.check(policy)?;
    let volumes = Volumes::of(stream)?;
    let reach = Reach::of(stream, request)?;
    // What is left at the end of the chain is where the reversed one begins.
    let nobody = ExposureRequest::default();
    let mut pass = Pass::new(request, policy, (&volumes, &reach), stop);
    if stream.direction() == Direction::Backward {
        let mut balances = Pass::new(&nobody, policy, (&volumes, &reach), stop);
        balances.run(&stream.reversed())?;
        pass.open(&balances)?;
    }
    pass.run(stream)?;
    Ok(pass.table(stream))
}

/// The widths, narrowest first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Width {
    Word,
    Double,
    Full,
}

/// What is known of an asset before the pass.
#[derive(Clone, Copy, Debug)]
struct Volume {
    width: Width,
    /// Whether enough addresses hold it for a table of all addresses.
    is_common: bool,
}

/// What is known of the assets, by number.
struct Volumes(Vec<Volume>);

impl Volumes {
    fn of<S: Stream>(stream: &S) -> Result<Self, AnalysisError> {
        let mut sums: Vec<(u128, u64)> = Vec::new();
        let mut addresses = 0;
        stream.visit(|place, row| -> Result<(), AnalysisError> {
            let asset = row.asset.0 as usize;
            if asset >= sums.len() {
                sums.resize(asset + 1, (0, 0));
            }
            let amount = match row.amount {
                Some(amount) => u128::from(amount),
                None => stream.amount(place)?.to_u128().unwrap_or(u128::MAX),
            };
            let (sum, count) = &mut sums[asset];
            *sum = sum.saturating_add(amount);
            *count += 1;
            addresses = addresses.max(row.from.0).max(row.to.0);
            Ok(())
        })?;
        let volume = |(sum, count): &(u128, u64)| Volume {
            width: match *sum {
                sum if sum < 1 << 63 => Width::Word,
                sum if sum < 1 << 127 => Width::Double,
                _ => Width::Full,
            },
            is_common: *count > u64::from(addresses / COMMON),
        };
        Ok(Self(sums.iter().map(volume).collect()))
    }

    fn width(&self, asset: AssetId) -> Width {
        self.0.get(asset.0 as usize).map_or(Width::Full, |volume| volume.width)
    }
}

/// One width of numbers: its slots and its book.
struct Lane<N> {
    /// Of each common asset, slots by address, counted from 1; 0 for none.
    dense: Vec<Option<Vec<u32>>>,
    others: HashMap<(AddressId, AssetId), u32>,
    /// Whose each slot is.
    owners: Vec<(AddressId, AssetId)>,
    book: Book<N>,
    /// Payments applied together, so that waiting for one slot is waiting for all.
    waiting: Vec<Payment<N>>,
}

impl<N: Number> Lane<N> {
    fn new(request: &ExposureRequest, policy: Policy, volumes: &Volumes, own: Width) -> Self {
        let dense = volumes.0.iter().map(|v| (v.is_common && v.width == own).then(Vec::new));
        Self {
            dense: dense.collect(),
            others: HashMap::new(),
            owners: Vec::new(),
            book: Book::new(request, policy),
            waiting: Vec::with_capacity(BATCH),
        }
    }

    #[inline]
    fn slot(&mut self, address: AddressId, asset: AssetId) -> u32 {
        let (owners, book) = (&mut self.owners, &mut self.book);
        let mut fresh = || {
            owners.push((address, asset));
            book.slot()
        };
        if let Some(Some(dense)) = self.dense.get_mut(asset.0 as usize) {
            let place = address.0 as usize;
            if place >= dense.len() {
                dense.resize((place + 1).next_power_of_two(), 0);
            }
            if dense[place] == 0 {
                dense[place] = fresh() + 1;
            }
            return dense[place] - 1;
        }
        *self.others.entry((address, asset)).or_insert_with(fresh)
    }

    #[inline]
    fn pay(&mut self, row: RawRow, mut payment: Payment<N>) -> Result<(), AnalysisError> {
        // A tagged payer holds nothing that counts.
        if payment.from != NOBODY && payment.from_tag.is_none() {
            payment.from = self.slot(row.from, row.asset);
        }
        if payment.to != NOBODY {
            payment.to = self.slot(row.to, row.asset);
        }
        self.waiting.push(payment);
        if self.waiting.len() == BATCH { self.apply() } else { Ok(()) }
    }

    fn apply(&mut self) -> Result<(), AnalysisError> {
        std::hint::black_box(self.book.touch(&self.waiting));
        for payment in self.waiting.drain(..) {
            self.book.pay(payment, &mut ())?;
        }
        Ok(())
    }

    fn open(&mut self, other: &Self) -> Result<(), AnalysisError> {
        for ((address, asset), slot) in other.owners.iter().zip(0..) {
            let own = self.slot(*address, *asset);
            self.book.open(own, other.book.balance(slot), None)?;
        }
        Ok(())
    }

    /// Slots that have figures, with whose they are.
    fn told(&self, width: Width) -> impl Iterator<Item = (AddressId, AssetId, Width, u32)> {
        let all = self.owners.iter().zip(0..).filter(|(_, slot)| self.book.has_figures(*slot));
        all.map(move |((address, asset), slot)| (*address, *asset, width, slot))
    }

    fn write<S: Stream>(
        &self,
        stream: &S,
        (address, asset, slot): (AddressId, AssetId, u32),
        into: &mut TableBuilder,
    ) {
        let row_of = |place| RowId(stream.flip(place));
        let figures = self.book.figures(slot, row_of);
        into.add(address, asset, self.book.total(slot), figures.into_iter());
    }
}

struct Pass<'r> {
    request: &'r ExposureRequest,
    policy: Policy,
    volumes: &'r Volumes,
    reach: &'r Reach,
    /// Category of each address plus one; addresses past the end have none.
    tags: Vec<u8>,
    word: Lane<u64>,
    double: Lane<u128>,
    full: Lane<Amount>,
    stop: Option<&'r AtomicBool>,
}

impl<'r> Pass<'r> {
    fn new(
        request: &'r ExposureRequest,
        policy: Policy,
        (volumes, reach): (&'r Volumes, &'r Reach),
        stop: Option<&'r AtomicBool>,
    ) -> Self {
        Self {
            request,
            policy,
            volumes,
            reach,
            tags: tags(request),
            word: Lane::new(request, policy, volumes, Width::Word),
            double: Lane::new(request, policy, volumes, Width::Double),
            full: Lane::new(request, policy, volumes, Width::Full),
            stop,
        }
    }

    fn run<S: Stream>(&mut self, stream: &S) -> Result<(), AnalysisError> {
        stream.visit(|place, row| -> Result<(), AnalysisError> {
            let stopped = self.stop.is_some_and(|flag| flag.load(Ordering::Relaxed));
            if place.is_multiple_of(POLL_EVERY) && stopped {
                return Err(AnalysisError::Stopped);
            }
            let counts = self.reach.holds(row.from) | self.reach.holds(row.to);
            if !counts || row.from == row.to || row.amount == Some(0) {
                return Ok(());
            }
            match self.volumes.width(row.asset) {
                Width::Word => {
                    let amount = row.amount.unwrap_or_default();
                    let payment = self.payment(place, row, amount);
                    self.word.pay(row, payment)
                }
                Width::Double => {
                    let amount = match row.amount {
                        Some(amount) => u128::from(amount),
                        // The volume fits 127 bits, and so does each part of it.
                        None => stream.amount(place)?.to_u128().unwrap_or_default(),
                    };
                    let payment = self.payment(place, row, amount);
                    self.double.pay(row, payment)
                }
                Width::Full => {
                    let amount = match row.amount {
                        Some(amount) => Amount::from_u64(amount),
                        None => stream.amount(place)?,
                    };
                    let payment = self.payment(place, row, amount);
                    self.full.pay(row, payment)
                }
            }
        })?;
        self.word.apply()?;
        self.double.apply()?;
        self.full.apply()
    }

    #[inline]
    fn payment<N: Number>(&self, place: u64, row: RawRow, amount: N) -> Payment<N> {
        let tag = |address: AddressId| self.tags.get(address.0 as usize).copied().unwrap_or(0);
        let dust = &self.request.dust;
        Payment {
            row: place,
            from: if self.reach.holds(row.from) { 0 } else { NOBODY },
            to: if self.reach.holds(row.to) { 0 } else { NOBODY },
            from_tag: tag(row.from).checked_sub(1),
            to_tagged: tag(row.to) != 0,
            amount,
            is_dust: !dust.is_empty()
                && dust.get(&row.asset).is_some_and(|least| amount.to_amount() < *least),
        }
    }

    fn open(&mut self, balances: &Self) -> Result<(), AnalysisError> {
        self.word.open(&balances.word)?;
        self.double.open(&balances.double)?;
        self.full.open(&balances.full)
    }

    fn table<S: Stream>(&self, stream: &S) -> ExposureTable {
        let mut all: Vec<(AddressId, AssetId, Width, u32)> = self.word.told(Width::Word).collect();
        all.extend(self.double.told(Width::Double));
        all.extend(self.full.told(Width::Full));
        all.sort_unstable_by_key(|(address, asset, _, _)| (*address, *asset));
        let mut into = TableBuilder::new(TableHeader {
            rule: format!("{}/{}", RULE.name, RULE.version),
            policy: self.policy,
            direction: stream.direction(),
            categories: self.request.categories.clone(),
            rows: stream.length(),
            ..TableHeader::default()
        });
        for (address, asset, width, slot) in all {
            let key = (address, asset, slot);
            match width {
                Width::Word => self.word.write(stream, key, &mut into),
                Width::Double => self.double.write(stream, key, &mut into),
                Width::Full => self.full.write(stream, key, &mut into),
            }
        }
        into.finish()
    }
}

fn tags(request: &ExposureRequest) -> Vec<u8> {
    let most = request.tagged.keys().map(|address| address.0 as usize + 1).max().unwrap_or(0);
    let mut tags = vec![0; most];
    for (address, category) in &request.tagged {
        tags[address.0 as usize] = category + 1;
    }
    tags
}
