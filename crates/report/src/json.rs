//! `report.json`: the investigation as it is, pretty-printed.

use crate::{Investigation, ReportError};
use std::io::Write;

impl Investigation {
    /// Writes `report.json`.
    ///
    /// # Errors
    /// [`ReportError::Json`] or [`ReportError::Io`] if `out` refuses.
    pub fn write_json(&self, mut out: impl Write) -> Result<(), ReportError> {
        serde_json::to_writer_pretty(&mut out, self)?;
        out.write_all(b"\n")?;
        Ok(())
    }
}
