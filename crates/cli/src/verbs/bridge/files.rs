//! The tables that `--out` asks for.

use crate::output;
use std::path::Path;
use tracehound_bridge::calibration::{Calibration, plot};
use tracehound_bridge::key_match::{Field, RELEASE_WITHOUT_COUNTERPART};
use tracehound_bridge::read::{COLUMNS, row_of};
use tracehound_bridge::{BridgeEvent, Class, KeyMatching, KeylessMatching};

fn table<'a>(
    path: &Path,
    header: &[&str],
    rows: impl Iterator<Item = Vec<String>> + 'a,
) -> anyhow::Result<()> {
    output::file(path, |out| {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(header)?;
        for row in rows {
            csv.write_record(row)?;
        }
        Ok(csv.flush()?)
    })
}

fn transaction(event: &BridgeEvent) -> String {
    event.transaction.map(|hash| event.chain.transaction_text(&hash)).unwrap_or_default()
}

fn or_empty(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn fields(fields: &[Field]) -> String {
    fields.iter().map(Field::to_string).collect::<Vec<_>>().join(" ")
}

/// Pairs, what stayed alone, and keys used twice.
pub(super) fn key(
    folder: &Path,
    events: &[BridgeEvent],
    matching: &KeyMatching,
) -> anyhow::Result<()> {
    matched(&folder.join("matched.csv"), events, matching)?;
    let mut header = COLUMNS.to_vec();
    header.extend(["class", "finding", "partner_transaction", "differing"]);
    let row = |number: usize| {
        let class = &matching.classes[number];
        let is_release = matching.is_release_without_counterpart(number);
        let (partner, differing) = match class {
            Class::Mismatched { partner, differing } => {
                (transaction(&events[*partner]), fields(differing))
            }
            _ => (String::new(), String::new()),
        };
        let finding = if is_release { RELEASE_WITHOUT_COUNTERPART } else { "" };
        let mut row = row_of(&events[number]).to_vec();
        row.extend([class.name().to_owned(), finding.to_owned(), partner, differing]);
        row
    };
    let of = |wanted: fn(&Class) -> bool| {
        (0..events.len()).filter(move |number| wanted(&matching.classes[*number])).map(row)
    };
    let alone = of(|class| {
        matches!(
            class,
            Class::UnmatchedSource | Class::UnmatchedDestination | Class::Mismatched { .. }
        )
    });
    table(&folder.join("unmatched.csv"), &header, alone)?;
    let twice = of(|class| matches!(class, Class::DoublyMatched));
    table(&folder.join("doubly_matched.csv"), &header, twice)
}

fn matched(path: &Path, events: &[BridgeEvent], matching: &KeyMatching) -> anyhow::Result<()> {
    let header = [
        "bridge",
        "key",
        "source_chain",
        "source_transaction",
        "source_position",
        "source_time",
        "source_token",
        "source_amount",
        "destination_chain",
        "destination_transaction",
        "destination_position",
        "destination_time",
        "destination_token",
        "destination_amount",
        "receiver",
        "unchecked",
    ];
    let rows = matching.pairs.iter().map(|pair| {
        let (source, destination) = (&events[pair.source], &events[pair.destination]);
        let mut row = vec![source.bridge.to_string(), or_empty(source.key.as_ref())];
        for event in [source, destination] {
            row.extend([
                event.chain.to_string(),
                transaction(event),
                or_empty(event.position),
                or_empty(event.time),
                or_empty(event.token),
                or_empty(event.amount),
            ]);
        }
        row.extend([or_empty(destination.receiver.or(source.receiver)), fields(&pair.unchecked)]);
        row
    });
    table(path, &header, rows)
}

/// Every ambiguity set, a row a candidate and one for each set without any.
pub(super) fn candidates(
    folder: &Path,
    events: &[BridgeEvent],
    matching: &KeylessMatching,
) -> anyhow::Result<()> {
    let header = [
        "source_bridge",
        "source_chain",
        "source_transaction",
        "source_position",
        "candidates",
        "rank",
        "destination_chain",
        "destination_transaction",
        "destination_position",
        "lag_seconds",
        "fee_millionths",
        "probability",
        "none_of_these",
        "unresolved",
    ];
    let rows = matching.sets.iter().flat_map(|set| {
        let source = &events[set.source];
        let start = vec![
            source.bridge.to_string(),
            source.chain.to_string(),
            transaction(source),
            or_empty(source.position),
            set.candidates.len().to_string(),
        ];
        let end = [
            format!("{:.6}", set.none),
            set.unresolved.map_or("", |reason| reason.name()).to_owned(),
        ];
        let mut rows: Vec<Vec<String>> = Vec::new();
        for (rank, candidate) in (1_usize..).zip(&set.candidates) {
            let paid = &events[candidate.destination];
            let mut row = start.clone();
            row.extend([
                rank.to_string(),
                paid.chain.to_string(),
                transaction(paid),
                or_empty(paid.position),
                or_empty(candidate.lag),
                candidate.fee.to_string(),
                format!("{:.6}", candidate.probability),
            ]);
            row.extend(end.clone());
            rows.push(row);
        }
        if rows.is_empty() {
            let mut row = start;
            row.extend(std::iter::repeat_n(String::new(), 7));
            row.extend(end);
            rows.push(row);
        }
        rows
    });
    table(&folder.join("candidates.csv"), &header, rows)
}

/// The reliability table and its diagram.
pub(super) fn calibration(folder: &Path, calibration: &Calibration) -> anyhow::Result<()> {
    let rows = (1_usize..).zip(&calibration.bins).map(|(number, bin)| {
        vec![
            number.to_string(),
            bin.statements.to_string(),
            bin.so.to_string(),
            format!("{:.6}", bin.said()),
            format!("{:.6}", bin.was()),
        ]
    });
    let header = ["tenth", "statements", "were_so", "mean_said", "share_so"];
    table(&folder.join("calibration.csv"), &header, rows)?;
    output::file(&folder.join("calibration.svg"), |out| {
        use std::io::Write;
        Ok(out.write_all(plot(calibration).as_bytes())?)
    })
}
