//! Writing results: to standard output, or to files that appear whole or not at all.

use anyhow::Context;
use comfy_table::{CellAlignment, Table, presets};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Prints a value as JSON.
pub(crate) fn json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)?;
    Ok(())
}

/// Writes rows to standard output as CSV; to be flushed.
pub(crate) fn csv() -> csv::Writer<std::io::StdoutLock<'static>> {
    csv::Writer::from_writer(std::io::stdout().lock())
}

/// A table without lines, with columns of numbers to the right.
pub(crate) fn table(header: &[&str], right: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(header);
    for at in right {
        if let Some(column) = table.column_mut(*at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// The first digits of a digest, enough to tell one from another at a glance.
pub(crate) fn short(digest: &str) -> &str {
    digest.get(..16).unwrap_or(digest)
}

/// Writes a file under a temporary name and renames it into place.
pub(crate) fn file(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let name = path.file_name().context("a file needs a name")?;
    let temporary = path.with_file_name(format!(".{}.part", name.to_string_lossy()));
    let create = File::create(&temporary);
    let mut out =
        BufWriter::new(create.with_context(|| format!("cannot write {}", path.display()))?);
    let written = write(&mut out).and_then(|()| Ok(out.flush()?));
    if let Err(error) = written {
        drop(out);
        let _ = std::fs::remove_file(&temporary);
        return Err(error.context(format!("cannot write {}", path.display())));
    }
    std::fs::rename(&temporary, path).with_context(|| format!("cannot write {}", path.display()))
}

/// Whether the reader of our output has gone.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        let json =
            cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        let csv = cause.downcast_ref::<csv::Error>().and_then(|error| match error.kind() {
            csv::ErrorKind::Io(error) => Some(error.kind()),
            _ => None,
        });
        io.or(json).or(csv) == Some(std::io::ErrorKind::BrokenPipe)
    })
}

/// Width for text: `COLUMNS` where it is set, else 100.
pub(crate) fn width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    columns.unwrap_or(100).clamp(60, 120)
}
