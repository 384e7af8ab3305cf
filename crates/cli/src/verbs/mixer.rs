//! `tracehound mixer`: links, anonymity sets and groups of withdrawals.

mod anonymity;
mod groups;
mod links;
mod sources;

pub(crate) use anonymity::run as anonymity;
pub(crate) use groups::run as groups;
pub(crate) use links::run as links;
