//! How large synthetic amounts are.

use crate::random::Random;
use tracehound_model::Amount;

/// Sizes of amounts: the number of bits is uniform, which gives amounts of
/// every order of magnitude, as real chains have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AmountShape {
    /// Fewest significant bits.
    pub least_bits: u32,
    /// Most significant bits, at most 64.
    pub most_bits: u32,
    /// Of a thousand amounts, how many are zero.
    pub zero_per_mille: u32,
    /// Of a thousand amounts, how many have 65 to 240 bits.
    pub wide_per_mille: u32,
}

impl Default for AmountShape {
    /// Wei of ordinary payments: up to 18 ether in a machine word, a few beyond.
    fn default() -> Self {
        Self { least_bits: 30, most_bits: 64, zero_per_mille: 5, wide_per_mille: 5 }
    }
}

impl AmountShape {
    /// Dollars and cents, from one cent to about 10 M dollars.
    pub const CENTS: Self =
        Self { least_bits: 1, most_bits: 30, zero_per_mille: 0, wide_per_mille: 0 };

    /// One amount.
    pub fn draw(&self, random: &mut Random) -> Amount {
        let bits = random.bits();
        // The low bits choose the size, the high bits become the digits.
        let class = (bits % 1000) as u32;
        if class < self.zero_per_mille {
            return Amount::ZERO;
        }
        if class < self.zero_per_mille + self.wide_per_mille {
            return wide(random);
        }
        let spread = u64::from(self.most_bits - self.least_bits + 1);
        let size = self.least_bits + ((bits >> 10) % spread) as u32;
        let top = 1_u64 << (size - 1);
        Amount::from_u64(top | (random.bits() & (top - 1)))
    }
}

fn wide(random: &mut Random) -> Amount {
    let mut bytes = [0; 32];
    let length = 9 + random.below(22) as usize;
    for byte in &mut bytes[..length] {
        *byte = random.bits() as u8;
    }
    bytes[length - 1] |= 1;
    Amount::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_class_occurs_and_no_other() {
        let shape =
            AmountShape { least_bits: 4, most_bits: 8, zero_per_mille: 100, wide_per_mille: 100 };
        let mut random = Random::new(11);
        let amounts: Vec<Amount> = (0..10_000).map(|_| shape.draw(&mut random)).collect();
        let zeros = amounts.iter().filter(|a| a.is_zero()).count();
        let wide = amounts.iter().filter(|a| a.to_u64().is_none()).count();
        assert!((800..1200).contains(&zeros) && (800..1200).contains(&wide), "{zeros} {wide}");
        let small = amounts.iter().filter_map(|a| a.to_u64()).filter(|a| *a > 0);
        assert!(small.clone().all(|a| (8..256).contains(&a)));
        assert_eq!((small.clone().min(), small.max()), (Some(8), Some(255)));
    }
}
