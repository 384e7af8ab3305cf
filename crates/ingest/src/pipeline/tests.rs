//! Files into a real store: what is refused, what is kept aside, what repeats.

use super::*;
use crate::normalise::testing::{account, tx};
use crate::{IngestError, export, write_plain_parquet};
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tracehound_model::Chain;
use tracehound_store::Store;

/// A store and a folder of files.
struct Bench {
    folder: TempDir,
    store: Store,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(&folder.path().join("store"), &Chain::ethereum()).unwrap();
        Self { folder, store }
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn ingest(&self, files: &[PathBuf]) -> Result<IngestSummary, IngestError> {
        let quarantine = Some(self.folder.path().join("quarantine"));
        ingest(&self.store, files, &IngestOptions { quarantine, ..IngestOptions::default() })
    }

    /// Ingests one file that must be refused; the message without the folder.
    fn refused(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let before = self.store.snapshot().unwrap().row_count();
        let error = self.ingest(&[self.file(name, bytes)]).unwrap_err().to_string();
        assert_eq!(self.store.snapshot().unwrap().row_count(), before, "nothing is published");
        let folder = format!("{}/", self.folder.path().display());
        error.replace(&folder, "")
    }
}

const HEADER: &str = "tx_hash,block,timestamp,from,to,asset,value\n";

fn line(n: u64) -> String {
    let time = 1_700_000_000 + n * 12;
    let hash = format!("0x{n:064x}");
    format!("{hash},{n},{time},{},{},native,{}\n", account(1), account(2), n + 1)
}

