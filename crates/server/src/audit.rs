//! The writer of the log of answers: one task, so that lines of many
//! requests go out together, and no answer before its line.
//!
//! A request and the writer meet on the threads of the runtime: handing lines
//! to a thread of their own costs two switches of thread for each answer. The
//! writer itself writes what the system takes into memory; whatever waits for
//! the disk or for another program is done aside.
//!
//! The log is locked while it is open. It is let go when nothing comes, and
//! at least once a second, so that the command line can write to the same log.

use crate::problem::Problem;
use axum::http::StatusCode;
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Notify, oneshot};
use tokio::task::{spawn_blocking, yield_now};
use tracehound_model::Timestamp;
use tracehound_screen::{AuditEntry, AuditError, AuditLog, BASIS, Home, Verdict};

/// After so long without a line the log is let go.
const IDLE: Duration = Duration::from_millis(20);
/// After so long it is let go in any case.
const HELD: Duration = Duration::from_secs(1);
/// Requests whose lines are written together at most.
const TOGETHER: usize = 1_024;
/// Bytes from which writing is done aside.
const MUCH: usize = 1 << 20;

/// Now, in whole seconds.
pub(crate) fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_second())
}

/// What short verdicts rest on, as it stands in the log.
pub(crate) struct Basis {
    pub(crate) id: String,
    json: Vec<u8>,
}

impl Basis {
    pub(crate) fn of(verdict: &Verdict) -> Arc<Self> {
        Arc::new(Self { id: verdict.id.clone(), json: verdict.to_bytes() })
    }
}

struct Batch {
    entries: Vec<AuditEntry>,
    /// Stands in the same file of the log before these entries.
    basis: Option<Arc<Basis>>,
    done: oneshot::Sender<bool>,
}

/// Where handlers send their lines.
pub(crate) struct AuditWriter {
    sender: UnboundedSender<Batch>,
    /// Whether the last lines could be written.
    works: Arc<AtomicBool>,
    end: Arc<Notify>,
}

impl AuditWriter {
    /// The writer and the work that is to be run for it until [`Self::end`].
    pub(crate) fn new(home: Home, wait: bool) -> (Self, Writing) {
        let (sender, receiver) = unbounded_channel();
        let works = Arc::new(AtomicBool::new(true));
        let end = Arc::new(Notify::new());
        let writing = Writing {
            home,
            wait,
            open: None,
            noted: None,
            last_line: 0,
            receiver,
            works: Arc::clone(&works),
            end: Arc::clone(&end),
        };
        (Self { sender, works, end }, writing)
    }

    /// Ends the work when every line that was sent is written.
    pub(crate) fn end(&self) {
        self.end.notify_one();
    }

    /// Whether the last lines could be written.
    pub(crate) fn works(&self) -> bool {
        self.works.load(Ordering::Relaxed)
    }

    /// Writes lines; an answer may go out when this is done.
    pub(crate) async fn write(&self, entries: Vec<AuditEntry>) -> Result<(), Problem> {
        self.write_after(None, entries).await
    }

    /// Writes lines that need a basis in the log before them.
    pub(crate) async fn write_after(
        &self,
        basis: Option<Arc<Basis>>,
        entries: Vec<AuditEntry>,
    ) -> Result<(), Problem> {
        if entries.is_empty() {
            return Ok(());
        }
        let (done, written) = oneshot::channel();
        let sent = self.sender.send(Batch { entries, basis, done }).is_ok();
        if sent && written.await.unwrap_or(false) {
            return Ok(());
        }
        let detail = "the answer could not be written to the log, so it is not given";
        Err(unavailable(detail))
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

/// The log of answers cannot be written.
pub(crate) fn unavailable(detail: &str) -> Problem {
    let cure = "see the service's log; the disk may be full";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "audit-unavailable", detail).cure(cure)
}

/// A record as a line.
pub(crate) fn entry(kind: &'static str, record: &impl Serialize) -> Result<AuditEntry, Problem> {
    AuditEntry::new(now(), kind, record).map_err(|error| Problem::internal(&error))
}

struct Open {
    log: AuditLog,
    since: Instant,
}

/// A basis that stands in the log, and in which file of it.
struct Noted {
    id: String,
    file: u64,
}

/// The work of the writer.
pub(crate) struct Writing {
    home: Home,
    wait: bool,
    open: Option<Open>,
    noted: Option<Noted>,
    /// The number of the next line when the log was last let go.
    last_line: u64,
    receiver: UnboundedReceiver<Batch>,
    works: Arc<AtomicBool>,
    end: Arc<Notify>,
}

impl Writing {
    /// Writes until it is told to end.
    pub(crate) async fn run(mut self) {
        let mut batches = Vec::new();
        loop {
            tokio::select! {
                come = self.receiver.recv_many(&mut batches, TOGETHER) => if come == 0 { break },
                () = tokio::time::sleep(IDLE), if self.open.is_some() => self.let_go(),
                // A load balancer sends nothing to a service that is not
                // ready, so it looks by itself whether it can write again.
                () = tokio::time::sleep(HELD), if !self.works() => self.resume(&mut batches),
                // What was sent before is still received.
                () = self.end.notified() => self.receiver.close(),
            }
            if batches.is_empty() {
                continue;
            }
            // Requests that are ready to go on add their lines first.
            yield_now().await;
            while batches.len() < TOGETHER {
                let Ok(batch) = self.receiver.try_recv() else { break };
                batches.push(batch);
            }
            self.write(&mut batches).await;
        }
        if let Some(open) = self.open.take() {
            let _ = spawn_blocking(move || synchronise(&open.log.into_file())).await;
        }
    }

