//! Exchanges inside transactions, for a terminal.

use super::columns::Side::Left;
use super::columns::{table, wrapped};
use super::minute;
use crate::investigation::count_text;
use crate::{ExchangeRecord, Investigation, MarketRecord, PolicyReport};

/// Exchanges shown.
const SHOWN: usize = 8;
/// Markets named for one of them.
const SHOWN_MARKETS: usize = 2;

impl Investigation {
    /// What was exchanged for what, and where.
    pub(super) fn exchanges(&self, policy: &PolicyReport, width: usize) -> String {
        if policy.exchanges.is_empty() {
            return String::new();
        }
        let all = count_text(policy.exchanges.len());
        let mut text = format!("\nExchanged inside one transaction ({all} in all)\n");
        let head = ["time, UTC", "gave", "got", "at markets (why taken for one)"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for exchange in policy.exchanges.iter().take(SHOWN) {
            rows.push(self.exchange_row(exchange));
        }
        text.push_str(&table(&[Left, Left, Left, Left], 0, &rows, width.max(96)));
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
        // The wrapped coin's contract is where exchanges pass, seldom what they are about.
        let mut markets: Vec<_> = exchange.markets.iter().collect();
        markets.sort_by_key(|market| market.reason == "wrapped-coin");
        let named = |m: &&MarketRecord| format!("{} ({})", m.address.name(), m.reason);
        let markets: Vec<String> = markets.iter().take(SHOWN_MARKETS).map(named).collect();
        vec![
            self.transfers.get(exchange.transfer).map(|t| minute(t.time)).unwrap_or_default(),
            ExchangeRecord::side(&exchange.gave),
            if exchange.carried { got } else { format!("{got}, not followed") },
            markets.join(", "),
        ]
    }
}
