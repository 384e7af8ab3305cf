//! What a trace is asked: seeds, policies and stop rules, in store numbers.

use crate::net_effect::Markets;
use hashbrown::{HashMap, HashSet};
use tracehound_model::{Amount, Category, Direction, Policy};
use tracehound_store::utxo::OutputId;
use tracehound_store::{AddressId, AssetId, RowId};

/// One seed, resolved against a store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResolvedSeed {
    /// Who lost the money.
    pub victim: String,
    /// In words.
    pub description: String,
    /// What it marks as stolen.
    pub what: SeedWhat,
}

/// What a seed marks as stolen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SeedWhat {
    /// Whatever leaves `address` (backward: arrives at it) from `start` on.
    Outflow {
        /// The address.
        address: AddressId,
        /// First row (backward: last row) that counts.
        start: RowId,
        /// Only these assets; every followed asset if `None`.
        assets: Option<Vec<AssetId>>,
    },
    /// These transfers, whole.
    Rows(Vec<RowId>),
    /// The first so many units of each of these transfers, the rest being the
    /// payer's own: what a crossing from another chain brought. The payer, a
    /// bridge, pays these units out of clean money that it held, the oldest
    /// first, or of money that the data do not show.
    Parts(Vec<(RowId, Amount)>),
}

/// Where a trace stops. Every stop books what it stops.
#[derive(Clone, Debug, Default)]
pub struct Stops {
    /// Addresses whose tags stop the trace, with the category to book.
    pub services: HashMap<AddressId, Category>,
    /// Addresses nobody can spend from.
    pub burn: HashSet<AddressId>,
    /// Entries above which an address is a hub (0: never).
    pub hub_degree: u64,
    /// Smallest tainted amount followed, per asset.
    pub dust: HashMap<AssetId, Amount>,
    /// Most hops.
    pub max_hops: Option<u32>,
    /// First row (backward: last) that is too old.
    pub age: Option<RowId>,
    /// Transfers that pay into a bridge: what they carry rests with it, whatever
    /// it does with the money in that transaction.
    pub deposits: HashSet<RowId>,
    /// On chains of unspent outputs: the outputs that pay into a bridge.
    pub deposit_outputs: HashSet<OutputId>,
}

/// A trace to be made.
#[derive(Clone, Debug)]
pub struct TraceRequest {
    /// The seeds; a [`super::SeedId`] is an index here.
    pub seeds: Vec<ResolvedSeed>,
    /// Policies, side by side.
    pub policies: Vec<Policy>,
    /// Which way.
    pub direction: Direction,
    /// First row not read (the as-of time).
    pub end: RowId,
    /// Stop rules.
    pub stops: Stops,
    /// Assets that are followed; others never carry taint.
    pub followed: HashSet<AssetId>,
    /// What is known of markets; without it no taint moves from one asset to another.
    pub markets: Option<Markets>,
    /// Balances known before the data begin.
    pub opening: HashMap<(AddressId, AssetId), Amount>,
}
