//! Figures as answers give them.

use serde::Serialize;
use tracehound_model::Amount;
use tracehound_store::{AssetId, RowId};

/// What a figure is of.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Label {
    /// A category of tags.
    Category(String),
    /// Backward only: still held at the end by addresses that no tag names.
    Unspent,
    /// Transfers too small to follow.
    Dust,
}

impl Label {
    /// The label of a number: the categories, then unspent, then dust.
    pub(super) fn of(categories: &[String], place: usize) -> Self {
        match categories.get(place) {
            Some(name) => Self::Category(name.clone()),
            None if place == categories.len() => Self::Unspent,
            None => Self::Dust,
        }
    }
}

/// A figure with its label as a number: what tables are made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct RawFigure {
    pub(super) label: u8,
    pub(super) direct: Amount,
    pub(super) indirect: Amount,
    pub(super) first: RowId,
    pub(super) last: RowId,
    pub(super) hops: u8,
}

impl RawFigure {
    pub(super) fn named(self, categories: &[String]) -> Figure {
        Figure {
            label: Label::of(categories, usize::from(self.label)),
            direct: self.direct,
            indirect: self.indirect,
            first: self.first,
            last: self.last,
            fewest_hops: self.hops,
        }
    }
}

/// How much of one asset came from, or went to, one label.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Figure {
    /// Of what.
    pub label: Label,
    /// By transfers with a tagged address itself.
    pub direct: Amount,
    /// Through addresses that no tag names.
    pub indirect: Amount,
    /// First row in the direction of the question that carried any.
    pub first: RowId,
    /// Last such row.
    pub last: RowId,
    /// Fewest transfers between the tagged address and this one.
    pub fewest_hops: u8,
}

impl Figure {
    /// Direct and indirect together; no more than the volume, so it fits.
    #[must_use]
    pub fn whole(&self) -> Amount {
        self.direct.add(self.indirect).unwrap_or(Amount::MAX)
    }
}

/// Figures of one address in one asset.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AssetExposure {
    /// The asset.
    pub asset: AssetId,
    /// Everything received (or sent), transfers to itself left out.
    pub total: Amount,
    /// By label; what is not here is zero.
    pub figures: Vec<Figure>,
}

impl AssetExposure {
    /// What no label accounts for. Under the pro rata policy labels never
    /// exceed the total.
    #[must_use]
    pub fn unattributed(&self) -> Amount {
        self.figures
            .iter()
            .fold(self.total, |left, figure| left.saturating_subtract(figure.whole()))
    }

    /// The figure of a label.
    #[must_use]
    pub fn figure(&self, label: &Label) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.label == *label)
    }
}
