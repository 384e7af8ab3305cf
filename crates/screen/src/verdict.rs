//! An answer that can be given again, to the byte, in ten years.
//!
//! A verdict carries everything it was made from: the snapshots by digest,
//! the policy by digest, the rules of this program by version, the time. US
//! records must be kept for ten years (31 CFR 501.601).

use crate::Decision;
use crate::exposed::{ExposureFact, ExposureInput};
use serde::{Deserialize, Serialize};
use tracehound_lists::{Checksum, ListId};
use tracehound_model::Timestamp;

/// Version of the rules by which this program screens: raised whenever the
/// same inputs could give another answer.
pub const SCREENING_RULES: &str = "screening/2";
/// The version before tags; its verdicts are made again without them.
pub(crate) const BEFORE_TAGS: &str = "screening/1";

/// A list as it stood when the verdict was made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ListInput {
    /// Which list.
    pub list: ListId,
    /// Its day of publication; absent if there was none.
    pub published: Option<String>,
    /// SHA-256 of the publisher's file.
    pub digest: Option<String>,
    /// When it was last seen to be the latest.
    pub checked_at: Option<Timestamp>,
    /// Entries in it.
    pub entries: usize,
    /// Addresses in it.
    pub addresses: usize,
    /// Missing, or not looked at in time.
    pub stale: bool,
}

/// What was asked about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Subject {
    /// As it was given.
    pub address: String,
    /// The family of chains its form says.
    pub family: String,
    /// Its checksum.
    pub checksum: Checksum,
    /// The transaction it was taken from, where a transaction was asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_from: Option<TakenFrom>,
}

/// How an address stands in a transaction that was asked about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TakenFrom {
    /// The chain, by its CAIP-2 name.
    pub chain: String,
    /// The transaction.
    pub transaction: String,
    /// Whether it paid, was paid, or both.
    pub role: Role,
}

/// What an address does in a transaction.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It pays.
    Payer,
    /// It is paid.
    Receiver,
    /// Both.
    PayerAndReceiver,
}

/// A rule that applied, with what it applied to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reason {
    /// The policy's rule.
    pub rule: String,
    /// What it decides.
    pub decision: Decision,
    /// In words.
    pub text: String,
    /// What was found, where something was.
    pub listing: Option<FoundListing>,
    /// The tag that says so, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<TagEvidence>,
    /// The exposure that does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposure: Option<ExposureFact>,
}

/// A tag as evidence: an attribution, with who says so.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TagEvidence {
    /// The pack.
    pub pack: String,
    /// SHA-256 of the pack's source.
    pub digest: String,
    /// What is claimed, in words.
    pub label: String,
    /// The entity behind the address, where one is named.
    pub entity: Option<String>,
    /// The concept the rule asked for.
    pub concept: String,
    /// Who says so.
    pub source: String,
    /// How sure they are, 0 to 100.
    pub confidence: u8,
}

/// The packs of tags a verdict rests on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TagInput {
    /// SHA-256 of the note of their names and digests.
    pub digest: String,
    /// How many packs.
    pub packs: usize,
    /// How many tags.
    pub tags: usize,
}

/// An entry of a list as evidence.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FoundListing {
    /// Which list.
    pub list: String,
    /// Its day of publication.
    pub published: String,
    /// The publisher's number of the entry.
    pub entry: String,
    /// The entry's primary name.
    pub entity: String,
    /// Programmes of the entry.
    pub programmes: Vec<String>,
    /// Day of listing.
    pub listed_on: Option<String>,
    /// The publisher's label and text of the address.
    pub label: String,
    /// As the publisher writes it.
    pub address: String,
    /// Its checksum there.
    pub checksum: Checksum,
}

/// The policy that decided.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PolicyInput {
    /// Its name.
    pub name: String,
    /// SHA-256 of its text.
    pub digest: String,
}

/// An answer with all it rests on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Verdict {
    /// SHA-256 of the verdict with this field empty.
    pub id: String,
    /// Version of the screening rules.
    pub rules: String,
    /// What was asked about.
    pub subject: Subject,
    /// The day as of which was asked; absent for now.
    pub as_of: Option<String>,
    /// When it was made.
    pub decided_at: Timestamp,
    /// What is to be done.
    pub decision: Decision,
    /// Whether everything the policy requires was there.
    pub complete: bool,
    /// Why. Empty: no rule was triggered, which does not mean clean.
    pub reasons: Vec<Reason>,
    /// The lists.
    pub lists: Vec<ListInput>,
    /// The packs of tags; absent where none was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<TagInput>,
    /// Exposures; absent where none was computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposure: Option<ExposureInput>,
    /// The policy.
    pub policy: PolicyInput,
    /// What this answer cannot see.
    pub coverage: Vec<String>,
}

