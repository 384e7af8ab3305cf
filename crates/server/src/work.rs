//! Work that must not hold up the threads that answer: reading much of a
//! store, following money, loading lists.

use crate::problem::Problem;
use crate::service::Shared;
use axum::http::StatusCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Told to stop when whoever waits for the work has gone.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// On a thread for work that waits for the disk.
pub(crate) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(Problem::internal(&error)))
}

/// In its turn among heavy work. It is told to stop when the client goes away
/// or its time is over.
pub(crate) async fn heavy<T: Send + 'static>(
    service: &Shared,
    work: impl FnOnce(&AtomicBool) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let place = Arc::clone(&service.heavy).acquire_owned().await;
    let place = place.map_err(|_| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "ending", "the service is ending")
    })?;
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let _guard = StopOnDrop(stop);
    aside(move || {
        let done = work(&flag);
        drop(place);
        done
    })
    .await
}
