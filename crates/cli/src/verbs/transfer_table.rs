//! Transfers as a table or as JSON records, for the look-up verbs.

use crate::output;
use serde::Serialize;
use tracehound_model::{Address, Amount, Timestamp, TransferKind};
use tracehound_store::{AssetId, RowId, Snapshot};

/// One transfer, resolved.
#[derive(Serialize)]
pub(crate) struct TransferRecord {
    row: u64,
    transaction: String,
    height: u64,
    timestamp: Timestamp,
    position: Option<u32>,
    ordinal: Option<u32>,
    kind: TransferKind,
    from: Address,
    to: Address,
    asset: String,
    symbol: String,
    /// Decimal text in whole units; base units where the decimals are unknown.
    amount: String,
    amount_base_units: Amount,
}

impl TransferRecord {
    pub(crate) fn read(snapshot: &Snapshot, id: RowId) -> anyhow::Result<Self> {
        let (row, place) = (snapshot.row(id)?, snapshot.place(id)?);
        let asset = describe(snapshot, row.asset)?;
        Ok(Self {
            row: id.0,
            transaction: snapshot.chain().transaction_text(&place.transaction),
            height: place.height.0,
            timestamp: place.timestamp,
            position: place.position,
            ordinal: place.ordinal,
            kind: row.kind,
            from: snapshot.address(row.from)?,
            to: snapshot.address(row.to)?,
            amount: row.amount.to_decimal(asset.decimals),
            amount_base_units: row.amount,
            asset: asset.caip19,
            symbol: asset.symbol,
        })
    }
}

/// One line: when, from whom to whom, how much, by which transaction.
impl std::fmt::Display for TransferRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { timestamp, from, to, amount, symbol, transaction, .. } = self;
        write!(f, "{timestamp}  {from} -> {to}  {amount} {symbol}  {transaction}")
    }
}

/// An asset for display.
#[derive(Clone, Serialize)]
pub(crate) struct AssetText {
    pub(crate) caip19: String,
    pub(crate) symbol: String,
    /// 0 where they are unknown: amounts are then in base units.
    pub(crate) decimals: u8,
}

/// What an asset is called. A counterfeit says so in its symbol.
pub(crate) fn describe(snapshot: &Snapshot, id: AssetId) -> anyhow::Result<AssetText> {
    use tracehound_model::Asset;
    use tracehound_model::genuine::{self, Verdict};
    let chain = snapshot.chain();
    let record = snapshot.asset(id)?;
    let shown = record.symbol.as_deref();
    let symbol = match record.asset {
        Asset::Token(contract) => match genuine::judge(chain, &contract, shown) {
            Verdict::Genuine(token) => token.symbol.to_owned(),
            Verdict::Counterfeit { imitates } => format!("counterfeit of {imitates}"),
            Verdict::Unknown => shown.map_or_else(|| "unknown token".to_owned(), printable),
        },
        other => other.own_symbol(chain).unwrap_or("unknown").to_owned(),
    };
    let decimals = record.decimals.or_else(|| record.asset.own_decimals(chain)).unwrap_or(0);
    Ok(AssetText { caip19: record.asset.caip19(chain), symbol, decimals })
}

/// A symbol is what its contract's author chose: control characters are not printed.
fn printable(symbol: &str) -> String {
    symbol.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(40).collect()
}

/// Prints transfers, oldest first.
pub(crate) fn print(records: &[TransferRecord]) {
    let header = ["time (UTC)", "block", "from", "to", "amount", "asset", "transaction"];
    let mut table = output::table(&header, &[4]);
    for record in records {
        table.add_row([
            record.timestamp.to_string(),
            record.height.to_string(),
            record.from.to_string(),
            record.to.to_string(),
            record.amount.clone(),
            record.symbol.clone(),
            record.transaction.clone(),
        ]);
    }
    println!("{table}");
}