    fn works(&self) -> bool {
        self.works.load(Ordering::Relaxed)
    }

    /// Asks for a line that says that the log goes on.
    fn resume(&self, batches: &mut Vec<Batch>) {
        if let Ok(entry) = entry("log-resumed", &serde_json::json!({})) {
            let done = oneshot::channel().0;
            batches.push(Batch { entries: vec![entry], basis: None, done });
        }
    }

    async fn write(&mut self, batches: &mut Vec<Batch>) {
        let written = self.append(batches).await;
        self.works.store(written.is_ok(), Ordering::Relaxed);
        if let Err(error) = &written {
            crate::log::failed(error);
            // What was written is not known: opening anew takes a torn line away.
            self.open = None;
            self.noted = None;
        }
        for batch in batches.drain(..) {
            // Whoever asked may have gone; the line is there all the same.
            let _ = batch.done.send(written.is_ok());
        }
        if self.open.as_ref().is_some_and(|open| open.since.elapsed() > HELD) {
            self.let_go();
        }
    }

    async fn append(&mut self, batches: &mut [Batch]) -> Result<(), AuditError> {
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.opened().await?,
        };
        let mut entries = Vec::with_capacity(batches.len() + 1);
        for batch in batches {
            if let Some(basis) = batch.basis.take_if(|basis| !self.is_noted(&basis.id, &open.log)) {
                entries.push(AuditEntry::of_json(now(), BASIS, &basis.json));
                let file = open.log.file_number();
                self.noted = Some(Noted { id: basis.id.clone(), file });
            }
            entries.append(&mut batch.entries);
        }
        let weight: usize = entries.iter().map(AuditEntry::weight).sum();
        let wait = self.wait;
        let written = if wait || weight > MUCH || open.log.is_full() {
            let work = move || {
                let written = open.log.append_entries(&entries, wait);
                (open, written)
            };
            let (back, written) = aside(work).await?;
            open = back;
            written
        } else {
            open.log.append_entries(&entries, false)
        };
        self.open = Some(open);
        written
    }

    /// Whether a basis stands in the file that is written to, so that every
    /// file of the log has what its short verdicts rest on.
    fn is_noted(&self, basis: &str, log: &AuditLog) -> bool {
        self.noted.as_ref().is_some_and(|n| n.id == basis && n.file == log.file_number())
    }

    async fn opened(&mut self) -> Result<Open, AuditError> {
        let home = self.home.clone();
        let log = aside(move || home.audit_log(now())).await??;
        if log.next_line() < self.last_line {
            // Another log: the old one was moved aside.
            self.noted = None;
        }
        Ok(Open { log, since: Instant::now() })
    }

    /// Lets others write; the disk has everything soon after.
    fn let_go(&mut self) {
        if let Some(open) = self.open.take() {
            self.last_line = open.log.next_line();
            let file = open.log.into_file();
            spawn_blocking(move || synchronise(&file));
        }
    }
}

fn synchronise(file: &std::fs::File) {
    if let Err(error) = file.sync_data() {
        crate::log::failed(&error);
    }
}

/// On a thread that may wait.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AuditError> {
    spawn_blocking(work).await.map_err(|error| AuditError::Fault { reason: error.to_string() })
}
