//! Addresses against lists under a policy.

use crate::NameScreener;
use crate::basis;
use crate::exposed::ExposureInput;
use crate::policy::{Condition, Decision, Policy, PolicyError, PolicyRule};
use crate::tagged::{self, Tags};
use crate::verdict::{
    BEFORE_TAGS, FoundListing, Head, ListInput, PolicyInput, Reason, SCREENING_RULES, Subject,
    TagInput, TakenFrom, Verdict, Written,
};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use tracehound_lists::{
    AddressForm, AddressIndex, Checksum, ListError, Listing, Lists, Snapshot, form_of,
};
use tracehound_model::Timestamp;
use tracehound_tags::{TagError, TagIndex, TagStore};

/// What no answer of this kind can see.
const COVERAGE: [&str; 3] = [
    "only the address itself was looked for: money received from listed addresses is not counted",
    "only the lists named here were asked",
    "lists name few of the addresses a listed party uses (OFAC FAQ 562)",
];
const AS_OF: &str = "the past is seen through the snapshots that were imported, not through all that were published";

/// Why a verdict could not be made, or not made again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScreenError {
    /// A list failed.
    #[error(transparent)]
    List(#[from] ListError),
    /// A pack of tags failed.
    #[error(transparent)]
    Tags(#[from] TagError),
    /// The stored policy is not there.
    #[error("the policy {digest} of this verdict is not kept in {}; put its text there", folder.display())]
    NoPolicy {
        /// Its digest.
        digest: String,
        /// Where policies are kept.
        folder: PathBuf,
    },
    /// The stored policy cannot be read.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The stored policy is another one now.
    #[error("{} was changed since: its digest is now {digest}", file.display())]
    PolicyChanged {
        /// Where it is kept.
        file: PathBuf,
        /// What it has become.
        digest: String,
    },
    /// Made by other rules.
    #[error("the verdict was made by {made_by}; this program screens by {}", SCREENING_RULES)]
    OtherRules {
        /// Which.
        made_by: String,
    },
}

/// Lists and a policy, ready to answer.
pub struct Screener {
    index: AddressIndex,
    inputs: Vec<ListInput>,
    policy: Policy,
    as_of: Option<String>,
    complete: bool,
    /// Asked only where the policy has a rule on them.
    tags: Option<Arc<Tags>>,
    rules: &'static str,
    /// Bytes that every verdict ends with, made when the first is.
    rest: OnceLock<Vec<u8>>,
}

impl Screener {
    /// With the lists as they are stored, or as they stood on a day.
    ///
    /// # Errors
    /// If a stored list cannot be read: no answer is given without it.
    pub fn open(
        lists: &Lists,
        policy: Policy,
        as_of: Option<&str>,
        now: Timestamp,
    ) -> Result<Self, ScreenError> {
        let (snapshots, inputs) = basis::in_force(lists, &policy.required_lists, as_of, now)?;
        Ok(Self::new(&snapshots, inputs, policy, as_of.map(str::to_owned)))
    }

    fn new(
        snapshots: &[Snapshot],
        inputs: Vec<ListInput>,
        policy: Policy,
        as_of: Option<String>,
    ) -> Self {
        let complete = basis::lacking(&inputs, &policy.required_lists).next().is_none();
        let index = AddressIndex::new(snapshots);
        let rules = SCREENING_RULES;
        Self { index, inputs, policy, as_of, complete, tags: None, rules, rest: OnceLock::new() }
    }

    /// Asks packs of tags, too, where the policy has a rule on them.
    #[must_use]
    pub fn with_tags(mut self, tags: Arc<Tags>) -> Self {
        self.tags = self.policy.asks_for_tags().then_some(tags);
        self.rest = OnceLock::new();
        self
    }

    /// The packs of tags it asks.
    #[must_use]
    pub fn tags(&self) -> Option<&TagInput> {
        self.tags.as_deref().map(Tags::input)
    }

    /// The addresses of the lists it answers from.
    #[must_use]
    pub fn addresses(&self) -> &AddressIndex {
        &self.index
    }

    /// What those packs say of anything.
    #[must_use]
    pub fn tag_index(&self) -> Option<&TagIndex> {
        self.tags.as_deref().map(Tags::index)
    }

    /// The lists it answers from.
    #[must_use]
    pub fn inputs(&self) -> &[ListInput] {
        &self.inputs
    }

    /// The policy it answers under.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Whether everything the policy requires is there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Whether a list names a text, whatever the policy makes of it.
    #[must_use]
    pub fn is_listed(&self, address: &str) -> bool {
        !self.index.find(address).is_empty()
    }

    /// Which rules apply to an address, without the seal of a verdict: what
    /// bulk screening asks of each row.
    #[must_use]
    pub fn reasons(&self, address: &str) -> Vec<Reason> {
        self.reasons_of(&form_of(address))
    }

    fn reasons_of(&self, form: &AddressForm) -> Vec<Reason> {
        let listings = self.index.find_key(&form.key);
        let known = form.family != "unknown" && form.checksum != Checksum::Failed;
        let mut reasons = Vec::new();
        let said = self.tags.as_ref().map(|tags| tags.said_of(&form.key)).unwrap_or_default();
        if listings.is_empty() && known && self.complete && said.is_empty() {
            // No condition can hold.
            return reasons;
        }
        for rule in &self.policy.rules {
            match rule.when {
                Condition::Listed => reasons.extend(found(rule, listings, false)),
                Condition::ListedChecksumFailed => reasons.extend(found(rule, listings, true)),
                Condition::Tagged => reasons.extend(tagged::reasons(rule, &said)),
                Condition::Incomplete if !self.complete => reasons.push(self.incomplete(rule)),
                Condition::FormUnknown if !known && listings.is_empty() => {
                    reasons.push(reason(rule, rule.reason.clone(), None));
                }
                // Asked of each address apart, by whoever has its exposures.
                Condition::Exposed | Condition::Incomplete | Condition::FormUnknown => {}
            }
        }
        reasons
    }

    /// Screens an address.
    #[must_use]
    pub fn address(&self, address: &str, decided_at: Timestamp) -> Verdict {
        self.address_of(address, None, decided_at)
    }

    /// Screens an address of a transaction.
    #[must_use]
    pub fn address_of(
        &self,
        address: &str,
        taken_from: Option<TakenFrom>,
        decided_at: Timestamp,
    ) -> Verdict {
        self.address_with(address, taken_from, None, decided_at)
    }

    /// Screens an address whose exposures are known.
    #[must_use]
    pub fn address_with(
        &self,
        address: &str,
        taken_from: Option<TakenFrom>,
        exposure: Option<ExposureInput>,
        decided_at: Timestamp,
    ) -> Verdict {
        self.draft(address, taken_from, exposure, decided_at).sealed()
    }

    /// Screens an address whose exposures may be known, for somebody who
    /// needs the verdict's bytes as well.
    #[must_use]
    pub fn written(
        &self,
        address: &str,
        exposure: Option<ExposureInput>,
        decided_at: Timestamp,
    ) -> Written {
        if exposure.is_some() {
            return Written::of(self.draft(address, None, exposure, decided_at));
        }
        let form = form_of(address);
        let reasons = self.reasons_of(&form);
        let head = Head {
            id: "",
            rules: self.rules,
            subject: subject(address, &form, None),
            as_of: self.as_of.as_deref(),
            decided_at,
            decision: decision(&reasons),
            complete: self.complete,
            reasons,
        };
        Written::from_parts(head, self.rest.get_or_init(|| self.basis().rest()))
    }

    /// A verdict without its id.
    fn draft(
        &self,
        address: &str,
        taken_from: Option<TakenFrom>,
        exposure: Option<ExposureInput>,
        decided_at: Timestamp,
    ) -> Verdict {
        let form = form_of(address);
        let mut reasons = self.reasons_of(&form);
        if let Some(exposure) = &exposure {
            let asked = self.policy.rules.iter().filter(|rule| rule.when == Condition::Exposed);
            reasons.extend(asked.flat_map(|rule| exposure.reasons(rule)));
        }
        let as_of = self.as_of.as_ref().map(|_| AS_OF.to_owned());
        let [own, others @ ..] = COVERAGE;
        let seen = exposure.as_ref().map_or(own.to_owned(), ExposureInput::coverage);
        let others = others.into_iter().map(str::to_owned);
        Verdict {
            id: String::new(),
            rules: self.rules.to_owned(),
            subject: subject(address, &form, taken_from),
            as_of: self.as_of.clone(),
            decided_at,
            decision: decision(&reasons),
            complete: self.complete,
            reasons,
            lists: self.inputs.clone(),
            tags: self.tags().cloned(),
            exposure,
            policy: PolicyInput {
                name: self.policy.name.clone(),
                digest: self.policy.digest.clone(),
            },
            coverage: std::iter::once(seen).chain(others).chain(as_of).collect(),
        }
    }

    /// What every verdict rests on: a verdict on nothing, without reasons.
    #[must_use]
    pub fn basis(&self) -> Verdict {
        let mut basis = self.address("", Timestamp(0));
        basis.reasons.clear();
        basis.decision = Decision::Allow;
        basis.sealed()
    }

    fn incomplete(&self, rule: &PolicyRule) -> Reason {
        let gone = basis::lacking(&self.inputs, &self.policy.required_lists);
        let words = gone.map(|input| match &input.published {
            None => format!("{} was never imported", input.list),
            Some(day) => format!("{} of {day} was not looked at in time", input.list),
        });
        let words = words.collect::<Vec<_>>().join("; ");
        reason(rule, format!("{} ({words})", rule.reason), None)
    }
}

/// Screeners of addresses and of names, and the entries they know, from one
/// reading of the lists.
///
/// # Errors
/// If a stored list cannot be read: no answer is given without it.
pub fn open_screeners(
    lists: &Lists,
    policy: Policy,
    now: Timestamp,
) -> Result<(Screener, NameScreener, Vec<Snapshot>), ScreenError> {
    let (snapshots, inputs) = basis::in_force(lists, &policy.required_lists, None, now)?;
    let names = NameScreener::new(snapshots.clone(), inputs.clone(), &policy.required_lists);
    Ok((Screener::new(&snapshots, inputs, policy, None), names, snapshots))
}

/// The same lists, packs and policy as a verdict was made with, to make it
/// again: its bytes must be the same.
///
/// # Errors
/// [`ScreenError`] if a snapshot or a pack is not there any more, or the
/// verdict was made by other rules than this program's.
pub fn reopen(
    verdict: &Verdict,
    lists: &Lists,
    packs: &TagStore,
    policy: Policy,
) -> Result<Screener, ScreenError> {
    let known = [SCREENING_RULES, BEFORE_TAGS].into_iter().find(|rules| *rules == verdict.rules);
    let Some(rules) = known else {
        return Err(ScreenError::OtherRules { made_by: verdict.rules.clone() });
    };
    let snapshots = basis::of_inputs(&verdict.lists, lists)?;
    let mut screener =
        Screener::new(&snapshots, verdict.lists.clone(), policy, verdict.as_of.clone());
    screener.rules = rules;
    if let Some(input) = &verdict.tags {
        screener = screener.with_tags(Arc::new(Tags::of_verdict(packs, input)?));
    }
    Ok(screener)
}

fn subject(address: &str, form: &AddressForm, taken_from: Option<TakenFrom>) -> Subject {
    Subject {
        address: address.trim().to_owned(),
        family: form.family.to_owned(),
        checksum: form.checksum,
        taken_from,
    }
}

/// The gravest of what the rules decide.
fn decision(reasons: &[Reason]) -> Decision {
    reasons.iter().map(|reason| reason.decision).max().unwrap_or_default()
}

fn found<'l>(
    rule: &'l PolicyRule,
    listings: &'l [Listing],
    failed: bool,
) -> impl Iterator<Item = Reason> + 'l {
    let asked = |listing: &&Listing| rule.lists.is_empty() || rule.lists.contains(&listing.list);
    let fits = move |listing: &&Listing| (listing.row.checksum_ok == Checksum::Failed) == failed;
    listings.iter().filter(asked).filter(fits).map(|listing| {
        let named = format!(
            "{}: {} entry {}, {} ({})",
            rule.reason,
            listing.list,
            listing.row.entry,
            listing.row.entity,
            listing.programmes.join(", ")
        );
        reason(rule, named, Some(evidence(listing)))
    })
}

fn reason(rule: &PolicyRule, text: String, listing: Option<FoundListing>) -> Reason {
    let (rule, decision) = (rule.name.clone(), rule.decision);
    Reason { rule, decision, text, listing, tag: None, exposure: None }
}

fn evidence(listing: &Listing) -> FoundListing {
    FoundListing {
        list: listing.list.clone(),
        published: listing.published.clone(),
        entry: listing.row.entry.clone(),
        entity: listing.row.entity.clone(),
        programmes: listing.programmes.clone(),
        listed_on: listing.listed_on.clone(),
        label: listing.row.asset.clone(),
        address: listing.row.address.clone(),
        checksum: listing.row.checksum_ok,
    }
}

#[cfg(test)]
mod tests;
