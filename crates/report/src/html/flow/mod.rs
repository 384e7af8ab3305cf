//! The flow picture: where the stolen money was, moment by moment.
//!
//! The time of the trace is cut into periods. At each cut every unit of the
//! stolen amount is somewhere: not yet taken, held by an address, or at rest.
//! A node is a place at one cut, as tall as the money there; a ribbon is
//! money that was at one place at one cut and at another at the next, as wide
//! as the amount. So every column adds up to everything stolen, time runs
//! strictly left to right whatever loops the money took, and the picture is
//! as readable with a million transfers as with ten.
//!
//! What a node holds follows from the policy alone. Which of the money an
//! address held goes into which ribbon needs one more rule, stated on the
//! page: among tainted lots at one address, first in is first out.

mod groups;
mod layout;
mod periods;
mod pictures;
mod svg;
mod walk;

#[cfg(test)]
mod tests;

pub(super) use layout::draw;
pub(super) use pictures::{Picture, pictures};
pub(super) use svg::{pixels, ribbon_text, svg};
pub(super) use walk::follow;

pub(super) use groups::Group;
use groups::GroupKey;
use std::sync::Arc;
use tracehound_model::{Amount, Timestamp};

use crate::AddressRecord;

/// How much the picture shows one by one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Level {
    /// Name in identifiers.
    pub(super) name: &'static str,
    /// Addresses shown one by one.
    pub(super) holders: usize,
    /// Sources shown one by one.
    pub(super) sources: usize,
    /// Services shown one by one.
    pub(super) services: usize,
}

/// The main flows.
pub(super) const OVERVIEW: Level = Level { name: "main", holders: 7, sources: 6, services: 9 };
/// More of everything.
pub(super) const DETAIL: Level = Level { name: "more", holders: 15, sources: 20, services: 24 };

/// A stretch of time between two cuts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Period {
    /// First transfer in it.
    pub(super) from: Timestamp,
    /// Last transfer in it.
    pub(super) to: Timestamp,
    /// Transfers in it.
    pub(super) transfers: usize,
}

/// A place at one cut.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Node {
    /// Number of the cut, from 0.
    pub(super) column: usize,
    /// Index of its group.
    pub(super) group: usize,
    /// Money there.
    pub(super) amount: Amount,
    /// Addresses there, largest first.
    pub(super) members: Vec<(Arc<AddressRecord>, Amount)>,
}

/// Money that went from a place at one cut to a place at the next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Ribbon {
    /// Index of the node it leaves.
    pub(super) source: usize,
    /// Index of the node it reaches.
    pub(super) target: usize,
    /// How much.
    pub(super) amount: Amount,
    /// The part that did not move at all in between.
    pub(super) stayed: Amount,
    /// Transfers that delivered it (index, amount), largest first.
    pub(super) deliveries: Vec<(usize, Amount)>,
    /// Fewest and most transfers a part of it passed through in between.
    pub(super) legs: (u32, u32),
}

/// A policy's flow of one asset.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Flow {
    /// Whether time was walked backwards.
    pub(super) backward: bool,
    /// Everything stolen.
    pub(super) total: Amount,
    /// Money the lots could not explain; nothing unless the trace is faulty.
    pub(super) shortfall: Amount,
    /// Stretches of time, in the order walked.
    pub(super) periods: Vec<Period>,
    /// Groups in the order they stand in a column.
    pub(super) groups: Vec<Group>,
    /// Nodes by column, then by group.
    pub(super) nodes: Vec<Node>,
    /// Ribbons by source, then by target.
    pub(super) ribbons: Vec<Ribbon>,
}
