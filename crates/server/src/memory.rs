//! What is worked out about a store when somebody first asks, and then kept:
//! loading it at the start would make the start as slow as the store is big.

use crate::world::{KeptStore, Ledger};
use crate::{Cases, log};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;
use tracehound_analysis::cluster::{ClusterIndex, Clustering};
use tracehound_model::address::AddressKind;
use tracehound_model::{Address, DailyPrices};
use tracehound_screen::Home;
use tracehound_store::utxo::{OutputLedger, UtxoSnapshot};
use tracehound_store::{AddressId, StoreError};
use tracehound_tags::TagIndex;

/// The clusters kept beside a store.
pub(crate) struct Clusters {
    /// The cluster of each address.
    pub(crate) clustering: Clustering,
    /// The members of each cluster.
    pub(crate) index: ClusterIndex,
    /// How many there are.
    pub(crate) count: usize,
}

/// What is known of a store.
#[derive(Default)]
pub(crate) struct StoreMemory {
    clusters: OnceLock<Option<Clusters>>,
    prices: OnceLock<Option<DailyPrices>>,
    multisignatures: OnceLock<Vec<AddressId>>,
    tagged: OnceLock<BTreeMap<AddressId, Vec<AddressId>>>,
    labels: OnceLock<usize>,
    relations: OnceLock<u64>,
}

impl StoreMemory {
    /// The clusters beside a store of outputs, if they are of its blocks.
    /// Addresses that came after they were made are clusters of their own.
    pub(crate) fn clusters(&self, folder: &Path, snapshot: &UtxoSnapshot) -> Option<&Clusters> {
        let load = || {
            let file = Clustering::path_beside(folder);
            if !file.exists() {
                return None;
            }
            match Clustering::load(&file, snapshot) {
                Ok(clustering) => {
                    let (index, count) = (ClusterIndex::new(&clustering), clustering.count());
                    Some(Clusters { clustering, index, count })
                }
                Err(error) => {
                    log::failed(&error);
                    None
                }
            }
        };
        self.clusters.get_or_init(load).as_ref()
    }

    /// Daily prices of the coin: `rates/CHAIN.csv` in the home folder.
    pub(crate) fn prices(
        &self,
        home: &Home,
        kept: &KeptStore,
        reader: Option<&dyn Cases>,
    ) -> Option<&DailyPrices> {
        let load = || {
            let name = format!("{}.csv", Home::folder_name(&kept.chain));
            let file = home.folder().join("rates").join(name);
            let reader = reader.filter(|_| file.exists())?;
            match reader.prices(&file) {
                Ok(prices) => Some(prices),
                Err(reason) => {
                    log::words("failed", &reason);
                    None
                }
            }
        };
        self.prices.get_or_init(load).as_ref()
    }

    /// Bare multisignatures of a store of outputs, ascending.
    pub(crate) fn multisignatures(
        &self,
        snapshot: &UtxoSnapshot,
    ) -> Result<&[AddressId], StoreError> {
        if let Some(known) = self.multisignatures.get() {
            return Ok(known);
        }
        let all = AddressId(0)..AddressId(snapshot.address_count());
        let found = snapshot.addresses_of_kind(AddressKind::Multisig, all)?;
        Ok(self.multisignatures.get_or_init(|| found))
    }

    /// Tagged addresses that the store holds, by what holds them: clusters as
    /// `holder` says, or the addresses themselves.
    pub(crate) fn tagged(
        &self,
        kept: &KeptStore,
        tags: &TagIndex,
        holder: impl Fn(AddressId) -> AddressId,
    ) -> Result<&BTreeMap<AddressId, Vec<AddressId>>, StoreError> {
        if let Some(known) = self.tagged.get() {
            return Ok(known);
        }
        let id_of = |address: &Address| match &kept.ledger {
            Ledger::Accounts(ledger) => ledger.snapshot.address_id(address),
            Ledger::Outputs(snapshot) => snapshot.address_id(&address.on(&kept.chain)),
        };
        let evm = kept.chain.is_evm();
        let mut found: BTreeMap<AddressId, Vec<AddressId>> = BTreeMap::new();
        let of_chain =
            |address: &Address| Ok::<_, StoreError>((address.kind() == AddressKind::Evm) == evm);
        for said in tags.addresses(of_chain) {
            let (address, said) = said?;
            if !said.iter().any(|tag| tag.can_be_of(&kept.chain)) {
                continue;
            }
            if let Some(id) = id_of(&address)? {
                found.entry(holder(id)).or_default().push(id);
            }
        }
        found.values_mut().for_each(|ids| ids.sort_unstable());
        Ok(self.tagged.get_or_init(|| found))
    }

    /// How many labels speak of the store's addresses.
    pub(crate) fn labels(&self, count: impl FnOnce() -> usize) -> usize {
        *self.labels.get_or_init(count)
    }

    /// How many relations between addresses there are.
    pub(crate) fn relations<E>(&self, count: impl FnOnce() -> Result<u64, E>) -> Result<u64, E> {
        match self.relations.get() {
            Some(known) => Ok(*known),
            None => {
                let found = count()?;
                Ok(*self.relations.get_or_init(|| found))
            }
        }
    }
}
