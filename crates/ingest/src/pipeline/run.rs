//! One run: open, first pass, second pass, publish.
//!
//! Files are decoded on a thread of their own; the caller's thread feeds the
//! store. A short channel of batches lies between, and empty batches travel
//! back, so memory stays bounded and nothing is allocated in the steady
//! state. Whatever fails, nothing is published.

use super::options::IngestOptions;
use super::reference::read_reference;
use super::summary::{FileSummary, IngestSummary, PublishedLabel, Told};
use super::tally::{Input, Reading, Tally};
use super::transfers::{BATCH, Sink, TransferVisitor};
use crate::IngestError;
use crate::normalise::{Reader, Session, check_times};
use crate::source::{Format, open_format};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use tracehound_model::{Chain, Transfer};
use tracehound_store::{AssetDescription, Store, StoreError, Writer};

/// Batches that may wait between the decoder and the store.
const WAITING: usize = 4;

/// What the decoder tells the store.
enum Message {
    /// The rows that follow are of another file.
    Source,
    /// Transfers, in the order of the file.
    Batch(Vec<Transfer>),
    /// Symbol and decimals of an asset.
    Description(AssetDescription),
}

/// Reads transfers from files into a store and publishes them at once.
///
/// Files that help to read others (blocks, receipts, tokens) may stand
/// anywhere in the list. A file read before adds nothing.
///
/// # Errors
/// See [`IngestError`]; nothing of the run is published then.
pub fn ingest(
    store: &Store,
    files: &[PathBuf],
    options: &IngestOptions,
) -> Result<IngestSummary, IngestError> {
    let inputs = open_all(files)?;
    refuse_formats_of_other_chains(store.chain(), &inputs)?;
    let rows_read = Arc::new(AtomicU64::new(0));
    let mut writer = store.writer(options.for_writer(Arc::clone(&rows_read)))?;
    let session = Session::new(store.chain().clone(), Some(store.snapshot()?))
        .with_times(&options.stated_times);
    let (outgoing, incoming) = sync_channel(WAITING);
    let (give_back, spare) = channel();
    let decoded = std::thread::scope(|scope| {
        let sink = ChannelSink { outgoing, spare };
        let decoder = Decoder { options, rows_read: &rows_read, session, sink };
        let decoder = std::thread::Builder::new()
            .name("decoder".to_owned())
            .spawn_scoped(scope, || decoder.run(&inputs))
            .map_err(|error| IngestError::io(store.folder(), error))?;
        let fed = feed(&mut writer, &incoming, &give_back);
        // Without a receiver the decoder stops at its next batch.
        drop(incoming);
        let decoded = decoder.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        fed.map_err(IngestError::from).and(decoded)
    });
    let published = decoded.and_then(|decoded| Ok((decoded, writer.publish()?)));
    let (decoded, publish) = published.map_err(|error| match error {
        // The store's way of saying that it was told to stop.
        IngestError::Store(_) if options.stopped() => IngestError::Stopped,
        error => error,
    })?;
    Ok(IngestSummary { files: decoded.files, publish, told: decoded.told })
}

/// Reads only what the files say beside their transfers, without a store to put transfers in:
/// for a trace in a store that was filled before.
///
/// # Errors
/// See [`IngestError`].
pub fn read_told(
    chain: &Chain,
    files: &[PathBuf],
    options: &IngestOptions,
) -> Result<Told, IngestError> {
    let inputs = open_all(files)?;
    let rows_read = AtomicU64::new(0);
    let session = Session::new(chain.clone(), None).with_times(&options.stated_times);
    let (outgoing, incoming) = sync_channel(WAITING);
    let (_, spare) = channel();
    std::thread::scope(|scope| {
        // Transfers are read for their broken rows' sake and let go.
        scope.spawn(move || incoming.iter().for_each(drop));
        let sink = ChannelSink { outgoing, spare };
        let decoder = Decoder { options, rows_read: &rows_read, session, sink };
        decoder.run(&inputs).map(|decoded| decoded.told)
    })
}

/// Nearly every format is an export of an EVM chain.
fn refuse_formats_of_other_chains(chain: &Chain, inputs: &[Input]) -> Result<(), IngestError> {
    match inputs.iter().find(|input| !chain.is_evm() && input.format != Format::Undated) {
        Some(input) => Err(IngestError::UnsupportedChain {
            chain: chain.clone(),
            file: input.opened.path.clone(),
            format: input.format,
        }),
        None => Ok(()),
    }
}

fn open_all(files: &[PathBuf]) -> Result<Vec<Input>, IngestError> {
    let mut inputs: Vec<Input> = Vec::new();
    for file in files {
        let (opened, format) = open_format(file)?;
        let same_name =
            inputs.iter().filter(|input| input.opened.path.file_name() == file.file_name());
        let place = same_name.count() + 1;
        inputs.push(Input { opened, format, place });
    }
    Ok(inputs)
}

