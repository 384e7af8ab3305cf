//! What can go wrong in an analysis.

use tracehound_model::{AmountError, AssetError};
use tracehound_store::StoreError;

/// Why an analysis could not be finished.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnalysisError {
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A sum left the range of 256 bits.
    #[error("the amounts of this trace cannot be added up: {0}")]
    Amount(#[from] AmountError),
    /// An asset of the case is not one.
    #[error(transparent)]
    Asset(#[from] AssetError),
    /// A seed that names nothing in the store.
    #[error("{seed} is not in the store: {cure}")]
    SeedNotFound {
        /// The seed in words.
        seed: String,
        /// What to do.
        cure: String,
    },
    /// A policy that these chains do not have.
    #[error("the policy {policy} is defined on {chains} chains only; choose others with --policy")]
    PolicyNotHere {
        /// The policy.
        policy: tracehound_model::Policy,
        /// Where it is defined.
        chains: &'static str,
    },
    /// Poison conserves nothing, so no conserving policy can go on from it.
    #[error(
        "money cannot be followed through CoinJoins by the policy poison, which gives each output all of it; choose another, or none to stop there"
    )]
    PoisonThroughCoinJoins,
    /// A spend before what it spends, which no chain can hold.
    #[error(
        "output {} of transaction {} is spent before it is made: the data are not of one chain in its order; check the store",
        output.index,
        output.transaction.0
    )]
    SpentBeforeMade {
        /// The output.
        output: tracehound_store::utxo::OutputId,
    },
    /// Crossings lead from where money goes to where it came from only forward.
    #[error(
        "a case over several chains is followed forward only; leave --backward out, or trace one chain of it"
    )]
    BackwardOverChains,
    /// Crossings that feed each other, which no times allow.
    #[error(
        "what came over between chains still changes after {rounds} rounds: crossings lead in a circle; check the times of the bridge events"
    )]
    CrossingsDoNotSettle {
        /// How many rounds were made.
        rounds: usize,
    },
    /// More categories than a label can name.
    #[error("{count} categories are asked for, and at most {most} can be told apart; give fewer")]
    TooManyCategories {
        /// How many.
        count: usize,
        /// How many there may be.
        most: usize,
    },
    /// The history of an address is too wide to be read on demand.
    #[error(
        "more than {rows} transfers can matter to this address; raise --most-rows, or build the table of all exposures with `tracehound exposure --build` and ask it"
    )]
    TooWide {
        /// How many were read.
        rows: u64,
    },
    /// The stop flag was set.
    #[error("stopped before the trace was finished; nothing was written")]
    Stopped,
}
