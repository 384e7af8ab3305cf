//! `tracehound replay`: a verdict made again from what is stored.

use super::exposure::{self, Exposures};
use super::{screening, tag};
use crate::arguments::{Common, Replay};
use crate::{Finish, interrupt};
use anyhow::{Context, bail};
use std::io::Write;
use std::path::Path;
use tracehound_screen::{AuditLog, Policy, ScreenError, Verdict, reopen, snapshots_of};

/// Fewest digits of an id that are taken for one.
const LEAST_DIGITS: usize = 8;

/// Prints the verdict's bytes as made anew; an error if they differ.
pub(crate) fn run(common: &Common, arguments: &Replay) -> anyhow::Result<Finish> {
    let stored = stored(common, &arguments.verdict)?;
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
    let made = made_again(common, arguments, &stored, policy)?;
    let mut out = std::io::stdout().lock();
    out.write_all(&made.to_bytes())?;
    writeln!(out)?;
    if made.to_bytes() == stored.to_bytes() {
        if !common.json {
            eprintln!("the same bytes as before: verdict {}", made.id);
        }
        return Ok(Finish::Done);
    }
    eprintln!("NOT the same: stored {}, made anew {}", stored.id, made.id);
    Ok(Finish::Adverse)
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
            let lists = snapshots_of(stored, &lists)?;
            let again = Exposures::again(&snapshot, screener.tag_index(), &lists, then)?;
            Some(again.of(&subject.address.parse()?, &interrupt::flag())?)
        }
        None => None,
    };
    let taken_from = subject.taken_from.clone();
    Ok(screener.address_with(&subject.address, taken_from, exposure, stored.decided_at))
}

/// From a file, or from the log by the first digits of its id.
fn stored(common: &Common, wanted: &str) -> anyhow::Result<Verdict> {
    if Path::new(wanted).is_file() {
        let text =
            std::fs::read_to_string(wanted).with_context(|| format!("cannot read {wanted}"))?;
        return serde_json::from_str(&text).with_context(|| format!("{wanted} is not a verdict"));
    }
    if wanted.len() < LEAST_DIGITS {
        bail!("give at least {LEAST_DIGITS} digits of the verdict's id, or a file");
    }
    let folder = screening::audit_folder(common)?;
    let mut found: Vec<Verdict> = Vec::new();
    let state = AuditLog::verify(&folder, |line| {
        let id = line.record.get("id").and_then(|id| id.as_str()).unwrap_or_default();
        if line.kind == screening::VERDICT && id.starts_with(wanted) {
            found.extend(serde_json::from_value(line.record.clone()));
        }
    })?;
    found.dedup();
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] if state.broken.is_some() => {
            bail!(
                "verdict {wanted} is not in the part of the log that holds; `tracehound audit verify` says where it breaks"
            )
        }
        [] => bail!("no verdict {wanted} in the log at {}", folder.display()),
        several => bail!("{} verdicts begin with {wanted}; give more digits", several.len()),
    }
}
