//! From the text of a published label to an entity and a category.
//!
//! Rule `label-text` version 1: the label starts with a service's name (case
//! ignored, the name followed by anything but a letter). The
//! result is an attribution of confidence *heuristic*: it says what the
//! label's words mean, not that the label is right. Kinds are public
//! knowledge about each service (its own description of itself).

use crate::Category;
use crate::tag::Category::{
    Bridge, Burn, Custodian, DecentralisedExchange, Exchange, Gambling, InstantSwapper, Issuer,
    Mixer, Scam, Theft,
};

/// Name and version of the rule, carried by every tag it makes.
pub const RULE: &str = "label-text/1";

/// Service names as they begin labels, with entity and kind. Longer names first where one begins another.
const SERVICES: &[(&str, &str, Category)] = &[
    ("1inch", "1inch", DecentralisedExchange),
    ("0x protocol", "0x", DecentralisedExchange),
    ("0x: exchange proxy", "0x", DecentralisedExchange),
    ("across", "Across", Bridge),
    ("aevo", "Aevo", DecentralisedExchange),
    ("allbridge", "Allbridge", Bridge),
    ("anyswap", "Multichain", Bridge),
    ("arbitrum", "Arbitrum", Bridge),
    ("avalanche", "Avalanche", Bridge),
    ("axelar", "Axelar", Bridge),
    ("balancer", "Balancer", DecentralisedExchange),
    ("base", "Base", Bridge),
    ("bibox", "Bibox", Exchange),
    ("bilaxy", "Bilaxy", Exchange),
    ("binance", "Binance", Exchange),
    ("bingx", "BingX", Exchange),
    ("bitfinex", "Bitfinex", Exchange),
    ("bitflyer", "bitFlyer", Exchange),
    ("bitget", "Bitget", Exchange),
    ("bithumb", "Bithumb", Exchange),
    ("bitmart", "BitMart", Exchange),
    ("bitpanda", "Bitpanda", Exchange),
    ("bitso", "Bitso", Exchange),
    ("bitstamp", "Bitstamp", Exchange),
    ("bittrex", "Bittrex", Exchange),
    ("btc-e", "BTC-e", Exchange),
    ("bybit", "Bybit", Exchange),
    ("cbridge", "Celer cBridge", Bridge),
    ("celer", "Celer cBridge", Bridge),
    ("chainflip", "Chainflip", Bridge),
    ("chainup", "ChainUp", Custodian),
    ("changehero", "ChangeHero", InstantSwapper),
    ("changelly", "Changelly", InstantSwapper),
    ("changenow", "ChangeNOW", InstantSwapper),
    ("cobo", "Cobo", Custodian),
    ("coinbase", "Coinbase", Exchange),
    ("coincheck", "Coincheck", Exchange),
    ("coinex", "CoinEx", Exchange),
    ("coinhako", "Coinhako", Exchange),
    ("coinone", "Coinone", Exchange),
    ("coinspot", "CoinSpot", Exchange),
    ("connext", "Connext", Bridge),
    ("cow protocol", "CoW Protocol", DecentralisedExchange),
    ("cowswap", "CoW Protocol", DecentralisedExchange),
    ("crypto.com", "Crypto.com", Exchange),
    ("curve", "Curve", DecentralisedExchange),
    ("debridge", "deBridge", Bridge),
    ("deribit", "Deribit", Exchange),
    ("dodo", "DODO", DecentralisedExchange),
    ("exch", "eXch", InstantSwapper),
    ("exolix", "Exolix", InstantSwapper),
    ("fixedfloat", "FixedFloat", InstantSwapper),
    ("ff.io", "FixedFloat", InstantSwapper),
    ("ftx", "FTX", Exchange),
    ("garantex", "Garantex", Exchange),
    ("gate.io", "Gate.io", Exchange),
    ("gate", "Gate.io", Exchange),
    ("gemini", "Gemini", Exchange),
    ("godex", "Godex", InstantSwapper),
    ("hitbtc", "HitBTC", Exchange),
    ("hop", "Hop", Bridge),
    ("hotbit", "Hotbit", Exchange),
    ("htx", "HTX", Exchange),
    ("huobi", "HTX", Exchange),
    ("indodax", "Indodax", Exchange),
    ("kraken", "Kraken", Exchange),
    ("kucoin", "KuCoin", Exchange),
    ("kyber", "KyberSwap", DecentralisedExchange),
    ("layerzero", "LayerZero", Bridge),
    ("lbank", "LBank", Exchange),
    ("letsexchange", "LetsExchange", InstantSwapper),
    ("li.fi: lifi diamond", "LI.FI", DecentralisedExchange),
    ("liquid", "Liquid", Exchange),
    ("makerdao", "Sky (MakerDAO)", Issuer),
    ("maya", "Maya Protocol", Bridge),
    ("metamask: swap", "MetaMask Swaps", DecentralisedExchange),
    ("mexc", "MEXC", Exchange),
    ("multichain", "Multichain", Bridge),
    ("nexo", "Nexo", Custodian),
    ("null address", "Null address", Burn),
    ("null", "Null address", Burn),
    ("okex", "OKX", Exchange),
    ("okx", "OKX", Exchange),
    ("optimism", "Optimism", Bridge),
    ("orbiter", "Orbiter Finance", Bridge),
    ("paraswap", "Velora (ParaSwap)", DecentralisedExchange),
    ("paribu", "Paribu", Exchange),
    ("paxful", "Paxful", Exchange),
    ("phemex", "Phemex", Exchange),
    ("poloniex", "Poloniex", Exchange),
    ("poly network", "Poly Network", Bridge),
    ("polygon", "Polygon", Bridge),
    ("railgun", "Railgun", Mixer),
    ("renbridge", "Ren", Bridge),
    ("ren", "Ren", Bridge),
    ("rollbit", "Rollbit", Gambling),
    ("roobet", "Roobet", Gambling),
    ("sideshift", "SideShift", InstantSwapper),
    ("simpleswap", "SimpleSwap", InstantSwapper),
    ("sinbad", "Sinbad", Mixer),
    ("stake.com", "Stake.com", Gambling),
    ("stake", "Stake.com", Gambling),
    ("stargate", "Stargate", Bridge),
    ("stealthex", "StealthEX", InstantSwapper),
    ("sushiswap", "SushiSwap", DecentralisedExchange),
    ("swapspace", "SwapSpace", InstantSwapper),
    ("swft", "SWFT", InstantSwapper),
    ("symbiosis", "Symbiosis", Bridge),
    ("synapse", "Synapse", Bridge),
    ("thorchain", "THORChain", Bridge),
    ("tokenlon", "Tokenlon", DecentralisedExchange),
    ("tornado.cash", "Tornado Cash", Mixer),
    ("tornado cash", "Tornado Cash", Mixer),
    ("transit swap", "Transit Swap", DecentralisedExchange),
    ("uniswap", "Uniswap", DecentralisedExchange),
    ("upbit", "Upbit", Exchange),
    ("wazirx", "WazirX", Exchange),
    ("whitebit", "WhiteBIT", Exchange),
    ("wormhole", "Wormhole", Bridge),
    ("xt.com", "XT.com", Exchange),
    ("yobit", "YoBit", Exchange),
    ("zksync", "ZKsync", Bridge),
    ("fake_phishing", "Reported phishing", Scam),
];

