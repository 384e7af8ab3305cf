//! Exchanges inside transactions, for a terminal.

use super::columns::Side::Left;
use super::columns::{table, wrapped};
use super::minute;
use crate::investigation::count_text;
use crate::{ExchangeRecord, Investigation, PolicyReport};

/// Exchanges shown.
const SHOWN: usize = 8;

impl Investigation {
    /// What was exchanged for what, and where.
    pub(super) fn exchanges(&self, policy: &PolicyReport, width: usize) -> String {
        if policy.exchanges.is_empty() {
            return String::new();
        }
        let all = count_text(policy.exchanges.len());
        let mut text = format!("\nExchanged inside one transaction ({all} in all)\n");
        let head = ["time, UTC", "gave", "got", "at", "taken for a market by"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for exchange in policy.exchanges.iter().take(SHOWN) {
            rows.push(self.exchange_row(exchange));
        }
        text.push_str(&table(&[Left, Left, Left, Left, Left], 0, &rows, width.max(96)));
        if policy.exchanges.len() > SHOWN {
            text.push_str("  the others are in exchanges.csv\n");
        }
        if policy.exchanges.iter().any(|exchange| !exchange.carried) {
            let line = "\"not followed\": several assets were given together, and the chain does not tell their worth beside each other";
            text.push_str(&wrapped("  ", "  ", line, width));
        }
        text
    }

    fn exchange_row(&self, exchange: &ExchangeRecord) -> Vec<String> {
        let got = ExchangeRecord::side(&exchange.got);
        let market = exchange.markets.first();
        vec![
            self.transfers.get(exchange.transfer).map(|t| minute(t.time)).unwrap_or_default(),
            ExchangeRecord::side(&exchange.gave),
            if exchange.carried { got } else { format!("{got}, not followed") },
            market.map(|market| market.address.name()).unwrap_or_default(),
            market.map(|market| market.reason.to_owned()).unwrap_or_default(),
        ]
    }
}
