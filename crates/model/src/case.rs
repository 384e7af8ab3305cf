//! A case: the theft under investigation, read from `case.toml`.
//!
//! The file stands beside its data. `docs/case-format.md` documents every
//! key. Unknown keys are refused, so that a misspelt stop rule cannot
//! silently do nothing; messages carry the line.

mod trace_options;

pub use trace_options::{TraceOptions, parse_ratio};

use crate::{Address, Chain, Height, Timestamp, TransactionHash};
use serde::{Deserialize, Serialize};

/// Version of the case format this program reads.
pub const CASE_VERSION: u32 = 1;

/// A theft under investigation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Format version, 1.
    pub version: u32,
    /// Short name, used for folders.
    pub name: String,
    /// Title for the report.
    pub title: String,
    /// What happened, in a sentence or two.
    #[serde(default)]
    pub description: String,
    /// The chain.
    pub chain: Chain,
    /// Transfer files.
    #[serde(default)]
    pub transfers: Vec<DataFile>,
    /// What was stolen.
    pub seeds: Vec<Seed>,
    /// Files of addresses where the published investigation ends.
    #[serde(default)]
    pub terminals: Vec<DataFile>,
    /// Files of tags: CSV `address,label,entity,category,source,confidence`.
    #[serde(default)]
    pub tags: Vec<DataFile>,
    /// Balances known from elsewhere.
    #[serde(default)]
    pub opening: Vec<OpeningBalance>,
    /// Other chains that the money may have gone on to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chains: Vec<CaseChain>,
    /// Files of bridge events, which tie the chains together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<DataFile>,
    /// Prices for views in a currency.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prices: Vec<PriceFile>,
    /// How to trace.
    #[serde(default)]
    pub trace: TraceOptions,
}

/// Another chain of the case.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseChain {
    /// Which.
    pub chain: Chain,
    /// Its transfer files, or files of blocks.
    #[serde(default)]
    pub transfers: Vec<DataFile>,
    /// Files of tags of its addresses.
    #[serde(default)]
    pub tags: Vec<DataFile>,
}

/// Daily prices of one asset, for views in a currency; nothing is booked by them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceFile {
    /// CAIP-19, `native` or a contract; on another chain than the case's first CAIP-19 only.
    pub asset: String,
    /// Path relative to the case folder: `date,USD,…`, one day a line.
    pub file: String,
    /// Where it comes from.
    #[serde(default)]
    pub origin: String,
    /// Its licence.
    #[serde(default)]
    pub licence: String,
}

/// A file beside the case with its origin.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataFile {
    /// Path relative to the case folder.
    pub file: String,
    /// Where it comes from.
    #[serde(default)]
    pub origin: String,
    /// Its licence.
    #[serde(default)]
    pub licence: String,
    /// Time taken for transfers of a file that gives neither block nor time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// Height of the lowest block of files of blocks that do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_height: Option<u64>,
}

/// What was stolen. Seeds of one victim are added up; victims are kept apart.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Seed {
    /// Whatever leaves an address from a time or height on.
    Outflow {
        /// Who lost the money.
        #[serde(default = "default_victim")]
        victim: String,
        /// The address; or give `addresses_file`.
        address: Option<Address>,
        /// One address a line; each becomes a seed of the same victim.
        addresses_file: Option<String>,
        /// From this time on.
        from_time: Option<Timestamp>,
        /// From this height on.
        from_height: Option<Height>,
        /// Only these assets (CAIP-19, `native`, `usd` or a contract); all followed assets if empty.
        #[serde(default)]
        assets: Vec<String>,
    },
    /// Every transfer of a transaction, or those leaving one address.
    Transaction {
        /// Who lost the money.
        #[serde(default = "default_victim")]
        victim: String,
        /// The transaction; or give `transactions_file`.
        hash: Option<TransactionHash>,
        /// One transaction a line; each becomes a seed of the same victim.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transactions_file: Option<String>,
        /// Only transfers debiting this address.
        from: Option<Address>,
    },
    /// One transfer of a transaction.
    Transfer {
        /// Who lost the money.
        #[serde(default = "default_victim")]
        victim: String,
        /// The transaction.
        hash: TransactionHash,
        /// Place among the transaction's transfers in the store, from 0.
        index: u32,
    },
}

fn default_victim() -> String {
    "victim".to_owned()
}

impl Seed {
    /// Who lost the money.
    #[must_use]
    pub fn victim(&self) -> &str {
        match self {
            Self::Outflow { victim, .. }
            | Self::Transaction { victim, .. }
            | Self::Transfer { victim, .. } => victim,
        }
    }
}

/// A balance before the data begin, known from elsewhere.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpeningBalance {
    /// Whose.
    pub address: Address,
    /// CAIP-19, `native`, `usd` or a contract.
    pub asset: String,
    /// Decimal amount in whole units.
    pub amount: String,
    /// Who says so.
    #[serde(default)]
    pub source: String,
}

/// Why a case file was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaseError {
    /// Not TOML of the documented shape; the message shows the line.
    #[error("{file}: {message}")]
    Shape {
        /// The case file.
        file: String,
        /// The parser's message with line and column.
        message: String,
    },
    /// Another version.
    #[error(
        "{file}: case format version {found} is not known; this program reads version {CASE_VERSION}"
    )]
    Version {
        /// The case file.
        file: String,
        /// Version in the file.
        found: u32,
    },
    /// A value that cannot be.
    #[error("{file}, line {line}: {message}")]
    Value {
        /// The case file.
        file: String,
        /// Line of the offending key, from 1.
        line: usize,
        /// What is wrong and the cure.
        message: String,
    },
}

