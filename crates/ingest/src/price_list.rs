//! Daily prices of a coin: CSV `date,EUR,USD,…`, or lines of JSON
//! `{"date": "2009-01-03", "fiatValues": {"EUR": 150, "USD": 149.55}}` as
//! GraphSense exports them.

use crate::{BrokenRow, IngestError};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use tracehound_model::{DailyPrices, Price, Timestamp};

/// One day as the file writes it; prices as text, because a binary fraction
/// would round them.
struct Day {
    date: String,
    prices: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsonDay {
    date: String,
    #[serde(alias = "fiat_values")]
    fiat_values: BTreeMap<String, serde_json::Number>,
}

/// Reads a price list. Currencies are those that the first day names, in
/// alphabetical order; an empty cell is a price not known.
///
/// # Errors
/// [`IngestError`] naming file, line and cure.
pub fn read_daily_prices(path: &Path) -> Result<DailyPrices, IngestError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| IngestError::Io { file: path.to_owned(), source })?;
    let days = if text.trim_start().starts_with('{') { json(&text) } else { csv(&text) };
    let refuse = |(line, reason): (u64, String)| IngestError::ListRow {
        file: path.to_owned(),
        row: BrokenRow { row: line, line: Some(line), reason },
    };
    let days = days.map_err(refuse)?;
    let currencies: Vec<String> = match days.first() {
        Some((_, day)) => day.prices.keys().cloned().collect(),
        None => return Err(refuse((1, "no price; give date,USD and one day a line".to_owned()))),
    };
    let mut prices = DailyPrices::new(currencies.clone());
    for (line, day) in days {
        add(&mut prices, &currencies, &day).map_err(|reason| refuse((line, reason)))?;
    }
    Ok(prices)
}

fn add(prices: &mut DailyPrices, currencies: &[String], day: &Day) -> Result<(), String> {
    let date: Timestamp = day.date.parse().map_err(|error| format!("date: {error}"))?;
    let unknown = day.prices.keys().find(|name| !currencies.contains(name));
    if let Some(name) = unknown {
        return Err(format!("{name} is not among the currencies of the first day"));
    }
    let price = |name: &String| match day.prices.get(name).map(String::as_str) {
        None | Some("") => Ok(None),
        Some(text) => text.parse::<Price>().map(Some).map_err(|error| format!("{name}: {error}")),
    };
    let row = currencies.iter().map(price).collect::<Result<_, _>>()?;
    if !prices.set(date, row) {
        return Err(format!("{} stands here a second time; keep one", day.date));
    }
    Ok(())
}

type Days = Result<Vec<(u64, Day)>, (u64, String)>;

fn json(text: &str) -> Days {
    let filled = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    filled
        .map(|(number, line)| {
            let day: JsonDay =
                serde_json::from_str(line).map_err(|error| (number, error.to_string()))?;
            let prices = day.fiat_values.into_iter().map(|(name, price)| (name, price.to_string()));
            Ok((number, Day { date: day.date, prices: prices.collect() }))
        })
        .collect()
}

fn csv(text: &str) -> Days {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| (1, error.to_string()))?.clone();
    if header.get(0) != Some("date") || header.len() < 2 {
        return Err((1, "the header must be date and currencies, such as date,EUR,USD".to_owned()));
    }
    let mut days = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| {
            (error.position().map_or(0, csv::Position::line), error.to_string())
        })?;
        let line = row.position().map_or(0, csv::Position::line);
        let cells = header.iter().zip(&row).skip(1);
        let prices = cells.map(|(name, price)| (name.to_owned(), price.to_owned())).collect();
        days.push((line, Day { date: row.get(0).unwrap_or_default().to_owned(), prices }));
    }
    Ok(days)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracehound_model::{Cents, Satoshi};

    fn read(text: &str) -> Result<DailyPrices, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prices");
        std::fs::write(&path, text).unwrap();
        read_daily_prices(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn both_forms_read_the_same() {
        let table = read("date,EUR,USD\n2009-01-03,150,149.55\n2009-01-04,,1\n").unwrap();
        let lines = "{\"date\":\"2009-01-03\",\"fiatValues\":{\"USD\":149.55,\"EUR\":150}}\n\
                     {\"date\":\"2009-01-04\",\"fiatValues\":{\"USD\":1}}\n";
        assert_eq!(table, read(lines).unwrap());
        assert_eq!(table.currencies(), ["EUR", "USD"]);
        let day = "2009-01-03 12:00:00".parse().unwrap();
        let worth = table.value(Satoshi(2_500_000), day);
        assert_eq!(worth, [Some(Cents(375)), Some(Cents(374))]);
    }

    #[test]
    fn errors_name_the_line() {
        for (text, said) in [
            ("", "header"),
            ("date,EUR\n", "no price"),
            ("date,EUR\n2009-01-03,1\n2009-01-03,2\n", "second time"),
            ("date,EUR\n2009-01-03,1\nsoon,2\n", "line 3"),
            ("date,EUR\n2009-01-03,minus\n", "not a price"),
            ("{\"date\":\"2009-01-03\"}", "fiatValues"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(said), "{text:?}: {error}");
        }
    }
}
