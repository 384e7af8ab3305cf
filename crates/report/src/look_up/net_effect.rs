//! What a transaction came to, per address and asset.

use crate::ReportError;
use serde::Serialize;
use tracehound_analysis::AssetText;
use tracehound_analysis::net_effect;
use tracehound_analysis::trace::Entry;
use tracehound_model::{Address, Rule, Tag, TransactionHash};
use tracehound_store::{AddressId, AssetId, Snapshot};

/// What one transaction came to once everything that went round in it is struck out.
#[derive(Serialize)]
pub struct NetEffectRecord {
    /// The transaction.
    pub transaction: String,
    /// The rule that read it.
    pub rule: Rule,
    /// One line an address and asset that ended with less or more, in the
    /// order in which they first appear. Addresses that end where they began
    /// are left out.
    pub lines: Vec<NetLine>,
    /// Markets among the addresses, with why each is taken for one.
    pub markets: Vec<NetMarket>,
    /// Movements that no transfer lists but a wrapped coin's contract makes.
    pub implied: usize,
}

/// What one address has less or more of.
#[derive(Serialize)]
pub struct NetLine {
    /// Whose.
    pub address: Address,
    /// `gave` or `got`.
    pub side: &'static str,
    /// Of what.
    #[serde(flatten)]
    pub asset: AssetText,
    /// In whole units.
    pub amount: String,
    /// Whether it is one of the markets.
    pub market: bool,
}

/// A market.
#[derive(Serialize)]
pub struct NetMarket {
    /// Its address.
    pub address: Address,
    /// `wrapped-coin`, `issuer`, `event`, `tag` (an attribution) or `behaviour`.
    pub reason: &'static str,
}

impl NetEffectRecord {
    /// Reads a transaction's net effect; `None` if the store does not hold it.
    /// `tags` may name markets.
    ///
    /// # Errors
    /// If the store cannot be read, or sums leave 256 bits.
    pub fn read(
        snapshot: &Snapshot,
        hash: &TransactionHash,
        tags: &[Tag],
    ) -> Result<Option<Self>, ReportError> {
        let Some(rows) = snapshot.transaction(hash)? else { return Ok(None) };
        let (entries, effect) = net_effect::of_transaction(snapshot, rows, tags)?;
        let implied = effect.as_ref().map_or(0, |effect| effect.implied.len());
        let found = effect.map(|effect| effect.markets).unwrap_or_default();
        let chain = snapshot.chain();
        let is_market = |address| found.iter().any(|(market, _)| *market == address);
        let lines = lines(snapshot, &entries, &is_market)?;
        let market = |(address, reason): &(AddressId, net_effect::MarketReason)| {
            Ok(NetMarket { address: snapshot.address(*address)?, reason: reason.name() })
        };
        Ok(Some(Self {
            transaction: chain.transaction_text(hash),
            rule: net_effect::RULE,
            lines,
            markets: found.iter().map(market).collect::<Result<_, ReportError>>()?,
            implied,
        }))
    }
}

fn lines(
    snapshot: &Snapshot,
    entries: &[Entry],
    is_market: &impl Fn(AddressId) -> bool,
) -> Result<Vec<NetLine>, ReportError> {
    let mut records = Vec::new();
    let text = |id: AssetId| AssetText::of(snapshot, id);
    for line in net_effect::net(entries)? {
        let (side, amount) = match (line.gave(), line.got()) {
            (Some(amount), _) => ("gave", amount),
            (None, Some(amount)) => ("got", amount),
            (None, None) => continue,
        };
        let asset = text(line.asset)?;
        records.push(NetLine {
            address: snapshot.address(line.address)?,
            side,
            amount: amount.to_decimal(asset.decimals),
            asset,
            market: is_market(line.address),
        });
    }
    Ok(records)
}
