//! Net amounts per address and asset.

use crate::trace::Entry;
use hashbrown::HashMap;
use tracehound_model::{Amount, AmountError};
use tracehound_store::{AddressId, AssetId};

/// What one address paid and received of one asset in a transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Line {
    /// Whose.
    pub address: AddressId,
    /// Of what.
    pub asset: AssetId,
    /// All it paid, base units.
    pub paid: Amount,
    /// All it received, base units.
    pub received: Amount,
    /// Place of its first payment among the movements; `usize::MAX` if none.
    pub first_paid: usize,
    /// Place of its first receipt among the movements; `usize::MAX` if none.
    pub first_received: usize,
}

impl Line {
    fn new(address: AddressId, asset: AssetId) -> Self {
        Self {
            address,
            asset,
            paid: Amount::ZERO,
            received: Amount::ZERO,
            first_paid: usize::MAX,
            first_received: usize::MAX,
        }
    }

    /// What it has less in the end, if it has.
    #[must_use]
    pub fn gave(&self) -> Option<Amount> {
        self.paid.subtract(self.received).ok().filter(|net| !net.is_zero())
    }

    /// What it has more in the end, if it has.
    #[must_use]
    pub fn got(&self) -> Option<Amount> {
        self.received.subtract(self.paid).ok().filter(|net| !net.is_zero())
    }
}

/// One line per address and asset that moved, in the order of first appearance.
///
/// # Errors
/// A sum past 256 bits.
pub fn net(entries: &[Entry]) -> Result<Vec<Line>, AmountError> {
    let mut lines: Vec<Line> = Vec::new();
    let mut places: HashMap<(AddressId, AssetId), usize> = HashMap::new();
    let mut line_of = |lines: &mut Vec<Line>, address, asset| {
        *places.entry((address, asset)).or_insert_with(|| {
            lines.push(Line::new(address, asset));
            lines.len() - 1
        })
    };
    for (place, entry) in entries.iter().enumerate() {
        let payer = line_of(&mut lines, entry.debtor, entry.asset);
        let line = &mut lines[payer];
        line.paid = line.paid.add(entry.amount)?;
        line.first_paid = line.first_paid.min(place);
        let payee = line_of(&mut lines, entry.creditor, entry.asset);
        let line = &mut lines[payee];
        line.received = line.received.add(entry.amount)?;
        line.first_received = line.first_received.min(place);
    }
    Ok(lines)
}
