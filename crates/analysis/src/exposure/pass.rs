//! Every address at once: the whole log in its order, once.

use super::book::{Book, Payment};
use super::number::Number;
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
    // What is left at the end of the chain is where the reversed one begins.
    let nobody = ExposureRequest::default();
    let mut pass = Pass::new(request, policy, &volumes, stop);
    if stream.direction() == Direction::Backward {
        let mut balances = Pass::new(&nobody, policy, &volumes, stop);
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

/// What is known of the assets before the pass.
struct Volumes {
    widths: Vec<Width>,
    /// Of each width, the asset with most entries.
    busiest: [Option<AssetId>; 3],
}

impl Volumes {
    fn of<S: Stream>(stream: &S) -> Result<Self, AnalysisError> {
        let mut sums: Vec<(u128, u64)> = Vec::new();
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
            Ok(())
        })?;
        let width = |(sum, _): &(u128, u64)| match *sum {
            sum if sum < 1 << 63 => Width::Word,
            sum if sum < 1 << 127 => Width::Double,
            _ => Width::Full,
        };
        let widths: Vec<Width> = sums.iter().map(width).collect();
        let busiest = [Width::Word, Width::Double, Width::Full].map(|wanted| {
            let of = widths.iter().zip(&sums).zip(0..).filter(|((width, _), _)| **width == wanted);
            of.max_by_key(|((_, (_, count)), _)| *count).map(|(_, asset)| AssetId(asset))
        });
        Ok(Self { widths, busiest })
    }
}

/// One width of numbers: its slots and its book.
struct Lane<N> {
    /// Slots of the busiest asset, by address, counted from 1; 0 for none.
    dense: Vec<u32>,
    busiest: Option<AssetId>,
    others: HashMap<(AddressId, AssetId), u32>,
    /// Whose each slot is.
    owners: Vec<(AddressId, AssetId)>,
    book: Book<N>,
}

impl<N: Number> Lane<N> {
    fn new(request: &ExposureRequest, policy: Policy, busiest: Option<AssetId>) -> Self {
        let book = Book::new(request, policy);
        let others = HashMap::new();
        Self { dense: Vec::new(), busiest, others, owners: Vec::new(), book }
    }

    #[inline]
    fn slot(&mut self, address: AddressId, asset: AssetId) -> u32 {
        if Some(asset) == self.busiest {
            let place = address.0 as usize;
            if place >= self.dense.len() {
                self.dense.resize((place + 1).next_power_of_two(), 0);
            }
            if self.dense[place] == 0 {
                self.owners.push((address, asset));
                self.dense[place] = self.book.slot() + 1;
            }
            return self.dense[place] - 1;
        }
        let (owners, book) = (&mut self.owners, &mut self.book);
        *self.others.entry((address, asset)).or_insert_with(|| {
            owners.push((address, asset));
            book.slot()
        })
    }

    #[inline]
    fn pay(&mut self, row: RawRow, mut payment: Payment<N>) -> Result<(), AnalysisError> {
        payment.from = self.slot(row.from, row.asset);
        payment.to = self.slot(row.to, row.asset);
        Ok(self.book.pay(payment, &mut ())?)
    }

    fn open(&mut self, other: &Self, label: usize) -> Result<(), AnalysisError> {
        for ((address, asset), slot) in other.owners.iter().zip(0..) {
            let own = self.slot(*address, *asset);
            self.book.open(own, other.book.balance(slot), label)?;
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
        into.add(address, asset, self.book.total(slot), self.book.figures(slot, row_of));
    }
}

struct Pass<'r> {
    request: &'r ExposureRequest,
    policy: Policy,
    volumes: &'r Volumes,
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
        volumes: &'r Volumes,
        stop: Option<&'r AtomicBool>,
    ) -> Self {
        let [word, double, full] = volumes.busiest;
        Self {
            request,
            policy,
            volumes,
            tags: tags(request),
            word: Lane::new(request, policy, word),
            double: Lane::new(request, policy, double),
            full: Lane::new(request, policy, full),
            stop,
        }
    }

    fn run<S: Stream>(&mut self, stream: &S) -> Result<(), AnalysisError> {
        stream.visit(|place, row| {
            let stopped = self.stop.is_some_and(|flag| flag.load(Ordering::Relaxed));
            if place.is_multiple_of(POLL_EVERY) && stopped {
                return Err(AnalysisError::Stopped);
            }
            if row.from == row.to || row.amount == Some(0) {
                return Ok(());
            }
            match self.volumes.widths.get(row.asset.0 as usize) {
                Some(Width::Word) => {
                    let amount = row.amount.unwrap_or_default();
                    let payment = self.payment(place, row, amount);
                    self.word.pay(row, payment)
                }
                Some(Width::Double) => {
                    let amount = match row.amount {
                        Some(amount) => u128::from(amount),
                        // The volume fits 127 bits, and so does each part of it.
                        None => stream.amount(place)?.to_u128().unwrap_or_default(),
                    };
                    let payment = self.payment(place, row, amount);
                    self.double.pay(row, payment)
                }
                _ => {
                    let payment = self.payment(place, row, stream.amount(place)?);
                    self.full.pay(row, payment)
                }
            }
        })
    }

    #[inline]
    fn payment<N: Number>(&self, place: u64, row: RawRow, amount: N) -> Payment<N> {
        let tag = |address: AddressId| self.tags.get(address.0 as usize).copied().unwrap_or(0);
        let dust = &self.request.dust;
        Payment {
            row: place,
            from: 0,
            to: 0,
            from_tag: tag(row.from).checked_sub(1),
            to_tagged: tag(row.to) != 0,
            amount,
            is_dust: !dust.is_empty()
                && dust.get(&row.asset).is_some_and(|least| amount.to_amount() < *least),
        }
    }

    fn open(&mut self, balances: &Self) -> Result<(), AnalysisError> {
        let label = self.request.unspent();
        self.word.open(&balances.word, label)?;
        self.double.open(&balances.double, label)?;
        self.full.open(&balances.full, label)
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
