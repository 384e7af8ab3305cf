//! Tracing for the service, by what `tracehound trace` does.

use crate::arguments::Common;
use crate::verbs::trace;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tracehound_ingest::read_daily_prices;
use tracehound_model::Case;
use tracehound_model::DailyPrices;
use tracehound_model::case::Seed;
use tracehound_screen::Home;
use tracehound_server::Cases;

/// What the verbs need to know.
pub(super) struct CommandLineCases {
    common: Common,
}

impl CommandLineCases {
    pub(super) fn new(home: &Home) -> Self {
        let home = Some(home.folder().to_owned());
        Self { common: Common { quiet: true, json: false, home } }
    }
}

impl Cases for CommandLineCases {
    fn check(&self, text: &str) -> Result<String, String> {
        let case = Case::parse(text, "the case").map_err(|error| error.to_string())?;
        if names_files(&case) {
            return Err("the case names files; a case made here may not".to_owned());
        }
        Ok(case.chain.to_string())
    }

    fn trace(
        &self,
        folder: &Path,
        store: &Path,
        stop: &Arc<AtomicBool>,
        step: &dyn Fn(&str),
    ) -> Result<bool, String> {
        trace::in_store(&self.common, folder, store, stop, step)
            .map_err(|error| format!("{error:#}"))
    }

    fn prices(&self, file: &Path) -> Result<DailyPrices, String> {
        read_daily_prices(file).map_err(|error| error.to_string())
    }
}

fn names_files(case: &Case) -> bool {
    let seeds = case.seeds.iter().any(|seed| match seed {
        Seed::Outflow { addresses_file, .. } => addresses_file.is_some(),
        Seed::Transaction { transactions_file, .. } => transactions_file.is_some(),
        _ => false,
    });
    seeds || !case.transfers.is_empty() || !case.terminals.is_empty() || !case.tags.is_empty()
}
