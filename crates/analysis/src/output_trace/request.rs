//! What a trace over outputs is asked.

use crate::trace::{SeedId, Stops};
use std::collections::BTreeMap;
use tracehound_model::{Direction, Policy};
use tracehound_store::StoreError;
use tracehound_store::utxo::{OutputId, TransactionId, TransactionView};

/// Outputs that one theft took.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutputSeed {
    /// Who lost the money.
    pub victim: String,
    /// In words.
    pub description: String,
    /// The outputs, and how many of each one's first satoshis (all if `None`).
    /// Backward: the outputs whose money is followed back.
    pub outputs: Vec<(OutputId, Option<u64>)>,
}

/// Says whether a transaction is a CoinJoin.
pub type IsCoinJoin<'a> = &'a (dyn Fn(&TransactionView<'_>) -> Result<bool, StoreError> + Sync);

/// A trace to be made.
#[derive(Clone)]
pub struct OutputTraceRequest<'a> {
    /// The thefts; a [`crate::trace::SeedId`] is an index here.
    pub seeds: Vec<OutputSeed>,
    /// Policies, side by side.
    pub policies: Vec<Policy>,
    /// Which way.
    pub direction: Direction,
    /// First transaction not read: the start of a block (the as-of time).
    pub end: TransactionId,
    /// Stop rules. Dust and openings are by satoshi of the one asset there
    /// is; `dust_satoshi` holds the limit.
    pub stops: Stops,
    /// Smallest tainted amount followed.
    pub dust_satoshi: u64,
    /// First (backward: last) transaction that is too old.
    pub too_old: Option<TransactionId>,
    /// Who says that a transaction is a CoinJoin; nobody if `None`.
    pub coinjoin: Option<IsCoinJoin<'a>>,
    /// Follow money through CoinJoins by this policy (not poison); they stop it if `None`.
    pub through_coinjoins: Option<Policy>,
}

/// Outputs of one transaction that thefts took, with how many first satoshis.
pub(super) type Taken = Vec<(SeedId, u32, Option<u64>)>;

impl OutputTraceRequest<'_> {
    /// The thefts by the transaction whose outputs they took; those past the end left out.
    pub(super) fn by_transaction(&self) -> BTreeMap<TransactionId, Taken> {
        let mut thefts: BTreeMap<TransactionId, Taken> = BTreeMap::new();
        for (seed, theft) in (0..).map(SeedId).zip(&self.seeds) {
            for (output, most) in theft.outputs.iter().filter(|(o, _)| o.transaction < self.end) {
                thefts.entry(output.transaction).or_default().push((seed, output.index, *most));
            }
        }
        thefts
    }

    /// The policy by which a transaction deals money that is traced under
    /// `policy`; `None` if it is a CoinJoin that stops it.
    pub(super) fn policy_at(
        &self,
        view: &TransactionView<'_>,
        policy: Policy,
    ) -> Result<Option<Policy>, StoreError> {
        let mixes = match self.coinjoin {
            Some(is_coinjoin) => is_coinjoin(view)?,
            None => false,
        };
        Ok(match self.through_coinjoins {
            _ if !mixes => Some(policy),
            Some(_) if policy == Policy::Poison => Some(policy),
            through => through,
        })
    }
}
