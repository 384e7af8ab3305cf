//! The command line, defined once: help, completions, man page and
//! `docs/cli.md` are generated from here.

mod bridges;
mod cluster;
mod exposure;
mod mixer;
mod screening;
mod serve;
mod tags;

pub(crate) use bridges::*;
pub(crate) use cluster::*;
pub(crate) use exposure::*;
pub(crate) use mixer::*;
pub(crate) use screening::*;
pub(crate) use serve::*;
pub(crate) use tags::*;

use crate::verbs::utxo::OutputName;
use clap::{Args, Parser, Subcommand, ValueHint};
use std::path::PathBuf;
use tracehound_model::{Address, Chain, Height, Policy, Timestamp, TransactionHash};

/// Trace stolen cryptocurrency from theft to freeze.
///
/// Exit codes: 0 done, 1 done and something adverse found (a trace that does not
/// close, rows that had to be set aside, damage), 2 could not finish.
#[derive(Parser, Debug)]
#[command(name = "tracehound", version, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What every verb understands.
#[derive(Args, Debug, Clone)]
pub(crate) struct Common {
    /// Print JSON to standard output instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Show no progress bars.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Folder of stores, lists, tags and the audit log [default: the platform's data folder].
    #[arg(long, global = true, env = "TRACEHOUND_HOME", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) home: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// Trace a case: read its transfers, follow the money, write the report.
    Trace(Trace),
    /// Read transfers or blocks into a store. The format is told from the content.
    Ingest(Ingest),
    /// Show what a store knows of an address.
    Address(AddressQuery),
    /// Show a transaction: its transfers, or its inputs and outputs.
    Tx(TxQuery),
    /// Show an output of a transaction and what spent it.
    Output(OutputQuery),
    /// Group addresses that are controlled together, and say why.
    #[command(subcommand)]
    Cluster(ClusterVerb),
    /// Find transactions in which several people mix their coins.
    #[command(subcommand)]
    Coinjoin(CoinjoinVerb),
    /// Look into mixers of equal amounts, such as Tornado Cash: links, anonymity sets, groups.
    #[command(subcommand)]
    Mixer(MixerVerb),
    /// Look at, check, export or shorten a store.
    #[command(subcommand)]
    Store(StoreVerb),
    /// Keep sanctions lists: import, compare, and name their addresses.
    #[command(subcommand)]
    Lists(ListsVerb),
    /// Keep attributions: import packs of tags, find what is said of a subject, export, withdraw.
    #[command(subcommand)]
    Tag(TagVerb),
    /// Find deposit addresses of tagged services by how they hand money on (Ethereum and its kin).
    Deposits(Deposits),
    /// Pair the two sides of crossings over bridges.
    #[command(subcommand)]
    Bridge(BridgeVerb),
    /// Measure how far tags agree with labelled data.
    Evaluate(Evaluate),
    /// Show which categories an address's money came from and went to, at any distance.
    Exposure(Exposure),
    /// Answer over HTTP: look-ups, screening, exposures, cases, and surfaces of other products.
    Serve(Serve),
    /// Make, show and revoke the keys of the service.
    #[command(subcommand)]
    Key(KeyVerb),
    /// Copy the home folder while it is in use, check such a copy, put it back.
    Backup(Backup),
    /// Screen addresses, transactions or names against sanctions lists under a policy.
    Screen(Screen),
    /// Remember what was decided on a name hit, until the customer or the entry changes.
    Decide(Decide),
    /// Make a verdict again from what is stored; its bytes must be the same.
    Replay(Replay),
    /// Look at the log of what was screened.
    #[command(subcommand)]
    Audit(AuditVerb),
    /// Make or check a case file.
    #[command(subcommand)]
    Case(CaseVerb),
    /// Print shell completions.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one page a verb into a folder.
    Man {
        /// Folder to write to.
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        out: Option<PathBuf>,
    },
}

#[derive(Args, Debug, Clone)]
pub(crate) struct Trace {
    /// Folder with a case.toml, or the file itself.
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) case: PathBuf,
    /// Policies instead of the case's, such as fifo,haircut.
    #[arg(long, value_delimiter = ',', value_name = "LIST")]
    pub(crate) policy: Vec<Policy>,
    /// Trace backward: where did it come from?
    #[arg(long)]
    pub(crate) backward: bool,
    /// Trace the world as it was known at this time (UTC).
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<Timestamp>,
    /// Trace in this store instead of reading the case's transfer files; once for each chain.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) store: Vec<PathBuf>,
    /// Also use what the kept packs of tags say of the case's addresses (`tracehound tag list`).
    #[arg(long)]
    pub(crate) kept_tags: bool,
    /// Folder for report.html, report.json, transfers.csv and terminals.csv [default: out/<case>].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) limits: Limits,
}

