//! Transactions of several files in one stream: always the next line of the
//! file that has come least far.

use super::detect::LineKind;
use super::index::JsonFile;
use super::lines::Lines;
use super::record::{Header, Record};
use crate::blocks::{BlockError, Position, SourcePlace};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tracehound_model::Chain;

/// What a line is.
#[derive(Debug)]
pub(super) enum Item {
    Transaction(Box<Record>),
    Block(Header),
    /// A line that cannot be read, and the height it names if it names one.
    Broken {
        reason: String,
        height: Option<u64>,
    },
}

struct Stream {
    file: JsonFile,
    lines: Option<Lines>,
    /// Height of the transaction read last; before, that of the first.
    height: u64,
    ended: bool,
}

/// See the module.
pub(super) struct Merge {
    streams: Vec<Stream>,
    chain: Chain,
    consumed: Arc<AtomicU64>,
    /// Stream and line that were read last.
    last: (usize, u64),
}

impl Merge {
    /// Over the files that hold transactions.
    pub(super) fn new(files: &[JsonFile], chain: Chain) -> Self {
        let stream = |file: &JsonFile| {
            let height = file.starts?;
            Some(Stream { file: file.clone(), lines: None, height, ended: false })
        };
        let streams = files.iter().filter_map(stream).collect();
        Self { streams, chain, consumed: Arc::new(AtomicU64::new(0)), last: (0, 0) }
    }

    /// Bytes of the files that were read, as they lie on disk.
    pub(super) fn consumed(&self) -> u64 {
        self.consumed.load(Ordering::Relaxed)
    }

    /// How far the file that has come least far has come; `None` at the end of all.
    pub(super) fn lowest(&self) -> Option<u64> {
        self.streams.iter().filter(|stream| !stream.ended).map(|stream| stream.height).min()
    }

    /// The place of the line read last.
    pub(super) fn place(&self) -> SourcePlace {
        let (stream, line) = self.last;
        let path = self.streams.get(stream).map(|stream| stream.file.path.clone());
        SourcePlace { source: path.unwrap_or_default(), at: Position::Line(line) }
    }

    /// The next line; `None` at the end of all files.
    pub(super) fn next_item(&mut self) -> Result<Option<Item>, BlockError> {
        loop {
            let open = self.streams.iter_mut().enumerate().filter(|(_, stream)| !stream.ended);
            let Some((place, stream)) = open.min_by_key(|(_, stream)| stream.height) else {
                return Ok(None);
            };
            let lines = match &mut stream.lines {
                Some(lines) => lines,
                none => none.insert(Lines::open(&stream.file.path, Arc::clone(&self.consumed))?),
            };
            let Some(line) = lines.next_line()? else {
                stream.ended = true;
                stream.lines = None;
                continue;
            };
            let item = line.map_or_else(
                |reason| Item::Broken { reason, height: None },
                |line| read(&stream.file, line, &self.chain),
            );
            if let Item::Transaction(record) = &item {
                stream.height = record.height;
            }
            self.last = (place, lines.number());
            return Ok(Some(item));
        }
    }
}

fn read(file: &JsonFile, line: &str, chain: &Chain) -> Item {
    let kind = LineKind::of(line);
    let item = match kind {
        LineKind::Block => file.format.block(line).map(Item::Block),
        LineKind::Transaction => {
            file.format.transaction(line, chain).map(|record| Item::Transaction(Box::new(record)))
        }
    };
    item.unwrap_or_else(|reason| {
        let height = file.format.height_in(line);
        Item::Broken { reason, height }
    })
}
