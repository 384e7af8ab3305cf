//! Transfers as CSV text, for tests that start from files.
//!
//! Written by hand here, apart from the product's own writer, so that a
//! mistake shared by reader and writer cannot hide.

use std::io::{self, Write};
use tracehound_model::{Address, Asset, Timestamp, Transfer, TransferKind};

/// Header of the published laundering data sets.
pub const LAUNDER_NET_HEADER: &str =
    "Timestamp,Block,Tx_hash,From,From_label,To,To_label,Value_in_USD";

/// Header of the plain schema in its longest form.
pub const PLAIN_HEADER: &str = "tx_hash,block,timestamp,from,to,asset,value,position,ordinal,kind";

/// Writes `transfers` in the shape of the published laundering data sets.
/// Amounts are taken as cents; `label` names addresses (empty for none).
///
/// # Errors
/// Those of `output`.
pub fn write_launder_net<'a>(
    transfers: impl IntoIterator<Item = &'a Transfer>,
    label: impl Fn(&Address) -> String,
    mut output: impl Write,
) -> io::Result<()> {
    writeln!(output, "{LAUNDER_NET_HEADER}")?;
    for transfer in transfers {
        writeln!(
            output,
            "{},{},{},{},{},{},{},{}",
            utc(transfer.timestamp),
            transfer.height,
            transfer.transaction,
            transfer.from.to_lower_hex(),
            label(&transfer.from),
            transfer.to.to_lower_hex(),
            label(&transfer.to),
            transfer.amount.to_decimal(2),
        )?;
    }
    output.flush()
}

/// Writes `transfers` in the plain schema, amounts in base units.
///
/// # Errors
/// Those of `output`.
pub fn write_plain<'a>(
    transfers: impl IntoIterator<Item = &'a Transfer>,
    mut output: impl Write,
) -> io::Result<()> {
    let optional = |number: Option<u32>| number.map_or_else(String::new, |n| n.to_string());
    writeln!(output, "{PLAIN_HEADER}")?;
    for transfer in transfers {
        let asset = match transfer.asset {
            Asset::Token(contract) => contract.to_lower_hex(),
            other => other.to_string(),
        };
        writeln!(
            output,
            "{},{},{},{},{},{asset},{},{},{},{}",
            transfer.transaction,
            transfer.height,
            transfer.timestamp,
            transfer.from.to_lower_hex(),
            transfer.to.to_lower_hex(),
            transfer.amount,
            optional(transfer.position),
            optional(transfer.ordinal),
            kind(transfer.kind),
        )?;
    }
    output.flush()
}

fn kind(kind: TransferKind) -> &'static str {
    match kind {
        TransferKind::Native => "native",
        TransferKind::Internal => "internal",
        TransferKind::Token => "token",
        _ => "published",
    }
}

/// `2023-06-02 21:49:23`, as the published data sets write it.
fn utc(timestamp: Timestamp) -> String {
    timestamp.to_string().replace('T', " ").replace('Z', "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plant::{self, PlantOptions};

    #[test]
    fn rows_have_the_published_shape() {
        let options =
            PlantOptions { asset: Asset::PublishedUsd, unit: 12_345, ..PlantOptions::default() };
        let theft = plant::pass_through(&options, 2);
        let mut text = Vec::new();
        let first = theft.transfers[0].from;
        let label = |a: &Address| if *a == first { "Victim".to_owned() } else { String::new() };
        write_launder_net(&theft.transfers, label, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 1 + theft.transfers.len());
        assert!(lines[1].starts_with("2022-09-15 06:42:59,15537394,0x"), "{}", lines[1]);
        assert!(lines[1].contains(",Victim,0x") && lines[1].ends_with(",,123.45"), "{}", lines[1]);

        let mut text = Vec::new();
        write_plain(&theft.transfers, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.lines().nth(1).unwrap().ends_with(",usd,12345,0,0,published"), "{text}");
        let columns = |line: &str| line.matches(',').count();
        assert!(text.lines().all(|line| columns(line) == columns(PLAIN_HEADER)));
    }
}
