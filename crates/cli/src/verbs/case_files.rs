//! A case with the files beside it: addresses, terminals, tags.

use anyhow::Context;
use std::path::{Path, PathBuf};
use tracehound_analysis::trace::CaseLists;
use tracehound_ingest::{
    PublishedLabel, read_address_list, read_daily_prices, read_tags, read_transaction_list,
};
use tracehound_model::case::{DataFile, Seed};
use tracehound_model::{Address, Asset, Case, Category, Confidence, Tag, Timestamp, service};
use tracehound_report::AssetPrices;

/// A case as read, with its folder.
pub(crate) struct CaseFiles {
    pub(crate) case: Case,
    pub(crate) folder: PathBuf,
    pub(crate) lists: CaseLists,
    /// Published terminals with the file that names them.
    pub(crate) terminals: Vec<(Address, String)>,
    /// Tags from the case's tag files.
    pub(crate) tags: Vec<Tag>,
    /// Prices by CAIP-19 asset, with the file that gives them.
    pub(crate) prices: Vec<AssetPrices>,
}

impl CaseFiles {
    /// Reads `case.toml` (or a folder holding one) and every small file it names.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let file = if path.is_dir() { path.join("case.toml") } else { path.to_owned() };
        let text = std::fs::read_to_string(&file).with_context(|| {
            format!(
                "cannot read the case {}; make one with `tracehound case new NAME --transfers FILE`",
                file.display()
            )
        })?;
        let case = Case::parse(&text, &file.display().to_string())?;
        let folder = file.parent().map(Path::to_owned).unwrap_or_default();
        let mut files = Self {
            case,
            folder,
            lists: CaseLists::default(),
            terminals: Vec::new(),
            tags: Vec::new(),
            prices: Vec::new(),
        };
        files.read_lists()?;
        Ok(files)
    }

    fn read_lists(&mut self) -> anyhow::Result<()> {
        for seed in &self.case.seeds {
            let addresses = match seed {
                Seed::Outflow { addresses_file: Some(file), .. } => {
                    read_address_list(&self.folder.join(file))?
                }
                _ => Vec::new(),
            };
            let transactions = match seed {
                Seed::Transaction { transactions_file: Some(file), .. } => {
                    read_transaction_list(&self.folder.join(file))?
                }
                _ => Vec::new(),
            };
            self.lists.seed_addresses.push(addresses);
            self.lists.seed_transactions.push(transactions);
        }
        for data in &self.case.terminals {
            for address in read_address_list(&self.folder.join(&data.file))? {
                self.terminals.push((address, data.file.clone()));
            }
        }
        for data in &self.case.prices {
            let asset = match Asset::parse(&data.asset, &self.case.chain) {
                Ok(asset) => asset.caip19(&self.case.chain),
                // Of another chain of the case: it stands there by this name.
                Err(_) => data.asset.clone(),
            };
            let prices = read_daily_prices(&self.folder.join(&data.file))?;
            self.prices.push(AssetPrices { asset, prices, file: data.file.clone() });
        }
        for data in &self.case.tags {
            self.tags.extend(read_tags(&self.folder.join(&data.file))?);
        }
        Ok(())
    }

    /// The same case as it stands for one chain; its first has the seeds' lists
    /// and the terminals.
    pub(crate) fn on(&self, case: Case, first: bool) -> anyhow::Result<Self> {
        if first {
            return Ok(Self {
                case,
                folder: self.folder.clone(),
                lists: self.lists.clone(),
                terminals: self.terminals.clone(),
                tags: self.tags.clone(),
                prices: self.prices.clone(),
            });
        }
        let (folder, lists) = (self.folder.clone(), CaseLists::default());
        let mut files = Self {
            case,
            folder,
            lists,
            terminals: Vec::new(),
            tags: Vec::new(),
            prices: self.prices.clone(),
        };
        files.case.prices.clear();
        files.read_lists()?;
        Ok(files)
    }

    /// The case's transfer files.
    pub(crate) fn transfer_files(&self) -> Vec<PathBuf> {
        self.case.transfers.iter().map(|data| self.folder.join(&data.file)).collect()
    }

    /// Times that the case states for transfer files without any.
    pub(crate) fn stated_times(&self) -> Vec<(PathBuf, Timestamp)> {
        let files = self.case.transfers.iter();
        files.filter_map(|data| Some((self.folder.join(&data.file), data.time?))).collect()
    }

    /// The declaration of a transfer file, by its path.
    pub(crate) fn declared(&self, path: &Path) -> Option<&DataFile> {
        self.case.transfers.iter().find(|data| self.folder.join(&data.file) == path)
    }

    /// Every attribution: the case's tags, labels that its transfer files
    /// carry (with what their text says), and its terminals.
    pub(crate) fn all_tags(&self, labels: &[PublishedLabel]) -> Vec<Tag> {
        let mut tags = self.tags.clone();
        tags.extend(labels.iter().map(label_tag));
        for (address, file) in &self.terminals {
            let label = labels.iter().find(|label| label.address == *address);
            tags.push(Tag {
                address: *address,
                label: label.map_or_else(|| "named as a terminal".to_owned(), |l| l.label.clone()),
                entity: None,
                category: Some(Category::CaseTerminal),
                source: file.clone(),
                confidence: Confidence::FORENSIC,
            });
        }
        tags
    }
}

/// A published label as a tag; entity and kind come from its text by a named rule.
fn label_tag(label: &PublishedLabel) -> Tag {
    let named = service::read_label(&label.label);
    let source = match named {
        Some(_) => format!("{}; entity and kind by {}", label.source, service::RULE),
        None => label.source.clone(),
    };
    Tag {
        address: label.address,
        label: label.label.clone(),
        entity: named.map(|named| named.entity.to_owned()),
        category: named.map(|named| named.category),
        source,
        confidence: Confidence::FORENSIC,
    }
}
