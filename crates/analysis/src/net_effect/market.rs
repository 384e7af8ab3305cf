//! Which contracts exchange one asset for another.
//!
//! A thief can write a contract that takes ether and hands out a worthless
//! token. So giving one thing and getting another is not enough: an address
//! is a market only for one of the reasons of [`MarketReason`].

use crate::AnalysisError;
use crate::trace::{Entry, Lane as _, Ledger};
use hashbrown::{HashMap, HashSet};
use tracehound_model::genuine;
use tracehound_model::{Address, Asset, Category, Tag};
use tracehound_store::{AddressId, AssetId, Snapshot};

/// Different payers an unnamed contract must have exchanged with elsewhere.
/// A choice, not a measured threshold: a pool has hundreds within hours.
const LEAST_PAYERS: usize = 10;

/// The same for a contract that emitted an event of an exchange, which anybody can.
const LEAST_PAYERS_OF_AN_EMITTER: usize = 3;

/// Transactions of an unnamed contract that are looked at.
const MOST_LOOKED_AT: usize = 256;

/// Why an address is taken for a market.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum MarketReason {
    /// The contract of the chain's wrapped coin.
    WrappedCoin,
    /// A well-known token's own contract, which took a deposit and issued the token for it.
    Issuer,
    /// It emitted an event by which pools and vaults report an exchange, and
    /// gave one asset for another to three different payers in the data.
    Event,
    /// Attributed: a tag says on-chain exchange. The only reason that is no structural fact.
    Tag,
    /// It gave one asset for another to ten different payers in the data.
    Behaviour,
}

impl MarketReason {
    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::WrappedCoin => "wrapped-coin",
            Self::Issuer => "issuer",
            Self::Event => "event",
            Self::Tag => "tag",
            Self::Behaviour => "behaviour",
        }
    }
}

/// The wrapped form of a chain's coin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wrapped {
    /// Its contract.
    pub contract: AddressId,
    /// The coin.
    pub coin: AssetId,
    /// The token.
    pub asset: AssetId,
}

/// What is known of a chain's markets before a transaction is looked at.
#[derive(Clone, Debug, Default)]
pub struct Markets {
    /// Where tokens are minted from and burnt to.
    pub zero: Option<AddressId>,
    /// The wrapped coin, if the data hold it.
    pub wrapped: Option<Wrapped>,
    /// Addresses that are markets by tag or event.
    pub named: HashMap<AddressId, MarketReason>,
    /// The contract of each token of which the data hold any movement by the contract itself.
    pub issuers: HashMap<AssetId, AddressId>,
    /// Tokens that are what they say they are.
    pub genuine: HashSet<AssetId>,
}

impl Markets {
    /// What a store and tags say; `emitters` are contracts that emitted an event of exchange.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn of(
        snapshot: &Snapshot,
        tags: &[Tag],
        emitters: &[Address],
    ) -> Result<Self, AnalysisError> {
        let chain = snapshot.chain();
        let zero = Address::evm([0; 20]);
        let mut markets = Self { zero: snapshot.address_id(&zero)?, ..Self::default() };
        let exchanges = tags
            .iter()
            .filter(|tag| tag.category == Some(Category::DecentralisedExchange))
            .map(|tag| (&tag.address, MarketReason::Tag));
        let events = emitters.iter().map(|address| (address, MarketReason::Event));
        for (address, reason) in exchanges.chain(events) {
            if let Some(id) = snapshot.address_id(address)? {
                markets.named.insert(id, reason);
            }
        }
        let mut coin = None;
        for id in (0..snapshot.asset_count()).map(AssetId) {
            match snapshot.asset(id)?.asset {
                Asset::Native => coin = Some(id),
                Asset::Token(contract) => {
                    let Some(address) = snapshot.address_id(&contract)? else { continue };
                    markets.issuers.insert(id, address);
                    let Some(token) = genuine::find(chain, &contract) else { continue };
                    markets.genuine.insert(id);
                    if let (true, Some(coin)) =
                        (token.wraps_coin_of(chain), snapshot.asset_id(&Asset::Native)?)
                    {
                        markets.wrapped = Some(Wrapped { contract: address, coin, asset: id });
                    }
                }
                _ => {}
            }
        }
        debug_assert!(markets.wrapped.is_none_or(|wrapped| Some(wrapped.coin) == coin));
        Ok(markets)
    }

    /// The contract of a token.
    #[must_use]
    pub fn issuer(&self, asset: AssetId) -> Option<AddressId> {
        self.issuers.get(&asset).copied()
    }

    /// Puts a token's contract in the place of the zero address.
    pub(super) fn put_issuer(&self, entry: &mut Entry) {
        let Some(issuer) = self.issuer(entry.asset) else { return };
        if Some(entry.debtor) == self.zero {
            entry.debtor = issuer;
        }
        if Some(entry.creditor) == self.zero {
            entry.creditor = issuer;
        }
    }

    /// Why an address that gave one asset and got another is a market, if it is.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn judge<D: Ledger>(
        &self,
        ledger: &D,
        followed: &HashSet<AssetId>,
        address: AddressId,
    ) -> Result<Option<MarketReason>, AnalysisError> {
        if self.wrapped.is_some_and(|wrapped| wrapped.contract == address) {
            return Ok(Some(MarketReason::WrappedCoin));
        }
        if self.genuine.iter().any(|asset| self.issuer(*asset) == Some(address)) {
            return Ok(Some(MarketReason::Issuer));
        }
        let named = self.named.get(&address).copied();
        if named == Some(MarketReason::Tag) {
            return Ok(named);
        }
        let exchanged = self.exchanged_with(ledger, followed, address)?;
        if exchanged >= LEAST_PAYERS {
            return Ok(Some(MarketReason::Behaviour));
        }
        Ok(named.filter(|_| exchanged >= LEAST_PAYERS_OF_AN_EMITTER))
    }

    /// How many different addresses an address gave one asset for another
    /// ([`LEAST_PAYERS`] at most), looking at its first transactions.
    fn exchanged_with<D: Ledger>(
        &self,
        ledger: &D,
        followed: &HashSet<AssetId>,
        address: AddressId,
    ) -> Result<usize, AnalysisError> {
        let lane = ledger.debits(address)?;
        let mut payers = HashSet::new();
        let (mut place, mut seen) = (0, 0);
        while let Some(tick) = lane.tick(place) {
            if seen == MOST_LOOKED_AT || payers.len() >= LEAST_PAYERS {
                break;
            }
            seen += 1;
            let range = ledger.transaction(tick)?;
            place = lane.first_at_or_after(range.end);
            let entries = ledger.entries(range)?;
            let entries: Vec<Entry> = entries
                .into_iter()
                .map(|mut entry| {
                    self.put_issuer(&mut entry);
                    entry
                })
                .collect();
            let lines = super::net(&entries)?;
            if super::two_sided(&lines, followed, self).contains(&address) {
                payers.extend(entries.iter().filter(|e| e.creditor == address).map(|e| e.debtor));
            }
        }
        Ok(payers.len())
    }
}
