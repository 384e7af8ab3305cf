//! What the screening verbs share: where lists, policies and the log lie, and the time.

use crate::arguments::Common;
use crate::place;
use anyhow::Context;
use std::path::{Path, PathBuf};
use tracehound_lists::Lists;
use tracehound_model::Timestamp;
use tracehound_screen::{AuditLog, Decisions, Policy};

/// What kind of record a verdict is in the log.
pub(crate) const VERDICT: &str = "verdict";
/// What kind of record an answer on a name is.
pub(crate) const NAME: &str = "name";

/// The lists of the home folder.
pub(crate) fn lists(common: &Common) -> anyhow::Result<Lists> {
    Ok(Lists::at(&place::home(common)?.join("lists")))
}

/// The folder of the log.
pub(crate) fn audit_folder(common: &Common) -> anyhow::Result<PathBuf> {
    Ok(place::home(common)?.join("audit"))
}

/// The log, for writing.
pub(crate) fn audit_log(common: &Common) -> anyhow::Result<AuditLog> {
    Ok(AuditLog::open(&audit_folder(common)?, now())?)
}

/// What was decided on name hits.
pub(crate) fn decisions(common: &Common) -> anyhow::Result<Decisions> {
    let file = place::home(common)?.join("decisions").join("names.jsonl");
    Ok(Decisions::open(&file)?)
}

/// Now, in whole seconds.
pub(crate) fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_second())
}

/// The policy asked for, or the built-in one. Its text is kept by its digest,
/// so that a verdict can be made again when the file has changed.
pub(crate) fn policy(common: &Common, file: Option<&Path>) -> anyhow::Result<Policy> {
    let policy = match file {
        Some(file) => Policy::read(file)?,
        None => Policy::default_policy(),
    };
    let folder = policies(common)?;
    let kept = kept_policy(&folder, &policy.digest);
    if !kept.exists() {
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        crate::output::file(&kept, |out| {
            std::io::Write::write_all(out, policy.text.as_bytes())?;
            Ok(())
        })?;
    }
    Ok(policy)
}

/// Where the texts of policies are kept.
pub(crate) fn policies(common: &Common) -> anyhow::Result<PathBuf> {
    Ok(place::home(common)?.join("policies"))
}

/// Where the text of one policy is kept.
pub(crate) fn kept_policy(folder: &Path, digest: &str) -> PathBuf {
    folder.join(format!("{digest}.toml"))
}
