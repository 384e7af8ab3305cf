//! Amounts in the narrowest width in which an asset's whole volume fits, so
//! that no sum of them can leave it; all widths divide alike.

use tracehound_model::{Amount, AmountError};

/// A width.
pub(super) trait Number: Copy + Ord + Default {
    fn to_amount(self) -> Amount;
    fn add(self, other: Self) -> Result<Self, AmountError>;
    /// Difference, or zero where it would be negative.
    fn less(self, other: Self) -> Self;
    /// `floor(self * part / whole)` for `part <= whole`; zero when `whole` is.
    fn share(self, part: Self, whole: Self) -> Result<Self, AmountError>;
    fn is_zero(self) -> bool {
        self == Self::default()
    }
}

/// What both machine widths do alike; only the division differs.
macro_rules! number {
    ($width:ty, $to_amount:path, $share:path) => {
        impl Number for $width {
            #[inline]
            fn to_amount(self) -> Amount {
                $to_amount(self)
            }

            #[inline]
            fn add(self, other: Self) -> Result<Self, AmountError> {
                self.checked_add(other).ok_or(AmountError::Overflow)
            }

            #[inline]
            fn less(self, other: Self) -> Self {
                self.saturating_sub(other)
            }

            #[inline]
            fn share(self, part: Self, whole: Self) -> Result<Self, AmountError> {
                $share(self, part, whole)
            }
        }
    };
}

number!(u64, Amount::from_u64, share_of_word);
number!(u128, Amount::from_u128, share_of_double);

#[inline]
fn share_of_word(held: u64, part: u64, whole: u64) -> Result<u64, AmountError> {
    if whole == 0 {
        return Ok(0);
    }
    // Small amounts need no 128-bit division, which is several times slower.
    if let Some(product) = held.checked_mul(part) {
        return Ok(product / whole);
    }
    let quotient = u128::from(held) * u128::from(part) / u128::from(whole);
    u64::try_from(quotient).map_err(|_| AmountError::Overflow)
}

#[inline]
fn share_of_double(held: u128, part: u128, whole: u128) -> Result<u128, AmountError> {
    match held.checked_mul(part) {
        Some(product) => Ok(product.checked_div(whole).unwrap_or(0)),
        None => {
            let wide = Amount::from_u128;
            let share = wide(held).multiply_divide(wide(part), wide(whole))?;
            share.to_u128().ok_or(AmountError::Overflow)
        }
    }
}

impl Number for Amount {
    fn to_amount(self) -> Amount {
        self
    }

    fn add(self, other: Self) -> Result<Self, AmountError> {
        Self::add(self, other)
    }

    fn less(self, other: Self) -> Self {
        self.saturating_subtract(other)
    }

    fn share(self, part: Self, whole: Self) -> Result<Self, AmountError> {
        self.multiply_divide(part, whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_width_divides_alike(held in 0..u64::MAX, a in 0..u64::MAX, b in 0..u64::MAX) {
            let (part, whole) = (a.min(b), a.max(b));
            let wide = Amount::from_u64(held).multiply_divide(Amount::from_u64(part), Amount::from_u64(whole)).unwrap();
            prop_assert_eq!(held.share(part, whole).unwrap().to_amount(), wide);
            let (held, part, whole) = (u128::from(held), u128::from(part), u128::from(whole));
            prop_assert_eq!(held.share(part, whole).unwrap().to_amount(), wide);
            // The path of large products.
            let scale = 1 << 60;
            let large = (held * scale).share(part * scale, whole * scale).unwrap();
            let wide = (held * scale).to_amount().multiply_divide((part * scale).to_amount(), (whole * scale).to_amount()).unwrap();
            prop_assert_eq!(large.to_amount(), wide);
        }
    }
}
