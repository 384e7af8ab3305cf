//! Genuine token contracts, and how a counterfeit is told from them.
//!
//! Rule `counterfeit-token` version 1: a token whose symbol *looks like* a
//! well-known asset's symbol (Unicode TS 39 confusable skeleton, case and
//! punctuation ignored) or like the chain's coin, but whose contract is not
//! the genuine one, is counterfeit. A token is its contract; the symbol is
//! what the forger chose. A symbol that resembles nothing known makes a token
//! *unknown*, not counterfeit.

use crate::{Address, Asset, Chain};

/// Name and version of the rule.
pub const RULE: &str = "counterfeit-token/1";

/// A token contract that is what its symbol says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GenuineToken {
    /// CAIP-2 chain.
    pub chain: &'static str,
    /// Contract, lower case.
    pub contract: &'static str,
    /// Symbol.
    pub symbol: &'static str,
    /// Decimals.
    pub decimals: u8,
    /// The issuer, where it can freeze balances by contract.
    pub freezing_issuer: Option<&'static str>,
}

impl GenuineToken {
    /// Whether it is the chain's own coin in token form, one for one: `WETH` for `ETH`.
    #[must_use]
    pub fn wraps_coin_of(&self, chain: &Chain) -> bool {
        self.symbol.strip_prefix('W') == Some(chain.native_coin().0)
    }
}

const fn token(
    contract: &'static str,
    symbol: &'static str,
    decimals: u8,
    freezing_issuer: Option<&'static str>,
) -> GenuineToken {
    GenuineToken { chain: "eip155:1", contract, symbol, decimals, freezing_issuer }
}

/// Well-known contracts on Ethereum mainnet (public chain facts: each
/// issuer's own documentation names its contract).
const TOKENS: &[GenuineToken] = &[
    token("0xdac17f958d2ee523a2206206994597c13d831ec7", "USDT", 6, Some("Tether")),
    token("0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48", "USDC", 6, Some("Circle")),
    token("0x8e870d67f660d95d5be530380d0ec0bd388289e1", "USDP", 18, Some("Paxos")),
    token("0x6c3ea9036406852006290770bedfcaba0e23a0e8", "PYUSD", 6, Some("Paxos")),
    token("0x4fabb145d64652a948d72533023f6e7a623c7c53", "BUSD", 18, Some("Paxos")),
    token("0x0000000000085d4780b73119b644ae5ecd22b376", "TUSD", 18, Some("TrueUSD")),
    token("0x45804880de22913dafe09f4980848ece6ecbaf78", "PAXG", 18, Some("Paxos")),
    token("0x2260fac5e5542a773aa44fbcfedf7c193bc2c599", "WBTC", 8, None),
    token("0x6b175474e89094c44da98b954eedeac495271d0f", "DAI", 18, None),
    token("0xdc035d45d973e3ec169d2276ddab16f1e407384f", "USDS", 18, None),
    token("0x83f20f44975d03b1b09e64809b757c47f942beea", "sDAI", 18, None),
    token("0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2", "WETH", 18, None),
    token("0xae7ab96520de3a18e5e111b5eaab095312d7fe84", "stETH", 18, None),
    token("0x7f39c581f595b53c5cb19bd0b3f8da6c935e2ca0", "wstETH", 18, None),
    token("0xd5f7838f5c461feff7fe49ea5ebaf7728bb0adfa", "mETH", 18, None),
    token("0xe6829d9a7ee3040e1276fa75293bde931859e8fa", "cmETH", 18, None),
    token("0xae78736cd615f374d3085123a210448e74fc6393", "rETH", 18, None),
    token("0x514910771af9ca656af840dff83e8264ecf986ca", "LINK", 18, None),
    token("0x1f9840a85d5af5bf1d1762f925bdaddc4201f984", "UNI", 18, None),
    token("0x95ad61b0a150d79219dcf64e1e6cc01f0b64c4ce", "SHIB", 18, None),
    token("0x853d955acef822db058eb8505911ed77f175b99e", "FRAX", 18, None),
];

/// What a token is, judged by contract and symbol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The contract is the genuine one.
    Genuine(&'static GenuineToken),
    /// The symbol imitates this one; the contract is another.
    Counterfeit {
        /// The symbol imitated.
        imitates: &'static str,
    },
    /// Nothing is known of the contract and the symbol imitates nothing known.
    Unknown,
}

