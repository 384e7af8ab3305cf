//! Arguments of `lists`, `screen`, `replay` and `audit`.

use super::StorePlace;
use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;

#[derive(Subcommand, Debug)]
pub(crate) enum ListsVerb {
    /// Read a publisher's file and keep it as a snapshot. The format is told from the content.
    Import(ListsImport),
    /// Fetch lists from their publishers over HTTPS and keep them as snapshots.
    Update(ListsUpdate),
    /// Show which lists are kept, how old they are and what is missing.
    Status,
    /// Show what was added, removed and changed between two publications of a list.
    Diff(ListsDiff),
    /// Print the addresses on the lists: rows asset,address,entity,entry,checksum_ok.
    Addresses(ListsAddresses),
}

#[derive(Args, Debug)]
pub(crate) struct ListsImport {
    /// Files as published: OFAC SDN_ADVANCED.XML, SDN.XML or sdn.csv, UN, EU or UK lists, or
    /// FollowTheMoney lines; plain, .gz or .bz2.
    #[arg(required = true, value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// Day of publication, for formats that do not say it.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub(crate) date: Option<String>,
    /// Take a list that lost more than a fifth of its entries or addresses.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ListsUpdate {
    /// Which: ofac-sdn, ofac-consolidated, un, eu, uk [default: ofac-sdn, un, eu and uk].
    pub(crate) lists: Vec<String>,
    /// Fetch the one list named from this address instead of its publisher's.
    #[arg(long, requires = "lists", value_hint = ValueHint::Url)]
    pub(crate) url: Option<String>,
    /// Take a list that lost more than a fifth of its entries or addresses.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ListsDiff {
    /// The list, such as ofac-sdn.
    pub(crate) list: String,
    /// As it stood on this day [default: the publication before the later one].
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub(crate) from: Option<String>,
    /// As it stood on this day [default: the latest publication].
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub(crate) to: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct ListsAddresses {
    /// Only this list, such as ofac-sdn.
    #[arg(long)]
    pub(crate) list: Option<String>,
    /// Only addresses with this label, such as XBT or ETH.
    #[arg(long)]
    pub(crate) asset: Option<String>,
    /// As the lists stood on this day.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub(crate) as_of: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Screen {
    /// Addresses of any chain; or transactions of a store, whose addresses are then screened.
    #[arg(required_unless_present_any = ["batch", "name"])]
    pub(crate) subjects: Vec<String>,
    /// Screen a name of a person or company; may be given several times.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["subjects", "batch"])]
    pub(crate) name: Vec<String>,
    /// With --name: date of birth or founding: YYYY, YYYY-MM or YYYY-MM-DD.
    #[arg(long, value_name = "DATE", requires = "name")]
    pub(crate) born: Option<String>,
    /// With --name: country, as a two-letter code or as lists write it. Never a hit by itself.
    #[arg(long, requires = "name")]
    pub(crate) country: Option<String>,
    /// With --name: score from which a name is a hit, 0 to 1 [default: 0.85].
    #[arg(long, requires = "name", value_parser = score)]
    pub(crate) threshold: Option<f64>,
    /// Screen the first column of this CSV, or the one called address, and print a row for each.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "subjects")]
    pub(crate) batch: Option<PathBuf>,
    /// With --batch: print only rows that are not allowed.
    #[arg(long, requires = "batch")]
    pub(crate) hits: bool,
    /// As the lists stood on this day.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub(crate) as_of: Option<String>,
    /// Also follow, in the store, where the address's money came from and went, and apply the
    /// rules on exposure.
    #[arg(long, conflicts_with_all = ["batch", "name", "as_of"])]
    pub(crate) exposure: bool,
    /// Rules instead of the built-in ones.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) policy: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) store: StorePlace,
}

#[derive(Args, Debug)]
pub(crate) struct Replay {
    /// The id of a verdict in the log (its first digits are enough), or a file with a verdict.
    pub(crate) verdict: String,
    /// Where a verdict with exposures was made.
    #[command(flatten)]
    pub(crate) store: StorePlace,
}

#[derive(Subcommand, Debug)]
pub(crate) enum AuditVerb {
    /// Walk the whole log and say whether its chain holds.
    Verify,
}

fn score(text: &str) -> Result<f64, String> {
    let score = text.parse::<f64>().ok().filter(|score| (0.0..=1.0).contains(score));
    score.ok_or_else(|| format!("\"{text}\" is not a score; give a number from 0 to 1"))
}

fn day(text: &str) -> Result<String, String> {
    let day: jiff::civil::Date =
        text.parse().map_err(|_| format!("\"{text}\" is not a day; give YYYY-MM-DD"))?;
    Ok(day.to_string())
}

#[derive(Args, Debug)]
pub(crate) struct Decide {
    /// The customer's name, as it was screened.
    #[arg(long)]
    pub(crate) name: String,
    /// Date of birth or founding, as it was screened.
    #[arg(long, value_name = "DATE")]
    pub(crate) born: Option<String>,
    /// Country, as it was screened.
    #[arg(long)]
    pub(crate) country: Option<String>,
    /// The list of the hit, such as ofac-sdn.
    #[arg(long)]
    pub(crate) list: String,
    /// The hit's entry number.
    #[arg(long)]
    pub(crate) entry: String,
    /// What it is.
    #[arg(long = "as", value_enum, value_name = "DECISION")]
    pub(crate) decision: DecisionArgument,
    /// Why; kept with the decision.
    #[arg(long)]
    pub(crate) reason: String,
}

/// What was decided on a hit.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum DecisionArgument {
    /// The customer is not the party on the list.
    NoMatch,
    /// The customer is.
    Match,
}
