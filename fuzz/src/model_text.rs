//! Text forms of the vocabulary: whatever is accepted must read back as itself.

use std::fmt::{Debug, Display};
use std::str::FromStr;
use tracehound_model::{
    Address, Amount, Asset, Category, Chain, Policy, Timestamp, TransactionHash, case, service,
};

/// Feeds `data` to every text reader of the model.
pub fn target(data: &[u8]) {
    keys(data);
    let (Some((&first, rest)), Ok(whole)) = (data.split_first(), std::str::from_utf8(data)) else {
        return;
    };
    read_back::<Address>(whole);
    read_back::<TransactionHash>(whole);
    read_back::<Chain>(whole);
    read_back::<Timestamp>(whole);
    read_back::<Policy>(whole);
    read_back::<Category>(whole);
    let _ = service::read_label(whole);
    if let Some((part, of)) = case::parse_ratio(whole) {
        assert!(of > 0 && part <= of, "{whole} is not a share");
    }
    let chain = Chain::ethereum();
    if let Ok(asset) = Asset::parse(whole, &chain) {
        assert_eq!(Asset::parse(&asset.caip19(&chain), &chain).ok(), Some(asset));
        assert_eq!(Asset::from_key(&asset.to_key()).ok(), Some(asset));
    }
    if let Ok(text) = std::str::from_utf8(rest) {
        amount(text, first);
    }
}

fn read_back<T: FromStr + Display + PartialEq + Debug>(text: &str) {
    if let Ok(value) = text.parse::<T>() {
        assert_eq!(value.to_string().parse::<T>().ok(), Some(value), "{text}");
    }
}

fn amount(text: &str, decimals: u8) {
    if let Ok(amount) = Amount::parse_decimal(text, decimals) {
        let written = amount.to_decimal(decimals);
        assert_eq!(Amount::parse_decimal(&written, decimals), Ok(amount), "{text}");
        assert_eq!(Amount::from_le_bytes(amount.to_le_bytes()), amount);
    }
}

/// Keys as a damaged store could hold them.
fn keys(data: &[u8]) {
    if let Ok(address) = Address::from_key(data) {
        assert_eq!(Address::from_key(&address.to_key()), Ok(address));
    }
    if let Ok(asset) = Asset::from_key(data) {
        assert_eq!(Asset::from_key(&asset.to_key()), Ok(asset));
    }
    let _ = Amount::from_be_slice(data);
}
