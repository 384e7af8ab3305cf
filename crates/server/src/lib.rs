//! The HTTP service: the native API under `/v1`, surfaces of other products,
//! keys, limits, and the log of who was answered what.
//!
//! Start reading at [`Server::run`], then `routes/mod.rs`, then
//! `routes/screening.rs`. Answers are made from a `World` of one moment,
//! which is replaced whole when anything changes. Nothing below this crate
//! knows HTTP.

mod audit;
mod compatible;
mod config;
mod cors;
mod entries;
mod extract;
mod guard;
mod jobs;
mod keys;
mod listen;
mod log;
mod memory;
mod metrics;
mod problem;
mod routes;
mod service;
mod work;
mod world;

pub use config::{AuditConfig, ConfigError, EXAMPLE, Limits, ServerConfig, Surfaces, TlsFiles};
pub use keys::{KeptKey, KeyError, Role, key_file, make_key, read_keys, revoke_key};
pub use problem::Problem;
pub use routes::RouteNeed;
pub use world::WorldError;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use service::{Service, Shared};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tracehound_model::DailyPrices;
use tracehound_screen::Home;

/// Tracing of cases, which whoever has the readers of files brings along.
pub trait Cases: Send + Sync {
    /// Checks the text of a case that names no files; gives its chain.
    ///
    /// # Errors
    /// What is wrong, in words for the client.
    fn check(&self, text: &str) -> Result<String, String>;

    /// Traces the case in a folder in a store, and writes its report to `out`
    /// under the folder; whether it closes.
    ///
    /// # Errors
    /// What failed, in words for the client.
    fn trace(
        &self,
        folder: &Path,
        store: &Path,
        stop: &Arc<AtomicBool>,
        step: &dyn Fn(&str),
    ) -> Result<bool, String>;

    /// Reads a list of daily prices.
    ///
    /// # Errors
    /// What is wrong with the file, in words.
    fn prices(&self, file: &Path) -> Result<DailyPrices, String>;
}

/// Why the service could not begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// Its configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Its keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// Certificates or their key.
    #[error("{}: {reason}", file.display())]
    Tls {
        /// Which file.
        file: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The address is taken, or not this machine's.
    #[error("cannot listen on {address}: {source}; choose another with --listen")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The system refused something else.
    #[error(transparent)]
    Io(std::io::Error),
}

impl ServerError {
    pub(crate) fn tls(file: &Path, error: &dyn std::fmt::Display) -> Self {
        Self::Tls { file: file.to_owned(), reason: error.to_string() }
    }
}

/// The service, ready to begin.
pub struct Server {
    service: Shared,
    writing: audit::Writing,
}

impl Server {
    /// Over a home folder. Lists and stores are loaded once it runs.
    ///
    /// # Errors
    /// [`ServerError`] if keys cannot be read, or it would be open to others.
    pub fn new(
        home: &Home,
        config: ServerConfig,
        cases: Option<Arc<dyn Cases>>,
    ) -> Result<Self, ServerError> {
        config.check_open(read_keys(&key_file(home.folder()))?.len())?;
        let (service, writing) = Service::new(home.clone(), config, cases)?;
        Ok(Self { service: Arc::new(service), writing })
    }

    /// The description of the native API, as OpenAPI 3.1 in JSON.
    #[must_use]
    pub fn openapi(&self) -> String {
        let (_, api, _) = routes::build(&self.service);
        // A description in memory can always be written.
        api.to_pretty_json().unwrap_or_default()
    }

    /// What each route of the native API needs.
    #[must_use]
    pub fn needs(&self) -> Vec<RouteNeed> {
        routes::build(&self.service).2
    }

    /// Answers until the process is told to end (SIGINT or SIGTERM). SIGHUP
    /// loads everything anew. `begun` is told the address once it listens.
    ///
    /// # Errors
    /// [`ServerError`] if it cannot listen.
    pub fn run(
        self,
        log_to: Box<dyn Write + Send>,
        begun: impl FnOnce(SocketAddr),
    ) -> Result<(), ServerError> {
        log::to(log_to);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(ServerError::Io)?;
        let writing = runtime.spawn(self.writing.run());
        let patience = Duration::from_secs(self.service.config.limits.shutdown_seconds);
        runtime.block_on(serve(&self.service, begun))?;
        self.service.jobs.stop_all();
        self.service.keep_quotas();
        // What is still at work answers nobody any more: no line comes after these.
        self.service.audit.end();
        match runtime.block_on(async { tokio::time::timeout(patience, writing).await }) {
            Ok(Ok(())) => {}
            Ok(Err(_)) => log::words("failed", "the writer of the log ended in a fault"),
            Err(_) => log::words("failed", "another program holds the log of answers"),
        }
        runtime.shutdown_timeout(patience);
        log::words("ended", "told to end");
        Ok(())
    }
}

fn app(service: &Shared) -> Router {
    let (router, _, _) = routes::build(service);
    let router = router
        .layer(DefaultBodyLimit::max(service.config.limits.body_bytes))
        .layer(from_fn_with_state(Shared::clone(service), guard::observe));
    match service.config.origins.is_empty() {
        true => router,
        false => router.layer(from_fn_with_state(Shared::clone(service), cors::cors)),
    }
}

async fn serve(service: &Shared, begun: impl FnOnce(SocketAddr)) -> Result<(), ServerError> {
    let listening = listen::Listening::on(&service.config).await?;
    begun(listening.address()?);
    let watch = tokio::spawn(keep_loaded(Shared::clone(service)));
    listening.serve(Shared::clone(service), app(service), told_to_end()).await;
    watch.abort();
    Ok(())
}

/// Loads at the start, on SIGHUP, and whenever files have changed.
async fn keep_loaded(service: Shared) {
    let mut hangup = hangup();
    let mut anyway = true;
    loop {
        let shared = Shared::clone(&service);
        // Failures are kept in the service and in its log.
        let _ = tokio::task::spawn_blocking(move || {
            if anyway {
                shared.reload_keys();
            }
            let _ = shared.reload(anyway);
            shared.keep_quotas();
        })
        .await;
        let pause = Duration::from_secs(service.config.reload_seconds);
        anyway = tokio::select! {
            () = tokio::time::sleep(pause) => false,
            () = hangup.next() => true,
        };
    }
}

#[cfg(unix)]
mod signals {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    /// SIGHUP; one that never comes where it cannot be asked for.
    pub(crate) struct Hangup(Option<Signal>);

    impl Hangup {
        pub(crate) async fn next(&mut self) {
            let come = match &mut self.0 {
                Some(signal) => signal.recv().await,
                None => None,
            };
            if come.is_none() {
                std::future::pending::<()>().await;
            }
        }
    }

    pub(crate) fn hangup() -> Hangup {
        Hangup(signal(SignalKind::hangup()).ok())
    }

    pub(crate) async fn told_to_end() {
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            },
            Err(_) => {
                let _ = tokio::signal::ctrl_c().await;
            }
        }
    }
}

#[cfg(not(unix))]
mod signals {
    /// There is no SIGHUP here.
    pub(crate) struct Hangup;

    impl Hangup {
        pub(crate) async fn next(&mut self) {
            std::future::pending().await
        }
    }

    pub(crate) fn hangup() -> Hangup {
        Hangup
    }

    pub(crate) async fn told_to_end() {
        let _ = tokio::signal::ctrl_c().await;
    }
}

use signals::{hangup, told_to_end};
