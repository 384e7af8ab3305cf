//! Views in a currency, for a terminal.

use super::columns::Side::{Left, Right};
use super::columns::{table, wrapped};
use crate::investigation::{counted, printable};
use crate::{Investigation, PolicyReport};

impl Investigation {
    /// What the amounts were worth on their days.
    pub(super) fn in_currencies(&self, policy: &PolicyReport, width: usize) -> String {
        let mine: Vec<_> = self.values.iter().filter(|v| v.policy == policy.policy).collect();
        if mine.is_empty() {
            return String::new();
        }
        let mut text = String::from(
            "\nIn currency, on the day of each movement (a view, nothing is booked by it)\n",
        );
        let head = ["asset", "currency", "stolen", "at services", "held", "can be stopped"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for value in &mine {
            let asset = self.assets.iter().find(|asset| asset.id == value.asset);
            rows.push(vec![
                asset.map(|asset| printable(&asset.symbol)).unwrap_or_default(),
                printable(&value.currency),
                value.stolen.clone(),
                value.services.clone(),
                value.held.clone(),
                value.stoppable.clone(),
            ]);
        }
        text.push_str(&table(&[Left, Left, Right, Right, Right, Right], 0, &rows, width));
        for value in mine.iter().filter(|value| value.without_price > 0) {
            let amounts = counted(value.without_price, "amount has", "amounts have");
            let line = format!(
                "incomplete: {amounts} no {} price on its day in {}",
                printable(&value.currency),
                printable(&value.file)
            );
            text.push_str(&wrapped("  ", "    ", &line, width));
        }
        text
    }
}
