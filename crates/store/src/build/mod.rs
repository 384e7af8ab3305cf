//! Building segments from rows that are already in chain order.

mod address_map;
mod chain_builder;
mod repeated;
mod segment_builder;

pub(crate) use address_map::AddressMap;
pub(crate) use chain_builder::{BuildOptions, ChainBuilder, MOST_ADDRESSES, fits};
pub(crate) use repeated::refuse_between;
