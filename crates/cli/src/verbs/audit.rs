//! `tracehound audit`: the log of what was asked and answered.

use crate::arguments::Common;
use crate::{Finish, output, place};
use tracehound_screen::AuditLog;

/// Walks the log and says whether its chain holds.
pub(crate) fn verify(common: &Common) -> anyhow::Result<Finish> {
    let folder = place::home(common)?.audit();
    let state = AuditLog::verify(&folder, |_| {})?;
    if common.json {
        output::json(&state)?;
    } else {
        println!("{} lines in {} files at {}", state.lines, state.files, folder.display());
        match &state.broken {
            None => {
                println!("the chain holds; head {}", state.head);
                println!(
                    "note the head and the count elsewhere: lines cut off at the end show only against them"
                );
            }
            Some(broken) => println!(
                "BROKEN at {} line {}: {}",
                broken.file.display(),
                broken.line,
                broken.reason
            ),
        }
    }
    Ok(if state.broken.is_some() { Finish::Adverse } else { Finish::Done })
}
