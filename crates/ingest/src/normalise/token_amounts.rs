//! Decimals and symbols of the tokens a file names.
//!
//! Decimal text needs the token's decimals to become base units. They come
//! from the file, else from [`Session::decimals_of`], else 18 are assumed, and
//! the file's notes say for which contracts.

use super::Session;
use super::values::RowError;
use hashbrown::HashMap;
use tracehound_model::{Address, Asset};
use tracehound_store::AssetDescription;

/// Most tokens use this many.
const ASSUMED: u8 = 18;
/// Contracts named in a note.
const NAMED: usize = 5;

#[derive(Default)]
struct Token {
    /// Decimals and whether they were assumed.
    decimals: Option<(u8, bool)>,
    symbol: Option<String>,
}

/// Tokens of one file.
#[derive(Default)]
pub(crate) struct TokenAmounts {
    tokens: HashMap<Address, Token>,
}

impl TokenAmounts {
    /// Remembers what a row says of a token; empty text says nothing.
    pub(crate) fn describe(
        &mut self,
        contract: Address,
        symbol: &str,
        decimals: Option<u8>,
    ) -> Result<(), RowError> {
        let token = self.tokens.entry(contract).or_default();
        if token.symbol.is_none() && !symbol.is_empty() {
            token.symbol = Some(symbol.to_owned());
        }
        match (token.decimals, decimals) {
            (_, None) => Ok(()),
            (None, Some(given)) => {
                token.decimals = Some((given, false));
                Ok(())
            }
            (Some((known, _)), Some(given)) if known == given => Ok(()),
            (Some((known, _)), Some(given)) => Err(RowError::column(
                "decimals",
                format!("{given} here, but {known} in an earlier row for token {contract}"),
            )),
        }
    }

    /// Decimals to read an amount of the token with.
    pub(crate) fn decimals(
        &mut self,
        contract: Address,
        session: &Session,
    ) -> Result<u8, RowError> {
        let token = self.tokens.entry(contract).or_default();
        if let Some((decimals, _)) = token.decimals {
            return Ok(decimals);
        }
        let known = session.decimals_of(&contract)?;
        token.decimals = Some((known.unwrap_or(ASSUMED), known.is_none()));
        Ok(known.unwrap_or(ASSUMED))
    }

    /// Descriptions by contract, and a note where decimals were assumed.
    pub(crate) fn finish(self) -> (Vec<AssetDescription>, Vec<String>) {
        let mut tokens: Vec<(Address, Token)> = self.tokens.into_iter().collect();
        tokens.sort_unstable_by_key(|(contract, _)| *contract);
        let assumed: Vec<String> = tokens
            .iter()
            .filter(|(_, token)| token.decimals.is_some_and(|(_, assumed)| assumed))
            .map(|(contract, _)| contract.to_string())
            .collect();
        let mut notes = Vec::new();
        if !assumed.is_empty() {
            let more = if assumed.len() > NAMED { ", …" } else { "" };
            let named = assumed[..assumed.len().min(NAMED)].join(", ");
            notes.push(format!(
                "decimals of {} token contracts are not known, {ASSUMED} assumed: {named}{more}; a column \"decimals\" would settle it",
                assumed.len()
            ));
        }
        let described = tokens
            .into_iter()
            .filter(|(_, token)| token.symbol.is_some() || token.decimals.is_some())
            .map(|(contract, token)| AssetDescription {
                asset: Asset::Token(contract),
                symbol: token.symbol,
                decimals: token.decimals.map(|(decimals, _)| decimals),
            })
            .collect();
        (described, notes)
    }
}
