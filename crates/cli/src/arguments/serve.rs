//! Arguments of `serve`, `key` and `backup`.

use clap::{Args, Subcommand, ValueEnum, ValueHint};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use tracehound_model::Timestamp;

#[derive(Args, Debug)]
pub(crate) struct Serve {
    /// Configuration; --print-config shows every knob at its default.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, env = "TRACEHOUND_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Where to listen, instead of where the configuration says [default: 127.0.0.1:8650].
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// Also serve these surfaces of other products.
    #[arg(long, value_name = "SURFACE", value_delimiter = ',')]
    pub(crate) surface: Vec<SurfaceArgument>,
    /// Print the configuration with every knob at its default, and end.
    #[arg(long)]
    pub(crate) print_config: bool,
    /// Print the description of the API (OpenAPI 3.1), and end.
    #[arg(long, conflicts_with = "print_config")]
    pub(crate) print_openapi: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum SurfaceArgument {
    /// GraphSense REST 2.18 under /graphsense.
    Graphsense,
    /// Chainalysis' sanctions look-up and the shape of KYT v2 under /chainalysis.
    Chainalysis,
    /// yente under /yente.
    Yente,
    /// watchman's search under /watchman.
    Watchman,
}

#[derive(Subcommand, Debug)]
pub(crate) enum KeyVerb {
    /// Make a key and print it, once: only its hash is kept.
    New(KeyNew),
    /// Show all keys: names, roles and limits.
    List,
    /// Take a key away; a running service is told by SIGHUP.
    Revoke {
        /// Its name.
        name: String,
    },
}

#[derive(Args, Debug)]
pub(crate) struct KeyNew {
    /// Whose it is, such as deposits-desk.
    pub(crate) name: String,
    /// What it may be used for; may be given several times.
    #[arg(long, required = true, value_delimiter = ',')]
    pub(crate) role: Vec<RoleArgument>,
    /// Requests a second at most.
    #[arg(long, value_name = "COUNT")]
    pub(crate) per_second: Option<NonZeroU32>,
    /// Requests a day (UTC) at most.
    #[arg(long, value_name = "COUNT")]
    pub(crate) per_day: Option<u64>,
    /// Until when it is good.
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<Timestamp>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum RoleArgument {
    /// Look up what stores and tags hold.
    Read,
    /// Screen addresses, transactions and names; ask for verdicts again.
    Screen,
    /// Make cases and trace them; includes read and screen.
    Investigate,
    /// Import and withdraw lists and tags, reload; includes everything.
    Administer,
}

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Backup {
    /// A new folder to copy to.
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath, required = true)]
    pub(crate) folder: Option<PathBuf>,
    /// Leave out the stores, which can be ingested again.
    #[arg(long)]
    pub(crate) without_stores: bool,
    /// Link the files of stores instead of copying them; both must be on one disk.
    #[arg(long)]
    pub(crate) link: bool,
    #[command(subcommand)]
    pub(crate) verb: Option<BackupVerb>,
}

#[derive(Subcommand, Debug)]
pub(crate) enum BackupVerb {
    /// Compare every file of a copy with its digest, and walk its log of answers.
    Check {
        /// The copy.
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        folder: PathBuf,
    },
    /// Put a copy without faults into the home folder, which must be new or empty.
    Restore {
        /// The copy.
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        folder: PathBuf,
    },
}
