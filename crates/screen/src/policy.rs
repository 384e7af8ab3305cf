//! What is to happen on what is found: rules in a file with a version.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tracehound_model::hash::to_hex;
use tracehound_model::{Amount, Category};
use tracehound_tags::taxonomy;

/// The policy in force where no other is given.
pub const DEFAULT_POLICY: &str = include_str!("default-policy.toml");
/// Version of the file format.
const VERSION: u32 = 1;

/// What is to be done; the later one wins over the earlier.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// No rule asks for more. This is not a statement that the address is clean.
    #[default]
    Allow,
    /// A person must look at it.
    Review,
    /// It must not pass.
    Block,
}

impl Decision {
    /// As tables show it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Review => "review",
            Self::Block => "block",
        }
    }
}

/// When a rule applies.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// The address stands on a list.
    Listed,
    /// The address stands on a list, and fails its checksum there.
    ListedChecksumFailed,
    /// A tag says of the address what the rule names under `concepts`.
    Tagged,
    /// The address's money came from, or went to, what the rule names under
    /// `categories`. Asked only where exposures are computed.
    Exposed,
    /// A required list is missing or stale.
    Incomplete,
    /// The text asked about has no known form of address, or fails its checksum.
    FormUnknown,
}

/// Which way money went.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// To the address.
    Received,
    /// From the address.
    Sent,
}

/// Whether anybody stands between.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// Nobody.
    Direct,
    /// Addresses that nobody tagged.
    Indirect,
}

/// One rule.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyRule {
    /// Its name, which verdicts carry.
    pub name: String,
    /// When it applies.
    pub when: Condition,
    /// Only for these lists; all if empty.
    #[serde(default)]
    pub lists: Vec<String>,
    /// For `tagged`: concepts of the taxonomy; narrower ones count.
    #[serde(default)]
    pub concepts: Vec<String>,
    /// For `tagged`: only tags at least this sure, 0 to 100.
    #[serde(default)]
    pub least_confidence: u8,
    /// For `exposed`: labels of exposure: a concept of the taxonomy (narrower
    /// ones count) or a kind of service.
    #[serde(default)]
    pub categories: Vec<String>,
    /// For `exposed`: only money `received` or only money `sent`; both if absent.
    #[serde(default)]
    pub side: Option<Side>,
    /// For `exposed`: only `direct` or only `indirect` money; both together if absent.
    #[serde(default)]
    pub reach: Option<Reach>,
    /// For `exposed`: least share in percent of what was received or sent in
    /// one asset.
    #[serde(default)]
    pub least_percent: u8,
    /// For `exposed`: least amount in whole units, by the asset's symbol or
    /// CAIP-19 name; then no other asset counts.
    #[serde(default)]
    pub least_amounts: BTreeMap<String, String>,
    /// For `exposed`: only where some arrived (or left) in so many days before
    /// the store's last block.
    #[serde(default)]
    pub within_days: Option<u32>,
    /// For `exposed`: most transfers between; any number if absent.
    #[serde(default)]
    pub most_hops: Option<u8>,
    /// What is then to be done.
    pub decision: Decision,
    /// Why, in words for whoever reads the verdict.
    pub reason: String,
}

/// A policy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Version of the file format.
    pub version: u32,
    /// Its name.
    pub name: String,
    /// Lists without which an answer is incomplete.
    #[serde(default)]
    pub required_lists: Vec<String>,
    /// Its rules.
    #[serde(default)]
    pub rules: Vec<PolicyRule>,
    /// SHA-256 of the text it was read from.
    #[serde(skip)]
    pub digest: String,
    /// That text.
    #[serde(skip)]
    pub text: String,
}

/// Why a policy was refused.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The file system refused.
    #[error("{}: {source}", file.display())]
    Io {
        /// Which file.
        file: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// Not a policy.
    #[error("{}: not a screening policy: {reason}", file.display())]
    Broken {
        /// Which file.
        file: PathBuf,
        /// Where and why.
        reason: String,
    },
}

