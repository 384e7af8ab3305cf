//! Who paid whom, by address and by cluster, as GraphSense defines it.
//!
//! In one transaction each address counts with its *net*: what it receives
//! less what it spends; change paid back to an input address is no payment.
//! A net payer gave each net receiver a share of the received value, pro rata
//! to its part in all inputs (less what came back to their addresses),
//! rounded half up to whole satoshi. A cluster's share is the sum of its
//! addresses' rounded shares. A coinbase pays from [`Party::Coinbase`].
//! Bare multisignatures are no party, though their value counts in the sum
//! of inputs. Source: the reference files of GraphSense's transformation.
//!
//! Values in currencies are those of each transaction on its day, rounded
//! half up to hundredths and added up; a day without a price makes the sum
//! unknown, not smaller.

mod payments;

pub use payments::{Payments, payments, payments_of};

use super::{ClusterError, Clustering};
use std::collections::BTreeMap;
use tracehound_model::{Cents, DailyPrices, Satoshi, Timestamp};
use tracehound_store::AddressId;
use tracehound_store::utxo::{OutputLedger, TransactionId};

/// Who pays or is paid: the mint, or an address or cluster by number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Party {
    /// New coins and fees.
    Coinbase,
    /// An address, or a cluster by its smallest member.
    Member(AddressId),
}

/// An amount, and what it was worth in each currency of the prices given.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Worth {
    /// How much.
    pub value: Satoshi,
    /// In hundredths, by currency; `None` where a price is missing.
    pub fiat: Vec<Option<Cents>>,
}

impl Worth {
    fn none(prices: &DailyPrices) -> Self {
        let fiat = vec![Some(Cents(0)); prices.currencies().len()];
        Self { value: Satoshi(0), fiat }
    }

    fn add(&mut self, value: Satoshi, fiat: &[Option<Cents>]) {
        // No chain has more coins than 63 bits; broken data alone exceed it.
        self.value = Satoshi(self.value.0.saturating_add(value.0));
        for (sum, part) in self.fiat.iter_mut().zip(fiat) {
            *sum = sum.zip(*part).map(|(sum, part)| sum.saturating_add(part));
        }
    }

    fn join(&mut self, other: &Self) {
        self.add(other.value, &other.fiat);
    }
}

/// Estimated payments from one party to another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Relation {
    /// In how many transactions.
    pub transactions: u64,
    /// How much in all.
    pub worth: Worth,
}

/// What a party received and spent, net in each transaction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Totals {
    /// First transaction it takes part in.
    pub first: TransactionId,
    /// Last one.
    pub last: TransactionId,
    /// Transactions in which it received.
    pub incoming: u64,
    /// How much.
    pub received: Worth,
    /// Transactions in which it spent.
    pub outgoing: u64,
    /// How much.
    pub spent: Worth,
}

/// How a party stands among the others.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// From how many it was paid.
    pub in_degree: u64,
    /// To how many it paid.
    pub out_degree: u64,
    /// What came from others: received, less what cannot be given to a payer.
    pub received_adjusted: Worth,
    /// What went to others: spent, less fees.
    pub spent_adjusted: Worth,
}

/// Relations and totals of a stretch of a chain.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Relations {
    /// From payer and receiver, without payments to oneself.
    pub pairs: BTreeMap<(Party, Party), Relation>,
    /// By party.
    pub totals: BTreeMap<Party, Totals>,
    /// The prices that values in currencies were made with.
    prices: DailyPrices,
}

/// Relations between addresses, or between the clusters of `clusters`, over
/// the whole chain. Holds all of them in memory. Without prices there are no
/// values in currencies.
///
/// # Errors
/// If the chain cannot be read. Inputs of unknown value or address pay nothing.
pub fn relations<L: OutputLedger + ?Sized>(
    ledger: &L,
    clusters: Option<&Clustering>,
    prices: DailyPrices,
) -> Result<Relations, ClusterError> {
    let mut all = Relations { prices, ..Relations::default() };
    let mut time = (TransactionId(0), Timestamp(0));
    let end = TransactionId(ledger.transaction_count());
    ledger.scan(TransactionId(0)..end, &mut |transaction| {
        if transaction.id >= time.0 {
            let block = ledger.block(transaction.id)?;
            time = (block.transactions.end, block.timestamp);
        }
        all.add(&payments(ledger, &transaction, clusters)?, time.1);
        Ok(())
    })?;
    Ok(all)
}

impl Relations {
    fn add(&mut self, payments: &Payments, time: Timestamp) {
        for (pair, value) in &payments.pairs {
            let fiat = self.prices.value(Satoshi(*value), time);
            let new = || Relation { transactions: 0, worth: Worth::none(&self.prices) };
            let relation = self.pairs.entry(*pair).or_insert_with(new);
            relation.transactions += 1;
            relation.worth.add(Satoshi(*value), &fiat);
        }
        for (party, change) in &payments.changes {
            self.total(payments.transaction, time, *party, *change);
        }
    }

    fn total(&mut self, id: TransactionId, time: Timestamp, party: Party, change: i128) {
        let totals = self.totals.entry(party).or_insert_with(|| Totals {
            first: id,
            last: id,
            incoming: 0,
            received: Worth::none(&self.prices),
            outgoing: 0,
            spent: Worth::none(&self.prices),
        });
        totals.last = id;
        // A sum of one transaction's outputs; broken data alone exceed a u64.
        let amount = Satoshi(u64::try_from(change.unsigned_abs()).unwrap_or(u64::MAX));
        let fiat = self.prices.value(amount, time);
        if change > 0 {
            totals.incoming += 1;
            totals.received.add(amount, &fiat);
        } else if change < 0 {
            totals.outgoing += 1;
            totals.spent.add(amount, &fiat);
        }
    }

    /// Degrees and adjusted totals of every party.
    #[must_use]
    pub fn standings(&self) -> BTreeMap<Party, Standing> {
        let none = || Standing {
            in_degree: 0,
            out_degree: 0,
            received_adjusted: Worth::none(&self.prices),
            spent_adjusted: Worth::none(&self.prices),
        };
        let mut all: BTreeMap<Party, Standing> =
            self.totals.keys().map(|party| (*party, none())).collect();
        for ((payer, receiver), relation) in &self.pairs {
            let from = all.entry(*payer).or_insert_with(none);
            from.out_degree += 1;
            from.spent_adjusted.join(&relation.worth);
            let to = all.entry(*receiver).or_insert_with(none);
            to.in_degree += 1;
            to.received_adjusted.join(&relation.worth);
        }
        all
    }
}
