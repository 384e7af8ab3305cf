//! What answers are made from: the world of one moment, its networks, and the
//! numbers that GraphSense gives to addresses and clusters.
//!
//! GraphSense numbers the addresses of a chain of outputs from 1 in the order
//! of first appearance, leaves bare multisignatures out, and gives 0 to the
//! coinbase; a cluster goes by its smallest member. Ours begin with 0 and
//! count multisignatures, so that a number moves by one less those below it.

use super::money::Rates;
use super::refusal::Refusal;
use crate::memory::Clusters;
use crate::service::Service;
use crate::world::{KeptStore, Ledger, World};
use sha2::{Digest, Sha256};
use tracehound_model::address::AddressKind;
use tracehound_model::chain::UTXO_CHAINS;
use tracehound_model::{Address, AddressError, TransactionHash};
use tracehound_store::utxo::{OutputLedger, UtxoSnapshot};
use tracehound_store::{AddressId, Snapshot};

/// What GraphSense calls the payer of new coins.
pub(super) const COINBASE: &str = "coinbase";

/// One moment, and the service it is of.
#[derive(Clone, Copy)]
pub(super) struct Desk<'w> {
    pub(super) world: &'w World,
    pub(super) service: &'w Service,
}

/// A chain under the name GraphSense gives it.
#[derive(Clone)]
pub(super) struct Network<'w> {
    pub(super) code: String,
    pub(super) kept: &'w KeptStore,
    pub(super) rates: Rates<'w>,
}

/// Who holds coins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Holder {
    /// The payer of new coins and fees.
    Coinbase,
    /// An address.
    Address(AddressId),
    /// A cluster, by its smallest member. On chains of accounts each address
    /// is one.
    Cluster(AddressId),
}

impl Holder {
    /// Its address, or the smallest one.
    pub(super) fn id(self) -> Option<AddressId> {
        match self {
            Self::Coinbase => None,
            Self::Address(id) | Self::Cluster(id) => Some(id),
        }
    }
}

impl<'w> Desk<'w> {
    /// Every network, in the order of the stores.
    pub(super) fn networks(&self) -> Vec<Network<'w>> {
        let kept: Vec<&KeptStore> = self.world.stores.values().collect();
        let all = kept.iter().map(|kept| self.of(kept, code_of(kept)));
        let mut all: Vec<Network<'w>> = all.collect();
        all.sort_by(|a, b| a.code.cmp(&b.code));
        all
    }

    /// The network of a code; what follows a colon is a token of it.
    pub(super) fn network(&self, code: &str) -> Result<Network<'w>, Refusal> {
        let small = code.to_lowercase();
        let name = small.split(':').next().unwrap_or_default();
        let kept = self.world.stores.values().find(|kept| code_of(kept) == name);
        let kept = kept.ok_or_else(|| Refusal::network(&small))?;
        Ok(self.of(kept, name.to_owned()))
    }

    fn of(&self, kept: &'w KeptStore, code: String) -> Network<'w> {
        let prices = kept.memory.prices(&self.service.home, kept, self.service.cases.as_deref());
        let rates = Rates::new(prices, kept.chain.native_coin().1);
        Network { code, kept, rates }
    }
}

fn code_of(kept: &KeptStore) -> String {
    let chain = &kept.chain;
    if let Some(utxo) = chain.utxo() {
        // Test networks have the symbol of their main network, which comes first.
        let first = UTXO_CHAINS.iter().find(|other| other.symbol == utxo.symbol);
        let main = first.is_some_and(|first| first.id == utxo.id);
        return if main { utxo.symbol.to_lowercase() } else { utxo.name.to_owned() };
    }
    match chain.as_str() {
        "eip155:1" => "eth".to_owned(),
        text if text.starts_with("tron:") => "trx".to_owned(),
        _ => chain.short_name().to_owned(),
    }
}

