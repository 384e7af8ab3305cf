//! Dense numbers inside one store. They mean nothing outside it.

/// Number of an address, in order of first appearance in the chain.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct AddressId(pub u32);

/// Number of an asset, in order of first appearance in the chain.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct AssetId(pub u32);

/// Number of a transfer, in chain order over all segments. Comparing two row
/// numbers compares their places in the chain.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct RowId(pub u64);