impl Policy {
    /// The policy in force where no other is given.
    #[must_use]
    pub fn default_policy() -> Self {
        // A test reads the text that is compiled in.
        Self::parse(DEFAULT_POLICY).unwrap_or_else(|reason| unreachable!("{reason}"))
    }

    /// Whether any rule asks for tags.
    #[must_use]
    pub fn asks_for_tags(&self) -> bool {
        let asks = |rule: &PolicyRule| matches!(rule.when, Condition::Tagged | Condition::Exposed);
        self.rules.iter().any(asks)
    }

    /// Reads a policy file.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub fn read(path: &Path) -> Result<Self, PolicyError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| PolicyError::Io { file: path.to_owned(), source })?;
        Self::parse(&text).map_err(|reason| PolicyError::Broken { file: path.to_owned(), reason })
    }

    /// Reads a policy's text.
    ///
    /// # Errors
    /// Where and why in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut policy: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        if policy.version != VERSION {
            return Err(format!(
                "version {} is not known; this program reads {VERSION}",
                policy.version
            ));
        }
        if policy.rules.is_empty() {
            return Err("it has no rules, so nothing would ever be stopped".to_owned());
        }
        policy.rules.iter().try_for_each(check_concepts)?;
        policy.digest = crate::sha256(text.as_bytes());
        text.clone_into(&mut policy.text);
        Ok(policy)
    }
}

/// A rule on tags or exposures names what it is about; others name nothing.
fn check_concepts(rule: &PolicyRule) -> Result<(), String> {
    let name = &rule.name;
    let known = |id: &String| {
        taxonomy::concept(id).is_some() || Category::ALL.iter().any(|kind| kind.name() == id)
    };
    let (named, field) = match rule.when {
        Condition::Tagged => (&rule.concepts, "concepts"),
        Condition::Exposed => (&rule.categories, "categories"),
        _ if rule.concepts.is_empty() && rule.categories.is_empty() => return Ok(()),
        _ => {
            return Err(format!(
                "rule {name}: only `tagged` and `exposed` name concepts or categories"
            ));
        }
    };
    if named.is_empty() {
        return Err(format!("rule {name} must name {field}"));
    }
    for (asset, text) in &rule.least_amounts {
        // The decimals of the asset are known when it is met; here as many as there are.
        let digits = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        Amount::parse_decimal(text, u8::try_from(digits).unwrap_or(u8::MAX))
            .map_err(|error| format!("rule {name}: least_amounts of {asset}: {error}"))?;
    }
    match named.iter().find(|id| !known(id)) {
        Some(id) => Err(format!("rule {name}: \"{id}\" is not in the taxonomy of tags")),
        None => Ok(()),
    }
}

/// SHA-256 in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    to_hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_policy_blocks_what_is_listed() {
        let policy = Policy::default_policy();
        let listed = policy.rules.iter().find(|rule| rule.when == Condition::Listed).unwrap();
        assert_eq!(listed.decision, Decision::Block);
        assert_eq!(policy.digest.len(), 64);
    }

    #[test]
    fn policies_that_say_nothing_or_something_unknown_are_refused() {
        let rule = "[[rules]]\nname=\"a\"\nwhen=\"listed\"\ndecision=\"block\"\nreason=\"r\"\n";
        assert!(Policy::parse(&format!("version=1\nname=\"x\"\n{rule}")).is_ok());
        for text in [
            "version=1\nname=\"x\"".to_owned(),
            format!("version=2\nname=\"x\"\n{rule}"),
            format!("version=1\nname=\"x\"\nfoo=1\n{rule}"),
            format!("version=1\nname=\"x\"\n{rule}typo=1"),
            format!("version=1\nname=\"x\"\n{}", rule.replace("listed", "lsted")),
            format!("version=1\nname=\"x\"\n{}", rule.replace("listed", "tagged")),
            format!("version=1\nname=\"x\"\n{rule}concepts=[\"scam\"]"),
            format!(
                "version=1\nname=\"x\"\n{}concepts=[\"scm\"]",
                rule.replace("listed", "tagged")
            ),
        ] {
            assert!(Policy::parse(&text).is_err(), "{text}");
        }
    }
}
