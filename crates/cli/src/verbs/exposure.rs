//! `tracehound exposure`: which categories stand behind an address's money,
//! and before it, at any distance.

mod build;
mod outputs;
mod print;
mod sources;

use crate::arguments::{Common, Exposure, ExposureSide, StorePlace};
use crate::place::{self, Opened};
use crate::progress::Spinner;
use crate::{Finish, interrupt, output};
use anyhow::{Context, bail};
use tracehound_analysis::exposure::{ExposureTable, POLICIES, on_demand_by};
use tracehound_analysis::trace::StoreLedger;
use tracehound_model::Direction;
use tracehound_report::look_up::{ExposureRecord, SideRecord};
use tracehound_screen::exposures::{Question, state_of};
use tracehound_store::{AddressId, RowId, Snapshot, Store};

/// Answers for each address, or builds the tables.
pub(crate) fn run(common: &Common, arguments: &Exposure) -> anyhow::Result<Finish> {
    let (store, snapshot) = match place::open(common, &arguments.store, None)? {
        Opened::Transfers(store, snapshot) => (store, snapshot),
        Opened::Outputs(_, snapshot) => return outputs::run(common, arguments, &snapshot),
    };
    let question = sources::question(common, arguments, &snapshot)?;
    let sides = sides(arguments.side);
    if arguments.build {
        return build::run(common, &store, &snapshot, &question, &sides);
    }
    let mut records = Vec::new();
    for address in &arguments.addresses {
        let id = snapshot
            .address_id(address)?
            .with_context(|| format!("{address} is not in this store; ingest its transfers"))?;
        let mut told = Vec::new();
        for side in &sides {
            told.push(if arguments.table {
                from_table(&store, &snapshot, &question, id, *side)?
            } else {
                demanded(common, &snapshot, &question, (id, *side), arguments.most_rows)?
            });
        }
        records.push(ExposureRecord::new(*address, &question, id, told));
    }
    if common.json {
        output::json(&records)?;
    } else {
        records.iter().for_each(print::record);
        print::basis(&snapshot, &question);
    }
    Ok(Finish::Done)
}

fn opened(common: &Common, place: &StorePlace) -> anyhow::Result<(Store, Snapshot)> {
    match place::open(common, place, None)? {
        Opened::Transfers(store, snapshot) => Ok((store, snapshot)),
        Opened::Outputs(..) => bail!(
            "this is defined on account chains only; `tracehound exposure ADDRESS` answers for an address of a chain of outputs"
        ),
    }
}

/// The state of a store of transfers.
pub(crate) fn account_store(common: &Common, place: &StorePlace) -> anyhow::Result<Snapshot> {
    opened(common, place).map(|(_, snapshot)| snapshot)
}

fn sides(side: ExposureSide) -> Vec<Direction> {
    match side {
        ExposureSide::Received => vec![Direction::Forward],
        ExposureSide::Sent => vec![Direction::Backward],
        ExposureSide::Both => vec![Direction::Forward, Direction::Backward],
    }
}

/// By reading what can matter, under each policy.
fn demanded(
    common: &Common,
    snapshot: &Snapshot,
    question: &Question,
    (id, side): (AddressId, Direction),
    most_rows: u64,
) -> anyhow::Result<SideRecord> {
    let ledger = StoreLedger::new(snapshot, side, RowId(snapshot.row_count()));
    let stop = interrupt::flag();
    let spinner = Spinner::start(common, "following what reached the address");
    let by_policy =
        on_demand_by(&ledger, &question.request, &POLICIES, id, most_rows, Some(&stop))?;
    drop(spinner);
    Ok(SideRecord::demanded(snapshot, question, side, &by_policy)?)
}

/// By one look at the table.
fn from_table(
    store: &Store,
    snapshot: &Snapshot,
    question: &Question,
    id: AddressId,
    side: Direction,
) -> anyhow::Result<SideRecord> {
    let path = ExposureTable::path_beside(store.folder(), side);
    if !path.exists() {
        bail!("{} is not there; build it with `tracehound exposure --build`", path.display());
    }
    let table = ExposureTable::load(&path)?;
    let header = table.header();
    if header.store != state_of(snapshot)? || header.tags != question.digest {
        bail!(
            "{} was made of another state of the store or of other tags; build it anew with `tracehound exposure --build`",
            path.display()
        );
    }
    Ok(SideRecord::of_table(snapshot, side, &table.find(id))?)
}
