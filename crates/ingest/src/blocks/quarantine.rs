//! The file of what a source of blocks holds and does not give.

use super::{BlockError, LeftOut, Position, SourcePlace};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

/// Written as `source,at,broken,reason`; made with its first line.
pub(super) struct Quarantine {
    path: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Quarantine {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    pub(super) fn write(&mut self, left: &LeftOut) -> Result<(), BlockError> {
        let line = line(left);
        let file = self.open()?;
        file.write_all(line.as_bytes()).map_err(|error| self.io(error))
    }

    /// The file's path, if it was made.
    pub(super) fn finish(mut self) -> Result<Option<PathBuf>, BlockError> {
        let Some(mut file) = self.file.take() else { return Ok(None) };
        file.flush().map_err(|error| self.io(error))?;
        Ok(Some(self.path))
    }

    fn open(&mut self) -> Result<&mut BufWriter<File>, BlockError> {
        if self.file.is_none() {
            if let Some(folder) = self.path.parent() {
                std::fs::create_dir_all(folder).map_err(|error| self.io(error))?;
            }
            let file = File::create(&self.path).map_err(|error| self.io(error))?;
            let mut file = BufWriter::new(file);
            file.write_all(b"source,at,broken,reason\n").map_err(|error| self.io(error))?;
            self.file = Some(file);
        }
        self.file.as_mut().ok_or(BlockError::Stopped)
    }

    fn io(&self, error: std::io::Error) -> BlockError {
        let place = SourcePlace { source: self.path.clone(), at: Position::Whole };
        BlockError::Io { place, error }
    }
}

fn line(left: &LeftOut) -> String {
    let at = match left.place.at {
        Position::Byte(byte) => format!("byte {byte}"),
        Position::Line(line) => format!("line {line}"),
        Position::Height(height) => format!("block {height}"),
        Position::Whole => String::new(),
    };
    let quote = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let source = quote(&left.place.source.display().to_string());
    format!("{source},{at},{},{}\n", left.broken, quote(&left.reason))
}
