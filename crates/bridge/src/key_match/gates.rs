//! What two sides of a crossing may differ by.

use crate::event::Bridge;
use std::collections::BTreeMap;
use tracehound_model::Chain;

/// Millionths of the whole.
const WHOLE: u32 = 1_000_000;
/// What bridges that are paid for their liquidity keep at most, in millionths.
const FEE_OF_LIQUIDITY: u32 = 50_000;
/// Bridges that keep a fee out of what they move without saying how much.
const WITH_FEE: &[&str] = &["celer", "multichain", "synapse", "connext", "across", "avalanche"];
/// Bridges that may answer one payment with several.
const IN_PARTS: &[&str] = &["thorchain", "across"];

/// Parameters of the rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gates {
    finality: BTreeMap<Chain, i64>,
    fees: BTreeMap<Bridge, u32>,
    parts: Vec<Bridge>,
}

impl Default for Gates {
    fn default() -> Self {
        let fee = |name: &&str| (Bridge::new(name), FEE_OF_LIQUIDITY);
        Self {
            finality: BTreeMap::new(),
            fees: WITH_FEE.iter().map(fee).collect(),
            parts: IN_PARTS.iter().map(|name| Bridge::new(name)).collect(),
        }
    }
}

impl Gates {
    /// Says that a payment on `chain` counts only after so many seconds.
    pub fn set_finality(&mut self, chain: Chain, seconds: u32) {
        self.finality.insert(chain, i64::from(seconds));
    }

    /// Seconds; none if nothing was said.
    #[must_use]
    pub fn finality(&self, chain: &Chain) -> i64 {
        self.finality.get(chain).copied().unwrap_or(0)
    }

    /// Says how much a bridge keeps at most, in millionths of what is paid in.
    pub fn set_fee(&mut self, bridge: Bridge, millionths: u32) {
        self.fees.insert(bridge, millionths.min(WHOLE));
    }

    /// Millionths.
    #[must_use]
    pub fn fee(&self, bridge: &Bridge) -> u32 {
        self.fees.get(bridge).copied().unwrap_or(0)
    }

    /// Whether one key may be answered more than once.
    #[must_use]
    pub fn pays_in_parts(&self, bridge: &Bridge) -> bool {
        self.parts.contains(bridge)
    }
}
