//! What happened, as lines of JSON to wherever the caller wants them: no
//! addresses, names or keys; those are in the log of answers, which is
//! protected as such.

use serde::Serialize;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

/// Where lines go; nowhere until somebody says so. One process is one service.
static SINK: Mutex<Option<Box<dyn Write + Send>>> = Mutex::new(None);

/// Says where lines go.
pub(crate) fn to(sink: Box<dyn Write + Send>) {
    *SINK.lock().unwrap_or_else(PoisonError::into_inner) = Some(sink);
}

#[derive(Serialize)]
struct Line<'a, T: Serialize> {
    time: String,
    event: &'a str,
    #[serde(flatten)]
    more: T,
}

#[derive(Serialize)]
struct Words<'a> {
    reason: &'a str,
}

/// Writes an event.
pub(crate) fn event(name: &str, more: impl Serialize) {
    let line = Line { time: jiff::Timestamp::now().to_string(), event: name, more };
    if let Ok(mut text) = serde_json::to_vec(&line) {
        text.push(b'\n');
        if let Some(sink) = SINK.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            // Nobody is left to be told where the sink is gone.
            let _ = sink.write_all(&text);
        }
    }
}

/// Writes an event with its reason.
pub(crate) fn words(name: &str, reason: &str) {
    event(name, Words { reason });
}

/// Writes an error with all its causes.
pub(crate) fn failed(error: &dyn std::error::Error) {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    words("failed", &text);
}
