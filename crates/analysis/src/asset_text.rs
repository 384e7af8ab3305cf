//! What an asset is called, for people.

use serde::Serialize;
use tracehound_model::Asset;
use tracehound_model::genuine::{self, Verdict};
use tracehound_store::{AssetId, Snapshot, StoreError};

/// An asset for display.
#[derive(Clone, Serialize)]
pub struct AssetText {
    /// Its CAIP-19 name.
    pub caip19: String,
    /// Its symbol; a counterfeit says so.
    pub symbol: String,
    /// 0 where they are unknown: amounts are then in base units.
    pub decimals: u8,
}

impl AssetText {
    /// What an asset is called.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn of(snapshot: &Snapshot, id: AssetId) -> Result<Self, StoreError> {
        let chain = snapshot.chain();
        let record = snapshot.asset(id)?;
        let shown = record.symbol.as_deref();
        let mut known = record.decimals.or_else(|| record.asset.own_decimals(chain));
        let symbol = match record.asset {
            Asset::Token(contract) => match genuine::judge(chain, &contract, shown) {
                Verdict::Genuine(token) => {
                    known = known.or(Some(token.decimals));
                    token.symbol.to_owned()
                }
                Verdict::Counterfeit { imitates } => format!("counterfeit of {imitates}"),
                Verdict::Unknown => shown.map_or_else(|| "unknown token".to_owned(), printable),
            },
            other => other.own_symbol(chain).unwrap_or("unknown").to_owned(),
        };
        let caip19 = record.asset.caip19(chain);
        Ok(Self { caip19, symbol, decimals: known.unwrap_or(0) })
    }
}

/// A symbol is what its contract's author chose: control characters are not printed.
fn printable(symbol: &str) -> String {
    symbol.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(40).collect()
}