fn feed(
    writer: &mut Writer,
    incoming: &Receiver<Message>,
    give_back: &Sender<Vec<Transfer>>,
) -> Result<(), StoreError> {
    for message in incoming {
        match message {
            Message::Source => writer.begin_source()?,
            Message::Batch(mut batch) => {
                writer.push(&batch)?;
                batch.clear();
                // The decoder may have finished and need no more batches.
                let _ = give_back.send(batch);
            }
            Message::Description(description) => writer.describe(description)?,
        }
    }
    Ok(())
}

/// Sends full batches and takes empty ones back.
struct ChannelSink {
    outgoing: SyncSender<Message>,
    spare: Receiver<Vec<Transfer>>,
}

impl ChannelSink {
    /// A closed channel means the store failed; its own error is reported.
    fn send(&self, message: Message) -> Result<(), IngestError> {
        self.outgoing.send(message).map_err(|_| IngestError::Stopped)
    }
}

impl Sink for ChannelSink {
    fn take(&mut self, batch: &mut Vec<Transfer>) -> Result<(), IngestError> {
        let empty = self.spare.try_recv().unwrap_or_else(|_| Vec::with_capacity(BATCH));
        self.send(Message::Batch(std::mem::replace(batch, empty)))
    }
}

struct Decoded {
    files: Vec<FileSummary>,
    told: Told,
}

struct Decoder<'a> {
    options: &'a IngestOptions,
    rows_read: &'a AtomicU64,
    session: Session,
    sink: ChannelSink,
}

impl Decoder<'_> {
    fn run(mut self, inputs: &[Input]) -> Result<Decoded, IngestError> {
        let total = inputs.iter().map(|input| input.opened.size).sum();
        let mut reading = Reading { before: 0, total };
        let mut files: Vec<Option<FileSummary>> = Vec::new();
        for input in inputs {
            let helps = Reader::bind(&input.opened, input.format, &self.session)?.is_none();
            files.push(if helps { Some(self.read_helping(input, &reading)?) } else { None });
            reading.before += if helps { input.opened.size } else { 0 };
        }
        self.read_transactions_ahead(inputs)?;
        self.session.positions.sort();
        let mut told = Told::default();
        for (input, file) in inputs.iter().zip(&mut files) {
            if file.is_none() {
                *file = Some(self.read_transfers(input, &reading, &mut told)?);
                reading.before += input.opened.size;
            }
        }
        told.exchange_emitters.sort_unstable();
        told.exchange_emitters.dedup();
        Ok(Decoded { files: files.into_iter().flatten().collect(), told })
    }

    /// A file that holds no transfers.
    fn read_helping(
        &mut self,
        input: &Input,
        reading: &Reading,
    ) -> Result<FileSummary, IngestError> {
        let tally = Tally::new(input, self.options, self.rows_read, reading);
        let mut descriptions = Vec::new();
        let summary = tally.finish(|tally| {
            descriptions =
                read_reference(&input.opened, input.format, &mut self.session, Some(tally))?;
            Ok(Vec::new())
        })?;
        for description in descriptions {
            self.sink.send(Message::Description(description))?;
        }
        Ok(summary)
    }

    /// Transactions tell times and places that other files of the run lack.
    fn read_transactions_ahead(&mut self, inputs: &[Input]) -> Result<(), IngestError> {
        let mut lacking = false;
        for input in inputs {
            if let Some((reader, _)) = Reader::bind(&input.opened, input.format, &self.session)? {
                lacking |= reader.lacks_positions()
                    || (reader.lacks_times() && self.session.clock.is_empty());
            }
        }
        let transactions =
            |format| matches!(format, Format::EthereumEtlTransactions | Format::CryoTransactions);
        for input in inputs.iter().filter(|input| lacking && transactions(input.format)) {
            if self.options.stopped() {
                return Err(IngestError::Stopped);
            }
            read_reference(&input.opened, input.format, &mut self.session, None)?;
        }
        Ok(())
    }

    fn read_transfers(
        &mut self,
        input: &Input,
        reading: &Reading,
        told: &mut Told,
    ) -> Result<FileSummary, IngestError> {
        let path = &input.opened.path;
        let Some((mut reader, columns)) = Reader::bind(&input.opened, input.format, &self.session)?
        else {
            return self.read_helping(input, reading);
        };
        check_times(&reader, path, input.format, &self.session)?;
        self.sink.send(Message::Source)?;
        let tally = Tally::new(input, self.options, self.rows_read, reading);
        let (session, sink) = (&mut self.session, &mut self.sink);
        tally.finish(|tally| {
            let batch = Vec::with_capacity(BATCH);
            let reader_of_rows = &mut reader;
            let mut visitor =
                TransferVisitor { reader: reader_of_rows, session, tally, sink, batch };
            input.opened.visit(&columns, &mut visitor)?;
            visitor.flush()?;
            let learnt = reader.finish();
            for description in learnt.descriptions {
                sink.send(Message::Description(description))?;
            }
            told.exchange_emitters.extend(learnt.exchange_emitters);
            told.labels.extend(learnt.labels.into_sorted().into_iter().map(|(address, label)| {
                PublishedLabel { address, label, source: file_name(path) }
            }));
            Ok(learnt.notes)
        })
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
