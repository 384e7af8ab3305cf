//! `bridge`.

use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;
use tracehound_model::Chain;

#[derive(Subcommand, Debug)]
pub(crate) enum BridgeVerb {
    /// Pair what was paid into bridges with what they paid out: by key, and without one by
    /// probability.
    ///
    /// Exit code 1 says that a bridge paid out what nobody had paid in.
    Match(BridgeMatch),
}

#[derive(Args, Debug)]
pub(crate) struct BridgeMatch {
    /// Files or folders of bridge events: *.facts, Connector's files, or tables (plain or gzip);
    /// and stores of blocks, for the memos in them.
    #[arg(required = true, value_name = "DIR|FILE|STORE", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    /// Folder for matched.csv, unmatched.csv, doubly_matched.csv and candidates.csv.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
    /// Judge by a file of true pairs, or by the keys themselves (`keys`, with --keyless).
    #[arg(long, value_name = "FILE|keys", value_hint = ValueHint::FilePath)]
    pub(crate) truth: Option<PathBuf>,
    /// Pair by key only.
    #[arg(long, conflicts_with = "keyless")]
    pub(crate) key: bool,
    /// Look away from keys: candidates and probabilities for every payment in.
    #[arg(long)]
    pub(crate) keyless: bool,
    /// Payments on a chain count only after so many seconds. May be repeated.
    #[arg(long, value_name = "CHAIN=SECONDS", value_parser = finality)]
    pub(crate) finality: Vec<(Chain, u32)>,
    /// A bridge keeps at most so many millionths of what is paid in. May be repeated.
    #[arg(long, value_name = "BRIDGE=MILLIONTHS", value_parser = fee)]
    pub(crate) fee: Vec<(String, u32)>,
    /// The longest a crossing without a key may take, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400)]
    pub(crate) window: u32,
    /// The most that may be missing of a crossing without a key, in millionths.
    #[arg(long, value_name = "MILLIONTHS", default_value_t = 100_000)]
    pub(crate) largest_fee: u32,
}

fn split(text: &str, wanted: &str) -> Result<(String, u32), String> {
    let parts = text.rsplit_once('=').ok_or_else(|| format!("write {wanted}"))?;
    let number =
        parts.1.parse().map_err(|_| format!("\"{}\" is no number; write {wanted}", parts.1))?;
    Ok((parts.0.to_owned(), number))
}

fn finality(text: &str) -> Result<(Chain, u32), String> {
    let (chain, seconds) = split(text, "CHAIN=SECONDS, such as ethereum=780")?;
    let chain = chain.parse().map_err(|error: tracehound_model::ChainError| error.to_string())?;
    Ok((chain, seconds))
}

fn fee(text: &str) -> Result<(String, u32), String> {
    split(text, "BRIDGE=MILLIONTHS, such as celer=50000")
}
