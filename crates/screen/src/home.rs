//! The home folder: where lists, tags, policies, decisions, the log and
//! stores are kept. One place says so for the command line and the server.

use crate::{AuditError, AuditLog, DecisionError, Decisions, Policy, PolicyError, ScreenError};
use std::io::Write;
use std::path::{Path, PathBuf};
use tracehound_lists::{Lists, files};
use tracehound_model::{Chain, Timestamp};
use tracehound_tags::TagStore;

/// A home folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Home {
    folder: PathBuf,
}

impl Home {
    /// In a folder, which need not be there yet.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// The folder itself.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The sanctions lists.
    #[must_use]
    pub fn lists(&self) -> Lists {
        Lists::at(&self.folder.join("lists"))
    }

    /// The packs of tags.
    #[must_use]
    pub fn tags(&self) -> TagStore {
        TagStore::at(&self.folder.join("tags"))
    }

    /// Where the log lies.
    #[must_use]
    pub fn audit(&self) -> PathBuf {
        self.folder.join("audit")
    }

    /// The log, for writing.
    ///
    /// # Errors
    /// [`AuditError`].
    pub fn audit_log(&self, now: Timestamp) -> Result<AuditLog, AuditError> {
        AuditLog::open(&self.audit(), now)
    }

    /// What was decided on name hits.
    ///
    /// # Errors
    /// [`DecisionError`] if the file is damaged.
    pub fn decisions(&self) -> Result<Decisions, DecisionError> {
        Decisions::open(&self.folder.join("decisions").join("names.jsonl"))
    }

    /// The folder of all stores.
    #[must_use]
    pub fn stores(&self) -> PathBuf {
        self.folder.join("stores")
    }

    /// The folder that the store of a chain lies in.
    #[must_use]
    pub fn store(&self, chain: &Chain) -> PathBuf {
        self.stores().join(Self::folder_name(chain))
    }

    /// What the folder of a chain is called: CAIP-2 colons become dashes,
    /// which every file system takes.
    #[must_use]
    pub fn folder_name(chain: &Chain) -> String {
        chain.short_name().replace(':', "-")
    }

    /// Where the texts of policies are kept.
    #[must_use]
    pub fn policies(&self) -> PathBuf {
        self.folder.join("policies")
    }

    fn policy_file(&self, digest: &str) -> PathBuf {
        self.policies().join(format!("{digest}.toml"))
    }

    /// The policy asked for, or the built-in one. Its text is kept by its
    /// digest, so that a verdict can be made again when the file has changed.
    ///
    /// # Errors
    /// [`PolicyError`] if it cannot be read or kept.
    pub fn policy(&self, file: Option<&Path>) -> Result<Policy, PolicyError> {
        let policy = match file {
            Some(file) => Policy::read(file)?,
            None => Policy::default_policy(),
        };
        let kept = self.policy_file(&policy.digest);
        if !kept.exists() {
            files::publish(&kept, |out| out.write_all(policy.text.as_bytes()))
                .map_err(|source| PolicyError::Io { file: kept.clone(), source })?;
        }
        Ok(policy)
    }

    /// The policy that an earlier verdict was made under.
    ///
    /// # Errors
    /// [`ScreenError`] if its text is gone or was changed.
    pub fn kept_policy(&self, digest: &str) -> Result<Policy, ScreenError> {
        let file = self.policy_file(digest);
        let (digest, folder) = (digest.to_owned(), self.policies());
        if !file.exists() {
            return Err(ScreenError::NoPolicy { digest, folder });
        }
        let policy = Policy::read(&file)?;
        if policy.digest != digest {
            return Err(ScreenError::PolicyChanged { file, digest: policy.digest });
        }
        Ok(policy)
    }
}
