//! The writer: collects transfers in any order and publishes them at once.

use super::block::{SourcedRows, rising_prefix};
use super::existing::Base;
use super::options::{AssetDescription, Progress, PublishSummary, WriteOptions};
use super::publish::publish;
use super::rebuild::{Contradictions, copy_blocks, first_change, first_joined, merge_blocks};
use super::run_file::ROW_IN_MEMORY;
use super::runs::Runs;
use super::streaming::Streaming;
use super::temporary::TemporaryFolder;
use crate::build::{BuildOptions, ChainBuilder, MOST_ADDRESSES, fits};
use crate::descriptions::{self, DescriptionRecord, Descriptions};
use crate::file::UNKNOWN;
use crate::folder::{self, BUILDING};
use crate::manifest::Manifest;
use crate::segment::{Segment, address_key_width};
use crate::{Snapshot, Store, StoreError, widen};
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use tracehound_model::{Asset, Height, Transfer};

/// Fewest rows collected before they are sorted, however small the budget.
const FEWEST_COLLECTED: u64 = 16;
/// Rows collected before it is assumed that they come in chain order.
const STREAM_AFTER: usize = 1 << 16;

/// Collects transfers in any order and publishes them at once.
///
/// Nothing is visible before [`Writer::publish`] has returned; dropping the
/// writer instead leaves the store as it was. An error from any call ends
/// the writer: later calls fail.
pub struct Writer {
    store: PathBuf,
    building: TemporaryFolder,
    budget: u64,
    progress: Progress,
    manifest: Manifest,
    published: Snapshot,
    base: Base,
    collected: SourcedRows,
    runs: Runs,
    streaming: Option<Streaming>,
    contradictions: Contradictions,
    descriptions: Descriptions,
    description_conflicts: u64,
    source: u32,
    pushed: u64,
    /// Segments begun for this publish, so that names stay apart.
    built: u64,
    /// Collected rows were found not to be in chain order.
    unordered: bool,
    failed: bool,
    most_addresses: u64,
    _temporary: Option<TemporaryFolder>,
    _lock: File,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("store", &self.store).finish_non_exhaustive()
    }
}

impl Writer {
    /// Takes the lock and cleans up after a writer that crashed.
    pub(crate) fn open(store: &Store, options: WriteOptions) -> Result<Self, StoreError> {
        let lock = folder::lock(store.folder())?;
        let (manifest, published) = store.published()?;
        folder::remove_orphans(store.folder(), manifest.names())?;
        let building = TemporaryFolder::create(store.folder().join(BUILDING))?;
        let temporary = match &options.temporary {
            Some(folder) => Some(TemporaryFolder::create_in(folder)?),
            None => None,
        };
        let runs_folder = temporary.as_ref().unwrap_or(&building).path.clone();
        let width = widen::index(address_key_width(store.chain()));
        let descriptions = match published.descriptions() {
            Some(file) => file.read()?,
            None => Descriptions::new(),
        };
        Ok(Self {
            store: store.folder().to_owned(),
            building,
            budget: options.budget(),
            progress: Progress::new(&options),
            manifest,
            base: Base { snapshot: published.clone(), sources: Vec::new() },
            published,
            collected: SourcedRows::default(),
            runs: Runs::new(runs_folder, width),
            streaming: None,
            contradictions: Contradictions::default(),
            descriptions,
            description_conflicts: 0,
            source: 1,
            pushed: 0,
            built: 0,
            unordered: false,
            failed: false,
            most_addresses: MOST_ADDRESSES,
            _temporary: temporary,
            _lock: lock,
        })
    }

    /// Starts a new source: rows without ordinals are told apart from equal
    /// rows by their occurrence *within one source*.
    ///
    /// # Errors
    /// [`StoreError::TooMany`] past four billion sources.
    pub fn begin_source(&mut self) -> Result<(), StoreError> {
        let limit = u64::from(u32::MAX);
        let next = self.source.checked_add(1);
        self.source = next.ok_or(StoreError::TooMany { what: "sources in one publish", limit })?;
        Ok(())
    }

    /// Adds transfers, in any order (chain order is fastest).
    ///
    /// # Errors
    /// [`StoreError::Unrepresentable`], [`StoreError::TwoTimes`],
    /// [`StoreError::TimeBackwards`], [`StoreError::TwoHeights`],
    /// [`StoreError::TooMany`], [`StoreError::Stopped`] or [`StoreError::Io`].
    /// Some contradictions are found only by [`Writer::publish`].
    pub fn push(&mut self, transfers: &[Transfer]) -> Result<(), StoreError> {
        self.guarded(|writer| writer.push_all(transfers))
    }

    /// Records what a source says of an asset.
    ///
    /// # Errors
    /// None at present.
    pub fn describe(&mut self, description: AssetDescription) -> Result<(), StoreError> {
        // What follows from the kind alone needs no source.
        if matches!(description.asset, Asset::Token(_))
            && (description.symbol.is_some() || description.decimals.is_some())
        {
            let record = DescriptionRecord::new(&description);
            self.description_conflicts += descriptions::add(&mut self.descriptions, record);
        }
        Ok(())
    }

