//! Progress bars on standard error, shown only when work takes longer than a second.

use crate::arguments::Common;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tracehound_ingest::blocks::{OnBlockProgress, SourceProgress, SourceUnit};
use tracehound_ingest::{Progress, Stage};

/// Work shorter than this shows no bar.
const PATIENCE: Duration = Duration::from_secs(1);

struct State {
    bar: ProgressBar,
    /// What the bar shows now: a stage and a file.
    showing: Option<(Stage, Option<std::path::PathBuf>)>,
}

/// What ingest calls with its progress; a closure that does nothing when bars are not wanted.
pub(crate) fn ingest_bar(common: &Common) -> Option<Arc<dyn Fn(Progress) + Send + Sync>> {
    if common.quiet {
        return None;
    }
    let begun = Instant::now();
    let state = Mutex::new(State { bar: ProgressBar::hidden(), showing: None });
    Some(Arc::new(move |progress: Progress| {
        if begun.elapsed() < PATIENCE {
            return;
        }
        // A poisoned lock only means another thread panicked while drawing.
        let mut state = state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = (progress.stage, progress.file.clone());
        if state.showing.as_ref() != Some(&now) {
            state.bar.finish_and_clear();
            state.bar = bar(&progress);
            state.showing = Some(now);
        }
        state.bar.set_position(progress.done);
        if progress.total > 0 && progress.done >= progress.total {
            state.bar.finish_and_clear();
        }
    }))
}

fn bar(progress: &Progress) -> ProgressBar {
    let (unit, rate) = match progress.stage {
        Stage::Reading => ("{bytes}/{total_bytes}", "{binary_bytes_per_sec}"),
        _ => ("{human_pos}/{human_len} transfers", "{per_sec}"),
    };
    let what = match progress.stage {
        Stage::Reading => "reading",
        _ => "building",
    };
    let template = format!("{{msg:30}} {{wide_bar}} {unit}  {rate}  {{eta}} left");
    let bar = if progress.total > 0 {
        ProgressBar::new(progress.total)
    } else {
        ProgressBar::new_spinner()
    };
    bar.set_draw_target(ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    let name = progress.file.as_deref().and_then(|file| file.file_name());
    let name = name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    bar.set_message(format!("{what} {name}"));
    bar
}

/// A spinner for work whose length is not known beforehand; silent for the first second.
pub(crate) struct Spinner(ProgressBar);

impl Spinner {
    /// Starts one.
    pub(crate) fn start(common: &Common, message: &str) -> Self {
        let bar = if common.quiet { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        bar.set_message(message.to_owned());
        bar.enable_steady_tick(PATIENCE);
        Self(bar)
    }

    /// Says something else from now on.
    pub(crate) fn say(&self, message: &str) {
        self.0.set_message(message.to_owned());
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// A bar in bytes for a check.
pub(crate) fn bytes_bar(common: &Common, message: &str) -> impl FnMut(u64, u64) + use<> {
    let quiet = common.quiet;
    let message = message.to_owned();
    let begun = Instant::now();
    let mut bar: Option<ProgressBar> = None;
    move |done, total| {
        if quiet || begun.elapsed() < PATIENCE {
            return;
        }
        let bar = bar.get_or_insert_with(|| {
            let bar = ProgressBar::new(total);
            let template =
                "{msg} {wide_bar} {bytes}/{total_bytes}  {binary_bytes_per_sec}  {eta} left";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.set_message(message.clone());
            bar
        });
        bar.set_position(done);
        if done >= total {
            bar.finish_and_clear();
        }
    }
}

/// What an ingest of blocks calls with its progress.
pub(crate) fn blocks_bar(common: &Common) -> Option<OnBlockProgress> {
    if common.quiet {
        return None;
    }
    let begun = Instant::now();
    let shown: Mutex<Option<ProgressBar>> = Mutex::new(None);
    Some(Arc::new(move |progress: SourceProgress| {
        if begun.elapsed() < PATIENCE {
            return;
        }
        // A poisoned lock only means another thread panicked while drawing.
        let mut shown = shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let bar = shown.get_or_insert_with(|| bar_of_blocks(&progress));
        bar.set_position(progress.done);
        if progress.total.is_some_and(|total| progress.done >= total) {
            bar.finish_and_clear();
        }
    }))
}

fn bar_of_blocks(progress: &SourceProgress) -> ProgressBar {
    let template = match progress.unit {
        SourceUnit::Bytes => {
            "reading blocks {wide_bar} {bytes}/{total_bytes}  {binary_bytes_per_sec}  {eta} left"
        }
        SourceUnit::Blocks => {
            "reading blocks {wide_bar} {human_pos}/{human_len}  {per_sec}  {eta} left"
        }
    };
    let bar = progress.total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    bar.set_draw_target(ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
