//! Amounts: exact integers in an asset's base unit, up to 256 bits.
//!
//! Every operation that could leave the range returns an error instead of
//! wrapping. There is no floating point here: decimal text is read and
//! written digit by digit, and text with more digits than the asset has
//! decimals is refused rather than rounded.

use ruint::aliases::U256;
use std::fmt;

/// A number of base units (wei, satoshi, cents) of some asset.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Amount(U256);

/// Why an amount was refused or a sum could not be made.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AmountError {
    /// Not a decimal number.
    #[error("\"{0}\" is not an amount; give a non-negative decimal number")]
    NotANumber(String),
    /// Below zero.
    #[error("\"{0}\" is negative; a transfer moves a non-negative amount")]
    Negative(String),
    /// More decimals than the asset has.
    #[error("\"{text}\" has a fraction finer than the asset's {decimals} decimals")]
    TooFine {
        /// What was read.
        text: String,
        /// Decimals of the asset.
        decimals: u8,
    },
    /// The result does not fit 256 bits.
    #[error("the amount does not fit 256 bits")]
    Overflow,
    /// A subtraction went below zero.
    #[error("{taken} cannot be taken from {from}")]
    Underflow {
        /// What there was.
        from: Amount,
        /// What was to be taken.
        taken: Amount,
    },
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(U256::ZERO);
    /// The largest amount, 2^256 - 1.
    pub const MAX: Self = Self(U256::MAX);

    /// From a machine word.
    #[must_use]
    pub const fn from_u64(value: u64) -> Self {
        Self(U256::from_limbs([value, 0, 0, 0]))
    }

    /// From 128 bits.
    #[must_use]
    pub fn from_u128(value: u128) -> Self {
        Self(U256::from(value))
    }

    /// The value if it fits a machine word.
    #[must_use]
    pub fn to_u64(self) -> Option<u64> {
        u64::try_from(self.0).ok()
    }

    /// The value if it fits 128 bits.
    #[must_use]
    pub fn to_u128(self) -> Option<u128> {
        u128::try_from(self.0).ok()
    }

    /// 32 bytes, least significant first (the store's order).
    #[must_use]
    pub fn to_le_bytes(self) -> [u8; 32] {
        self.0.to_le_bytes()
    }

    /// From 32 bytes, least significant first.
    #[must_use]
    pub fn from_le_bytes(bytes: [u8; 32]) -> Self {
        Self(U256::from_le_bytes(bytes))
    }

    /// From at most 32 bytes, most significant first (the EVM's order).
    #[must_use]
    pub fn from_be_slice(bytes: &[u8]) -> Option<Self> {
        U256::try_from_be_slice(bytes).map(Self)
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// Sum.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] past 256 bits.
    // Not the operator: an operator would have to panic or wrap where this returns an error.
    #[allow(clippy::should_implement_trait)]
    pub fn add(self, other: Self) -> Result<Self, AmountError> {
        self.0.checked_add(other.0).map(Self).ok_or(AmountError::Overflow)
    }

    /// Difference.
    ///
    /// # Errors
    /// [`AmountError::Underflow`] below zero.
    pub fn subtract(self, other: Self) -> Result<Self, AmountError> {
        self.0
            .checked_sub(other.0)
            .map(Self)
            .ok_or(AmountError::Underflow { from: self, taken: other })
    }

    /// Difference, or zero where it would be negative.
    #[must_use]
    pub fn saturating_subtract(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// `floor(self * part / whole)` without losing the upper half of the
    /// product; zero when `whole` is zero.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] if the quotient does not fit 256 bits,
    /// which cannot happen for `part <= whole`.
    pub fn multiply_divide(self, part: Self, whole: Self) -> Result<Self, AmountError> {
        if whole.is_zero() {
            return Ok(Self::ZERO);
        }
        if let (Ok(a), Ok(b)) = (u64::try_from(self.0), u64::try_from(part.0)) {
            // The common case: two machine words, one 128-bit product.
            let product = Self::from_u128(u128::from(a) * u128::from(b));
            return Ok(Self(product.0 / whole.0));
        }
        if let (Ok(a), Ok(b)) = (u128::try_from(self.0), u128::try_from(part.0)) {
            // Two of 128 bits: their product fits 256.
            return Ok(Self(U256::from(a) * U256::from(b) / whole.0));
        }
        type U512 = ruint::Uint<512, 8>;
        let product: U512 = self.0.widening_mul(part.0);
        let quotient = product / U512::from(whole.0);
        U256::checked_from_limbs_slice(quotient.as_limbs()).map(Self).ok_or(AmountError::Overflow)
    }

    /// Reads decimal text such as `945646.73` as base units of an asset with `decimals`.
    /// Trailing zeros beyond the asset's decimals are accepted.
    ///
    /// # Errors
    /// See [`AmountError`]; exponents, signs other than `-`, separators and blanks are refused.
    pub fn parse_decimal(text: &str, decimals: u8) -> Result<Self, AmountError> {
        let not_a_number = || AmountError::NotANumber(text.to_owned());
        if text.starts_with('-') {
            return Err(AmountError::Negative(text.to_owned()));
        }
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits_only = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty())
            || !digits_only(whole)
            || !digits_only(fraction)
        {
            return Err(not_a_number());
        }
        let kept = fraction.trim_end_matches('0');
        let places = usize::from(decimals);
        if kept.len() > places {
            return Err(AmountError::TooFine { text: text.to_owned(), decimals });
        }
        let padding = std::iter::repeat_n(b'0', places - kept.len());
        let ten = U256::from(10_u64);
        let mut value = U256::ZERO;
        for digit in whole.bytes().chain(kept.bytes()).chain(padding) {
            value = value
                .checked_mul(ten)
                .and_then(|v| v.checked_add(U256::from(digit - b'0')))
                .ok_or(AmountError::Overflow)?;
        }
        Ok(Self(value))
    }

    /// Decimal text of the amount in whole units of an asset with `decimals`,
    /// without needless trailing zeros: `10000`, `945646.73`.
    #[must_use]
    pub fn to_decimal(self, decimals: u8) -> String {
        let digits = self.0.to_string();
        let places = usize::from(decimals);
        if places == 0 {
            return digits;
        }
        let padded = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = padded.split_at(padded.len() - places);
        let fraction = fraction.trim_end_matches('0');
        if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
    }

    /// Approximate value for scores and picture widths only, never for booking.
    #[must_use]
    pub fn to_f64_lossy(self) -> f64 {
        f64::from(self.0)
    }

    /// Sum of many.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] past 256 bits.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, AmountError> {
        amounts.into_iter().try_fold(Self::ZERO, Self::add)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// As decimal text of base units: JSON numbers lose digits past 2^53.
impl serde::Serialize for Amount {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Amount {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse_decimal(&text, 0).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimal_text_is_exact() {
        assert_eq!(Amount::parse_decimal("945646.73", 2).unwrap(), Amount::from_u64(94_564_673));
        assert_eq!(Amount::parse_decimal("728251.6", 2).unwrap().to_decimal(2), "728251.6");
        assert_eq!(Amount::parse_decimal("10000.0", 18).unwrap().to_decimal(18), "10000");
        assert_eq!(Amount::parse_decimal(".5", 1).unwrap(), Amount::from_u64(5));
        assert_eq!(Amount::from_u64(5).to_decimal(18), "0.000000000000000005");
    }

    #[test]
    fn bad_text_is_refused_by_kind() {
        let negative = AmountError::Negative("-1".to_owned());
        assert_eq!(Amount::parse_decimal("-1", 2), Err(negative));
        let fine = AmountError::TooFine { text: "0.001".to_owned(), decimals: 2 };
        assert_eq!(Amount::parse_decimal("0.001", 2), Err(fine));
        for text in ["", ".", "1e5", "1,000", " 1", "0x10", "NaN"] {
            let refused = AmountError::NotANumber(text.to_owned());
            assert_eq!(Amount::parse_decimal(text, 2), Err(refused));
        }
        let long = "9".repeat(80);
        assert_eq!(Amount::parse_decimal(&long, 0), Err(AmountError::Overflow));
    }

    #[test]
    fn the_range_ends_with_an_error() {
        assert_eq!(Amount::MAX.add(Amount::from_u64(1)), Err(AmountError::Overflow));
        assert!(Amount::ZERO.subtract(Amount::from_u64(1)).is_err());
        assert_eq!(Amount::MAX.multiply_divide(Amount::MAX, Amount::MAX), Ok(Amount::MAX));
    }

    proptest! {
        #[test]
        fn decimal_round_trip(value: u128, decimals in 0_u8..40) {
            let amount = Amount::from_u128(value);
            prop_assert_eq!(Amount::parse_decimal(&amount.to_decimal(decimals), decimals), Ok(amount));
        }

        #[test]
        fn multiply_divide_matches_wide_arithmetic(a: u64, b: u64, c in 1_u64..) {
            let exact = u128::from(a) * u128::from(b) / u128::from(c);
            let ours = Amount::from_u64(a).multiply_divide(Amount::from_u64(b), Amount::from_u64(c));
            prop_assert_eq!(ours, Ok(Amount::from_u128(exact)));
            let wide = Amount::from_u128(u128::from(a) << 64);
            let ours = wide.multiply_divide(Amount::from_u64(b), Amount::from_u128(u128::from(c) << 64));
            prop_assert_eq!(ours, Ok(Amount::from_u128(exact)));
        }
    }
}
