//! API keys: who may do what, and how often.
//!
//! A key is 32 random bytes, shown once. Kept is only its SHA-256: a key of
//! 256 random bits cannot be guessed from it, so no slow hash is needed, and
//! a check costs a microsecond. All kept hashes are compared, each in
//! constant time, so that neither the place nor the digits of a near miss show.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use subtle::ConstantTimeEq;
use tracehound_model::Timestamp;
use tracehound_model::hash::to_hex;
use utoipa::ToSchema;

/// What every key begins with, so that scanners of leaked secrets know one.
const PREFIX: &str = "thk_";
const SECONDS_PER_DAY: i64 = 86_400;

/// What a key may be used for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Look up what stores and tags hold.
    Read,
    /// Screen addresses, transactions and names; ask for verdicts again.
    Screen,
    /// Make cases and trace them; includes `read` and `screen`.
    Investigate,
    /// Import and withdraw lists and tags, reload; includes everything.
    Administer,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Read, Self::Screen, Self::Investigate, Self::Administer];

    /// Whether this role may do what another one is needed for.
    #[must_use]
    pub fn may(self, needed: Self) -> bool {
        match self {
            Self::Administer => true,
            Self::Investigate => needed != Self::Administer,
            own => own == needed,
        }
    }

    /// As files and messages write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Screen => "screen",
            Self::Investigate => "investigate",
            Self::Administer => "administer",
        }
    }
}

/// A key as it is kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptKey {
    /// Whose it is.
    pub name: String,
    /// SHA-256 of the key, hexadecimal.
    pub sha256: String,
    /// What it is for.
    pub roles: BTreeSet<Role>,
    /// When it was made.
    pub made_at: Timestamp,
    /// Until when it is good; for ever if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Requests a second; unlimited if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_second: Option<NonZeroU32>,
    /// Requests a day (UTC); unlimited if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_day: Option<u64>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    #[serde(default)]
    keys: Vec<KeptKey>,
}

/// Why keys could not be read or kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file system refused.
    #[error("{}: {source}", file.display())]
    Io {
        /// Which file.
        file: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// Not a file of keys.
    #[error("{}: {reason}", file.display())]
    Broken {
        /// Which file.
        file: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// There is one of that name.
    #[error(
        "there is a key called {name}; take another name, or `tracehound key revoke {name}` first"
    )]
    Taken {
        /// The name.
        name: String,
    },
    /// There is none of that name.
    #[error("there is no key called {name}; `tracehound key list` shows all")]
    Unknown {
        /// The name.
        name: String,
    },
    /// The system has no random numbers.
    #[error("the system gave no random numbers: {reason}")]
    NoRandom {
        /// What it said.
        reason: String,
    },
}

/// Where keys of a home folder are kept.
#[must_use]
pub fn key_file(home: &Path) -> PathBuf {
    home.join("keys.toml")
}

/// The kept keys; none if there is no file.
///
/// # Errors
/// [`KeyError`].
pub fn read_keys(file: &Path) -> Result<Vec<KeptKey>, KeyError> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(KeyError::Io { file: file.to_owned(), source }),
    };
    let parsed: Result<KeyFile, _> = toml::from_str(&text);
    let broken = |error: toml::de::Error| KeyError::Broken {
        file: file.to_owned(),
        // The text around the fault may be a key's hash: only where it is, is said.
        reason: error.message().to_owned(),
    };
    Ok(parsed.map_err(broken)?.keys)
}

fn write_keys(file: &Path, keys: Vec<KeptKey>) -> Result<(), KeyError> {
    let io = |source| KeyError::Io { file: file.to_owned(), source };
    let text = toml::to_string(&KeyFile { keys })
        .map_err(|e| KeyError::Broken { file: file.to_owned(), reason: e.to_string() })?;
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(io)?;
    // Readable by its owner alone, from its first byte.
    let mut beside = tempfile::NamedTempFile::new_in(folder).map_err(io)?;
    beside.write_all(text.as_bytes()).map_err(io)?;
    beside.as_file().sync_all().map_err(io)?;
    beside.persist(file).map_err(|error| io(error.error))?;
    Ok(())
}