/// Limits of a build.
#[derive(Args, Debug, Clone)]
pub(crate) struct Limits {
    /// Memory a build may take, such as 512M or 4G.
    #[arg(long, default_value = "1G", value_parser = memory, value_name = "SIZE")]
    pub(crate) memory: u64,
    /// Give up when more than this share of a file's rows is broken.
    #[arg(long, default_value = "1/100", value_parser = share, value_name = "SHARE")]
    pub(crate) max_broken: (u64, u64),
}

#[derive(Args, Debug)]
pub(crate) struct Ingest {
    /// Files of transfers or of blocks, plain or compressed, or a node's folder of block files.
    #[arg(required_unless_present = "node", value_hint = ValueHint::AnyPath)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) blocks: BlockSourceArguments,
    /// Time of the transfers in files whose rows carry neither block nor time (UTC).
    #[arg(long, value_name = "TIME")]
    pub(crate) time: Option<Timestamp>,
    #[command(flatten)]
    pub(crate) store: StorePlace,
    #[command(flatten)]
    pub(crate) limits: Limits,
}

/// Blocks of chains of unspent outputs, from a node or from files.
#[derive(Args, Debug)]
pub(crate) struct BlockSourceArguments {
    /// Read blocks from this node, such as http://127.0.0.1:8332.
    #[arg(long, value_name = "URL", conflicts_with = "files")]
    pub(crate) node: Option<String>,
    /// The node's cookie file [default: .cookie in the node's usual folder].
    #[arg(long, value_name = "FILE", requires = "node", value_hint = ValueHint::FilePath)]
    pub(crate) cookie: Option<PathBuf>,
    /// User of the node's RPC; the password is read from TRACEHOUND_NODE_PASSWORD.
    #[arg(long, value_name = "NAME", requires = "node", conflicts_with = "cookie")]
    pub(crate) user: Option<String>,
    /// Use the node's REST interface, which asks for no authentication.
    #[arg(long, requires = "node", conflicts_with_all = ["cookie", "user"])]
    pub(crate) rest: bool,
    /// Take only blocks that this many blocks confirm, themselves included.
    #[arg(long, default_value_t = 6, value_name = "COUNT")]
    pub(crate) confirmations: u64,
    /// First block to ask a node for, where the store is empty.
    #[arg(long, value_parser = height, value_name = "HEIGHT", requires = "node")]
    pub(crate) from: Option<Height>,
    /// Last block to read.
    #[arg(long, value_parser = height, value_name = "HEIGHT")]
    pub(crate) until: Option<Height>,
    /// Height of the lowest block in files whose blocks do not say it.
    #[arg(long, value_parser = height, value_name = "HEIGHT")]
    pub(crate) first_height: Option<Height>,
}

/// Which store.
#[derive(Args, Debug, Clone)]
pub(crate) struct StorePlace {
    /// The store folder [default: <home>/stores/<chain>].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) store: Option<PathBuf>,
    /// The chain: a CAIP-2 id or a short name such as ethereum or bitcoin [default: that of
    /// the store, of the blocks read, or of the address; else ethereum].
    #[arg(long)]
    pub(crate) chain: Option<Chain>,
}

#[derive(Args, Debug)]
pub(crate) struct AddressQuery {
    /// The address.
    pub(crate) address: Address,
    /// Show at most this many transfers, the latest ones.
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: usize,
    /// Only transfers from this time on (UTC).
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<Timestamp>,
    /// Balance and history as they were after this block (chains of unspent outputs).
    #[arg(long, value_parser = height, value_name = "HEIGHT")]
    pub(crate) at_height: Option<Height>,
    #[command(flatten)]
    pub(crate) store: StorePlace,
}

#[derive(Args, Debug)]
pub(crate) struct OutputQuery {
    /// The output: TXID:INDEX.
    pub(crate) output: OutputName,
    #[command(flatten)]
    pub(crate) store: StorePlace,
}

