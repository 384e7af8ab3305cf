//! Who can hold anything of any label: a bit an address, by one pass.
//!
//! Every other address may be left out of the books: what it is paid never
//! counts, and what it pays is of no label.

use super::ExposureRequest;
use super::stream::Stream;
use crate::AnalysisError;
use tracehound_store::AddressId;

/// Bits of addresses.
pub(super) struct Reach(Vec<u64>);

impl Reach {
    /// Whoever is paid by a tagged address, or by one that was paid so
    /// before, whatever the asset; and whoever is paid dust.
    pub(super) fn of<S: Stream>(
        stream: &S,
        request: &ExposureRequest,
    ) -> Result<Self, AnalysisError> {
        let mut paying = Self(Vec::new());
        for address in request.tagged.keys() {
            paying.set(*address);
        }
        let mut reach = Self(Vec::new());
        let has_dust = !request.dust.is_empty();
        stream.visit(|place, row| -> Result<(), AnalysisError> {
            let is_dust = has_dust
                && match request.dust.get(&row.asset) {
                    Some(least) => stream.amount(place)? < *least,
                    None => false,
                };
            if paying.holds(row.from) || reach.holds(row.from) || is_dust {
                reach.set(row.to);
            }
            Ok(())
        })?;
        Ok(reach)
    }

    #[inline]
    pub(super) fn holds(&self, address: AddressId) -> bool {
        let word = self.0.get(address.0 as usize / 64).copied().unwrap_or(0);
        word >> (address.0 % 64) & 1 == 1
    }

    #[inline]
    fn set(&mut self, address: AddressId) {
        let place = address.0 as usize / 64;
        if place >= self.0.len() {
            self.0.resize((place + 1).next_power_of_two(), 0);
        }
        self.0[place] |= 1 << (address.0 % 64);
    }
}
