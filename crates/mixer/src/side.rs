//! What a user may know besides the events: none of it is in them.
//!
//! A table that was not given is `None`, so that a rule can say that it needs
//! it instead of finding nothing.

use crate::MixerEvents;
use std::collections::{BTreeMap, HashMap};
use tracehound_model::{Address, Amount, Height, Timestamp, TransactionHash};

/// A transaction that made deposits or withdrawals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TransactionFacts {
    /// Who signed it.
    pub from: Address,
    /// Wei per gas, where known.
    pub gas_price: Option<Amount>,
    /// Whether a relayer sent it; unknown where not told.
    pub is_relayed: Option<bool>,
}

/// A payment from one address to another, outside the mixer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TransferFacts {
    /// Who paid.
    pub from: Address,
    /// Who was paid.
    pub to: Address,
    /// When, where known.
    pub height: Option<Height>,
}

/// A claim of mining rewards: points for deposits held, told when they are cashed in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MiningClaim {
    /// Points of one note, pool rate times blocks held.
    pub points: u64,
    /// When it was claimed, where known.
    pub height: Option<Height>,
}

/// All tables that were given.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SideData {
    /// Transactions by hash.
    pub transactions: Option<HashMap<TransactionHash, TransactionFacts>>,
    /// Payments between addresses.
    pub transfers: Option<Vec<TransferFacts>>,
    /// Who first paid for the gas of an address.
    pub funders: Option<BTreeMap<Address, Address>>,
    /// Who made a deposit, by its transaction.
    pub depositors: Option<HashMap<TransactionHash, Address>>,
    /// Claims of mining rewards.
    pub claims: Option<Vec<MiningClaim>>,
    /// Times of blocks that the tables tell.
    pub times: Vec<(Height, Timestamp)>,
}

impl SideData {
    /// Sets who made each deposit where a table tells: known depositors first,
    /// then the senders of transactions. Returns how many deposits have one.
    pub fn name_depositors(&self, events: &mut MixerEvents) -> usize {
        let mut named = 0;
        for deposit in events.pools.iter_mut().flat_map(|pool| &mut pool.deposits) {
            let told = self.depositors.as_ref().and_then(|table| table.get(&deposit.transaction));
            let sender = || Some(self.transactions.as_ref()?.get(&deposit.transaction)?.from);
            deposit.depositor = told.copied().or(deposit.depositor).or_else(sender);
            named += usize::from(deposit.depositor.is_some());
        }
        named
    }
}
