//! html
use crate::{Investigation, ReportError};
use std::io::Write;
impl Investigation {
    /// x
    pub fn write_html(&self, mut out: impl Write) -> Result<(), ReportError> { out.write_all(&[b' '; 600])?; Ok(()) }
}
