//! What every handler shares.

use crate::audit::{AuditWriter, Writing, now};
use crate::jobs::Jobs;
use crate::keys::{ApiKeys, KeyError, key_file, read_keys};
use crate::metrics::Metrics;
use crate::problem::Problem;
use crate::world::{World, WorldError, signature};
use crate::{Cases, ServerConfig, log};
use arc_swap::ArcSwap;
use axum::http::StatusCode;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use tracehound_lists::files::publish;
use tracehound_screen::Home;

/// How answers stand.
#[derive(Clone)]
enum Standing {
    /// Nothing is loaded yet.
    Loading,
    /// Answers can be given.
    Ready(Arc<World>),
    /// What was changed cannot be loaded: no answer is given, because the old
    /// ones may be wrong.
    Failed,
}

/// The service.
pub(crate) struct Service {
    pub(crate) home: Home,
    pub(crate) config: ServerConfig,
    pub(crate) keys: ArcSwap<ApiKeys>,
    pub(crate) audit: AuditWriter,
    pub(crate) metrics: Metrics,
    pub(crate) jobs: Jobs,
    pub(crate) cases: Option<Arc<dyn Cases>>,
    /// Requests at work.
    pub(crate) requests: Semaphore,
    /// Heavy requests at work.
    pub(crate) heavy: Arc<Semaphore>,
    standing: ArcSwap<Standing>,
    /// One load at a time; the signature of what was loaded last.
    loading: Mutex<Option<u64>>,
}

/// What handlers are given.
pub(crate) type Shared = Arc<Service>;

impl Service {
    pub(crate) fn new(
        home: Home,
        config: ServerConfig,
        cases: Option<Arc<dyn Cases>>,
    ) -> Result<(Self, Writing), KeyError> {
        let mut keys = ApiKeys::new(read_keys(&key_file(home.folder()))?);
        keys.counted_before(&quotas(&home));
        let (audit, writing) = AuditWriter::new(home.clone(), config.audit.sync);
        let service = Self {
            keys: ArcSwap::from_pointee(keys),
            audit,
            metrics: Metrics::new(),
            jobs: Jobs::new(config.limits.jobs),
            cases,
            requests: Semaphore::new(config.limits.requests),
            heavy: Arc::new(Semaphore::new(config.limits.heavy)),
            standing: ArcSwap::from_pointee(Standing::Loading),
            loading: Mutex::new(None),
            home,
            config,
        };
        Ok((service, writing))
    }

    /// What answers are made from now.
    pub(crate) fn world(&self) -> Result<Arc<World>, Problem> {
        let unavailable =
            |code, detail: &str| Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, code, detail));
        match self.standing.load().as_ref() {
            Standing::Ready(world) => Ok(Arc::clone(world)),
            Standing::Loading => unavailable("loading", "lists, tags and stores are being loaded"),
            Standing::Failed => unavailable(
                "not-loaded",
                "what was changed could not be loaded, so nothing is answered; the log of the service says why",
            ),
        }
    }

    /// Loads what has changed, or everything if that is asked for. Blocks.
    pub(crate) fn reload(&self, anyway: bool) -> Result<(), WorldError> {
        let mut last = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = signature(&self.home, &self.config);
        let old =
            self.world().ok().and_then(|world| world.good_until).is_some_and(|end| now() >= end);
        if !anyway && !old && *last == Some(seen) {
            return Ok(());
        }
        let loaded = World::load(&self.home, &self.config, now());
        // Whatever changed meanwhile is seen by the next look.
        *last = Some(seen);
        self.metrics.reloaded(loaded.is_ok());
        self.metrics.ready.set(i64::from(loaded.is_ok()));
        match loaded {
            Ok(world) => {
                self.metrics.loaded.set(now().0);
                log::event("loaded", Loaded::of(&world));
                self.standing.store(Arc::new(Standing::Ready(Arc::new(world))));
                Ok(())
            }
            Err(error) => {
                log::failed(&error);
                self.standing.store(Arc::new(Standing::Failed));
                Err(error)
            }
        }
    }

    /// Writes down what was counted of keys with a quota, if that is not
    /// written already, so that a restart does not begin a new day.
    pub(crate) fn keep_quotas(&self) {
        let counted = self.keys.load().counted();
        let file = quota_file(&self.home);
        if counted.is_empty() || counted == quotas(&self.home) {
            return;
        }
        let written =
            publish(&file, |out| serde_json::to_writer(out, &counted).map_err(Into::into));
        if let Err(error) = written {
            log::failed(&error);
        }
    }

    /// Reads the keys again; the old ones stay where that fails.
    pub(crate) fn reload_keys(&self) {
        match read_keys(&key_file(self.home.folder())) {
            Ok(keys) => self.keys.store(Arc::new(self.keys.load().renewed(keys))),
            Err(error) => log::failed(&error),
        }
    }
}

/// Where counts of keys are kept: the day in the upper half of each number,
/// requests of that day in the lower, by the hash of the key.
fn quota_file(home: &Home) -> PathBuf {
    home.folder().join("quotas.json")
}

/// The counts that were kept; none where there is no file or none that can be
/// read: a lost count must not end the service.
fn quotas(home: &Home) -> BTreeMap<String, u64> {
    let text = std::fs::read(quota_file(home)).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

#[derive(serde::Serialize)]
struct Loaded {
    addresses_listed: usize,
    names_listed: usize,
    packs: usize,
    tags: usize,
    stores: Vec<String>,
    complete: bool,
}

impl Loaded {
    fn of(world: &World) -> Self {
        let manifests = world.tags.index().manifests();
        let (packs, tags) = manifests.fold((0, 0), |(n, all), pack| (n + 1, all + pack.tags));
        Self {
            addresses_listed: world.screener.addresses().len(),
            names_listed: world.names.len(),
            packs,
            tags,
            stores: world.stores.keys().cloned().collect(),
            complete: world.screener.is_complete(),
        }
    }
}
