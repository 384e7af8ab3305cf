//! What a trace returns: plain values in store numbers, for a report to dress.

use crate::net_effect::MarketReason;
use std::collections::BTreeMap;
use tracehound_model::{Amount, Category, Direction, Policy};
use tracehound_store::{AddressId, AssetId, RowId};

/// One seed after resolution: an `[[seeds]]` entry, or one address of its list.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct SeedId(pub u32);

/// What a seed turned out to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SeedRecord {
    /// Who lost the money.
    pub victim: String,
    /// In words: `outflow of 0x… from 2023-06-02`, `transaction 0x…`.
    pub description: String,
    /// The address for an outflow seed.
    pub address: Option<AddressId>,
    /// Transfers whose value (or part of it) was seeded, in chain order.
    pub rows: u64,
}

/// Where a lot rests when the trace ends.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[non_exhaustive]
pub enum Rest {
    /// At an address with a tag of this category, where the trace stops.
    Service(Category),
    /// At an untagged or non-stopping address that still held it at the end of the data.
    Held,
    /// Sent to the zero address or a burn address.
    Burnt,
    /// Not followed further by a rule of the case.
    Cut(Cut),
    /// Exchanged for another asset in the same transaction; what was got for
    /// it is in that asset's [`Closing::received`].
    Converted,
}

/// Why a lot was not followed further.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[non_exhaustive]
pub enum Cut {
    /// The address has more transfers than the hub limit: most likely an unlabelled service.
    Hub,
    /// Smaller than the dust limit.
    Dust,
    /// Too many hops.
    Hops,
    /// Too long after the theft.
    Age,
    /// Entered a CoinJoin, which mixes it with others' money.
    CoinJoin,
    /// Backward: the coins were made here.
    Coinbase,
    /// Leaves the data: backward, from before they begin; into or out of a
    /// shielded pool.
    Outside,
    /// Entered a transaction with an input whose value the data do not show.
    UnknownInput,
    /// Exchanged together with other assets whose worth beside it the chain does not tell.
    Exchange,
}

/// Taint of one transfer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TaintedTransfer {
    /// The transfer.
    pub row: RowId,
    /// Tainted part; for poison the whole amount.
    pub tainted: Amount,
    /// The part of `tainted` that entered here: freshly seeded.
    pub seeded: Amount,
    /// The part of the transfer that no known inflow or opening balance explains.
    pub unexplained: Amount,
    /// Fewest hops from a seed.
    pub hops: u32,
    /// Tainted part per seed, ascending by seed; sums to `tainted` (except poison, where it is empty).
    pub by_seed: Vec<(SeedId, Amount)>,
}

/// Taint booked at one address, asset and state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Booking {
    /// Where.
    pub address: AddressId,
    /// What.
    pub asset: AssetId,
    /// In which state.
    pub rest: Rest,
    /// How much in all; for poison the tainted inflow that stopped here.
    pub amount: Amount,
    /// How much per seed (empty for poison).
    pub by_seed: Vec<(SeedId, Amount)>,
    /// The last tainted transfer that brought it.
    pub last_row: RowId,
    /// How many tainted transfers arrived.
    pub arrivals: u32,
}

/// Closing line of one seed and asset: `stolen` and `received` equal the sum of `rests`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Closing {
    /// The seed.
    pub seed: SeedId,
    /// The asset.
    pub asset: AssetId,
    /// What was seeded.
    pub stolen: Amount,
    /// What came in by conversion of other assets.
    pub received: Amount,
    /// Where it rests.
    pub rests: BTreeMap<Rest, Amount>,
}

/// One side of a conversion.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exchanged {
    /// Who gave it, or got it.
    pub address: AddressId,
    /// Of what.
    pub asset: AssetId,
    /// The net amount that changed hands with the markets.
    pub amount: Amount,
    /// The tainted part of it.
    pub tainted: Amount,
    /// How much per seed.
    pub by_seed: Vec<(SeedId, Amount)>,
    /// The transfer that shows it; a movement that no transfer lists has its neighbour.
    pub row: RowId,
}