impl Case {
    /// Reads and validates the text of a case file; `file` is its name in messages.
    ///
    /// # Errors
    /// See [`CaseError`].
    pub fn parse(text: &str, file: &str) -> Result<Self, CaseError> {
        let case: Self = toml::from_str(text)
            .map_err(|e| CaseError::Shape { file: file.to_owned(), message: e.to_string() })?;
        if case.version != CASE_VERSION {
            return Err(CaseError::Version { file: file.to_owned(), found: case.version });
        }
        case.validate().map_err(|(key, message)| CaseError::Value {
            file: file.to_owned(),
            line: line_of(text, &key),
            message,
        })?;
        Ok(case)
    }

    /// The case as TOML text.
    ///
    /// # Errors
    /// Only if a value cannot be written as TOML, which no validated case can cause.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        toml::to_string_pretty(self)
    }

    fn validate(&self) -> Result<(), (String, String)> {
        let fail = |key: &str, message: String| Err((key.to_owned(), message));
        let name_ok = !self.name.is_empty()
            && self.name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !name_ok {
            return fail(
                "name",
                format!("\"{}\" is not a case name; use letters, digits, - and _", self.name),
            );
        }
        if self.seeds.is_empty() {
            return fail("seeds", "a case needs at least one [[seeds]] entry".to_owned());
        }
        for seed in &self.seeds {
            if let Seed::Outflow { address: None, addresses_file: None, .. } = seed {
                return fail(
                    "outflow",
                    "an outflow seed needs address or addresses_file".to_owned(),
                );
            }
            if let Seed::Transaction { hash, transactions_file, .. } = seed
                && hash.is_some() == transactions_file.is_some()
            {
                return fail(
                    "transaction",
                    "a transaction seed needs hash or transactions_file, and not both".to_owned(),
                );
            }
            if let Seed::Outflow { address: Some(_), addresses_file: Some(_), .. } = seed {
                return fail(
                    "addresses_file",
                    "give address or addresses_file, not both".to_owned(),
                );
            }
        }
        self.validate_chains()?;
        let files = self.transfers.iter().chain(&self.terminals).chain(&self.tags);
        let files = files.chain(&self.events);
        let others = self.chains.iter().flat_map(|chain| chain.transfers.iter().chain(&chain.tags));
        let files = files.chain(others);
        let lists = self.seeds.iter().filter_map(|seed| match seed {
            Seed::Outflow { addresses_file, .. } => addresses_file.as_deref(),
            Seed::Transaction { transactions_file, .. } => transactions_file.as_deref(),
            Seed::Transfer { .. } => None,
        });
        let prices = self.prices.iter().map(|prices| prices.file.as_str());
        for file in files.map(|data| data.file.as_str()).chain(lists).chain(prices) {
            let leaves = file.starts_with(['/', '\\'])
                || file.contains(':')
                || file.split(['/', '\\']).any(|part| part == "..");
            if leaves {
                let message =
                    format!("\"{file}\" leaves the case folder; data stand beside case.toml");
                return fail(file, message);
            }
        }
        for opening in &self.opening {
            if let Err(error) = crate::Asset::parse(&opening.asset, &self.chain) {
                return fail(&opening.asset, error.to_string());
            }
        }
        for prices in &self.prices {
            // One of another chain is CAIP-19, which names its chain.
            let elsewhere = self
                .chains
                .iter()
                .any(|other| prices.asset.starts_with(&format!("{}/", other.chain)));
            if !elsewhere && let Err(error) = crate::Asset::parse(&prices.asset, &self.chain) {
                return fail(&prices.asset, error.to_string());
            }
        }
        self.trace.validate()
    }

    /// Each chain stands once, and bridges are followed forward.
    fn validate_chains(&self) -> Result<(), (String, String)> {
        let mut seen = vec![&self.chain];
        for other in &self.chains {
            if seen.contains(&&other.chain) {
                let message =
                    format!("the chain {} stands twice; give its files once", other.chain);
                return Err(("[[chains]]".to_owned(), message));
            }
            seen.push(&other.chain);
        }
        Ok(())
    }

    /// Whether a trace may go on to other chains.
    #[must_use]
    pub fn is_over_chains(&self) -> bool {
        !self.chains.is_empty() || !self.events.is_empty()
    }

    /// The case as it stands for one of its other chains: no seeds, balances
    /// or published terminals, and of the assets to follow those written as
    /// CAIP-19 on that chain. `files` are its own.
    #[must_use]
    pub fn on_chain(&self, files: &CaseChain) -> Self {
        let prefix = format!("{}/", files.chain);
        let mut trace = self.trace.clone();
        trace.follow_assets.retain(|asset| asset.starts_with(&prefix));
        Self {
            chain: files.chain.clone(),
            transfers: files.transfers.clone(),
            tags: files.tags.clone(),
            seeds: Vec::new(),
            terminals: Vec::new(),
            opening: Vec::new(),
            chains: Vec::new(),
            events: Vec::new(),
            trace,
            ..self.clone()
        }
    }

    /// The case as it stands for its first chain.
    #[must_use]
    pub fn on_first_chain(&self) -> Self {
        let elsewhere: Vec<String> =
            self.chains.iter().map(|other| format!("{}/", other.chain)).collect();
        let mut trace = self.trace.clone();
        trace.follow_assets.retain(|asset| !elsewhere.iter().any(|other| asset.starts_with(other)));
        Self { chains: Vec::new(), events: Vec::new(), trace, ..self.clone() }
    }
}

/// Line of the first mention of `key`; 1 if it is a default that was never written.
fn line_of(text: &str, key: &str) -> usize {
    text.lines().position(|line| line.contains(key)).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests;
