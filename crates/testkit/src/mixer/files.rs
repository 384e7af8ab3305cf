//! Traffic as the files that a mixer's events are published in.

use super::{MixerPayment, POOLS, Traffic};
use std::fmt::Write as _;
use std::io;
use std::path::Path;

/// Writes `deposits_eth_*.json`, `withdrawals_eth_*.json`, `transfers.csv` and
/// `planted.csv` (the planted deposits) into a folder.
///
/// # Errors
/// If a file cannot be written.
pub fn write_traffic(traffic: &Traffic, folder: &Path) -> io::Result<()> {
    for (pool, name) in POOLS.iter().enumerate() {
        let of_pool = |payment: &&MixerPayment| payment.pool == pool;
        let deposits = traffic.deposits.iter().filter(of_pool).enumerate().map(|(leaf, paid)| {
            format!(
                "{{\"timestamp\":\"{}\",\"commitment\":\"{}\",\"blockNumber\":{},\
                 \"transactionHash\":\"{}\",\"leafIndex\":{leaf}}}",
                paid.time,
                paid.transaction,
                paid.block(),
                paid.transaction
            )
        });
        let file = folder.join(format!("deposits_eth_{name}.json"));
        std::fs::write(file, array(deposits.collect()))?;
        let withdrawals = traffic.withdrawals.iter().filter(of_pool).map(|paid| {
            format!(
                "{{\"to\":\"{}\",\"fee\":\"0\",\"blockNumber\":{},\"nullifierHash\":\"{}\",\
                 \"transactionHash\":\"{}\"}}",
                paid.party,
                paid.block(),
                paid.transaction,
                paid.transaction
            )
        });
        let file = folder.join(format!("withdrawals_eth_{name}.json"));
        std::fs::write(file, array(withdrawals.collect()))?;
    }
    let mut transfers = "from,to,block\n".to_owned();
    for (from, to, block) in &traffic.transfers {
        let _ = writeln!(transfers, "{from},{to},{block}"); // text takes everything
    }
    std::fs::write(folder.join("transfers.csv"), transfers)?;
    let mut planted = "transaction\n".to_owned();
    for payment in traffic.deposits.iter().filter(|payment| payment.is_planted) {
        let _ = writeln!(planted, "{}", payment.transaction);
    }
    std::fs::write(folder.join("planted.csv"), planted)
}

fn array(objects: Vec<String>) -> String {
    format!("[\n{}\n]\n", objects.join(",\n"))
}
