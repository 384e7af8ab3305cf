//! `tracehound replay`: a verdict made again from what is stored.

use super::exposure;
use crate::arguments::{Common, Replay};
use crate::{Finish, interrupt, place};
use anyhow::Context;
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use tracehound_screen::Answer;

/// Prints the answer's bytes as made anew; something adverse if they differ.
pub(crate) fn run(common: &Common, arguments: &Replay) -> anyhow::Result<Finish> {
    let home = place::home(common)?;
    let stored = match Path::new(&arguments.verdict).is_file() {
        true => of_file(&arguments.verdict)?,
        false => Answer::find(&home, &arguments.verdict)?,
    };
    let store = match stored.needs_store_of() {
        Some(_) => Some(exposure::account_store(common, &arguments.store)?),
        None => None,
    };
    let made = stored.made_again(&home, store.as_ref(), &interrupt::flag())?;
    let mut out = std::io::stdout().lock();
    out.write_all(&made.to_bytes().unwrap_or_default())?;
    writeln!(out)?;
    if stored.is_same_as(&made) {
        if !common.json {
            eprintln!("the same bytes as before: verdict {}", stored.id());
        }
        return Ok(Finish::Done);
    }
    eprintln!("NOT the same: stored {}, made anew {}", stored.id(), made.id());
    Ok(Finish::Adverse)
}

fn of_file(file: &str) -> anyhow::Result<Answer> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
    let record: Value =
        serde_json::from_str(&text).with_context(|| format!("{file} is not a verdict"))?;
    Answer::read(&record).with_context(|| format!("{file} is not a verdict"))
}