/// Tainted money exchanged for other assets inside one transaction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conversion {
    /// First transfer of the transaction.
    pub row: RowId,
    /// Given to the markets.
    pub gave: Vec<Exchanged>,
    /// Got from the markets.
    pub got: Vec<Exchanged>,
    /// The markets, with why each is taken for one.
    pub markets: Vec<(AddressId, MarketReason)>,
    /// Whether taint went over to what was got; if not, it is booked as [`Cut::Exchange`].
    pub carried: bool,
}

/// Outflows of a traced address that no known inflow explains.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gap {
    /// The address.
    pub address: AddressId,
    /// The asset.
    pub asset: AssetId,
    /// All credits read up to the end of the trace, opening balance included.
    pub inflow: Amount,
    /// All debits read up to the end of the trace.
    pub outflow: Amount,
    /// The part of the debits that nothing known explains.
    pub unexplained: Amount,
    /// The debits concerned.
    pub rows: Vec<RowId>,
}

/// Money of unknown or other origin that mixed with taint at an address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CleanInflow {
    /// The address.
    pub address: AddressId,
    /// The asset.
    pub asset: AssetId,
    /// Clean credits since the address first held taint, and its balance before.
    pub amount: Amount,
    /// Of which: balance held when taint first arrived.
    pub opening: Amount,
    /// How many clean credits.
    pub credits: u32,
}

/// Transfers out of traced addresses that were deliberately not followed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotFollowed {
    /// The token.
    pub asset: AssetId,
    /// Why: counterfeit of a symbol, or an unknown contract.
    pub reason: String,
    /// How many transfers.
    pub transfers: u32,
    /// An example.
    pub example: RowId,
}

/// An address that gave traced addresses one asset for another, and that
/// nothing vouches for as a market: taint stayed in its asset and went to
/// whoever was paid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unvouched {
    /// Whose.
    pub address: AddressId,
    /// In how many transactions.
    pub transactions: u32,
    /// A transfer of the first of them.
    pub example: RowId,
}

/// A transfer in the data that the trace did not reach, with the reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unreached {
    /// The transfer.
    pub row: RowId,
    /// Why, in words.
    pub reason: String,
}

/// One policy's trace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyTrace {
    /// The policy.
    pub policy: Policy,
    /// Tainted transfers in chain order (reversed chain order for a backward trace).
    pub transfers: Vec<TaintedTransfer>,
    /// Where the taint rests, largest first within an asset.
    pub bookings: Vec<Booking>,
    /// Closing lines (empty for poison).
    pub closings: Vec<Closing>,
    /// Exchanges of tainted money, in the order of the trace (none for
    /// poison, which nets nothing out).
    pub conversions: Vec<Conversion>,
    /// Outflows without known inflow, at addresses that held taint.
    pub gaps: Vec<Gap>,
    /// Where other money mixed in.
    pub clean_inflows: Vec<CleanInflow>,
    /// Transfers read while tracing.
    pub touched: u64,
}

impl PolicyTrace {
    /// Whether every closing line closes to the last base unit.
    #[must_use]
    pub fn closes(&self) -> bool {
        self.closings.iter().all(|closing| {
            let booked = Amount::sum(closing.rests.values().copied());
            booked.is_ok_and(|sum| closing.stolen.add(closing.received) == Ok(sum))
        })
    }
}

/// A whole trace: every policy over the same seeds and stops.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TraceOutcome {
    /// Which way.
    pub direction: Direction,
    /// The seeds.
    pub seeds: Vec<SeedRecord>,
    /// One trace a policy, in the order asked for.
    pub policies: Vec<PolicyTrace>,
    /// Tokens seen but not followed.
    pub not_followed: Vec<NotFollowed>,
    /// Addresses that may be markets, under the first policy that conserves
    /// value; those with most transactions first.
    pub unvouched: Vec<Unvouched>,
    /// Rows past the as-of time were not read; this is the first such row.
    pub end: RowId,
}