/// What a label's text says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ServiceName {
    /// The service.
    pub entity: &'static str,
    /// Its kind.
    pub category: Category,
}

/// Entity and category that the text of `label` names, if any.
#[must_use]
pub fn read_label(label: &str) -> Option<ServiceName> {
    let lower = label.trim().to_lowercase();
    let named = SERVICES.iter().find(|(name, _, _)| {
        lower
            .strip_prefix(name)
            .is_some_and(|rest| rest.chars().next().is_none_or(|next| !next.is_alphabetic()))
    });
    // "Exploiter" and "Hack" speak of the thief even where the label begins with the victim's name.
    let words = lower.split(|c: char| !c.is_alphanumeric());
    let thief = words.into_iter().any(|w| matches!(w, "exploiter" | "hacker" | "heist"));
    if thief {
        return Some(ServiceName { entity: "Reported thief", category: Theft });
    }
    named.map(|&(_, entity, category)| ServiceName { entity, category })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn category(label: &str) -> Option<Category> {
        read_label(label).map(|name| name.category)
    }

    #[test]
    fn published_labels_are_read() {
        assert_eq!(category("Binance_Deposit_0x0ad0"), Some(Exchange));
        assert_eq!(category("THORChain_vault_21d8_7427"), Some(Bridge));
        assert_eq!(category("Tornado.Cash: Router"), Some(Mixer));
        assert_eq!(category("eXch"), Some(InstantSwapper));
        assert_eq!(category("Fake_Phishing180948"), Some(Scam));
        assert_eq!(read_label("Huobi_Deposit_0x02e7").unwrap().entity, "HTX");
    }

    #[test]
    fn a_name_inside_a_word_is_not_a_service() {
        assert_eq!(category("Hopeful"), None);
        assert_eq!(category("transit_beda"), None);
        assert_eq!(category("Exchange rate"), None);
        assert_eq!(category(""), None);
    }

    #[test]
    fn the_thief_is_not_taken_for_the_victim() {
        assert_eq!(category("Bybit Exploiter 46"), Some(Theft));
    }

    #[test]
    fn a_name_never_hides_a_longer_one() {
        for (place, (name, _, _)) in SERVICES.iter().enumerate() {
            let read = read_label(name).unwrap();
            assert_eq!(read.entity, SERVICES[place].1, "{name} is hidden by an earlier row");
        }
    }
}
