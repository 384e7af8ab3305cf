//! Views in a currency: what amounts were worth on their day.
//!
//! Nothing is booked by a price. What was stolen is valued on the day on which
//! it left its source, what rests on the day of the last arrival at its place,
//! each by the price of that UTC day in the case's own list. A day without a
//! price makes the view incomplete, and it says so.

use super::{Investigation, PolicyReport, RestGroup};
use serde::Serialize;
use tracehound_model::{Amount, Cents, DailyPrices, Policy, Timestamp};

/// Prices of one asset.
#[derive(Clone, Debug)]
pub struct AssetPrices {
    /// CAIP-19.
    pub asset: String,
    /// Its prices.
    pub prices: DailyPrices,
    /// The file that gives them.
    pub file: String,
}

/// One asset under one policy in one currency.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ValueRecord {
    /// The policy.
    pub policy: Policy,
    /// CAIP-19.
    pub asset: String,
    /// The currency, as the list calls it.
    pub currency: String,
    /// The list.
    pub file: String,
    /// What was stolen, on the days it was; two decimals.
    pub stolen: String,
    /// What rests at services, on the day of the last arrival at each place.
    pub services: String,
    /// What is held, likewise.
    pub held: String,
    /// What can be stopped where it rests, likewise.
    pub stoppable: String,
    /// Amounts left out because their day has no price.
    pub without_price: u32,
}

/// A sum of values.
#[derive(Default)]
struct Sum {
    cents: Cents,
    missing: u32,
}

impl Sum {
    fn add(&mut self, value: Option<Cents>) {
        match value {
            Some(cents) => self.cents = self.cents.saturating_add(cents),
            None => self.missing += 1,
        }
    }
}

impl Investigation {
    /// Adds views in the currencies of `prices`, which may be of any assets.
    pub fn value_with(&mut self, prices: &[AssetPrices]) {
        let mut values = Vec::new();
        for policy in self.policies.iter().filter(|policy| policy.conserves) {
            for asset in &self.assets {
                for list in prices.iter().filter(|list| list.asset == asset.id) {
                    for place in 0..list.prices.currencies().len() {
                        values.push(self.valued(policy, (list, place), asset.decimals));
                    }
                }
            }
        }
        self.values = values;
    }

    fn valued(
        &self,
        policy: &PolicyReport,
        (list, place): (&AssetPrices, usize),
        decimals: u8,
    ) -> ValueRecord {
        let value = |units: Amount, time: Timestamp| {
            list.prices.value_of(units, decimals, time).get(place).copied().flatten()
        };
        let mut stolen = Sum::default();
        let mine = policy.transfers.iter().filter(|t| t.tainted.asset.id == list.asset);
        for taint in mine.filter(|taint| !taint.seeded.is_zero()) {
            stolen.add(value(taint.seeded.units, self.transfers[taint.transfer].time));
        }
        let (mut services, mut held, mut stoppable) =
            (Sum::default(), Sum::default(), Sum::default());
        for terminal in policy.terminals.iter().filter(|t| t.tainted.asset.id == list.asset) {
            let worth = value(terminal.tainted.units, terminal.last_seen);
            match terminal.group {
                RestGroup::Service => services.add(worth),
                RestGroup::Held => held.add(worth),
                _ => continue,
            }
            if terminal.stopped_by.is_actionable() {
                stoppable.cents = stoppable.cents.saturating_add(worth.unwrap_or_default());
            }
        }
        ValueRecord {
            policy: policy.policy,
            asset: list.asset.clone(),
            currency: list.prices.currencies()[place].clone(),
            file: list.file.clone(),
            stolen: stolen.cents.to_string(),
            services: services.cents.to_string(),
            held: held.cents.to_string(),
            stoppable: stoppable.cents.to_string(),
            without_price: stolen.missing + services.missing + held.missing,
        }
    }
}