/// A table of 500 sound rows with some more at its end.
fn table(more: &[String]) -> String {
    let rows: String = (1..=500).map(line).collect();
    format!("{HEADER}{rows}{}", more.concat())
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn broken_rows_are_kept_aside_with_file_row_and_reason() {
    let bench = Bench::new();
    let (a, b, h) = (account(1), account(2), tx(9));
    let wrong_case = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed";
    let broken = [
        format!("{h},501,1700006012,0x12,{b},native,5\n"),
        format!("{h},501,1700006012,{wrong_case},{b},native,5\n"),
        format!("{h},501,1700006012,{a},{b},native,-5\n"),
        format!("{h},501,1700006012,{a},{b},native,1.5\n"),
        format!("{h},502,1600000000,{a},{b},native,5\n"),
    ];
    let mut file = table(&broken).into_bytes();
    file.extend_from_slice(b"1,2\n");
    let summary = bench.ingest(&[bench.file("t.csv", file)]);
    // 6 of 506 rows are more than one in a hundred.
    let message = summary.unwrap_err().to_string();
    assert!(
        message.contains("6 of 506 rows cannot be read, more than the 1 in 100 allowed; nothing was published; first: row 501 (line 502): from: \"0x12\" is not an address"),
        "{message}"
    );
    let kept =
        std::fs::read_to_string(bench.folder.path().join("quarantine/t.csv.broken.csv")).unwrap();
    let reasons: Vec<&str> = kept.lines().collect();
    assert_eq!(reasons.len(), 7);
    assert_eq!(reasons[0], "file,row,reason,text");
    assert!(reasons[1].contains("t.csv,501,\"from: \"\"0x12\"\" is not an address"));
    assert!(reasons[2].contains("fails its EIP-55 checksum; if every digit is right it is"));
    assert!(reasons[3].contains("value: \"\"-5\"\" is negative"));
    assert!(reasons[4].contains("value: \"\"1.5\"\" is a fraction; base units are whole"));
    assert!(reasons[5].contains("heights and times must rise together"));
    assert!(reasons[6].contains("506,\"the row has 2 fields, the header 7\",\"1,2\""));
}

#[test]
fn a_few_broken_rows_do_not_stop_a_run() {
    let bench = Bench::new();
    let bad = ["\0\n".to_owned(), "x\n".to_owned(), format!("{},500,1,,,,\n", tx(3))];
    let summary = bench.ingest(&[bench.file("t.csv", table(&bad))]).unwrap();
    let file = &summary.files[0];
    assert_eq!((file.rows, file.transfers, file.broken), (503, 500, 3));
    assert_eq!(file.first_broken[0].reason, "the row holds a NUL byte");
    assert_eq!(file.first_broken[0].line, Some(502));
    assert!(file.quarantine_file.as_ref().is_some_and(|f| f.exists()));
    assert_eq!(bench.store.snapshot().unwrap().row_count(), 500);
    assert_eq!(summary.publish.added, 500);
}

#[test]
fn a_block_with_two_times_is_broken_wherever_it_was_seen() {
    let bench = Bench::new();
    bench.ingest(&[bench.file("t.csv", table(&[]))]).unwrap();
    let late = format!("{HEADER}{}", line(7).replace("1700000084", "1700000085"));
    let message = bench.refused("late.csv", late);
    assert!(message.contains("block 7 is dated 2023-11-14T22:14:45Z here and 2023-11-14T22:14:44Z in the store; a block has one time"), "{message}");
    let back = format!("{HEADER}{}", line(600).replace("1700007200", "1700000000"));
    let message = bench.refused("back.csv", back);
    assert!(
        message.contains("but block 500 is dated 2023-11-14T23:53:20Z in the store"),
        "{message}"
    );
}

#[test]
fn whole_files_are_refused_with_one_clear_message() {
    let bench = Bench::new();
    let cut = gzip(table(&[]).as_bytes());
    let message = bench.refused("cut.csv.gz", &cut[..cut.len() - 9]);
    assert_eq!(
        message,
        "cut.csv.gz: the gzip data end before they are complete, so the file was cut off; fetch it again (nothing was published)"
    );
    let message = bench.refused("tabs.csv", table(&[]).replace(',', "\t"));
    assert_eq!(message, "tabs.csv: the fields are separated by tabs; write the table with commas");
    let message = bench.refused("semicolons.csv", table(&[]).replace(',', ";"));
    assert!(message.contains("separated by semicolons"), "{message}");
    assert_eq!(bench.refused("none.csv", ""), "none.csv: the file is empty; export it again");
    let message = bench.refused("other.csv", "tx_hash,block,from,to,value\n");
    assert_eq!(
        message,
        "other.csv: no known format has these columns: tx_hash, block, from, to, value; nearest is the plain schema, which also needs timestamp or timestamp_utc or block_timestamp; rename the columns or convert to the plain schema (docs/plain-schema.md)"
    );
    let path = bench.folder.path().join("missing.csv");
    let message = bench.ingest(&[path]).unwrap_err().to_string();
    assert!(message.contains("missing.csv: No such file"), "{message}");
}

#[test]
fn parquet_that_was_cut_off_or_inside_gzip_is_refused() {
    let bench = Bench::new();
    let whole = bench.folder.path().join("whole.parquet");
    write_plain_parquet(&whole, std::iter::empty()).unwrap();
    let bytes = std::fs::read(&whole).unwrap();
    let message = bench.refused("cut.parquet", &bytes[..bytes.len() - 20]);
    assert!(
        message.contains("not valid Parquet") && message.contains("damaged or cut off"),
        "{message}"
    );
    let message = bench.refused("packed.gz", gzip(&bytes));
    assert!(message.contains("Parquet inside gzip; unpack it first"), "{message}");
}

#[test]
fn a_header_alone_is_no_error_but_is_said() {
    let bench = Bench::new();
    let summary = bench.ingest(&[bench.file("t.csv", HEADER)]).unwrap();
    assert_eq!(summary.files[0].notes, ["the file has a header and no rows"]);
    assert!(!summary.publish.changed);
}

#[test]
fn an_endless_line_costs_one_row_and_no_memory() {
    let bench = Bench::new();
    let mut text = table(&[]).into_bytes();
    text.extend(std::iter::repeat_n(b'x', 50_000_000));
    text.push(b'\n');
    text.extend_from_slice(line(501).as_bytes());
    let summary = bench.ingest(&[bench.file("t.csv.gz", gzip(&text))]).unwrap();
    let file = &summary.files[0];
    assert_eq!((file.transfers, file.broken), (501, 1));
    assert_eq!(
        file.first_broken[0].to_string(),
        "row 501 (line 502): the line is longer than 1 MiB"
    );
}

#[test]
fn the_same_file_twice_adds_nothing_however_it_is_packed() {
    let bench = Bench::new();
    let text = table(&[]);
    let plain = bench.file("t.csv", &text);
    let packed = bench.file("t.gz", gzip(text.as_bytes()));
    let first = bench.ingest(&[plain.clone(), packed.clone()]).unwrap();
    assert_eq!((first.publish.added, first.publish.duplicates), (500, 500));
    let digest = bench.store.snapshot().unwrap().content_digest().unwrap();
    let second = bench.ingest(&[packed, plain]).unwrap();
    assert_eq!((second.publish.added, second.publish.changed), (0, false));
    assert_eq!(bench.store.snapshot().unwrap().content_digest().unwrap(), digest);
    assert_eq!(first.files[0].sha256, second.files[1].sha256);
}

#[test]
fn later_files_take_times_from_the_store() {
    let bench = Bench::new();
    bench.ingest(&[bench.file("t.csv", table(&[]))]).unwrap();
    let tokens = |block: u64| {
        format!(
            "token_address,from_address,to_address,value,transaction_hash,log_index,block_number\n{},{},{},5,0x{:064x},3,{block}\n",
            account(7),
            account(1),
            account(2),
            block
        )
    };
    let summary = bench.ingest(&[bench.file("tokens.csv", tokens(8))]).unwrap();
    assert_eq!(summary.publish.added, 1);
    let message = bench.refused("late.csv", tokens(900));
    assert!(message.contains("the time of block 900 is not known; add a blocks file"), "{message}");
}

#[test]
fn labels_tokens_and_json_of_the_summary() {
    let bench = Bench::new();
    let case = format!(
        "Timestamp,Block,Tx_hash,From,From_label,To,To_label,Value_in_USD\n2023-06-02 21:49:23,5,{},{},Thief,{},Binance 14,10.5\n",
        tx(1),
        account(1),
        account(2)
    );
    let token = account(7);
    let tokens = format!("address,symbol,name,decimals,total_supply\n{token},ABC,x,6,1\n");
    let plain = format!(
        "tx_hash,block,timestamp,from,to,contract,amount\n{},6,2023-06-02 21:49:35,{},{},{token},1.5\n",
        tx(2),
        account(2),
        account(3)
    );
    let files = [
        bench.file("plain.csv", plain),
        bench.file("case.csv", case),
        bench.file("tokens.csv", tokens),
    ];
    let summary = bench.ingest(&files).unwrap();
    let labels: Vec<_> =
        summary.told.labels.iter().map(|l| (l.label.as_str(), l.source.as_str())).collect();
    assert_eq!(labels, [("Thief", "case.csv"), ("Binance 14", "case.csv")]);
    let snapshot = bench.store.snapshot().unwrap();
    let asset = tracehound_model::Asset::Token(token.parse().unwrap());
    let id = snapshot.asset_id(&asset).unwrap().unwrap();
    let record = snapshot.asset(id).unwrap();
    assert_eq!((record.symbol.as_deref(), record.decimals), (Some("ABC"), Some(6)));
    let row = snapshot.row(tracehound_store::RowId(1)).unwrap();
    assert_eq!(row.amount.to_u64(), Some(1_500_000));
    let json = serde_json::to_value(&summary).unwrap();
    assert_eq!(json["files"][1]["format"], "launder-net");
    assert_eq!(json["publish"]["added"], 2);
}

#[test]
fn a_stopped_run_publishes_nothing() {
    let bench = Bench::new();
    let options =
        IngestOptions { stop: Some(Arc::new(AtomicBool::new(true))), ..IngestOptions::default() };
    let file = bench.file("t.csv", table(&[]));
    let error = ingest(&bench.store, &[file], &options).unwrap_err();
    assert!(matches!(error, IngestError::Stopped), "{error}");
    assert_eq!(bench.store.snapshot().unwrap().row_count(), 0);
}

#[test]
fn progress_rises_to_its_total() {
    let bench = Bench::new();
    let (last, calls) = (Arc::new(Mutex::new((0, 0))), Arc::new(AtomicU64::new(0)));
    let (seen, counted) = (Arc::clone(&last), Arc::clone(&calls));
    let on_progress = move |progress: Progress| {
        if progress.stage == Stage::Reading {
            let mut last = seen.lock().unwrap();
            assert!(progress.done >= last.0);
            *last = (progress.done, progress.total);
            counted.fetch_add(1, Ordering::Relaxed);
        }
    };
    let options =
        IngestOptions { on_progress: Some(Arc::new(on_progress)), ..IngestOptions::default() };
    let files = [bench.file("t.csv", table(&[])), bench.file("t.gz", gzip(table(&[]).as_bytes()))];
    ingest(&bench.store, &files, &options).unwrap();
    let last = *last.lock().unwrap();
    assert_eq!(last.0, last.1);
    assert!(calls.load(Ordering::Relaxed) >= 2);
}

#[test]
fn published_cases_survive_a_round_trip() {
    let shared =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/cases");
    if !shared.exists() {
        return;
    }
    for (case, rows) in
        [("atomic-wallet", 1080), ("lifi", 135), ("txphish", 292), ("bybit-2025", 380)]
    {
        let bench = Bench::new();
        let summary = bench.ingest(&[shared.join(case).join("transfers.csv")]).unwrap();
        let snapshot = bench.store.snapshot().unwrap();
        // One pair of rows of the Bybit data is the same transfer twice, at two places.
        assert!(snapshot.row_count() >= rows, "{case}: {}", snapshot.row_count());
        assert_eq!(summary.files[0].broken, 0);
        for format in [crate::ExportFormat::Csv, crate::ExportFormat::Parquet] {
            let mut bytes = Vec::new();
            assert_eq!(export(&snapshot, format, &mut bytes).unwrap(), snapshot.row_count());
            let other = Bench::new();
            other.ingest(&[other.file("export", bytes)]).unwrap();
            let again = other.store.snapshot().unwrap();
            assert_eq!(
                again.content_digest().unwrap(),
                snapshot.content_digest().unwrap(),
                "{case} {format:?}"
            );
        }
    }
}
