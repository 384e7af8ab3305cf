//! `report.html`: one self-contained page.
//!
//! Everything is in the one file: styles, script, pictures, data. Nothing is
//! fetched, and the page's own policy forbids it; the script is admitted by
//! its digest, so text from the data could not run even if it were not
//! escaped (it is, by the template engine). The page is readable without
//! scripts: pictures are drawn and tables filled beforehand for the headline
//! policy; the script only switches to what is already there.

mod data;
mod differences;
mod exchanges;
mod flow;
mod headline;
mod legs;
mod method;
mod page;
mod questions;
mod security;
mod shapes;
mod tables;
mod timeline;

#[cfg(test)]
mod tests;

use crate::{Investigation, PolicyReport, ReportError};
use std::io::Write;

/// Styles of the page.
pub(crate) const STYLE: &str = include_str!("style.css");
/// Script of the page.
const SCRIPT: &str = include_str!("script.js");

impl Investigation {
    /// Writes `report.html`.
    ///
    /// # Errors
    /// [`ReportError::Io`] if `out` refuses, [`ReportError::Json`] if the
    /// page's data cannot be written.
    pub fn write_html(&self, mut out: impl Write) -> Result<(), ReportError> {
        let page = page::page(self)?;
        out.write_all(page.into_string().as_bytes())?;
        out.write_all(b"\n")?;
        Ok(())
    }

    /// Policies with the number of the asset, for everything drawn once for each.
    fn panes(&self) -> impl Iterator<Item = (&PolicyReport, usize)> {
        let assets = 0..self.assets.len();
        self.policies
            .iter()
            .flat_map(move |policy| assets.clone().map(move |asset| (policy, asset)))
    }

    /// Whether a pane is the one a reader without scripts sees.
    fn is_first(&self, policy: &PolicyReport, asset: usize) -> bool {
        policy.policy == self.headline_policy && asset == 0
    }
}
