//! How to write a store of unspent-output chains.

use crate::WriteOptions;
use crate::write::{Progress, Step};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Memory a writer may take if the caller does not say.
const DEFAULT_MEMORY: usize = 1 << 30;

/// How to write.
#[derive(Clone)]
pub struct UtxoOptions {
    /// Bytes of memory the segment that grows may take, the building of its
    /// indexes included; one block must fit. Files are mapped besides.
    pub memory: usize,
    /// Polled; when set the writer stops and publishes nothing more.
    pub stop: Option<Arc<AtomicBool>>,
    /// Called at each step of a publish (tests kill the process here).
    pub on_step: Option<Arc<dyn Fn(Step) + Send + Sync>>,
}

impl Default for UtxoOptions {
    fn default() -> Self {
        Self { memory: DEFAULT_MEMORY, stop: None, on_step: None }
    }
}

impl fmt::Debug for UtxoOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UtxoOptions").field("memory", &self.memory).finish_non_exhaustive()
    }
}

impl UtxoOptions {
    pub(crate) fn progress(&self) -> Progress {
        Progress::new(&WriteOptions {
            stop: self.stop.clone(),
            on_step: self.on_step.clone(),
            ..WriteOptions::default()
        })
    }
}
