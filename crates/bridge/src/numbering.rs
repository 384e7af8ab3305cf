//! The numbers that bridges give to chains.
//!
//! Each bridge counts chains in its own way. A number that a table below does
//! not hold becomes a chain of the bridge's own namespace (`wormhole:9999`):
//! it compares with itself and is otherwise unresolved.
//!
//! Sources: the tables that Connector publishes for Poly, Stargate and Wormhole,
//! Circle's list of CCTP domains, LayerZero's of endpoints, deBridge's of chains,
//! XChainWatcher's facts for Nomad. Only chains that are also known by an
//! EIP-155 number, and Bitcoin, are named.

use tracehound_model::Chain;

/// A way to number chains.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Numbering {
    /// EIP-155, as the chains number themselves.
    Eip155,
    /// Circle's domains.
    Cctp,
    /// Connext's and Nomad's domains: four letters, or a number.
    Nomad,
    /// LayerZero's endpoints, version 1 (101 and up) and 2 (30101 and up).
    LayerZero,
    /// Poly's chains.
    Poly,
    /// Wormhole's chains.
    Wormhole,
}

/// A number and the EIP-155 number of the same chain.
type Row = (u64, u64);

const CCTP: &[Row] = &[
    (0, 1),
    (1, 43_114),
    (2, 10),
    (3, 42_161),
    (6, 8453),
    (7, 137),
    (10, 130),
    (11, 59_144),
    (13, 146),
    (14, 480),
];
const NOMAD: &[Row] = &[
    (6_648_936, 1),          // "eth"
    (1_869_640_809, 10),     // "opti"
    (1_886_350_457, 137),    // "poly"
    (1_634_886_255, 42_161), // "arbo"
    (6_450_786, 56),         // "bnb"
    (6_778_479, 100),        // "gno"
    (1_650_811_245, 1284),   // "beam"
    (1_702_260_083, 9001),   // "evms", Evmos
    (1_635_148_152, 43_114), // "avax"
    (25_393, 2001),          // "c1"
];
const LAYER_ZERO: &[Row] = &[
    (1, 1),
    (2, 56),
    (6, 43_114),
    (9, 137),
    (10, 42_161),
    (11, 10),
    (12, 250),
    (45, 100),
    (51, 1088),
    (84, 8453),
    (83, 59_144),
];
const POLY: &[Row] = &[
    (2, 1),
    (6, 56),
    (7, 128),
    (12, 66),
    (17, 137),
    (19, 42_161),
    (20, 100),
    (21, 43_114),
    (22, 250),
    (23, 10),
    (24, 1088),
];
const WORMHOLE: &[Row] = &[
    (2, 1),
    (4, 56),
    (5, 137),
    (6, 43_114),
    (10, 250),
    (13, 8217),
    (14, 42_220),
    (16, 1284),
    (23, 42_161),
    (24, 10),
    (25, 100),
    (30, 8453),
];

impl Numbering {
    const fn namespace(self) -> &'static str {
        match self {
            Self::Eip155 => "eip155",
            Self::Cctp => "cctp",
            Self::Nomad => "nomad",
            Self::LayerZero => "lzero",
            Self::Poly => "poly",
            Self::Wormhole => "wormhole",
        }
    }

    const fn rows(self) -> &'static [Row] {
        match self {
            Self::Eip155 => &[],
            Self::Cctp => CCTP,
            Self::Nomad => NOMAD,
            Self::LayerZero => LAYER_ZERO,
            Self::Poly => POLY,
            Self::Wormhole => WORMHOLE,
        }
    }

    /// The chain of a number.
    #[must_use]
    pub fn chain(self, number: u64) -> Option<Chain> {
        // Endpoints of version 1 begin at 100, those of version 2 at 30,100.
        let plain = match (self, number) {
            (Self::LayerZero, 30_100..30_200) => number - 30_100,
            (Self::LayerZero, 100..200) => number - 100,
            _ => number,
        };
        let known = self.rows().iter().find(|(own, _)| *own == plain);
        let text = match known {
            Some((_, eip155)) => format!("eip155:{eip155}"),
            None => format!("{}:{number}", self.namespace()),
        };
        text.parse().ok()
    }

    /// The number of a chain.
    #[must_use]
    pub fn number(self, chain: &Chain) -> Option<u64> {
        if chain.namespace() == self.namespace() {
            return chain.reference().parse().ok();
        }
        let eip155: u64 = chain.reference().parse().ok().filter(|_| chain.is_evm())?;
        self.rows().iter().find(|(_, known)| *known == eip155).map(|(own, _)| *own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_numbers_are_chains_and_back() {
        for (numbering, number, chain) in [
            (Numbering::Nomad, 6_648_936, "eip155:1"),
            (Numbering::Nomad, 1_650_811_245, "eip155:1284"),
            (Numbering::Wormhole, 4, "eip155:56"),
            (Numbering::Cctp, 0, "eip155:1"),
            (Numbering::Eip155, 137, "eip155:137"),
        ] {
            let found = numbering.chain(number).unwrap();
            assert_eq!(found.as_str(), chain);
            assert_eq!(numbering.number(&found), Some(number));
        }
        assert_eq!(Numbering::LayerZero.chain(30_101), Numbering::LayerZero.chain(101));
    }

    /// A Nomad domain is its name in ASCII, so the table can be checked by spelling.
    #[test]
    fn nomad_domains_spell_their_names() {
        let spelt =
            |name: &str| name.bytes().fold(0_u64, |number, byte| number * 256 + u64::from(byte));
        let chains = NOMAD.iter().map(|(own, _)| *own).collect::<Vec<_>>();
        for name in ["eth", "opti", "poly", "arbo", "bnb", "gno", "beam", "avax", "c1"] {
            assert!(chains.contains(&spelt(name)), "{name} is {}", spelt(name));
        }
    }

    #[test]
    fn an_unknown_number_stays_in_its_namespace() {
        let chain = Numbering::Wormhole.chain(9999).unwrap();
        assert_eq!(chain.as_str(), "wormhole:9999");
        assert_eq!(Numbering::Wormhole.number(&chain), Some(9999));
        assert_eq!(Numbering::Poly.number(&chain), None);
    }
}
