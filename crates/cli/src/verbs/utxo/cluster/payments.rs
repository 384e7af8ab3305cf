//! `tracehound cluster payments`: who paid whom in a whole store, as CSV or JSON.

use super::{current, rule};
use crate::arguments::{ClusterPayments, Common};
use crate::progress::Spinner;
use crate::{Finish, output, place};
use tracehound_analysis::cluster::relations::{
    Party, Relation, Relations, Standing, Worth, relations,
};
use tracehound_analysis::coinjoin::CoinJoinFinder;
use tracehound_ingest::read_daily_prices;
use tracehound_model::DailyPrices;
use tracehound_store::utxo::{OutputLedger, TransactionId, TransactionView};

/// Columns, and rows of the same length.
struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// Computes and prints.
pub(crate) fn run(common: &Common, arguments: &ClusterPayments) -> anyhow::Result<Finish> {
    let prices = match &arguments.prices {
        Some(file) => read_daily_prices(file)?,
        None => DailyPrices::default(),
    };
    let (store, snapshot) = place::open_outputs(common, &arguments.store, None)?;
    let ledger: &dyn OutputLedger = &snapshot;
    let finder = CoinJoinFinder::new(ledger);
    // Where the store cannot be read, nothing is joined; the scan itself then says so.
    let mixes = |view: &TransactionView<'_>| finder.mixes(view).unwrap_or(true);
    let rule = rule(ledger, &arguments.rules, &mixes)?;
    let spinner = Spinner::start(common, "adding up payments");
    let clusters = match arguments.addresses {
        true => None,
        false => Some(current(ledger, store.folder(), &rule)?),
    };
    let currencies = prices.currencies().to_vec();
    let found = relations(ledger, clusters.as_ref(), prices)?;
    let table = match arguments.totals {
        true => totals(ledger, &found, &currencies)?,
        false => pairs(ledger, &found, &currencies)?,
    };
    drop(spinner);
    if common.json { print_json(&table) } else { print_csv(&table) }?;
    Ok(Finish::Done)
}

fn pairs(
    ledger: &dyn OutputLedger,
    found: &Relations,
    currencies: &[String],
) -> anyhow::Result<Table> {
    let mut columns = ["payer", "receiver", "transactions"].map(str::to_owned).to_vec();
    columns.extend(headers("satoshi", currencies));
    let row = |((payer, receiver), relation): (&(Party, Party), &Relation)| {
        let mut row = vec![text(ledger, *payer)?, text(ledger, *receiver)?];
        row.push(relation.transactions.to_string());
        row.extend(cells(&relation.worth));
        Ok(row)
    };
    Ok(Table { columns, rows: found.pairs.iter().map(row).collect::<anyhow::Result<_>>()? })
}

fn totals(
    ledger: &dyn OutputLedger,
    found: &Relations,
    currencies: &[String],
) -> anyhow::Result<Table> {
    let names = ["party", "first_transaction", "last_transaction", "incoming", "outgoing"];
    let mut columns: Vec<String> = names.map(str::to_owned).to_vec();
    columns.extend(["in_degree", "out_degree"].map(str::to_owned));
    for sum in ["received", "spent", "received_adjusted", "spent_adjusted"] {
        columns.extend(headers(sum, currencies));
    }
    let standings = found.standings();
    let hash = |id: TransactionId| anyhow::Ok(ledger.chain().transaction_text(&ledger.hash(id)?));
    let mut rows = Vec::new();
    for (party, totals) in &found.totals {
        let mut row = vec![text(ledger, *party)?, hash(totals.first)?, hash(totals.last)?];
        row.extend([totals.incoming.to_string(), totals.outgoing.to_string()]);
        let Some(standing) = standings.get(party) else { continue };
        let Standing { in_degree, out_degree, received_adjusted, spent_adjusted } = standing;
        row.extend([in_degree.to_string(), out_degree.to_string()]);
        for worth in [&totals.received, &totals.spent, received_adjusted, spent_adjusted] {
            row.extend(cells(worth));
        }
        rows.push(row);
    }
    Ok(Table { columns, rows })
}

fn headers(sum: &str, currencies: &[String]) -> Vec<String> {
    let own = std::iter::once(sum.to_owned());
    own.chain(currencies.iter().map(|name| format!("{sum}_{}", name.to_lowercase()))).collect()
}

/// A value that is not known, because a day has no price, is an empty cell.
fn cells(worth: &Worth) -> Vec<String> {
    let fiat = worth.fiat.iter().map(|cents| cents.map_or_else(String::new, |c| c.to_string()));
    std::iter::once(worth.value.0.to_string()).chain(fiat).collect()
}

/// A cluster goes by its smallest member.
fn text(ledger: &dyn OutputLedger, party: Party) -> anyhow::Result<String> {
    Ok(match party {
        Party::Coinbase => "coinbase".to_owned(),
        Party::Member(id) => ledger.address(id)?.to_string(),
    })
}

fn print_csv(table: &Table) -> anyhow::Result<()> {
    let mut out = output::csv();
    for row in std::iter::once(&table.columns).chain(&table.rows) {
        out.write_record(row)?;
    }
    Ok(out.flush()?)
}

/// Every cell is text: whole numbers may exceed what JSON's readers keep exact.
fn print_json(table: &Table) -> anyhow::Result<()> {
    let row = |row: &Vec<String>| -> serde_json::Map<String, serde_json::Value> {
        let cells = table.columns.iter().cloned().zip(row.iter().cloned());
        cells.map(|(name, cell)| (name, cell.into())).collect()
    };
    output::json(&table.rows.iter().map(row).collect::<Vec<_>>())
}
