//! What answers are made from: lists, tags, names, policy, stores, all of one
//! moment. It is never changed, but made anew and put in place of the old
//! one; a request keeps the one it began with.

use crate::ServerConfig;
use crate::audit::Basis;
use crate::entries::Entries;
use crate::memory::StoreMemory;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;
use tracehound_analysis::cluster::Clustering;
use tracehound_analysis::exposure::{ExposureTable, TableError};
use tracehound_lists::STALE_AFTER_HOURS;
use tracehound_model::{Chain, Direction, Timestamp};
use tracehound_screen::exposures::{Known, Question, gather, state_of};
use tracehound_screen::{
    DecisionError, Decisions, Home, ListInput, NameScreener, PolicyError, ScreenError, Screener,
    Tags, Verdict, open_screeners,
};
use tracehound_store::utxo::{UtxoSnapshot, UtxoStore};
use tracehound_store::{Snapshot, Store, StoreError, StoreKind, store_kind};
use tracehound_tags::TagError;

/// Why answers cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorldError {
    /// Lists.
    #[error(transparent)]
    Screen(#[from] ScreenError),
    /// The policy.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// Tags.
    #[error(transparent)]
    Tags(#[from] TagError),
    /// Decisions on names.
    #[error(transparent)]
    Decisions(#[from] DecisionError),
    /// A store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A table of exposures.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Two stores of one chain.
    #[error("{} and {} are both stores of {chain}; keep one", first.display(), second.display())]
    TwoStores {
        /// The chain.
        chain: String,
        /// One folder.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
}

/// A store, as far as it was published.
pub(crate) enum Ledger {
    /// Of transfers between accounts.
    Accounts(Box<AccountLedger>),
    /// Of outputs.
    Outputs(Box<UtxoSnapshot>),
}

/// A store of transfers with what is known of its addresses.
pub(crate) struct AccountLedger {
    pub(crate) snapshot: Snapshot,
    /// Which address is of which category.
    pub(crate) question: Arc<Question>,
    /// Tables of exposures, where they fit the store and the tags.
    pub(crate) received: Option<ExposureTable>,
    pub(crate) sent: Option<ExposureTable>,
}

/// A store and where it lies.
pub(crate) struct KeptStore {
    pub(crate) folder: PathBuf,
    pub(crate) chain: Chain,
    pub(crate) ledger: Ledger,
    /// Clusters, prices and counts, worked out when somebody first asks.
    pub(crate) memory: StoreMemory,
}

/// Everything of one moment.
pub(crate) struct World {
    pub(crate) screener: Screener,
    pub(crate) names: NameScreener,
    pub(crate) decisions: Decisions,
    pub(crate) entries: Entries,
    pub(crate) tags: Arc<Tags>,
    pub(crate) stores: BTreeMap<String, KeptStore>,
    /// What every verdict rests on.
    pub(crate) basis: Verdict,
    /// The same as the log keeps it.
    pub(crate) kept_basis: Arc<Basis>,
    pub(crate) loaded_at: Timestamp,
    /// When a list grows old, and the world has to be made anew.
    pub(crate) good_until: Option<Timestamp>,
}

impl World {
    /// Loads everything.
    pub(crate) fn load(
        home: &Home,
        config: &ServerConfig,
        now: Timestamp,
    ) -> Result<Self, WorldError> {
        let policy = home.policy(config.policy.as_deref())?;
        let lists = home.lists();
        let (screener, names, snapshots) = open_screeners(&lists, policy, now)?;
        let tags = Arc::new(Tags::open(&home.tags())?);
        let screener = screener.with_tags(Arc::clone(&tags));
        let mut stores = BTreeMap::new();
        for folder in store_folders(home, config) {
            let kept = open_store(folder, &screener, &tags)?;
            let chain = kept.chain.to_string();
            let second = kept.folder.clone();
            if let Some(other) = stores.insert(chain.clone(), kept) {
                return Err(WorldError::TwoStores { chain, first: other.folder, second });
            }
        }
        let basis = screener.basis();
        Ok(Self {
            kept_basis: Basis::of(&basis),
            basis,
            good_until: good_until(screener.inputs()),
            decisions: home.decisions()?,
            entries: Entries::new(snapshots),
            loaded_at: now,
            screener,
            names,
            tags,
            stores,
        })
    }

    /// The store of a chain, by its CAIP-2 or short name.
    pub(crate) fn store(&self, chain: &str) -> Option<&KeptStore> {
        self.stores.get(chain).or_else(|| {
            let named: Chain = chain.parse().ok()?;
            self.stores.get(&named.to_string())
        })
    }
}

/// When the first of the lists that are fresh now grows old.
fn good_until(inputs: &[ListInput]) -> Option<Timestamp> {
    let fresh = inputs.iter().filter(|input| !input.stale);
    let ends = fresh.filter_map(|input| Some(input.checked_at?.0 + STALE_AFTER_HOURS * 3_600 + 1));
    ends.min().map(Timestamp)
}

/// Folders under `stores` and those of the configuration, in order.
fn store_folders(home: &Home, config: &ServerConfig) -> Vec<PathBuf> {
    let kept = std::fs::read_dir(home.stores()).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> =
        kept.map(|entry| entry.path()).filter(|path| store_kind(path).is_ok()).collect();
    folders.sort();
    folders.extend(config.stores.iter().cloned());
    folders
}

fn open_store(folder: PathBuf, screener: &Screener, tags: &Tags) -> Result<KeptStore, WorldError> {
    if store_kind(&folder)? == StoreKind::UnspentOutputs {
        let store = UtxoStore::open(&folder)?;
        let ledger = Ledger::Outputs(Box::new(store.snapshot()?));
        let memory = StoreMemory::default();
        return Ok(KeptStore { chain: store.chain().clone(), folder, ledger, memory });
    }
    let store = Store::open(&folder)?;
    let snapshot = store.snapshot()?;
    let known = Known { snapshot: &snapshot, addresses: snapshot.address_count() };
    let question = Arc::new(gather(&known, Some(tags.index()), screener.addresses(), 0)?);
    let table = |side| table(&folder, &snapshot, &question, side);
    let (received, sent) = (table(Direction::Forward)?, table(Direction::Backward)?);
    let ledger = AccountLedger { question, received, sent, snapshot };
    let ledger = Ledger::Accounts(Box::new(ledger));
    let memory = StoreMemory::default();
    Ok(KeptStore { chain: store.chain().clone(), folder, ledger, memory })
}

/// The table of exposures beside a store, if it was made of this state of the
/// store and of these tags.
fn table(
    folder: &Path,
    snapshot: &Snapshot,
    question: &Question,
    side: Direction,
) -> Result<Option<ExposureTable>, WorldError> {
    let path = ExposureTable::path_beside(folder, side);
    if !path.exists() {
        return Ok(None);
    }
    let table = ExposureTable::load(&path)?;
    let header = table.header();
    let fits = header.store == state_of(snapshot)? && header.tags == question.digest;
    Ok(fits.then_some(table))
}

/// What changes when anything that answers are made from does. Only names,
/// sizes and times of files are looked at.
pub(crate) fn signature(home: &Home, config: &ServerConfig) -> u64 {
    let mut hasher = DefaultHasher::new();
    for part in ["lists", "tags", "decisions", "rates"] {
        look(&home.folder().join(part), 2, &mut hasher);
    }
    for folder in store_folders(home, config) {
        // A store is published by renaming its manifest into place.
        look(&folder, 0, &mut hasher);
        look(&Clustering::path_beside(&folder), 0, &mut hasher);
        for side in [Direction::Forward, Direction::Backward] {
            look(&ExposureTable::path_beside(&folder, side), 0, &mut hasher);
        }
    }
    if let Some(policy) = &config.policy {
        look(policy, 0, &mut hasher);
    }
    hasher.finish()
}

fn look(path: &Path, depth: u32, hasher: &mut DefaultHasher) {
    let Ok(about) = std::fs::metadata(path) else { return };
    path.hash(hasher);
    about.len().hash(hasher);
    about.modified().unwrap_or(SystemTime::UNIX_EPOCH).hash(hasher);
    if about.is_dir() && depth > 0 {
        let mut inside: Vec<PathBuf> =
            std::fs::read_dir(path).into_iter().flatten().flatten().map(|e| e.path()).collect();
        inside.sort();
        inside.iter().for_each(|path| look(path, depth - 1, hasher));
    }
}