impl Verdict {
    /// The bytes that are stored and given again.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Strings, numbers and lists: writing them to memory cannot fail.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The same with its id.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        self.id = String::new();
        self.id = crate::sha256(&self.to_bytes());
        self
    }
}

/// How the bytes of a verdict begin.
const ID_BEGINS: &str = "{\"id\":\"";

/// A verdict of a service with [its bytes](Verdict::to_bytes), so that a
/// client and the log are given the same, written as JSON once. It keeps only
/// what is asked of it afterwards.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Written {
    /// Its id.
    pub id: String,
    /// What was asked about, as the verdict says it.
    pub address: String,
    /// When it was made.
    pub decided_at: Timestamp,
    /// What is to be done.
    pub decision: Decision,
    /// Why.
    pub reasons: Vec<Reason>,
    /// Whether exposures were asked.
    pub has_exposure: bool,
    /// The whole verdict as JSON.
    pub bytes: Vec<u8>,
}

impl Written {
    /// Of a verdict, whose id is made anew.
    pub(crate) fn of(mut verdict: Verdict) -> Self {
        verdict.id = String::new();
        let (bytes, id) = with_id(verdict.to_bytes());
        Self {
            id,
            address: verdict.subject.address,
            decided_at: verdict.decided_at,
            decision: verdict.decision,
            reasons: verdict.reasons,
            has_exposure: verdict.exposure.is_some(),
            bytes,
        }
    }

    /// Of what differs from verdict to verdict, and of the bytes that do not.
    pub(crate) fn from_parts(head: Head<'_>, rest: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(ROOM + rest.len());
        // Strings, numbers and lists: writing them to memory cannot fail.
        let _ = serde_json::to_writer(&mut bytes, &head);
        bytes.pop();
        bytes.extend_from_slice(rest);
        let (bytes, id) = with_id(bytes);
        let (address, decided_at, decision) =
            (head.subject.address, head.decided_at, head.decision);
        let (reasons, has_exposure) = (head.reasons, false);
        Self { id, address, decided_at, decision, reasons, has_exposure, bytes }
    }
}

/// Bytes of the first fields of a verdict, with its id, where no rule applied.
const ROOM: usize = 448;

/// Puts the digest of bytes whose id is empty in its place.
fn with_id(bytes: Vec<u8>) -> (Vec<u8>, String) {
    let id = crate::sha256(&bytes);
    let mut bytes = bytes;
    // The id is the first field, and hexadecimal digits are never escaped.
    let place = ID_BEGINS.len().min(bytes.len());
    bytes.splice(place..place, id.bytes());
    (bytes, id)
}

/// The first fields of a [`Verdict`], in its order: those that differ from
/// address to address.
#[derive(Serialize)]
pub(crate) struct Head<'a> {
    /// Always empty: see [`with_id`].
    pub(crate) id: &'static str,
    pub(crate) rules: &'a str,
    pub(crate) subject: Subject,
    pub(crate) as_of: Option<&'a str>,
    pub(crate) decided_at: Timestamp,
    pub(crate) decision: Decision,
    pub(crate) complete: bool,
    pub(crate) reasons: Vec<Reason>,
}

/// The other fields, the same for every address, without exposures.
#[derive(Serialize)]
struct Rest<'a> {
    lists: &'a [ListInput],
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'a TagInput>,
    policy: &'a PolicyInput,
    coverage: &'a [String],
}

impl Verdict {
    /// The bytes that follow those of a [`Head`].
    pub(crate) fn rest(&self) -> Vec<u8> {
        let rest = Rest {
            lists: &self.lists,
            tags: self.tags.as_ref(),
            policy: &self.policy,
            coverage: &self.coverage,
        };
        let mut bytes = serde_json::to_vec(&rest).unwrap_or_default();
        if let Some(first) = bytes.first_mut() {
            *first = b',';
        }
        bytes
    }
}
