//! A trace over outputs told as transfers, so that one report serves both
//! kinds of chain.
//!
//! Each tainted arrival becomes one transfer. Outputs do not say which input
//! paid them: the payer is the address of the tainted inputs; where they have
//! several, the transaction itself is a place that gathers them, with a
//! transfer for each input; where a theft enters, the address of the largest
//! input. A CoinJoin, a coinbase that takes fees, and an output of data are
//! places too, named by their transaction.

mod legs;
mod teller;
mod undone;

use self::legs::{Key, Leg, output_of};
use self::teller::Teller;
use self::undone::Undone;
use super::facts::{ChainFacts, Extent};
use std::collections::{BTreeMap, BTreeSet};
use tracehound_analysis::output_trace::{Arrival, OutputSeed, OutputTraceOutcome};
use tracehound_analysis::trace::{SeedRecord, TraceOutcome};
use tracehound_model::{Address, Amount, Asset, Chain, Direction, Rule, TransferKind};
use tracehound_store::utxo::{OutputId, OutputLedger, TransactionId};
use tracehound_store::{AddressId, AssetId, AssetRecord, Place, Row, RowId, StoreError};

/// The chain's coin, the only asset.
const COIN: AssetId = AssetId(0);

/// A trace over outputs with what a report looks up.
pub struct OutputTold<'a> {
    ledger: &'a dyn OutputLedger,
    digest: String,
    rows: Vec<Key>,
    transfers: Vec<Row>,
    /// Transactions that are places, numbered after the addresses.
    places: Vec<TransactionId>,
    pub(crate) outcome: TraceOutcome,
}

impl<'a> OutputTold<'a> {
    /// Tells a trace; `digest` is that of the store's content.
    ///
    /// # Errors
    /// If the chain cannot be read.
    pub fn new(
        ledger: &'a dyn OutputLedger,
        digest: String,
        seeds: &[OutputSeed],
        outcome: &OutputTraceOutcome,
    ) -> Result<Self, StoreError> {
        let flows = || outcome.policies.iter().flat_map(|policy| &policy.flows);
        let tainted: BTreeSet<OutputId> = flows().filter_map(output_of).collect();
        let undone = match outcome.direction {
            Direction::Backward => Some(Undone::new(ledger, &outcome.policies)?),
            Direction::Forward => None,
        };
        let mut teller = Teller::new(ledger, tainted, undone);
        let mut values: BTreeMap<Key, u64> = BTreeMap::new();
        for flow in flows() {
            let key = teller.key(flow.transaction, Leg::of(flow.arrival))?;
            values.insert(key, flow.value);
        }
        for policy in &outcome.policies {
            for (key, value, _) in teller.gathering(policy)? {
                values.insert(key, value);
            }
        }
        let rows: Vec<Key> = values.keys().copied().collect();
        let mut transfers = Vec::with_capacity(rows.len());
        for (key, value) in &values {
            let (from, to) = teller.ends(key.transaction, key.leg)?;
            let amount = Amount::from_u64(*value);
            transfers.push(Row { from, to, asset: COIN, kind: TransferKind::Native, amount });
        }
        let mut policies = Vec::with_capacity(outcome.policies.len());
        for policy in &outcome.policies {
            policies.push(teller.policy(policy, &rows)?);
        }
        let seeds = seeds.iter().map(|seed| SeedRecord {
            victim: seed.victim.clone(),
            description: seed.description.clone(),
            address: None,
            // A count of outputs fits 64 bits.
            rows: seed.outputs.len() as u64,
        });
        let outcome = TraceOutcome {
            unvouched: Vec::new(),
            direction: outcome.direction,
            seeds: seeds.collect(),
            policies,
            not_followed: Vec::new(),
            end: RowId(rows.len() as u64),
        };
        let places = teller.places;
        Ok(Self { ledger, digest, rows, transfers, places, outcome })
    }

    fn at(&self, row: RowId) -> Result<Key, StoreError> {
        let place = usize::try_from(row.0).ok();
        place.and_then(|place| self.rows.get(place)).copied().ok_or_else(|| no_such(row))
    }
}

fn no_such(row: RowId) -> StoreError {
    StoreError::NoSuch { what: "tainted arrival", number: row.0, count: 0 }
}

impl ChainFacts for OutputTold<'_> {
    fn chain(&self) -> &Chain {
        self.ledger.chain()
    }

    fn row(&self, row: RowId) -> Result<Row, StoreError> {
        let place = usize::try_from(row.0).ok();
        place.and_then(|place| self.transfers.get(place)).copied().ok_or_else(|| no_such(row))
    }

    fn place(&self, row: RowId) -> Result<Place, StoreError> {
        let Key { transaction, leg, .. } = self.at(row)?;
        let block = self.ledger.block(transaction)?;
        let ordinal = match leg {
            Leg::Arrival(Arrival::Output(index)) | Leg::Earned(index) => Some(index),
            _ => None,
        };
        Ok(Place {
            height: block.height,
            timestamp: block.timestamp,
            position: Some(transaction.0 - block.transactions.start.0),
            ordinal,
            transaction: self.ledger.hash(transaction)?,
            ordered_by_funding: false,
        })
    }

    fn address(&self, id: AddressId) -> Result<Address, StoreError> {
        let place = id.0.checked_sub(self.ledger.address_count());
        let place = place.and_then(|place| usize::try_from(place).ok());
        match place.and_then(|place| self.places.get(place)) {
            Some(transaction) => {
                let address = Address::of_transaction(&self.ledger.hash(*transaction)?);
                Ok(address.on(self.ledger.chain()))
            }
            None => self.ledger.address(id),
        }
    }

    fn asset(&self, _: AssetId) -> Result<AssetRecord, StoreError> {
        Ok(AssetRecord { asset: Asset::Native, symbol: None, decimals: None })
    }

    fn engine(&self) -> Rule {
        tracehound_analysis::output_trace::RULE
    }

    fn extent(&self) -> Result<Extent, StoreError> {
        let count = self.ledger.transaction_count();
        let at = |id: u32| -> Result<_, StoreError> {
            let block = self.ledger.block(TransactionId(id))?;
            Ok((block.height, block.timestamp))
        };
        let last = count.checked_sub(1).map(at).transpose()?;
        let first = last.is_some().then(|| at(0)).transpose()?;
        let blocks = match (first, last) {
            (Some((first, _)), Some((last, _))) => last.0 - first.0 + 1,
            _ => 0,
        };
        Ok(Extent {
            digest: self.digest.clone(),
            rows: u64::from(count),
            counted: "transactions",
            first,
            last,
            blocks_ordered_by_funding: 0,
            blocks,
        })
    }
}
