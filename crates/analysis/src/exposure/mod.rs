//! Exposure: how much of what an address received came from each category,
//! and how much of what it sent went there, at any distance.
//!
//! Rule `exposure/1`. A tagged address emits its category and absorbs what
//! arrives. Any other address passes on what it holds by the policy, asset by
//! asset, in chain order. Money sent is the same question on the reversed
//! chain, where what an address still holds at the end is *unspent*.
//!
//! Two ways give the same figures to the last unit: [`on_demand`] reads only
//! the rows that can matter to one address; [`precompute`] reads the whole
//! log and keeps a compact [`ExposureTable`]. `book.rs` is the engine of
//! both. The table does not tell unspent from unattributed. On chains of unspent
//! outputs [`on_demand_outputs`] answers for one address.

mod book;
mod cone;
mod figures;
mod number;
mod outputs;
mod pass;
mod reach;
mod stream;
mod table;
mod witness;

pub use cone::{Backing, OnDemand, on_demand, on_demand_by};
pub use figures::{AssetExposure, Figure, Label};
pub use outputs::{
    OUTPUT_POLICIES, OutputExposure, OutputExposureRequest, OutputFigure, OutputLabel,
    on_demand_outputs,
};
pub use pass::precompute;
pub use stream::{StoreStream, Stream};
pub use table::{ExposureTable, TableError, TableHeader};
pub use witness::Witness;

use crate::AnalysisError;
use hashbrown::HashMap;
use tracehound_model::{Amount, Policy, Rule};
use tracehound_store::{AddressId, AssetId};

/// The rule: raised whenever the same inputs can give other figures.
pub const RULE: Rule = Rule { name: "exposure", version: 1 };
/// Policies that are defined for exposures: the pro rata one, and the two
/// that a category's money leaves first or last by.
pub const POLICIES: [Policy; 3] = [Policy::Haircut, Policy::DirtyFirst, Policy::CleanFirst];
/// Categories at most, so that the labels of a holder fit a word of bits.
pub const MOST_CATEGORIES: usize = 62;

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct ExposureRequest {
    /// Names of the categories; a category is its place here.
    pub categories: Vec<String>,
    /// The category of every tagged address.
    pub tagged: HashMap<AddressId, u8>,
    /// Amounts below which a transfer is dust, by asset: it carries no category on.
    pub dust: HashMap<AssetId, Amount>,
}

impl ExposureRequest {
    /// Labels there are: the categories, unspent and dust.
    pub(crate) fn width(&self) -> usize {
        self.categories.len() + 2
    }

    /// The label of what is still held at the end (backward only).
    pub(crate) fn unspent(&self) -> usize {
        self.categories.len()
    }

    /// The label of transfers too small to follow.
    pub(crate) fn dust_label(&self) -> usize {
        self.categories.len() + 1
    }

    fn check(&self, policy: Policy) -> Result<(), AnalysisError> {
        if !POLICIES.contains(&policy) {
            let defined = "other than exposure";
            return Err(AnalysisError::PolicyNotHere { policy, chains: defined });
        }
        if self.categories.len() > MOST_CATEGORIES {
            return Err(AnalysisError::TooManyCategories {
                count: self.categories.len(),
                most: MOST_CATEGORIES,
            });
        }
        Ok(())
    }
}
