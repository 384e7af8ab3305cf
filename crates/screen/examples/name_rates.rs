//! How many names of a list are found again, and how many strangers are
//! stopped, at several thresholds, with the time it takes.
//!
//! ```text
//! cargo run --release -p tracehound-screen --example name_rates -- LIST KNOWN.csv STRANGERS.csv [OUT.csv]
//! ```
//!
//! The tables have a column `full_name`. With OUT, each row is written with
//! the names of the list that come nearest, for other programs to score.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::float_arithmetic)] // a tool for people
#![allow(clippy::cast_precision_loss)] // rates

use std::path::Path;
use std::time::Instant;
use tracehound_lists::read_list;
use tracehound_screen::names::{NameIndex, NameQuery};

const THRESHOLDS: [f64; 7] = [0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9];

/// Names of the list written beside a row.
const NEAREST: usize = 10;

struct Scored {
    name: String,
    known: bool,
    ours: f64,
    all: f64,
    /// Names of the list with our score and OFAC's.
    nearest: Vec<(String, f64, u8)>,
}

fn queries(path: &str) -> Vec<String> {
    let bytes = std::fs::read(path).unwrap();
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let column = reader.headers().unwrap().iter().position(|name| name == "full_name").unwrap();
    reader.records().map(|row| row.unwrap()[column].to_owned()).collect()
}

fn score(index: &NameIndex, name: &str, known: bool) -> Scored {
    let query = NameQuery { name: name.to_owned(), ..NameQuery::default() };
    let hits = index.search(&query, 0.5);
    let top =
        |hits: &[tracehound_screen::names::NameHit]| hits.first().map_or(0.0, |hit| hit.score);
    let all = if known { top(&index.search_all(&query, 0.5)) } else { 0.0 };
    let near = hits.iter().take(NEAREST).map(|hit| (hit.name.clone(), hit.score, hit.ofac));
    Scored { name: name.to_owned(), known, ours: top(&hits), all, nearest: near.collect() }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let list = read_list(Path::new(&arguments[0])).unwrap();
    let index = NameIndex::new(list.entries.into_iter().map(|entry| entry.party).collect());
    let (known, strangers) = (queries(&arguments[1]), queries(&arguments[2]));
    println!(
        "{} names on the list, {} known, {} strangers",
        index.len(),
        known.len(),
        strangers.len()
    );
    let mut scored: Vec<Scored> = known.iter().map(|name| score(&index, name, true)).collect();
    let begun = Instant::now();
    scored.extend(strangers.iter().map(|name| score(&index, name, false)));
    let seconds = begun.elapsed().as_secs_f64();
    println!("{:.0} queries a second, one thread", strangers.len() as f64 / seconds);
    // Every other row was looked at while the parameters were set.
    for (half, rest) in [("looked at", 0), ("held out", 1)] {
        let rows = || scored.iter().enumerate().filter(|(n, _)| n % 2 == rest).map(|(_, row)| row);
        println!("{half}: threshold, recall, recall without the index, strangers stopped");
        for least in THRESHOLDS {
            let share = |known: bool, hit: &dyn Fn(&Scored) -> bool| {
                let all = rows().filter(|row| row.known == known).count();
                100.0 * rows().filter(|row| row.known == known && hit(row)).count() as f64
                    / all as f64
            };
            println!(
                "  {least:.2}  {:6.2} %  {:6.2} %  {:7.3} %",
                share(true, &|row| row.ours >= least),
                share(true, &|row| row.all >= least),
                share(false, &|row| row.ours >= least),
            );
        }
    }
    if let Some(out) = arguments.get(3) {
        let mut writer = csv::Writer::from_path(out).unwrap();
        writer.write_record(["query", "known", "listed", "score", "ofac"]).unwrap();
        for row in &scored {
            let none = [(String::new(), 0.0, 0)];
            let nearest = if row.nearest.is_empty() { &none[..] } else { &row.nearest };
            for (listed, score, ofac) in nearest {
                let known = row.known.to_string();
                let (score, ofac) = (score.to_string(), ofac.to_string());
                writer.write_record([&row.name, &known, listed, &score, &ofac]).unwrap();
            }
        }
        writer.flush().unwrap();
    }
}
