//! What one transaction came to: who gave what and who got what, once
//! everything that went round inside it is struck out.
//!
//! Inside a transaction tokens pass through routers, aggregators, wrapped
//! coins, pools and vaults, and a chain's data list these movements by kind,
//! not in the order in which they ran. So nothing is read from their order:
//! only net amounts per address and asset count ([`net`]). Addresses that end
//! where they began (routers) drop out; those that gave one asset and got
//! another are either users or *markets* ([`Markets`]), and what users gave
//! markets is what they exchanged ([`NetEffect`]).
//!
//! `docs/methods/swaps.md` defines the rules and says what they get wrong.

mod lines;
mod market;
mod transaction;
mod wrapped;

pub use lines::{Line, net};
pub use market::{MarketReason, Markets};
pub use transaction::of_transaction;

use crate::AnalysisError;
use crate::trace::Entry;
use hashbrown::HashSet;
use std::collections::BTreeMap;
use tracehound_model::{Amount, Rule};
use tracehound_store::{AddressId, AssetId};

/// The rule that reads a transaction's net effect.
pub const RULE: Rule = Rule { name: "net-effect", version: 1 };

/// A net amount at an address outside the markets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Share {
    /// Whose.
    pub address: AddressId,
    /// How much, in base units; never zero.
    pub amount: Amount,
}

/// What happened to one asset in a transaction, markets taken as one.
///
/// The sum of `payers` less the sum of `gainers` is what markets kept
/// (positive) or gave out (negative).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AssetEffect {
    /// The asset.
    pub asset: AssetId,
    /// Addresses that have less of it, in the order in which they first paid.
    pub payers: Vec<Share>,
    /// Addresses that have more of it, in the order in which they were first paid.
    pub gainers: Vec<Share>,
}

/// What a transaction with markets in it came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NetEffect {
    /// The markets that took part, with why each is taken for one; ascending.
    pub markets: Vec<(AddressId, MarketReason)>,
    /// Every asset that changed hands outside or with markets, ascending.
    pub assets: Vec<AssetEffect>,
    /// Net amounts of every address, markets included, in the assets that count.
    pub lines: Vec<Line>,
    /// The market that has most more of each asset, ascending by asset.
    pub kept: Vec<(AssetId, AddressId)>,
    /// Movements that the data do not list but a wrapped coin's contract
    /// makes: minted on each deposit of the coin, burnt on each withdrawal.
    pub implied: Vec<Entry>,
}

impl NetEffect {
    /// Reads the movements of one transaction; `None` if no market took part,
    /// in which case each movement stands for itself.
    ///
    /// `followed` are the assets that are what they say they are: others
    /// (counterfeits among them) carry nothing, but for shares that a market
    /// in this transaction issues against what it was given.
    /// `is_market` is asked about addresses that gave one asset and got another.
    ///
    /// # Errors
    /// Sums past 256 bits, and whatever `is_market` fails with.
    pub fn of(
        entries: &[Entry],
        followed: &HashSet<AssetId>,
        markets: &Markets,
        is_market: &mut dyn FnMut(AddressId) -> Result<Option<MarketReason>, AnalysisError>,
    ) -> Result<Option<Self>, AnalysisError> {
        let implied = wrapped::implied(entries, markets);
        let mut all = entries.to_vec();
        all.extend(&implied);
        all.retain(|entry| !entry.amount.is_zero());
        // What is minted from or burnt at the zero address is the issuer's doing.
        all.iter_mut().for_each(|entry| markets.put_issuer(entry));
        let mut lines = net(&all)?;
        let mut taking_part = Vec::new();
        for address in two_sided(&lines, followed, markets) {
            if let Some(reason) = is_market(address)? {
                taking_part.push((address, reason));
            }
        }
        if taking_part.is_empty() {
            return Ok(None);
        }
        taking_part.sort_unstable();
        let inside = |address| taking_part.binary_search_by_key(&address, |(a, _)| *a).is_ok();
        let counts =
            |asset: AssetId| followed.contains(&asset) || markets.issuer(asset).is_some_and(inside);
        lines.retain(|line| counts(line.asset));
        let assets = effects(lines.iter(), &inside);
        let kept = kept(lines.iter().filter(|line| inside(line.address)));
        Ok(Some(Self { markets: taking_part, assets, lines, kept, implied }))
    }

    /// The market that has most more of an asset than before.
    #[must_use]
    pub fn keeper(&self, asset: AssetId) -> Option<AddressId> {
        let place = self.kept.binary_search_by_key(&asset, |(asset, _)| *asset).ok()?;
        self.kept.get(place).map(|(_, market)| *market)
    }

    /// Whether an address is one of the markets.
    #[must_use]
    pub fn is_market(&self, address: AddressId) -> bool {
        self.markets.binary_search_by_key(&address, |(market, _)| *market).is_ok()
    }
}

/// Addresses that have less of one asset and more of another, ascending.
fn two_sided(lines: &[Line], followed: &HashSet<AssetId>, markets: &Markets) -> Vec<AddressId> {
    let counts = |line: &&Line| {
        followed.contains(&line.asset) || markets.issuer(line.asset) == Some(line.address)
    };
    let (mut gave, mut got) = (HashSet::new(), HashSet::new());
    for line in lines.iter().filter(counts) {
        if line.gave().is_some() {
            gave.insert(line.address);
        } else if line.got().is_some() {
            got.insert(line.address);
        }
    }
    let mut both: Vec<AddressId> = gave.intersection(&got).copied().collect();
    both.sort_unstable();
    both
}

fn kept<'l>(lines: impl Iterator<Item = &'l Line>) -> Vec<(AssetId, AddressId)> {
    let mut most: BTreeMap<AssetId, (Amount, AddressId)> = BTreeMap::new();
    for line in lines {
        let Some(got) = line.got() else { continue };
        let best = most.entry(line.asset).or_insert((got, line.address));
        // Of equals the lower number, so that the order of lines does not matter.
        if got > best.0 || got == best.0 && line.address < best.1 {
            *best = (got, line.address);
        }
    }
    most.into_iter().map(|(asset, (_, market))| (asset, market)).collect()
}

fn effects<'l>(
    lines: impl Iterator<Item = &'l Line>,
    inside: &impl Fn(AddressId) -> bool,
) -> Vec<AssetEffect> {
    let mut by_asset: BTreeMap<AssetId, Vec<&Line>> = BTreeMap::new();
    for line in lines {
        by_asset.entry(line.asset).or_default().push(line);
    }
    let side = |lines: &[&Line], amount: fn(&Line) -> Option<Amount>, first: fn(&Line) -> usize| {
        let mut shares: Vec<(usize, Share)> = lines
            .iter()
            .filter(|line| !inside(line.address))
            .filter_map(|line| {
                Some((first(line), Share { address: line.address, amount: amount(line)? }))
            })
            .collect();
        shares.sort_by_key(|(first, share)| (*first, share.address));
        shares.into_iter().map(|(_, share)| share).collect::<Vec<_>>()
    };
    by_asset
        .into_iter()
        .map(|(asset, lines)| AssetEffect {
            asset,
            payers: side(&lines, Line::gave, |line| line.first_paid),
            gainers: side(&lines, Line::got, |line| line.first_received),
        })
        .filter(|effect| !(effect.payers.is_empty() && effect.gainers.is_empty()))
        .collect()
}

#[cfg(test)]
mod tests;