impl<'w> Network<'w> {
    /// The store, if it is one of outputs.
    pub(super) fn outputs(&self) -> Option<&'w UtxoSnapshot> {
        match &self.kept.ledger {
            Ledger::Outputs(snapshot) => Some(snapshot),
            Ledger::Accounts(_) => None,
        }
    }

    /// The store, if it is one of transfers.
    pub(super) fn accounts(&self) -> Option<&'w Snapshot> {
        match &self.kept.ledger {
            Ledger::Outputs(_) => None,
            Ledger::Accounts(ledger) => Some(&ledger.snapshot),
        }
    }

    /// The clusters that are kept, if any.
    pub(super) fn clusters(&self) -> Option<&'w Clusters> {
        self.kept.memory.clusters(&self.kept.folder, self.outputs()?)
    }

    /// The cluster of an address: itself where none is known.
    pub(super) fn cluster_of(&self, id: AddressId) -> AddressId {
        let known = self.clusters().and_then(|clusters| clusters.clustering.cluster(id));
        known.unwrap_or(id)
    }

    /// The members of a cluster, smallest first.
    pub(super) fn members(&self, cluster: AddressId) -> Vec<AddressId> {
        let known = self.clusters().map_or(&[][..], |clusters| clusters.index.members(cluster));
        match known {
            [] => vec![cluster],
            known => known.iter().copied().map(AddressId).collect(),
        }
    }

    /// The holder that an address is; refused where the store has none.
    pub(super) fn holder(&self, text: &str) -> Result<Holder, Refusal> {
        let text = text.trim();
        if self.outputs().is_some() && text == COINBASE {
            return Ok(Holder::Coinbase);
        }
        let found = self.find(text)?.map(Holder::Address);
        found.ok_or_else(|| Refusal::address(&self.code, text))
    }

    /// The number of an address, if the store has it.
    fn find(&self, text: &str) -> Result<Option<AddressId>, Refusal> {
        match self.outputs() {
            None => {
                let address = Address::parse_on(&text.to_ascii_lowercase(), &self.kept.chain);
                let address = address.map_err(|_| self.no_address(text))?;
                let snapshot = self.accounts().map(|snapshot| snapshot.address_id(&address));
                Ok(snapshot.transpose()?.flatten())
            }
            Some(snapshot) => self.find_output_address(snapshot, text),
        }
    }

    /// A bare key goes by the address of its hash, as in GraphSense; what no
    /// script pays goes by its text.
    fn find_output_address(
        &self,
        snapshot: &UtxoSnapshot,
        text: &str,
    ) -> Result<Option<AddressId>, Refusal> {
        let chain = &self.kept.chain;
        let on = |kind, bytes: &[u8]| Address::from_bytes(kind, bytes).on(chain);
        let forms = match Address::parse_on(text, chain) {
            Ok(address) if address.kind() == AddressKind::Multisig => Vec::new(),
            Ok(address) if address.kind() == AddressKind::PublicKeyHash => {
                vec![address.on(chain), on(AddressKind::PublicKey, address.payload())]
            }
            Ok(address) => vec![address.on(chain)],
            Err(AddressError::NotAnAddress(_)) => {
                vec![on(AddressKind::Script, &Sha256::digest(text))]
            }
            Err(_) => Vec::new(),
        };
        for address in forms {
            if let Some(id) = snapshot.address_id(&address)? {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    fn no_address(&self, text: &str) -> Refusal {
        let code = self.code.to_uppercase();
        Refusal::Bad(format!("The address provided does not look like a {code} address: {text}"))
    }

    /// An address as GraphSense writes it.
    pub(super) fn text_of(&self, address: &Address) -> String {
        match address.kind() {
            AddressKind::Evm => address.to_lower_hex(),
            AddressKind::PublicKey => {
                let hash = Address::from_bytes(AddressKind::PublicKeyHash, address.payload());
                hash.on(&self.kept.chain).to_string()
            }
            _ => address.on(&self.kept.chain).to_string(),
        }
    }

    /// The address with a number.
    pub(super) fn address(&self, id: AddressId) -> Result<Address, Refusal> {
        match &self.kept.ledger {
            Ledger::Outputs(snapshot) => Ok(OutputLedger::address(snapshot.as_ref(), id)?),
            Ledger::Accounts(ledger) => Ok(ledger.snapshot.address(id)?),
        }
    }

    /// The text of a holder, a cluster's that of its smallest member.
    pub(super) fn text(&self, holder: Holder) -> Result<String, Refusal> {
        match holder.id() {
            Some(id) => Ok(self.text_of(&self.address(id)?)),
            None => Ok(COINBASE.to_owned()),
        }
    }

    /// The number that GraphSense gives to the cluster of a holder.
    pub(super) fn number(&self, holder: Holder) -> Result<u64, Refusal> {
        let Some(id) = holder.id() else { return Ok(0) };
        let cluster = self.cluster_of(id);
        let Some(snapshot) = self.outputs() else { return Ok(u64::from(cluster.0)) };
        let left_out = self.kept.memory.multisignatures(snapshot)?;
        let below = left_out.partition_point(|other| *other < cluster);
        // There are fewer of them than addresses, which 32 bits number.
        Ok((u64::from(cluster.0) + 1).saturating_sub(below as u64))
    }

    /// The cluster of a number, if there is one.
    pub(super) fn cluster(&self, number: i128) -> Result<Option<Holder>, Refusal> {
        let Ok(number) = u32::try_from(number) else { return Ok(None) };
        let Some(snapshot) = self.outputs() else {
            let count = self.accounts().map_or(0, Snapshot::address_count);
            return Ok((number < count).then_some(Holder::Cluster(AddressId(number))));
        };
        let Some(mut id) = number.checked_sub(1) else { return Ok(Some(Holder::Coinbase)) };
        for left_out in self.kept.memory.multisignatures(snapshot)? {
            if left_out.0 > id {
                break;
            }
            id += 1;
        }
        if id >= snapshot.address_count() || self.cluster_of(AddressId(id)) != AddressId(id) {
            return Ok(None);
        }
        Ok(Some(Holder::Cluster(AddressId(id))))
    }

    /// A hash; refused in GraphSense's words where it is none.
    pub(super) fn hash(&self, text: &str) -> Result<TransactionHash, Refusal> {
        let words = || Refusal::Bad(format!("{text} does not look like a valid transaction hash."));
        let small = text.trim().to_ascii_lowercase();
        let digits = small.strip_prefix("0x").unwrap_or(&small);
        let hexadecimal = !digits.is_empty()
            && digits.len() <= 64
            && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !hexadecimal {
            return Err(words());
        }
        digits.parse().map_err(|_| Refusal::transaction(&self.code, text))
    }
}
