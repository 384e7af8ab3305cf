//! Arguments of `tag`.

use super::StorePlace;
use clap::{Args, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;

#[derive(Subcommand, Debug)]
pub(crate) enum TagVerb {
    /// Read packs and keep them. The format is told from the content.
    Import(TagImport),
    /// Show the packs that are kept, or what they say of a subject.
    List(TagList),
    /// Write packs as GraphSense TagPacks, or as one table.
    Export(TagExport),
    /// Take a pack out of every answer to come.
    Withdraw(TagWithdraw),
}

#[derive(Args, Debug)]
pub(crate) struct TagImport {
    /// TagPacks and ActorPacks in YAML, etherscan-labels JSON, eth-labels CSV, tables with a
    /// header; plain or .gz; or folders of them.
    #[arg(required = true, value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    /// Name to keep the pack under [default: its file's name].
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Who made it, where the file does not say.
    #[arg(long)]
    pub(crate) creator: Option<String>,
    /// Who says so, where the file does not say: a link or a name.
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// The chain, where the file does not say, such as ETH or BTC.
    #[arg(long)]
    pub(crate) network: Option<String>,
    /// How sure the source is, where the file does not say: a level such as web_crawl, or 0 to 100.
    #[arg(long)]
    pub(crate) confidence: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct TagList {
    /// Addresses, transactions or entities; without any, the packs are shown.
    pub(crate) subjects: Vec<String>,
    /// Only tags of this pack.
    #[arg(long)]
    pub(crate) pack: Option<String>,
    /// Only tags with this concept of the taxonomy or a narrower one, such as exchange or abuse.
    #[arg(long)]
    pub(crate) category: Option<String>,
    /// Only tags of this entity, by its identifier or name.
    #[arg(long)]
    pub(crate) entity: Option<String>,
    /// Show where sources disagree.
    #[arg(long, conflicts_with_all = ["pack", "category", "entity", "withdrawn"])]
    pub(crate) conflicts: bool,
    /// Show packs that were withdrawn, and why.
    #[arg(long, conflicts_with_all = ["pack", "category", "entity"])]
    pub(crate) withdrawn: bool,
    /// With a subject: also what is said of other addresses of its cluster, marked as such; needs
    /// the store of a chain of outputs.
    #[arg(long, requires = "subjects")]
    pub(crate) inherit: bool,
    /// Rows of text at most; --json prints all.
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) store: StorePlace,
}

/// How to write packs.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TagFormat {
    /// GraphSense TagPack or ActorPack, YAML.
    Tagpack,
    /// One CSV with every field.
    Table,
}

#[derive(Args, Debug)]
pub(crate) struct TagExport {
    /// Packs by name [default: all].
    pub(crate) packs: Vec<String>,
    /// How to write them.
    #[arg(long, value_enum, default_value_t = TagFormat::Tagpack)]
    pub(crate) format: TagFormat,
    /// Folder to write to; without it one pack, or the table, goes to standard output.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct TagWithdraw {
    /// The pack, by name.
    pub(crate) pack: String,
    /// Why; kept with the record of it.
    #[arg(long)]
    pub(crate) reason: String,
}

#[derive(Args, Debug)]
pub(crate) struct Evaluate {
    /// Tags to judge: packs that are kept, by name, or files in any form `tag import` reads.
    #[arg(required = true, value_hint = ValueHint::AnyPath)]
    pub(crate) claims: Vec<String>,
    /// Labelled data: packs that are kept, by name, or files.
    #[arg(long, required = true, value_name = "PACK|FILE", value_hint = ValueHint::AnyPath)]
    pub(crate) truth: Vec<String>,
}
