//! Names that TagPacks use for EVM chains.

use tracehound_model::Chain;

/// Names with their EIP-155 numbers.
const NETWORKS: [(&str, u64); 7] = [
    ("ETH", 1),
    ("BSC", 56),
    ("MATIC", 137),
    ("ARB", 42_161),
    ("OP", 10),
    ("AVAX", 43_114),
    ("FTM", 250),
];

/// The name of a chain by its EIP-155 number; its CAIP-2 name where it has no other.
pub(crate) fn name_of(number: &str) -> String {
    let known = NETWORKS.iter().find(|(_, known)| known.to_string() == number);
    known.map_or_else(|| format!("eip155:{number}"), |(name, _)| (*name).to_owned())
}

/// Whether a name can be that of a chain: not if it is another EVM chain's.
pub(crate) fn can_be(name: &str, chain: &Chain) -> bool {
    let known = NETWORKS.iter().find(|(network, _)| *network == name).map(|(_, number)| *number);
    let number = known.or_else(|| name.strip_prefix("eip155:")?.parse().ok());
    number.is_none_or(|number| chain.to_string() == format!("eip155:{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_one_table() {
        let ethereum = Chain::ethereum();
        for (name, number) in NETWORKS {
            assert_eq!(name_of(&number.to_string()), name);
            assert_eq!(can_be(name, &ethereum), number == 1);
        }
        assert_eq!(name_of("8453"), "eip155:8453");
        assert!(!can_be("eip155:8453", &ethereum) && can_be("USDT", &ethereum));
    }
}
