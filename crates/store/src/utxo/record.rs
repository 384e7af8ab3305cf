//! Transactions, outputs and inputs as an analysis reads them. Outputs and
//! inputs have the form in which they lie in a file.

use crate::{AddressId, widen};
use tracehound_model::Satoshi;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Stands for "none" or "not known" where a number is expected.
const NONE: u32 = u32::MAX;

/// Number of a transaction, in chain order over all segments. Comparing two
/// numbers compares places in the chain.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct TransactionId(pub u32);

/// One output: a transaction and the place among its outputs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct OutputId {
    /// The transaction.
    pub transaction: TransactionId,
    /// Which of its outputs.
    pub index: u32,
}

/// What else a transaction says of itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TransactionFields {
    /// Version field.
    pub version: i32,
    /// Lock time field.
    pub lock_time: u32,
    /// Virtual size in bytes, 0 if not known.
    pub virtual_size: u32,
    /// Whether it is a coinbase.
    pub coinbase: bool,
    /// Whether any input signals replaceability (BIP 125).
    pub replaceable: bool,
}

/// One output.
#[derive(Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct OutputRecord {
    address: u32,
    value_low: u32,
    value_high: u32,
}

impl OutputRecord {
    /// An output of `value`; `address` is `None` if nobody can spend it.
    #[must_use]
    pub fn new(value: Satoshi, address: Option<AddressId>) -> Self {
        Self {
            address: address.map_or(NONE, |id| id.0),
            value_low: widen::low(value.0),
            value_high: widen::high(value.0),
        }
    }

    /// How much.
    #[must_use]
    #[inline]
    pub fn value(&self) -> Satoshi {
        Satoshi(widen::join(self.value_high, self.value_low))
    }

    /// What it pays; `None` if it carries data and nobody can spend it.
    #[must_use]
    #[inline]
    pub fn address(&self) -> Option<AddressId> {
        (self.address != NONE).then_some(AddressId(self.address))
    }
}

/// One input, with value and address of the output it spends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct InputRecord {
    transaction: u32,
    index: u32,
    address: u32,
    value_low: u32,
    value_high: u32,
}

impl InputRecord {
    /// An input that spends a known output.
    #[must_use]
    pub fn spending(output: OutputId, record: OutputRecord) -> Self {
        Self {
            transaction: output.transaction.0,
            index: output.index,
            address: record.address,
            value_low: record.value_low,
            value_high: record.value_high,
        }
    }

    /// An input whose output lies outside the data; value and address are
    /// known only if the source stated them.
    #[must_use]
    pub fn outside(value: Option<Satoshi>, address: Option<AddressId>) -> Self {
        let value = value.map_or(u64::MAX, |value| value.0);
        Self {
            transaction: NONE,
            index: NONE,
            address: address.map_or(NONE, |id| id.0),
            value_low: widen::low(value),
            value_high: widen::high(value),
        }
    }

    /// The output it spends; `None` if that lies outside the data.
    #[must_use]
    #[inline]
    pub fn spends(&self) -> Option<OutputId> {
        let output = OutputId { transaction: TransactionId(self.transaction), index: self.index };
        (self.transaction != NONE).then_some(output)
    }

    /// How much it brings, if known.
    #[must_use]
    #[inline]
    pub fn value(&self) -> Option<Satoshi> {
        let value = widen::join(self.value_high, self.value_low);
        (value != u64::MAX).then_some(Satoshi(value))
    }

    /// Whose output it spends, if known.
    #[must_use]
    #[inline]
    pub fn address(&self) -> Option<AddressId> {
        (self.address != NONE).then_some(AddressId(self.address))
    }
}
