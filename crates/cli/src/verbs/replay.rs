//! `tracehound replay`: a verdict made again from what is stored.

use super::exposure::{self, Exposures};
use super::{screening, tag};
use crate::arguments::{Common, Replay};
use crate::{Finish, interrupt};
use anyhow::{Context, bail};
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use tracehound_screen::{AuditLog, NameAnswer, Policy, ScreenError, Verdict, reopen};

/// Fewest digits of an id that are taken for one.
const LEAST_DIGITS: usize = 8;

/// Prints the answer's bytes as made anew; an error if they differ.
pub(crate) fn run(common: &Common, arguments: &Replay) -> anyhow::Result<Finish> {
    match stored(common, &arguments.verdict)? {
        Stored::Verdict(stored) => {
            let made = again(common, arguments, &stored)?;
            let same = made.to_bytes() == stored.to_bytes();
            print(common, made.to_bytes(), (&stored.id, &made.id), same)
        }
        Stored::Name(stored) => {
            let decisions = screening::decisions(common)?;
            let made = stored.made_again(&screening::lists(common)?, &decisions)?;
            let same = made.to_bytes() == stored.to_bytes();
            print(common, made.to_bytes(), (&stored.id, &made.id), same)
        }
    }
}

fn print(common: &Common, bytes: Vec<u8>, ids: (&str, &str), same: bool) -> anyhow::Result<Finish> {
    let mut out = std::io::stdout().lock();
    out.write_all(&bytes)?;
    writeln!(out)?;
    if same {
        if !common.json {
            eprintln!("the same bytes as before: verdict {}", ids.0);
        }
        return Ok(Finish::Done);
    }
    eprintln!("NOT the same: stored {}, made anew {}", ids.0, ids.1);
    Ok(Finish::Adverse)
}

/// What can be made again.
#[derive(PartialEq)]
enum Stored {
    /// A verdict on an address.
    Verdict(Box<Verdict>),
    /// An answer on a name.
    Name(Box<NameAnswer>),
}

fn again(common: &Common, arguments: &Replay, stored: &Verdict) -> anyhow::Result<Verdict> {
    let folder = screening::policies(common)?;
    let file = screening::kept_policy(&folder, &stored.policy.digest);
    if !file.exists() {
        let digest = stored.policy.digest.clone();
        return Err(ScreenError::NoPolicy { digest, folder }.into());
    }
    let policy = Policy::read(&file)?;
    if policy.digest != stored.policy.digest {
        bail!("{} was changed since: its digest is now {}", file.display(), policy.digest);
    }
    made_again(common, arguments, stored, policy)
}

/// The verdict from the same inputs.
fn made_again(
    common: &Common,
    arguments: &Replay,
    stored: &Verdict,
    policy: Policy,
) -> anyhow::Result<Verdict> {
    let lists = screening::lists(common)?;
    let screener = reopen(stored, &lists, &tag::store(common)?, policy)?;
    let subject = &stored.subject;
    let exposure = match &stored.exposure {
        Some(then) => {
            let snapshot = exposure::account_store(common, &arguments.store)?;
            let (tags, lists) = (screener.tag_index(), screener.addresses());
            let again = Exposures::again(&snapshot, tags, lists, then)?;
            Some(again.of(&subject.address.parse()?, &interrupt::flag())?)
        }
        None => None,
    };
    let taken_from = subject.taken_from.clone();
    Ok(screener.address_with(&subject.address, taken_from, exposure, stored.decided_at))
}

/// From a file, or from the log by the first digits of its id.
fn stored(common: &Common, wanted: &str) -> anyhow::Result<Stored> {
    if Path::new(wanted).is_file() {
        let text =
            std::fs::read_to_string(wanted).with_context(|| format!("cannot read {wanted}"))?;
        let record: Value =
            serde_json::from_str(&text).with_context(|| format!("{wanted} is not a verdict"))?;
        return read(&record).with_context(|| format!("{wanted} is not a verdict"));
    }
    if wanted.len() < LEAST_DIGITS {
        bail!("give at least {LEAST_DIGITS} digits of the verdict's id, or a file");
    }
    let folder = screening::audit_folder(common)?;
    let mut found: Vec<Stored> = Vec::new();
    let state = AuditLog::verify(&folder, |line| {
        let id = line.record.get("id").and_then(|id| id.as_str()).unwrap_or_default();
        if [screening::VERDICT, screening::NAME].contains(&line.kind.as_str())
            && id.starts_with(wanted)
        {
            found.extend(read(&line.record));
        }
    })?;
    found.dedup();
    match found.len() {
        1 => found.pop().context("one was found"),
        0 if state.broken.is_some() => {
            bail!(
                "verdict {wanted} is not in the part of the log that holds; `tracehound audit verify` says where it breaks"
            )
        }
        0 => bail!("no verdict {wanted} in the log at {}", folder.display()),
        several => bail!("{several} verdicts begin with {wanted}; give more digits"),
    }
}

fn read(record: &Value) -> Option<Stored> {
    let name = || serde_json::from_value(record.clone()).ok().map(Stored::Name);
    serde_json::from_value(record.clone()).ok().map(Stored::Verdict).or_else(name)
}
