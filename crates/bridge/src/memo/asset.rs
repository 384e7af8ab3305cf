//! Assets as memos write them: `BTC.BTC`, `ETH.USDC-0XA0B8…`, `b`.

use super::MemoError;
use std::fmt;
use tracehound_model::{Address, Asset, Chain};

/// How an asset is held; the sign between chain and symbol says it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AssetForm {
    /// On its own chain (`.`).
    Layer1,
    /// As a synthetic on THORChain (`/`).
    Synthetic,
    /// In a trade account on THORChain (`~`).
    Trade,
    /// As a secured token on THORChain (`-`).
    Secured,
}

const SIGNS: &[(char, AssetForm)] = &[
    ('.', AssetForm::Layer1),
    ('/', AssetForm::Synthetic),
    ('~', AssetForm::Trade),
    ('-', AssetForm::Secured),
];

/// One letter for an asset, to keep a memo within 80 bytes.
const SHORT_CODES: &[(&str, &str, &str)] = &[
    ("a", "AVAX", "AVAX"),
    ("b", "BTC", "BTC"),
    ("c", "BCH", "BCH"),
    ("d", "DOGE", "DOGE"),
    ("e", "ETH", "ETH"),
    ("f", "BASE", "ETH"),
    ("g", "GAIA", "ATOM"),
    ("l", "LTC", "LTC"),
    ("n", "BNB", "BNB"),
    ("r", "THOR", "RUNE"),
    ("s", "BSC", "BNB"),
    ("tr", "TRON", "TRX"),
    ("x", "XRP", "XRP"),
];

/// THORChain's names of chains that we know, with the symbol of their coin.
const CHAINS: &[(&str, &str, &str)] = &[
    ("AVAX", "eip155:43114", "AVAX"),
    ("BASE", "eip155:8453", "ETH"),
    ("BSC", "eip155:56", "BNB"),
    ("BTC", "bitcoin", "BTC"),
    ("BCH", "bitcoin-cash", "BCH"),
    ("DOGE", "dogecoin", "DOGE"),
    ("ETH", "eip155:1", "ETH"),
    ("LTC", "litecoin", "LTC"),
];

/// An asset of a pool.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PoolAsset {
    form: AssetForm,
    chain: String,
    symbol: String,
}

impl PoolAsset {
    /// An asset by its parts; letters are made capital.
    /// # Errors
    /// [`MemoError::Field`] if a part is empty or holds a sign that would split it elsewhere.
    pub fn new(form: AssetForm, chain: &str, symbol: &str) -> Result<Self, MemoError> {
        let is_name = |c: char| c.is_ascii_alphanumeric();
        let is_symbol = |c: char| is_name(c) || matches!(c, '-' | '_' | '.');
        let fine = !chain.is_empty() && chain.chars().all(is_name);
        if !fine || symbol.is_empty() || !symbol.chars().all(is_symbol) {
            return Err(Self::refused(&format!("{chain}.{symbol}")));
        }
        let capital = str::to_ascii_uppercase;
        Ok(Self { form, chain: capital(chain), symbol: capital(symbol) })
    }

    fn refused(value: &str) -> MemoError {
        MemoError::Field {
            field: "asset",
            value: value.to_owned(),
            expected: "a chain, one of . / ~ - and a symbol, such as BTC.BTC, or a short code",
        }
    }

    /// Reads an asset in any case, or a short code.
    /// # Errors
    /// [`MemoError::Field`].
    pub fn parse(text: &str) -> Result<Self, MemoError> {
        let short = SHORT_CODES.iter().find(|(code, ..)| code.eq_ignore_ascii_case(text));
        if let Some((_, chain, symbol)) = short {
            return Self::new(AssetForm::Layer1, chain, symbol);
        }
        // The first sign counts: contracts stand after a later hyphen.
        let signs: Vec<char> = SIGNS.iter().map(|(sign, _)| *sign).collect();
        let at = text.find(signs.as_slice()).ok_or_else(|| Self::refused(text))?;
        let form = SIGNS.iter().find(|(sign, _)| text[at..].starts_with(*sign));
        let (_, form) = form.ok_or_else(|| Self::refused(text))?;
        // Every sign is one byte.
        Self::new(*form, &text[..at], &text[at + 1..]).map_err(|_| Self::refused(text))
    }

    /// How it is held.
    #[must_use]
    pub fn form(&self) -> AssetForm {
        self.form
    }

    /// The chain by THORChain's name.
    #[must_use]
    pub fn chain_name(&self) -> &str {
        &self.chain
    }

    /// The symbol with the contract, if there is one.
    #[must_use]
    pub fn symbol(&self) -> &str {
        &self.symbol
    }

    /// The chain it is paid on: its own for a layer-1 asset, where we know it.
    /// All else is paid on THORChain itself.
    #[must_use]
    pub fn chain(&self) -> Option<Chain> {
        if self.form != AssetForm::Layer1 {
            return "cosmos:thorchain-1".parse().ok();
        }
        let row = CHAINS.iter().find(|(name, ..)| *name == self.chain);
        row.and_then(|(_, chain, _)| chain.parse().ok())
    }

    /// The asset on that chain: its coin or a contract. A contract that is
    /// shortened, as memos may, is unresolved.
    #[must_use]
    pub fn asset(&self) -> Option<Asset> {
        let row = CHAINS.iter().find(|(name, ..)| *name == self.chain);
        let (.., coin) = row.filter(|_| self.form == AssetForm::Layer1)?;
        if self.symbol == *coin {
            return Some(Asset::Native);
        }
        let (_, contract) = self.symbol.rsplit_once('-')?;
        let address: Address = contract.to_ascii_lowercase().parse().ok()?;
        Some(Asset::Token(address))
    }
}

impl fmt::Display for PoolAsset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = SIGNS.iter().find(|(_, form)| *form == self.form).map_or('.', |(sign, _)| *sign);
        write!(f, "{}{sign}{}", self.chain, self.symbol)
    }
}
