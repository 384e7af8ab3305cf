//! Conversions between number widths that cannot lose on the targets this
//! crate compiles for, each said once.

#[cfg(not(target_pointer_width = "64"))]
compile_error!("the store maps files larger than 4 GiB and needs a 64-bit target");

/// A 32-bit number as an index.
#[inline]
pub(crate) const fn index(value: u32) -> usize {
    // 32 bits fit the 64-bit usize asserted above.
    value as usize
}

/// A 64-bit number as an index.
#[inline]
#[allow(clippy::cast_possible_truncation)]
pub(crate) const fn index64(value: u64) -> usize {
    // usize is 64 bits, asserted above.
    value as usize
}

/// A length as a 64-bit number.
#[inline]
pub(crate) const fn count(value: usize) -> u64 {
    // usize is 64 bits, asserted above.
    value as u64
}

/// The upper half of a 64-bit number.
#[inline]
#[allow(clippy::cast_possible_truncation)]
pub(crate) const fn high(value: u64) -> u32 {
    // After the shift 32 bits are left.
    (value >> 32) as u32
}

/// The lower half of a 64-bit number; losing the rest is the point.
#[inline]
#[allow(clippy::cast_possible_truncation)]
pub(crate) const fn low(value: u64) -> u32 {
    (value & 0xffff_ffff) as u32
}

/// Two halves as one 64-bit number.
#[inline]
pub(crate) const fn join(high: u32, low: u32) -> u64 {
    // Both casts widen.
    (high as u64) << 32 | low as u64
}