/// Makes a key and keeps its hash; the key itself is given once.
///
/// # Errors
/// [`KeyError`].
pub fn make_key(file: &Path, mut kept: KeptKey) -> Result<String, KeyError> {
    let mut keys = read_keys(file)?;
    if keys.iter().any(|key| key.name == kept.name) {
        return Err(KeyError::Taken { name: kept.name });
    }
    let mut secret = [0u8; 32];
    getrandom::fill(&mut secret).map_err(|e| KeyError::NoRandom { reason: e.to_string() })?;
    let key = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret));
    kept.sha256 = to_hex(&Sha256::digest(key.as_bytes()));
    keys.push(kept);
    write_keys(file, keys)?;
    Ok(key)
}

/// Takes a key away.
///
/// # Errors
/// [`KeyError`].
pub fn revoke_key(file: &Path, name: &str) -> Result<(), KeyError> {
    let mut keys = read_keys(file)?;
    let before = keys.len();
    keys.retain(|key| key.name != name);
    if keys.len() == before {
        return Err(KeyError::Unknown { name: name.to_owned() });
    }
    write_keys(file, keys)
}

/// Why a request may not go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    Rate,
    Quota,
}

struct Active {
    kept: KeptKey,
    hash: Vec<u8>,
    rate: Option<DefaultDirectRateLimiter>,
    /// The day in the upper half, requests of that day in the lower.
    today: AtomicU64,
}

/// Keys, ready to be asked.
pub(crate) struct ApiKeys {
    keys: Vec<Active>,
}

/// A key that was found.
#[derive(Clone, Copy)]
pub(crate) struct FoundKey<'k> {
    key: &'k Active,
}

impl ApiKeys {
    pub(crate) fn new(kept: Vec<KeptKey>) -> Self {
        let active = |kept: KeptKey| Active {
            hash: unhex(&kept.sha256),
            rate: kept.per_second.map(|most| RateLimiter::direct(Quota::per_second(most))),
            today: AtomicU64::new(0),
            kept,
        };
        Self { keys: kept.into_iter().map(active).collect() }
    }

    /// The same keys as kept now; what was counted of a key that stays goes on.
    pub(crate) fn renewed(&self, kept: Vec<KeptKey>) -> Self {
        let mut renewed = Self::new(kept);
        for key in &mut renewed.keys {
            if let Some(old) = self.keys.iter().find(|old| old.kept.sha256 == key.kept.sha256) {
                *key.today.get_mut() = old.today.load(Ordering::Relaxed);
            }
        }
        renewed
    }

    /// What was counted of keys that have a quota, by the hash of the key.
    pub(crate) fn counted(&self) -> BTreeMap<String, u64> {
        let limited = self.keys.iter().filter(|key| key.kept.per_day.is_some());
        limited.map(|key| (key.kept.sha256.clone(), key.today.load(Ordering::Relaxed))).collect()
    }

