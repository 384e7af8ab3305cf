//! Long work: begun by one request, watched and ended by others.

use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use tracehound_model::Timestamp;
use utoipa::ToSchema;

/// How a job stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum JobState {
    /// Waiting for its turn.
    Queued,
    /// At work.
    Running,
    /// Done.
    Done,
    /// Stopped because that was asked for.
    Cancelled,
    /// Could not be finished.
    Failed,
}

/// A job as clients see it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(crate) struct JobStatus {
    /// Its number.
    pub(crate) id: u64,
    /// What it is of.
    pub(crate) case: String,
    /// How it stands.
    pub(crate) state: JobState,
    /// What it does now.
    pub(crate) step: String,
    /// Whether the trace closed; absent until it is done.
    pub(crate) closes: Option<bool>,
    /// Why it failed.
    pub(crate) error: Option<String>,
    /// When it was asked for.
    #[schema(value_type = String)]
    pub(crate) asked_at: Timestamp,
}

impl JobStatus {
    /// Whether nothing more will happen.
    pub(crate) fn is_over(&self) -> bool {
        !matches!(self.state, JobState::Queued | JobState::Running)
    }
}

/// A job.
pub(crate) struct Job {
    status: watch::Sender<JobStatus>,
    /// Asks the work to stop.
    pub(crate) stop: Arc<AtomicBool>,
}

impl Job {
    pub(crate) fn status(&self) -> JobStatus {
        self.status.borrow().clone()
    }

    pub(crate) fn watch(&self) -> watch::Receiver<JobStatus> {
        self.status.subscribe()
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut JobStatus)) {
        self.status.send_modify(change);
    }
}

/// All jobs that are remembered.
pub(crate) struct Jobs {
    next: AtomicU64,
    most: usize,
    jobs: Mutex<BTreeMap<u64, Arc<Job>>>,
}

impl Jobs {
    pub(crate) fn new(most: usize) -> Self {
        Self { next: AtomicU64::new(1), most, jobs: Mutex::default() }
    }

    /// A new one; `None` if too many are still at work.
    pub(crate) fn begin(&self, case: &str, now: Timestamp) -> Option<Arc<Job>> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if jobs.len() >= self.most {
            let over = jobs.iter().find(|(_, job)| job.status().is_over()).map(|(id, _)| *id)?;
            jobs.remove(&over);
        }
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (case, step) = (case.to_owned(), "waiting".to_owned());
        let state = JobState::Queued;
        let status = JobStatus { id, case, state, step, closes: None, error: None, asked_at: now };
        let stop = Arc::new(AtomicBool::new(false));
        let job = Arc::new(Job { status: watch::channel(status).0, stop });
        jobs.insert(id, Arc::clone(&job));
        Some(job)
    }

    pub(crate) fn find(&self, id: u64) -> Option<Arc<Job>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    pub(crate) fn all(&self) -> Vec<JobStatus> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.values().map(|job| job.status()).collect()
    }

    /// Asks every job to stop.
    pub(crate) fn stop_all(&self) {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.values().for_each(|job| job.stop.store(true, Ordering::Relaxed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_finished_jobs_are_forgotten() {
        let jobs = Jobs::new(2);
        let first = jobs.begin("a", Timestamp(0)).unwrap();
        assert!(jobs.begin("b", Timestamp(0)).is_some());
        assert!(jobs.begin("c", Timestamp(0)).is_none(), "both are at work");
        first.change(|status| status.state = JobState::Done);
        assert!(jobs.begin("c", Timestamp(0)).is_some());
        assert!(jobs.find(1).is_none());
        assert_eq!(jobs.all().len(), 2);
    }
}