/// The genuine token at `contract`, if listed.
#[must_use]
pub fn find(chain: &Chain, contract: &Address) -> Option<&'static GenuineToken> {
    let text = contract.to_lower_hex();
    TOKENS.iter().find(|t| t.chain == chain.as_str() && t.contract == text)
}

/// Judges a token by its contract and the symbol it shows.
#[must_use]
pub fn judge(chain: &Chain, contract: &Address, symbol: Option<&str>) -> Verdict {
    if let Some(token) = find(chain, contract) {
        return Verdict::Genuine(token);
    }
    let Some(symbol) = symbol else {
        return Verdict::Unknown;
    };
    let shown = skeletons(symbol);
    let coin = chain.native_coin().0;
    if look_alike(&shown, &skeletons(coin)) {
        return Verdict::Counterfeit { imitates: coin };
    }
    TOKENS
        .iter()
        .filter(|t| t.chain == chain.as_str())
        .find(|t| look_alike(&shown, &skeletons(t.symbol)))
        .map_or(Verdict::Unknown, |t| Verdict::Counterfeit { imitates: t.symbol })
}

/// Whether `asset` is followed without the case naming it.
#[must_use]
pub fn followed_by_default(chain: &Chain, asset: &Asset) -> bool {
    match asset {
        Asset::Native | Asset::PublishedUsd => true,
        Asset::Token(contract) => find(chain, contract).is_some(),
    }
}

/// Confusable skeletons of a symbol as shown, in upper and in lower case:
/// some look-alikes are told apart in one case only (Cyrillic small te is no
/// Latin t, its capital is a Latin T to the eye).
fn skeletons(symbol: &str) -> [String; 3] {
    let fold = |text: &str| -> String {
        unicode_security::confusable_detection::skeleton(text)
            .flat_map(char::to_lowercase)
            .filter(|c| c.is_alphanumeric())
            .collect()
    };
    [fold(symbol), fold(&symbol.to_uppercase()), fold(&symbol.to_lowercase())]
}

/// Whether two symbols look alike in some case.
fn look_alike(a: &[String; 3], b: &[String; 3]) -> bool {
    a.iter().any(|text| !text.is_empty() && b.contains(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(contract: &str, symbol: &str) -> Verdict {
        judge(&Chain::ethereum(), &contract.parse().unwrap(), Some(symbol))
    }

    #[test]
    fn the_contract_decides_not_the_symbol() {
        let genuine = judged("0xae7ab96520de3a18e5e111b5eaab095312d7fe84", "anything");
        assert!(matches!(genuine, Verdict::Genuine(t) if t.symbol == "stETH"));
        let fake = judged("0x3d3dd82500000000000000000000000000000000", "stETH");
        assert_eq!(fake, Verdict::Counterfeit { imitates: "stETH" });
    }

    #[test]
    fn homoglyphs_of_the_bybit_fakes_are_seen_through() {
        // Cyrillic letters as they stand in the bybit-2025 case.
        for symbol in ["EТH", "ЕТН...", "ETH"] {
            let verdict = judged("0x2f22686d00000000000000000000000000000000", symbol);
            assert_eq!(verdict, Verdict::Counterfeit { imitates: "ETH" }, "{symbol}");
        }
        for symbol in ["stEТH", "ѕтETН"] {
            let verdict = judged("0xee33058e9fceb8ebece8bdb0e70fcb257595c562", symbol);
            assert_eq!(verdict, Verdict::Counterfeit { imitates: "stETH" }, "{symbol}");
        }
    }

    #[test]
    fn an_unknown_symbol_is_unknown() {
        let verdict = judged("0x98bdd7aa00000000000000000000000000000000", "BybitExploiter");
        assert_eq!(verdict, Verdict::Unknown);
    }

    #[test]
    fn listed_contracts_are_addresses_and_differ() {
        for token in TOKENS {
            assert!(token.contract.parse::<Address>().is_ok(), "{}", token.symbol);
            assert_eq!(TOKENS.iter().filter(|t| t.contract == token.contract).count(), 1);
        }
    }
}
