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

use super::{ClusterError, Clustering};
use std::collections::{BTreeMap, BTreeSet};
use tracehound_model::Satoshi;
use tracehound_model::address::AddressKind;
use tracehound_store::utxo::{OutputLedger, TransactionId, TransactionView};
use tracehound_store::{AddressId, StoreError};

/// Who pays or is paid: the mint, or an address or cluster by number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Party {
    /// New coins and fees.
    Coinbase,
    /// An address, or a cluster by its smallest member.
    Member(AddressId),
}

/// Estimated payments from one party to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Relation {
    /// In how many transactions.
    pub transactions: u64,
    /// How much in all.
    pub value: Satoshi,
}

/// What a party received and spent, net in each transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Totals {
    /// First transaction it takes part in.
    pub first: TransactionId,
    /// Last one.
    pub last: TransactionId,
    /// Transactions in which it received.
    pub incoming: u64,
    /// How much.
    pub received: Satoshi,
    /// Transactions in which it spent.
    pub outgoing: u64,
    /// How much.
    pub spent: Satoshi,
}

/// Relations and totals of a stretch of a chain.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Relations {
    /// From payer and receiver, without payments to oneself.
    pub pairs: BTreeMap<(Party, Party), Relation>,
    /// By party.
    pub totals: BTreeMap<Party, Totals>,
}

/// Net spends and receipts of a transaction, and the sum to which spends relate.
struct Net {
    spent: BTreeMap<Party, u64>,
    received: BTreeMap<Party, u64>,
    inputs: u128,
}

/// Relations between addresses, or between the clusters of `clusters`, over
/// the whole chain. Holds all of them in memory.
///
/// # Errors
/// If the chain cannot be read. Inputs of unknown value or address pay nothing.
pub fn relations<L: OutputLedger + ?Sized>(
    ledger: &L,
    clusters: Option<&Clustering>,
) -> Result<Relations, ClusterError> {
    let mut all = Relations::default();
    let end = TransactionId(ledger.transaction_count());
    ledger.scan(TransactionId(0)..end, &mut |transaction| {
        let net = net(ledger, &transaction)?;
        let party = |party| match (party, clusters) {
            (Party::Member(id), Some(clusters)) => {
                Party::Member(clusters.cluster(id).unwrap_or(id))
            }
            (party, _) => party,
        };
        all.add(transaction.id, &net, &party);
        Ok(())
    })?;
    Ok(all)
}

impl Relations {
    fn add(&mut self, id: TransactionId, net: &Net, party: &dyn Fn(Party) -> Party) {
        let mut touched: BTreeSet<(Party, Party)> = BTreeSet::new();
        let mut balance: BTreeMap<Party, i128> = BTreeMap::new();
        for (payer, spent) in &net.spent {
            *balance.entry(party(*payer)).or_default() -= i128::from(*spent);
            for (receiver, received) in &net.received {
                let pair = (party(*payer), party(*receiver));
                if pair.0 != pair.1 {
                    let relation = self.pairs.entry(pair).or_default();
                    let value = share(*received, *spent, net.inputs);
                    relation.value = Satoshi(relation.value.0.saturating_add(value));
                    relation.transactions += u64::from(touched.insert(pair));
                }
            }
        }
        for (receiver, received) in &net.received {
            *balance.entry(party(*receiver)).or_default() += i128::from(*received);
        }
        for (party, change) in balance {
            self.total(id, party, change);
        }
    }

    fn total(&mut self, id: TransactionId, party: Party, change: i128) {
        let none = Satoshi(0);
        let totals = self.totals.entry(party).or_insert(Totals {
            first: id,
            last: id,
            incoming: 0,
            received: none,
            outgoing: 0,
            spent: none,
        });
        totals.last = id;
        // A sum of one transaction's outputs; broken data alone exceed a u64.
        let amount = u64::try_from(change.unsigned_abs()).unwrap_or(u64::MAX);
        if change > 0 {
            totals.incoming += 1;
            totals.received = Satoshi(totals.received.0.saturating_add(amount));
        } else if change < 0 {
            totals.outgoing += 1;
            totals.spent = Satoshi(totals.spent.0.saturating_add(amount));
        }
    }
}

/// `received * spent / inputs`, rounded half up.
fn share(received: u64, spent: u64, inputs: u128) -> u64 {
    let product = u128::from(received) * u128::from(spent);
    let rounded = product.checked_div(inputs).map_or(0, |quotient| {
        let rest = product % inputs;
        quotient + u128::from(rest >= inputs - rest)
    });
    u64::try_from(rounded).unwrap_or(u64::MAX)
}

fn net<L: OutputLedger + ?Sized>(
    ledger: &L,
    transaction: &TransactionView<'_>,
) -> Result<Net, StoreError> {
    let mut flows: BTreeMap<AddressId, (u64, u64)> = BTreeMap::new();
    let mut inputs = 0_u128;
    for input in transaction.inputs {
        let Some(value) = input.value() else { continue };
        inputs += u128::from(value.0);
        if let Some(address) = input.address() {
            let spent = &mut flows.entry(address).or_default().0;
            *spent = spent.saturating_add(value.0);
        }
    }
    for output in transaction.outputs {
        if let Some(address) = output.address() {
            let received = &mut flows.entry(address).or_default().1;
            *received = received.saturating_add(output.value().0);
        }
    }
    let (mut spent, mut received) = (BTreeMap::new(), BTreeMap::new());
    for (address, (given, got)) in flows {
        if ledger.address(address)?.kind() == AddressKind::Multisig {
            continue;
        }
        inputs -= u128::from(given.min(got));
        match given.cmp(&got) {
            std::cmp::Ordering::Less => received.insert(Party::Member(address), got - given),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => spent.insert(Party::Member(address), given - got),
        };
    }
    if transaction.fields.coinbase {
        let minted = received.values().fold(0_u64, |sum, value| sum.saturating_add(*value));
        spent.insert(Party::Coinbase, minted);
        inputs = u128::from(minted);
    }
    Ok(Net { spent, received, inputs })
}
