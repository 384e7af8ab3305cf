//! `tracehound backup`: a copy of the home folder, its check, and its return.

use super::screening::now;
use crate::arguments::{Backup, BackupVerb, Common};
use crate::{Finish, output, place};
use anyhow::Context;
use std::path::Path;
use tracehound_screen::backup::{self, BackupFault, BackupOptions, BackupState};

/// Copies, checks or restores.
pub(crate) fn run(common: &Common, arguments: &Backup) -> anyhow::Result<Finish> {
    let home = place::home(common)?;
    match &arguments.verb {
        Some(BackupVerb::Check { folder }) => checked(common, folder),
        Some(BackupVerb::Restore { folder }) => {
            let state = backup::restore(folder, home.folder())?;
            said(common, &state)?;
            eprintln!("restored to {}", home.folder().display());
            Ok(Finish::Done)
        }
        None => {
            let folder = arguments.folder.as_deref().context("name a folder to copy to")?;
            let options =
                BackupOptions { without_stores: arguments.without_stores, link: arguments.link };
            backup::make(&home, folder, options, now())?;
            // What was copied is read again before it is called a backup.
            checked(common, folder)
        }
    }
}

fn checked(common: &Common, folder: &Path) -> anyhow::Result<Finish> {
    let state = backup::check(folder)?;
    said(common, &state)?;
    Ok(if state.faults.is_empty() { Finish::Done } else { Finish::Adverse })
}

fn said(common: &Common, state: &BackupState) -> anyhow::Result<()> {
    if common.json {
        return output::json(state);
    }
    println!(
        "{} files, {} bytes; {} lines of the log, head {}",
        state.files, state.bytes, state.log_lines, state.log_head
    );
    for fault in &state.faults {
        match fault {
            BackupFault::Missing { path } => println!("MISSING {path}"),
            BackupFault::Changed { path } => println!("CHANGED {path}"),
            BackupFault::Unknown { path } => println!("UNKNOWN {path}"),
            BackupFault::Log { reason } => println!("LOG {reason}"),
        }
    }
    if state.faults.is_empty() {
        println!("every file is what was copied, and the log holds");
    }
    Ok(())
}