    /// Sorts, merges with what the store holds, removes duplicates, publishes.
    ///
    /// # Errors
    /// As [`Writer::push`]; nothing is published then.
    pub fn publish(mut self) -> Result<PublishSummary, StoreError> {
        self.guarded(Self::publish_all)
    }

    /// Publishes the store without its blocks above `height`.
    pub(crate) fn drop_above(mut self, height: Height) -> Result<(), StoreError> {
        let first = self.base.segment_at(Height(height.0.saturating_add(1)));
        let segments = self.base.snapshot.segments();
        if first >= segments.len() || height.0 == u64::MAX {
            return Ok(());
        }
        let mut builder = self.builder(first);
        copy_blocks(&self.base, first, Some(height), &mut builder)?;
        let segments = builder.finish()?;
        self.publish_segments(&segments, None)
    }

    /// Runs a step unless an earlier one failed, and remembers if it does.
    fn guarded<T>(
        &mut self,
        step: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.failed {
            return Err(StoreError::WriterFailed { path: self.store.clone() });
        }
        self.failed = true;
        let result = step(self)?;
        self.failed = false;
        Ok(result)
    }

    fn push_all(&mut self, transfers: &[Transfer]) -> Result<(), StoreError> {
        self.progress.check_stop()?;
        self.refuse_unrepresentable(transfers)?;
        self.pushed += widen::count(transfers.len());
        self.progress.expect(widen::count(transfers.len()));
        let mut rest = transfers;
        while !rest.is_empty() {
            let taken = match &mut self.streaming {
                Some(streaming) => {
                    let rising = rising_prefix(rest, streaming.height());
                    streaming.push(&rest[..rising], self.source, &mut self.runs)?;
                    if rising < rest.len() {
                        self.stop_streaming()?;
                    }
                    rising
                }
                None => self.collect(rest)?,
            };
            rest = &rest[taken..];
        }
        Ok(())
    }

    fn refuse_unrepresentable(&self, transfers: &[Transfer]) -> Result<(), StoreError> {
        let width = address_key_width(self.published.chain());
        for row in transfers {
            let what = if row.position == Some(UNKNOWN) {
                "position 4294967295"
            } else if row.ordinal == Some(UNKNOWN) {
                "ordinal 4294967295"
            } else if !fits(&row.from, width) || !fits(&row.to, width) {
                "an address of another chain"
            } else {
                continue;
            };
            let (transaction, height) = (row.transaction, row.height);
            return Err(StoreError::Unrepresentable { what: what.into(), transaction, height });
        }
        Ok(())
    }

    /// Collects as many rows as there is room for; returns how many.
    fn collect(&mut self, rows: &[Transfer]) -> Result<usize, StoreError> {
        // A quarter of the budget: sorting and merging need room too.
        let limit = (self.budget / 4 / ROW_IN_MEMORY).max(FEWEST_COLLECTED);
        let limit = widen::index64(limit);
        let until = if self.may_stream() { limit.min(STREAM_AFTER) } else { limit };
        let taken = until.saturating_sub(self.collected.len()).min(rows.len());
        self.collected.extend(&rows[..taken], self.source);
        if self.collected.len() < until {
            return Ok(taken);
        }
        if self.may_stream() && self.is_above_base(&self.collected.transfers) {
            let collected = std::mem::take(&mut self.collected);
            self.start_streaming(&collected)?;
        } else if self.collected.len() >= limit {
            let collected = std::mem::take(&mut self.collected);
            self.runs.spill(collected)?;
        } else {
            self.unordered = true;
        }
        Ok(taken)
    }

    /// Whether nothing yet speaks against chain order.
    fn may_stream(&self) -> bool {
        !self.unordered && self.runs.is_empty() && self.built == 0
    }

    /// Whether rows are in chain order and above everything so far.
    fn is_above_base(&self, rows: &[Transfer]) -> bool {
        let above = self.base.tip().map(|tip| Height(tip.0.saturating_add(1)));
        rising_prefix(rows, above) == rows.len()
    }

    fn start_streaming(&mut self, collected: &SourcedRows) -> Result<(), StoreError> {
        let new_rows = widen::count(collected.len());
        let first = first_joined(self.base.snapshot.segments(), new_rows, self.budget);
        let mut builder = self.builder(first);
        copy_blocks(&self.base, first, None, &mut builder)?;
        let mut streaming = Streaming::new(builder);
        let mut start = 0;
        for part in collected.sources.chunk_by(|a, b| a == b) {
            let rows = &collected.transfers[start..start + part.len()];
            streaming.push(rows, part[0], &mut self.runs)?;
            start += part.len();
        }
        self.streaming = Some(streaming);
        Ok(())
    }

    /// Makes what was streamed part of the base.
    fn stop_streaming(&mut self) -> Result<(), StoreError> {
        let Some(streaming) = self.streaming.take() else { return Ok(()) };
        let streamed = streaming.finish(&mut self.runs)?;
        self.runs.set_exceptions(streamed.exceptions);
        self.contradictions = streamed.contradictions;
        self.built = widen::count(self.new_segments(&streamed.segments));
        let chain = self.published.chain().clone();
        let snapshot = Snapshot::new(chain, streamed.segments, None);
        self.base = Base { snapshot, sources: streamed.sources };
        Ok(())
    }

