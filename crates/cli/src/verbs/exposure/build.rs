//! `tracehound exposure --build`: every address at once.

use crate::arguments::Common;
use crate::progress::Spinner;
use crate::{Finish, interrupt, output};
use serde::Serialize;
use std::path::PathBuf;
use tracehound_analysis::exposure::{ExposureTable, StoreStream, precompute};
use tracehound_model::{Direction, Policy};
use tracehound_screen::exposures::{Question, state_of};
use tracehound_store::{Snapshot, Store};

#[derive(Serialize)]
struct Built {
    file: PathBuf,
    side: Direction,
    rows: u64,
    addresses: u32,
    exposed: usize,
    categories: usize,
    bytes: usize,
}

/// Computes and keeps a table for each side.
pub(super) fn run(
    common: &Common,
    store: &Store,
    snapshot: &Snapshot,
    question: &Question,
    sides: &[Direction],
) -> anyhow::Result<Finish> {
    let state = state_of(snapshot)?;
    let mut all = Vec::new();
    for side in sides {
        let stop = interrupt::flag();
        let spinner = Spinner::start(common, "passing over the log");
        let stream = StoreStream::new(snapshot, *side);
        let table = precompute(&stream, &question.request, Policy::Haircut, Some(&stop))?;
        let table = table.with_origin(state.clone(), question.digest.clone());
        let file = ExposureTable::path_beside(store.folder(), *side);
        table.save(&file)?;
        drop(spinner);
        let built = Built {
            side: *side,
            rows: snapshot.row_count(),
            addresses: snapshot.address_count(),
            exposed: table.exposed(),
            categories: question.request.categories.len(),
            bytes: table.size(),
            file,
        };
        if !common.json {
            print(&built);
        }
        all.push(built);
    }
    if common.json {
        output::json(&all)?;
    }
    Ok(Finish::Done)
}

fn print(built: &Built) {
    let Built { file, rows, addresses, exposed, categories, bytes, .. } = built;
    println!(
        "{}: {exposed} of {addresses} addresses exposed to {categories} categories over {rows} transfers, {bytes} bytes",
        file.display()
    );
}
