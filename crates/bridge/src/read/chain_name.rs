//! Chains as data sets name them.

use tracehound_model::{Chain, ChainError};

/// First words of names, in capitals, and the chain.
const NAMES: &[(&str, &str)] = &[
    ("ETH", "eip155:1"),
    ("ETHEREUM", "eip155:1"),
    ("BNB", "eip155:56"),
    ("BSC", "eip155:56"),
    ("BINANCE", "eip155:56"),
    ("POLYGON", "eip155:137"),
    ("MATIC", "eip155:137"),
    ("AVALANCHE", "eip155:43114"),
    ("AVAX", "eip155:43114"),
    ("ARBITRUM", "eip155:42161"),
    ("OPTIMISM", "eip155:10"),
    ("FANTOM", "eip155:250"),
    ("FTM", "eip155:250"),
    ("MOONBEAM", "eip155:1284"),
];

/// Reads `ETH`, `BNB CHAIN Mainnet`, an EIP-155 number, or a CAIP-2 id.
pub(super) fn chain(text: &str) -> Result<Chain, ChainError> {
    let text = text.trim();
    let word = text.split([' ', '_']).next().unwrap_or_default().to_ascii_uppercase();
    if let Some((_, chain)) = NAMES.iter().find(|(name, _)| *name == word) {
        return chain.parse();
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return format!("eip155:{text}").parse();
    }
    text.parse()
}
