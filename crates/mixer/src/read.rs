//! Reading a folder of event files.
//!
//! What a file holds is told by its content: objects with a commitment are
//! deposits, objects with a nullifier withdrawals. Only the pool may have to
//! come from the file's name, because the published files leave it out.

mod check;
mod clock;
mod deposits;
mod input;
mod json;
mod links;
mod side;
mod table;

pub use check::Problem;
pub use clock::BlockClock;
pub use deposits::read_deposit_list;
pub use links::{TruthLink, is_links, read_links};
pub use side::{read_claims, read_depositors, read_funders, read_transactions, read_transfers};

use crate::{EventTime, MixerError, MixerEvents, Pool, PoolEvents};
use json::RawEvent;
use std::collections::BTreeMap;
use std::path::Path;
use tracehound_model::{Height, Timestamp};

/// What was read of a folder.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReadEvents {
    /// The events, in chain order, each once.
    pub events: MixerEvents,
    /// What does not fit: repeated events, gaps in leaf indexes. Nothing of it stops a rule.
    pub problems: Vec<Problem>,
    /// Times that blocks are known to have.
    pub clock: BlockClock,
}

/// Reads every event file of a folder, or one file.
///
/// # Errors
/// [`MixerError`]: with file, line and cure.
pub fn read_events(path: &Path) -> Result<ReadEvents, MixerError> {
    let mut pools: BTreeMap<Pool, PoolEvents> = BTreeMap::new();
    let mut clock = BlockClock::default();
    for file in input::event_files(path)? {
        let text = input::read(&file)?;
        take_file(&file, &text, &mut pools, &mut clock)?;
    }
    Ok(finish(pools, clock))
}

/// Reads one file's bytes, uncompressed; `file` names it in messages and may name the pool.
///
/// # Errors
/// [`MixerError`]: with file, line and cure.
pub fn read_event_bytes(file: &Path, bytes: &[u8]) -> Result<ReadEvents, MixerError> {
    let mut pools = BTreeMap::new();
    let mut clock = BlockClock::default();
    take_file(file, bytes, &mut pools, &mut clock)?;
    Ok(finish(pools, clock))
}

fn take_file(
    file: &Path,
    bytes: &[u8],
    pools: &mut BTreeMap<Pool, PoolEvents>,
    clock: &mut BlockClock,
) -> Result<(), MixerError> {
    let named: Option<Pool> = pool_of_name(file);
    let events = json::events(file, bytes)?;
    // Some publishers write newest first; within a block the order is then turned as well.
    let turned = events.first().map(RawEvent::height) > events.last().map(RawEvent::height);
    let ordered: Box<dyn Iterator<Item = RawEvent>> =
        if turned { Box::new(events.into_iter().rev()) } else { Box::new(events.into_iter()) };
    for event in ordered {
        let pool = event.pool().or(named.as_ref()).cloned().ok_or_else(|| MixerError::File {
            file: file.to_owned(),
            reason: "neither the events nor the file's name say which pool this is; name it as \
                     in deposits_eth_0.1.json, or give each event a \"pool\""
                .to_owned(),
        })?;
        if let Some(at) = event.timestamp() {
            clock.learn(event.height(), at);
        }
        let events = pools.entry(pool.clone()).or_insert_with(|| PoolEvents {
            pool,
            deposits: Vec::new(),
            withdrawals: Vec::new(),
        });
        match event {
            RawEvent::Deposit { event, .. } => events.deposits.push(event),
            RawEvent::Withdrawal { event, .. } => events.withdrawals.push(event),
        }
    }
    Ok(())
}

fn pool_of_name(file: &Path) -> Option<Pool> {
    let mut stem = file.file_name()?.to_str()?;
    for suffix in [".gz", ".jsonl", ".ndjson", ".json"] {
        stem = stem.strip_suffix(suffix).unwrap_or(stem);
    }
    stem.parse().ok()
}

fn finish(pools: BTreeMap<Pool, PoolEvents>, mut clock: BlockClock) -> ReadEvents {
    let mut events = MixerEvents::new(pools.into_values().collect());
    let problems = check::check(&mut events);
    clock.settle();
    set_times(&mut events, &clock);
    ReadEvents { events, problems, clock }
}

/// Gives events without a time the one that the clock estimates.
fn set_times(events: &mut MixerEvents, clock: &BlockClock) {
    let time = |height: Height, known: &mut Option<EventTime>| {
        if known.is_none() {
            *known = clock.at(height);
        }
    };
    for pool in &mut events.pools {
        for deposit in &mut pool.deposits {
            time(deposit.height, &mut deposit.time);
        }
        for withdrawal in &mut pool.withdrawals {
            time(withdrawal.height, &mut withdrawal.time);
        }
    }
}

impl ReadEvents {
    /// Corrects estimated times by those of further blocks, such as of a table of transactions.
    pub fn learn_times(&mut self, times: impl IntoIterator<Item = (Height, Timestamp)>) {
        for (height, at) in times {
            self.clock.learn(height, at);
        }
        self.clock.settle();
        for pool in &mut self.events.pools {
            let deposits = pool.deposits.iter_mut().map(|deposit| &mut deposit.time);
            let withdrawals = pool.withdrawals.iter_mut().map(|withdrawal| &mut withdrawal.time);
            for time in deposits.chain(withdrawals) {
                *time = time.filter(|time| !time.is_estimated);
            }
        }
        set_times(&mut self.events, &self.clock);
    }
}
