//! What the words of label lists mean, by a rule that says so.
//!
//! Rule `label-slug` version 1: the word itself names the concept. The lists
//! are explorers' own; a concept read from them is a guess of this rule, and
//! every tag it is put on says so in its context.

/// Name and version of the rule.
pub(super) const RULE: &str = "label-slug/1";

/// Words with the concept they name.
const SLUGS: [(&str, &str); 34] = [
    ("ofac-sanctions-lists", "sanction"),
    ("ofac-sanctioned", "sanction"),
    ("phish-hack", "phishing"),
    ("phishing", "phishing"),
    ("fake-phishing", "phishing"),
    ("heist", "service_hack"),
    ("exploit", "service_hack"),
    ("hack", "service_hack"),
    ("scam", "scam"),
    ("ponzi", "ponzi_scheme"),
    ("ransomware", "ransomware"),
    ("tornado-cash", "mixing_service"),
    ("ethereum-mixer", "mixing_service"),
    ("mixer", "mixing_service"),
    ("exchange", "exchange"),
    ("dex", "defi_dex"),
    ("uniswap", "defi_dex"),
    ("sushiswap", "defi_dex"),
    ("balancer", "defi_dex"),
    ("curve-fi", "defi_dex"),
    ("kyberswap", "defi_dex"),
    ("1inch", "defi_dex"),
    ("bridge", "defi_bridge"),
    ("cross-chain", "defi_bridge"),
    ("hop-protocol", "defi_bridge"),
    ("gambling", "gambling"),
    ("mining", "miner"),
    ("loans", "defi_lending"),
    ("staking", "defi_staking"),
    ("dao", "defi_dao"),
    ("derivatives", "defi_derivative"),
    ("payments", "payment_processor"),
    ("marketplace", "market"),
    ("burn", "burn"),
];

/// The concept a word names, if one.
pub(super) fn concept(slug: &str) -> Option<&'static str> {
    SLUGS.iter().find(|(word, _)| *word == slug).map(|&(_, concept)| concept)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_concept_is_in_the_taxonomy() {
        for (word, concept) in super::SLUGS {
            assert!(crate::taxonomy::concept(concept).is_some(), "{word}: {concept}");
        }
    }
}
