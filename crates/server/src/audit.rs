//! The writer of the log of answers: one thread, so that lines of many
//! requests go out together, and no answer before its line.
//!
//! The log is locked while it is open. It is let go when nothing comes, and
//! at least once a second, so that the command line can write to the same log.

use crate::problem::Problem;
use axum::http::StatusCode;
use serde::Serialize;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tracehound_model::Timestamp;
use tracehound_screen::{AuditEntry, AuditError, AuditLog, Home};

/// After so long without a line the log is let go.
const IDLE: Duration = Duration::from_millis(20);
/// After so long it is let go in any case.
const HELD: Duration = Duration::from_secs(1);
/// Requests whose lines are written together at most.
const TOGETHER: usize = 1_024;

/// Now, in whole seconds.
pub(crate) fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_second())
}

struct Batch {
    entries: Vec<AuditEntry>,
    done: oneshot::Sender<bool>,
}

/// Where handlers send their lines.
pub(crate) struct AuditWriter {
    sender: Sender<Batch>,
}

impl AuditWriter {
    /// Begins the thread.
    pub(crate) fn start(home: Home, wait: bool) -> (Self, JoinHandle<()>) {
        let (sender, receiver) = channel();
        let thread = std::thread::spawn(move || Loop { home, wait, open: None }.run(&receiver));
        (Self { sender }, thread)
    }

    /// Writes lines; an answer may go out when this is done.
    pub(crate) async fn write(&self, entries: Vec<AuditEntry>) -> Result<(), Problem> {
        if entries.is_empty() {
            return Ok(());
        }
        let (done, written) = oneshot::channel();
        let sent = self.sender.send(Batch { entries, done }).is_ok();
        if sent && written.await.unwrap_or(false) {
            return Ok(());
        }
        let detail = "the answer could not be written to the log, so it is not given";
        let cure = "see the service's log; the disk may be full";
        let code = "audit-unavailable";
        Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, code, detail).cure(cure))
    }

    /// Writes one record.
    pub(crate) async fn record(
        &self,
        kind: &'static str,
        record: &impl Serialize,
    ) -> Result<(), Problem> {
        self.write(vec![entry(kind, record)?]).await
    }
}

/// A record as a line.
pub(crate) fn entry(kind: &'static str, record: &impl Serialize) -> Result<AuditEntry, Problem> {
    AuditEntry::new(now(), kind, record).map_err(|error| Problem::internal(&error))
}

struct Open {
    log: AuditLog,
    since: Instant,
}

struct Loop {
    home: Home,
    wait: bool,
    open: Option<Open>,
}

impl Loop {
    fn run(&mut self, receiver: &Receiver<Batch>) {
        loop {
            let first = match &self.open {
                Some(_) => receiver.recv_timeout(IDLE),
                None => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match first {
                Ok(first) => self.serve(first, receiver),
                Err(RecvTimeoutError::Timeout) => self.let_go(),
                Err(RecvTimeoutError::Disconnected) => return self.let_go(),
            }
        }
    }

    fn serve(&mut self, first: Batch, receiver: &Receiver<Batch>) {
        let (mut entries, mut waiting) = (first.entries, vec![first.done]);
        while waiting.len() < TOGETHER {
            let Ok(batch) = receiver.try_recv() else { break };
            entries.extend(batch.entries);
            waiting.push(batch.done);
        }
        let written = self.append(&entries);
        if let Err(error) = &written {
            crate::log::failed(error);
            // What was written is not known: opening anew takes a torn line away.
            self.open = None;
        }
        for done in waiting {
            // Whoever asked may have gone; the line is there all the same.
            let _ = done.send(written.is_ok());
        }
        if self.open.as_ref().is_some_and(|open| open.since.elapsed() > HELD) {
            self.let_go();
        }
    }

    fn append(&mut self, entries: &[AuditEntry]) -> Result<(), AuditError> {
        let open = match &mut self.open {
            Some(open) => open,
            none => {
                let log = self.home.audit_log(now())?;
                none.insert(Open { log, since: Instant::now() })
            }
        };
        open.log.append_entries(entries, self.wait)
    }

    /// Lets others write, with everything on the disk.
    fn let_go(&mut self) {
        if let Some(Err(error)) = self.open.take().map(|open| open.log.sync()) {
            crate::log::failed(&error);
        }
    }
}