#[derive(Args, Debug)]
pub(crate) struct TxQuery {
    /// The transaction hash.
    pub(crate) hash: TransactionHash,
    /// Show what it came to: who gave what and who got what, with everything
    /// that went round inside it struck out.
    #[arg(long)]
    pub(crate) net: bool,
    #[command(flatten)]
    pub(crate) store: StorePlace,
}

#[derive(Subcommand, Debug)]
pub(crate) enum StoreVerb {
    /// Show what a store holds.
    Info(StoreInfo),
    /// Read every byte of a store and name what does not hold.
    Check(StoreCheck),
    /// Write every transfer of a store in the plain schema.
    Export(StoreExport),
    /// Drop every block above a height, as if it had never been seen.
    Drop(StoreDrop),
}

#[derive(Args, Debug)]
pub(crate) struct StoreInfo {
    #[command(flatten)]
    pub(crate) store: StorePlace,
    /// Also compute the digest of the content (reads everything).
    #[arg(long)]
    pub(crate) digest: bool,
}

#[derive(Args, Debug)]
pub(crate) struct StoreCheck {
    /// The store folder; or use --store.
    #[arg(value_hint = ValueHint::DirPath)]
    pub(crate) folder: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) store: StorePlace,
}

#[derive(Args, Debug)]
pub(crate) struct StoreExport {
    #[command(flatten)]
    pub(crate) store: StorePlace,
    /// csv or parquet [default: by the file's ending, else csv].
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<String>,
    /// File to write; standard output for CSV if absent.
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct StoreDrop {
    /// The last height to keep.
    #[arg(long, value_parser = height, value_name = "HEIGHT")]
    pub(crate) above: Height,
    #[command(flatten)]
    pub(crate) store: StorePlace,
}

#[derive(Subcommand, Debug)]
pub(crate) enum CaseVerb {
    /// Write a case.toml for a set of transfer files, copied beside it.
    New(CaseNew),
    /// Validate a case file and the files it names.
    Check(CaseCheck),
}

#[derive(Args, Debug)]
pub(crate) struct CaseNew {
    /// Short name: letters, digits, - and _.
    pub(crate) name: String,
    /// Transfer files.
    #[arg(long, required = true, num_args = 1.., value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) transfers: Vec<PathBuf>,
    /// Addresses the stolen money left from, one a line. Without it: every address that
    /// pays but never receives in the transfers.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) sources: Option<PathBuf>,
    /// Addresses where the published investigation ends, one a line.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) terminals: Option<PathBuf>,
    /// Tags: CSV address,label,entity,category,source,confidence.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) tags: Option<PathBuf>,
    /// The chain.
    #[arg(long, default_value = "ethereum")]
    pub(crate) chain: Chain,
    /// Folder to write to [default: ./<name>].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct CaseCheck {
    /// Folder with a case.toml, or the file itself.
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) case: PathBuf,
}

/// Reads `512M`, `4G` or plain bytes.
fn memory(text: &str) -> Result<u64, String> {
    let refuse = || format!("\"{text}\" is not a size; write 512M or 4G");
    let (digits, unit) = match text.to_ascii_uppercase().trim_end_matches('B') {
        t if t.ends_with('K') => (t[..t.len() - 1].to_owned(), 1 << 10),
        t if t.ends_with('M') => (t[..t.len() - 1].to_owned(), 1 << 20),
        t if t.ends_with('G') => (t[..t.len() - 1].to_owned(), 1 << 30),
        t => (t.to_owned(), 1),
    };
    let size: u64 = digits.parse().map_err(|_| refuse())?;
    size.checked_mul(unit)
        .filter(|size| *size >= 1 << 20)
        .ok_or_else(|| format!("\"{text}\" is too small or too large; a build needs at least 1M"))
}

fn share(text: &str) -> Result<(u64, u64), String> {
    tracehound_model::case::parse_ratio(text)
        .ok_or_else(|| format!("\"{text}\" is not a share; write a fraction such as 1/100"))
}

pub(crate) fn height(text: &str) -> Result<Height, String> {
    text.parse().map(Height).map_err(|_| format!("\"{text}\" is not a block height"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn sizes_and_shares() {
        assert_eq!(memory("512M"), Ok(512 << 20));
        assert_eq!(memory("4gb"), Ok(4 << 30));
        assert!(memory("12").is_err() && memory("lots").is_err());
        assert_eq!(share("1/100"), Ok((1, 100)));
        assert!(share("2").is_err());
    }
}