    /// Joins the last streamed segment with small ones before it: how many
    /// rows would come was not known when the stream began.
    fn join_streamed(&mut self) -> Result<(), StoreError> {
        if !self.runs.is_empty() || !self.collected.is_empty() || self.built == 0 {
            return Ok(());
        }
        let segments = self.base.snapshot.segments();
        let Some((last, before)) = segments.split_last() else { return Ok(()) };
        let first = first_joined(before, last.entry.rows, self.budget);
        if first < before.len() {
            let mut builder = self.builder(first);
            copy_blocks(&self.base, first, None, &mut builder)?;
            let segments = builder.finish()?;
            self.base.snapshot = Snapshot::new(self.published.chain().clone(), segments, None);
        }
        Ok(())
    }

    fn new_segments(&self, segments: &[Arc<Segment>]) -> usize {
        let new = segments.iter().filter(|s| !self.manifest.segments.contains(&s.entry));
        new.count()
    }

    /// A builder on top of the first `kept` segments of the base.
    fn builder(&self, kept: usize) -> ChainBuilder {
        let segments = &self.base.snapshot.segments()[..kept];
        let options = BuildOptions {
            chain: self.published.chain().clone(),
            building: self.building.path.clone(),
            sequence: self.manifest.sequence + 1,
            memory: self.budget,
            progress: self.progress.clone(),
            first_segment: self.built,
            most_addresses: self.most_addresses,
        };
        let end = segments.last().map_or(0, |segment| segment.entry.end_row());
        self.progress.expect(self.base.snapshot.row_count() - end);
        ChainBuilder::new(options, segments)
    }

    fn publish_all(&mut self) -> Result<PublishSummary, StoreError> {
        self.stop_streaming()?;
        self.join_streamed()?;
        self.runs.keep(std::mem::take(&mut self.collected));
        let mut segments = self.base.snapshot.segments().to_vec();
        if !self.runs.is_empty()
            && let Some(first) = self.first_to_build()?
        {
            let mut builder = self.builder(first);
            let contradictions = &mut self.contradictions;
            merge_blocks(&self.base, first, &self.runs, contradictions, &mut builder)?;
            segments = builder.finish()?;
        }
        let known = match self.published.descriptions() {
            Some(file) => file.read()?,
            None => Descriptions::new(),
        };
        let described = (known != self.descriptions).then(|| self.descriptions.clone());
        let built =
            segments.len() != self.manifest.segments.len() || self.new_segments(&segments) > 0;
        let rows = segments.last().map_or(0, |segment| segment.entry.end_row());
        let changed = built || described.is_some();
        if changed {
            self.publish_segments(&segments, described.as_ref())?;
        }
        let added = rows.saturating_sub(self.published.row_count());
        let left_out = self.contradictions.rows();
        Ok(PublishSummary {
            added,
            duplicates: self.pushed.saturating_sub(added).saturating_sub(left_out),
            conflicts: left_out + self.contradictions.positions() + self.description_conflicts,
            rows,
            changed,
        })
    }

    /// The segment to build from, if collected rows change anything.
    fn first_to_build(&mut self) -> Result<Option<usize>, StoreError> {
        let changed =
            first_change(&self.base, &self.runs, &mut self.contradictions, &self.progress)?;
        let Some(height) = changed else { return Ok(None) };
        let segments = self.base.snapshot.segments();
        let first = self.base.segment_at(height);
        Ok(Some(if first < segments.len() {
            first
        } else {
            first_joined(segments, self.pushed, self.budget)
        }))
    }

    fn publish_segments(
        &mut self,
        segments: &[Arc<Segment>],
        described: Option<&Descriptions>,
    ) -> Result<(), StoreError> {
        let (store, building) = (&self.store, &self.building.path);
        publish(store, building, &self.manifest, segments, described, &self.progress)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracehound_model::{Address, Amount, Chain, Timestamp, TransactionHash, TransferKind};

    #[test]
    fn the_address_limit_is_a_clear_refusal() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(folder.path(), &Chain::ethereum()).unwrap();
        let row = |number: u8| Transfer {
            height: Height(u64::from(number)),
            timestamp: Timestamp(i64::from(number)),
            position: None,
            transaction: TransactionHash([number; 32]),
            ordinal: None,
            kind: TransferKind::Native,
            from: Address::evm([0; 20]),
            to: Address::evm([number; 20]),
            asset: Asset::Native,
            amount: Amount::from_u64(1),
        };
        for (last, fits) in [(2, true), (3, false)] {
            let mut writer = store.writer(WriteOptions::default()).unwrap();
            writer.most_addresses = 3;
            writer.push(&(1..=last).map(row).collect::<Vec<_>>()).unwrap();
            match writer.publish() {
                Ok(_) => assert!(fits),
                Err(error) => {
                    assert!(!fits && error.to_string().contains("more than 3 addresses"));
                }
            }
        }
        assert_eq!(store.snapshot().unwrap().address_count(), 3);
    }
}
