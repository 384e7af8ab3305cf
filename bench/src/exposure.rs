//! Exposures of every address to eight categories, and one look at them.
//!
//! Two sets of tagged addresses: *few*, eight that pay often from the middle
//! of the chain on, as thieves do, and *hubs*, the eight busiest payers, as
//! exchanges are, whose money reaches nearly everybody. Beside the pass
//! stands the bare scan of the same log, which is what memory allows.

use crate::pass::{hubs, late};
use crate::process::{self, Timing};
use crate::{Options, SEED, rate};
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use std::hint::black_box;
use std::time::Instant;
use tracehound_analysis::exposure::{
    ExposureRequest, ExposureTable, Label, StoreStream, Stream, on_demand, precompute,
};
use tracehound_analysis::trace::StoreLedger;
use tracehound_model::{Amount, Direction, Policy};
use tracehound_store::{AddressId, RowId, Snapshot, Store};
use tracehound_testkit::random::Random;

/// Look-ups timed one by one.
const LOOKS: usize = 1_000_000;
/// Addresses asked on demand, and compared.
const ASKED: usize = 100;
/// Rows read on demand at most.
const BUDGET: u64 = 2_000_000;

pub fn exposure(options: &Options) -> Result<Value> {
    let snapshot = Store::open(&options.store())?.snapshot()?;
    let bare = || -> Result<u64> {
        let mut sum = 0_u64;
        StoreStream::new(&snapshot, Direction::Forward).visit(|_, row| -> Result<()> {
            sum = sum.wrapping_add(u64::from(row.from.0) ^ row.amount.unwrap_or(1));
            Ok(())
        })?;
        Ok(sum)
    };
    black_box(bare()?);
    let (sum, time) = process::timed(bare)?;
    black_box(sum);
    let mut result = json!({ "scan": speed(&snapshot, &time) });
    for (name, tagged) in [("few", late(&snapshot)?), ("hubs", hubs(&snapshot)?)] {
        let request = ExposureRequest {
            categories: (0..tagged.len()).map(|number| format!("category-{number}")).collect(),
            tagged: tagged.into_iter().zip(0..).collect(),
            ..ExposureRequest::default()
        };
        for (side, direction) in [("received", Direction::Forward), ("sent", Direction::Backward)] {
            let stream = StoreStream::new(&snapshot, direction);
            let (table, time) =
                process::timed_once(|| Ok(precompute(&stream, &request, Policy::Haircut, None)?))?;
            let mut of_name = speed(&snapshot, &time);
            of_name["seconds"] = time.wall.into();
            of_name["exposed_addresses"] = table.exposed().into();
            of_name["bytes"] = table.size().into();
            of_name["look_up_ns"] = looks(&snapshot, &table);
            of_name["on_demand"] = demanded(&snapshot, &request, direction, &table)?;
            result[format!("{name}_{side}")] = of_name;
        }
    }
    Ok(result)
}

fn speed(snapshot: &Snapshot, time: &Timing) -> Value {
    json!({
        "million_rows_a_second": rate(snapshot.row_count() as f64 / 1e6, time.wall),
        "million_rows_a_cpu_second": rate(snapshot.row_count() as f64 / 1e6, time.cpu),
    })
}

/// Nanoseconds of random look-ups that read every figure: all together, and one by one.
fn looks(snapshot: &Snapshot, table: &ExposureTable) -> Value {
    let mut random = Random::new(SEED);
    let count = u64::from(snapshot.address_count());
    let asked: Vec<AddressId> = (0..LOOKS).map(|_| AddressId(random.below(count) as u32)).collect();
    let mut sum = Amount::ZERO;
    let read = |sum: &mut Amount, address: AddressId| {
        table.visit(address, |_, _, direct, _| *sum = (*sum).max(direct));
    };
    let start = Instant::now();
    asked.iter().for_each(|address| read(&mut sum, *address));
    let mean = start.elapsed().as_nanos() as f64 / LOOKS as f64;
    let mut each: Vec<u64> = Vec::with_capacity(LOOKS);
    for address in &asked {
        let start = Instant::now();
        read(&mut sum, *address);
        each.push(start.elapsed().as_nanos() as u64);
    }
    black_box(sum);
    each.sort_unstable();
    json!({ "mean": mean, "p50": each[LOOKS / 2], "p99": each[LOOKS / 100 * 99] })
}

/// Random addresses by reading what can matter; each must equal the table.
fn demanded(
    snapshot: &Snapshot,
    request: &ExposureRequest,
    direction: Direction,
    table: &ExposureTable,
) -> Result<Value> {
    let ledger = StoreLedger::new(snapshot, direction, RowId(snapshot.row_count()));
    let mut random = Random::new(SEED + 1);
    let (mut answered, mut too_wide, mut touched) = (0, 0, 0);
    let start = Instant::now();
    for _ in 0..ASKED {
        let address = AddressId(random.below(u64::from(snapshot.address_count())) as u32);
        match on_demand(&ledger, request, Policy::Haircut, address, BUDGET, None) {
            Ok(found) => {
                let mut assets = found.assets;
                // The table does not tell unspent from unattributed.
                assets
                    .iter_mut()
                    .for_each(|asset| asset.figures.retain(|f| f.label != Label::Unspent));
                let some = assets.into_iter().filter(|asset| !asset.figures.is_empty());
                let same = some.collect::<Vec<_>>() == table.find(address);
                ensure!(same, "address {} has other figures on demand", address.0);
                (answered, touched) = (answered + 1, touched + found.touched);
            }
            Err(_) => too_wide += 1,
        }
        // Addresses whose history is the whole chain make this long.
        if start.elapsed().as_secs() > 60 {
            break;
        }
    }
    Ok(
        json!({ "equal_to_the_table": answered, "more_than_2M_rows": too_wide, "rows_read": touched }),
    )
}
