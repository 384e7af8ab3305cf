//! What one transaction says of who paid whom.

use super::Party;
use crate::cluster::Clustering;
use std::collections::BTreeMap;
use tracehound_model::address::AddressKind;
use tracehound_store::utxo::{OutputLedger, TransactionId, TransactionView};
use tracehound_store::{AddressId, StoreError};

/// The payments of one transaction between addresses, or between clusters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Payments {
    /// The transaction.
    pub transaction: TransactionId,
    /// Estimated value by payer and receiver, in satoshi, without payments to oneself.
    pub pairs: BTreeMap<(Party, Party), u64>,
    /// What each party has more than before, in satoshi; less than zero for who spent.
    pub changes: BTreeMap<Party, i128>,
}

/// Payments of one transaction; `clusters` as in [`super::relations`].
///
/// # Errors
/// [`StoreError`] if an address cannot be read.
pub fn payments<L: OutputLedger + ?Sized>(
    ledger: &L,
    transaction: &TransactionView<'_>,
    clusters: Option<&Clustering>,
) -> Result<Payments, StoreError> {
    between(ledger, transaction, clusters, |_| true)
}

/// Those payments of one transaction that `party` makes or gets, and its own
/// change: what one address or cluster asks of a transaction of thousands.
///
/// # Errors
/// [`StoreError`] if an address cannot be read.
pub fn payments_of<L: OutputLedger + ?Sized>(
    ledger: &L,
    transaction: &TransactionView<'_>,
    clusters: Option<&Clustering>,
    party: Party,
) -> Result<Payments, StoreError> {
    between(ledger, transaction, clusters, |other| other == party)
}

fn between<L: OutputLedger + ?Sized>(
    ledger: &L,
    transaction: &TransactionView<'_>,
    clusters: Option<&Clustering>,
    wanted: impl Fn(Party) -> bool,
) -> Result<Payments, StoreError> {
    let net = net(ledger, transaction)?;
    let party = |party| match (party, clusters) {
        (Party::Member(id), Some(clusters)) => Party::Member(clusters.cluster(id).unwrap_or(id)),
        (party, _) => party,
    };
    let named = |(own, value): (&Party, &u64)| (party(*own), *value);
    let spent: Vec<(Party, u64)> = net.spent.iter().map(named).collect();
    let received: Vec<(Party, u64)> = net.received.iter().map(named).collect();
    let got: Vec<(Party, u64)> = received.iter().copied().filter(|(to, _)| wanted(*to)).collect();
    let mut pairs: BTreeMap<(Party, Party), u64> = BTreeMap::new();
    let mut changes: BTreeMap<Party, i128> = BTreeMap::new();
    for (payer, spent) in spent {
        if wanted(payer) {
            *changes.entry(payer).or_default() -= i128::from(spent);
        }
        for (receiver, received) in if wanted(payer) { &received } else { &got } {
            if payer != *receiver {
                let value = pairs.entry((payer, *receiver)).or_default();
                *value = value.saturating_add(share(*received, spent, net.inputs));
            }
        }
    }
    for (receiver, received) in got {
        *changes.entry(receiver).or_default() += i128::from(received);
    }
    Ok(Payments { transaction: transaction.id, pairs, changes })
}

/// Net spends and receipts of a transaction, and the sum to which spends relate.
struct Net {
    spent: BTreeMap<Party, u64>,
    received: BTreeMap<Party, u64>,
    inputs: u128,
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
        if ledger.address_kind(address)? == AddressKind::Multisig {
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