    /// Goes on from what was counted before.
    pub(crate) fn counted_before(&mut self, counted: &BTreeMap<String, u64>) {
        for key in &mut self.keys {
            if let Some(count) = counted.get(&key.kept.sha256) {
                *key.today.get_mut() = *count;
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The key that was presented, unless its time is over.
    pub(crate) fn find(&self, presented: &str, now: Timestamp) -> Option<FoundKey<'_>> {
        let hash = Sha256::digest(presented.as_bytes());
        let mut found = None;
        for key in &self.keys {
            // No early end: every key costs the same.
            if bool::from(key.hash.as_slice().ct_eq(hash.as_slice())) {
                found = Some(key);
            }
        }
        let good = |key: &&Active| key.kept.until.is_none_or(|until| now < until);
        found.filter(good).map(|key| FoundKey { key })
    }
}

impl FoundKey<'_> {
    pub(crate) fn name(&self) -> &str {
        &self.key.kept.name
    }

    pub(crate) fn may(&self, needed: Role) -> bool {
        self.key.kept.roles.iter().any(|role| role.may(needed))
    }

    /// Counts a request; refuses one too many.
    pub(crate) fn count(&self, now: Timestamp) -> Result<(), Refusal> {
        if self.key.rate.as_ref().is_some_and(|rate| rate.check().is_err()) {
            return Err(Refusal::Rate);
        }
        let Some(most) = self.key.kept.per_day else { return Ok(()) };
        let day = u64::try_from(now.0.div_euclid(SECONDS_PER_DAY)).unwrap_or_default() << 32;
        let count = |state: u64| Some(if state >> 32 == day >> 32 { state + 1 } else { day + 1 });
        // Both orderings: only the count itself matters.
        let before = self.key.today.fetch_update(Ordering::Relaxed, Ordering::Relaxed, count);
        let before = before.unwrap_or_default();
        let used = if before >> 32 == day >> 32 { before & 0xffff_ffff } else { 0 };
        if used >= most { Err(Refusal::Quota) } else { Ok(()) }
    }
}

/// Bytes of hexadecimal text; nothing where it is not that, which no key equals.
fn unhex(text: &str) -> Vec<u8> {
    let digits = |i: usize| text.get(i..i + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
    (0..text.len()).step_by(2).map(digits).collect::<Option<Vec<u8>>>().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(name: &str, role: Role) -> KeptKey {
        KeptKey {
            name: name.to_owned(),
            sha256: String::new(),
            roles: [role].into(),
            made_at: Timestamp(0),
            until: None,
            per_second: None,
            per_day: None,
        }
    }

    #[test]
    fn a_key_is_shown_once_and_only_its_hash_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = key_file(folder.path());
        let key = make_key(&file, kept("desk", Role::Screen)).unwrap();
        assert!(!std::fs::read_to_string(&file).unwrap().contains(&key));
        let keys = ApiKeys::new(read_keys(&file).unwrap());
        let found = keys.find(&key, Timestamp(5)).unwrap();
        assert_eq!(found.name(), "desk");
        assert!(found.may(Role::Screen) && !found.may(Role::Read));
        assert!(keys.find(&format!("{key}x"), Timestamp(5)).is_none());
        assert!(keys.find("", Timestamp(5)).is_none());
        assert!(matches!(make_key(&file, kept("desk", Role::Read)), Err(KeyError::Taken { .. })));
        revoke_key(&file, "desk").unwrap();
        assert!(read_keys(&file).unwrap().is_empty());
        assert!(matches!(revoke_key(&file, "desk"), Err(KeyError::Unknown { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = key_file(folder.path());
        make_key(&file, kept("desk", Role::Screen)).unwrap();
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }

    #[test]
    fn days_and_ends_count() {
        let mut limited = kept("few", Role::Read);
        limited.sha256 = to_hex(&Sha256::digest(b"k"));
        limited.per_day = Some(2);
        limited.until = Some(Timestamp(3 * SECONDS_PER_DAY));
        let keys = ApiKeys::new(vec![limited]);
        let ask = |time| keys.find("k", Timestamp(time)).map(|key| key.count(Timestamp(time)));
        assert_eq!(ask(10), Some(Ok(())));
        assert_eq!(ask(20), Some(Ok(())));
        assert_eq!(ask(30), Some(Err(Refusal::Quota)));
        assert_eq!(ask(SECONDS_PER_DAY), Some(Ok(())), "a new day");
        assert!(ask(3 * SECONDS_PER_DAY).is_none(), "its time is over");
    }

    #[test]
    fn roles_include_what_they_need() {
        for role in Role::ALL {
            assert!(role.may(role));
            assert!(Role::Administer.may(role));
            assert_eq!(role.may(Role::Administer), role == Role::Administer);
        }
        assert!(Role::Investigate.may(Role::Read) && Role::Investigate.may(Role::Screen));
        assert!(!Role::Read.may(Role::Screen) && !Role::Screen.may(Role::Read));
    }
}
