use super::CrossInvestigation;
use crate::ReportError;
use std::io::Write;
impl CrossInvestigation {
    /// x
    /// # Errors
    /// x
    pub fn write_html(&self, mut out: impl Write) -> Result<(), ReportError> {
        out.write_all(b"")?;
        Ok(())
    }
}
