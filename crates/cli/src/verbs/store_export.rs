//! `tracehound store export`: every transfer in the plain schema.

use crate::arguments::{Common, StoreExport};
use crate::place::{self, Opened};
use crate::progress::Spinner;
use crate::{Finish, output};
use anyhow::bail;
use tracehound_ingest::{ExportFormat, export};

pub(crate) fn run(common: &Common, arguments: &StoreExport) -> anyhow::Result<Finish> {
    let format = format(arguments)?;
    let Opened::Transfers(_, snapshot) = place::open(common, &arguments.store, None)? else {
        bail!(
            "a store of blocks is not a table of transfers; keep the block files, or look single \
             transactions up with `tracehound tx --json`"
        );
    };
    let spinner = Spinner::start(common, "exporting");
    let rows = match &arguments.output {
        Some(path) => {
            let mut rows = 0;
            output::file(path, |file| {
                rows = export(&snapshot, format, file)?;
                Ok(())
            })?;
            rows
        }
        None => export(&snapshot, format, std::io::stdout())?,
    };
    drop(spinner);
    eprintln!("{rows} transfers exported");
    Ok(Finish::Done)
}

fn format(arguments: &StoreExport) -> anyhow::Result<ExportFormat> {
    let ending = arguments.output.as_ref().and_then(|path| path.extension());
    let ending = ending.map(|ending| ending.to_string_lossy().into_owned());
    let format = match arguments.format.as_deref().or(ending.as_deref()) {
        None | Some("csv") => ExportFormat::Csv,
        Some("parquet") => ExportFormat::Parquet,
        Some(other) => bail!("\"{other}\" is not an export format; give --format csv or parquet"),
    };
    if format == ExportFormat::Parquet && arguments.output.is_none() {
        bail!("Parquet is not for a terminal; give --output FILE");
    }
    Ok(format)
}
