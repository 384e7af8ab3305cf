//! Ctrl-C: the first asks the work to stop at its next safe point, so that
//! the last published state stays; the second leaves at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

static STOP: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// The flag long work polls.
pub(crate) fn flag() -> Arc<AtomicBool> {
    Arc::clone(STOP.get_or_init(|| {
        let flag = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&flag);
        // Without a handler Ctrl-C still ends the process, and the store survives that too.
        let _ = ctrlc::set_handler(move || {
            if seen.swap(true, Ordering::SeqCst) {
                std::process::exit(2);
            }
            eprintln!("\nstopping; press Ctrl-C again to leave at once");
        });
        flag
    }))
}
