//! From tags to a question: which address is of which category.

use hashbrown::HashMap;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use tracehound_analysis::exposure::ExposureRequest;
use tracehound_lists::{AddressIndex, Checksum, Listing};
use tracehound_model::hash::to_hex;
use tracehound_model::{Address, Category, Chain, Confidence, Direction};
use tracehound_store::utxo::{OutputLedger, UtxoSnapshot};
use tracehound_store::{AddressId, RowId, Snapshot, StoreError};
use tracehound_tags::{Field, FoundTag, TagIndex, taxonomy};

/// The category of whom a list names.
const SANCTION: &str = "sanction";

/// What is asked, and what the tags behind it are.
#[derive(Default)]
pub struct Question {
    /// Which address is of which category.
    pub request: ExposureRequest,
    /// The tag behind each.
    pub tags: HashMap<AddressId, FoundTag>,
    /// SHA-256 of which address is of which category.
    pub digest: String,
    /// Names and digests of the packs asked.
    pub packs: Vec<(String, String)>,
}

impl Question {
    /// Who is at the tagged end of a path in chain order, says the tag.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn end_of(
        &self,
        snapshot: &Snapshot,
        direction: Direction,
        rows: &[RowId],
    ) -> Result<Option<String>, StoreError> {
        let end = match direction {
            Direction::Forward => rows.first(),
            Direction::Backward => rows.last(),
        };
        let Some(row) = end else { return Ok(None) };
        let row = snapshot.row(*row)?;
        let address = match direction {
            Direction::Forward => row.from,
            Direction::Backward => row.to,
        };
        Ok(self.tags.get(&address).map(FoundTag::who))
    }
}

/// A store as far as it is looked at: its first addresses.
pub struct Known<'s> {
    /// The store.
    pub snapshot: &'s Snapshot,
    /// How many of its addresses count.
    pub addresses: u32,
}

/// What knows the addresses of a chain by number.
pub trait AddressBook {
    /// The number of an address, if it is there.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn id(&self, address: &Address) -> Result<Option<AddressId>, StoreError>;
    /// The chain.
    fn chain(&self) -> &Chain;
}

impl AddressBook for Known<'_> {
    fn id(&self, address: &Address) -> Result<Option<AddressId>, StoreError> {
        let id = self.snapshot.address_id(address)?;
        Ok(id.filter(|id| id.0 < self.addresses))
    }

    fn chain(&self) -> &Chain {
        self.snapshot.chain()
    }
}

impl AddressBook for UtxoSnapshot {
    fn id(&self, address: &Address) -> Result<Option<AddressId>, StoreError> {
        OutputLedger::address_id(self, address)
    }

    fn chain(&self) -> &Chain {
        OutputLedger::chain(self)
    }
}

/// Which address of a store is of which category, by tags and by lists.
///
/// # Errors
/// If the store cannot be read.
pub fn gather(
    known: &impl AddressBook,
    index: Option<&TagIndex>,
    lists: &AddressIndex,
    confidence: u8,
) -> Result<Question, StoreError> {
    let mut named: BTreeMap<Address, (String, FoundTag)> = BTreeMap::new();
    let in_store = |address: &Address| Ok::<_, StoreError>(known.id(address)?.is_some());
    let chain = known.chain();
    for said in index.into_iter().flat_map(|index| index.addresses(in_store)) {
        let (address, tags) = said?;
        let fits = |tag: &FoundTag| tag.confidence.0 >= confidence && tag.can_be_of(chain);
        if let Some(chosen) = choose(tags.into_iter().filter(fits)) {
            named.insert(address, chosen);
        }
    }
    // A list is law, whatever a pack says.
    for (address, listings) in lists.addresses() {
        if !in_store(&address)? {
            continue;
        }
        let right = |listing: &&Listing| listing.row.checksum_ok != Checksum::Failed;
        if let Some(listing) = listings.iter().rfind(right) {
            named.insert(address, (SANCTION.to_owned(), listed(listing)));
        }
    }
    let names: BTreeSet<&String> = named.values().map(|(label, _)| label).collect();
    let categories: Vec<String> = names.into_iter().cloned().collect();
    let mut request = ExposureRequest { categories, ..ExposureRequest::default() };
    let mut question = Question::default();
    let mut digest = Sha256::new();
    for (address, (label, tag)) in named {
        digest.update(format!("{address} {label}\n"));
        // It was in the store a moment ago, and a snapshot does not change.
        let Some(id) = known.id(&address)? else { continue };
        let place = request.categories.binary_search(&label).unwrap_or_default();
        request.tagged.insert(id, u8::try_from(place).unwrap_or(u8::MAX));
        question.tags.insert(id, tag);
    }
    question.digest = to_hex(&digest.finalize());
    let packs = index.into_iter().flat_map(TagIndex::manifests);
    question.packs = packs.map(|pack| (pack.name.clone(), pack.digest.clone())).collect();
    question.request = request;
    Ok(question)
}

/// What a list says of an address, as a tag.
fn listed(listing: &Listing) -> FoundTag {
    let said = [(Field::Label, &listing.row.entity), (Field::Source, &listing.source)];
    FoundTag {
        pack: listing.list.clone(),
        digest: listing.digest.clone(),
        fields: said.map(|(field, text)| (field.name(), text.clone())).into(),
        entity: Some(listing.row.entity.clone()),
        category: Some(Category::Theft),
        confidence: Confidence(100),
        by: "stated",
    }
}

/// The surest tag that names a category; of equally sure ones, harm first.
fn choose(tags: impl Iterator<Item = FoundTag>) -> Option<(String, FoundTag)> {
    let mut named: Vec<(bool, String, FoundTag)> = tags
        .filter_map(|tag| {
            let (harm, label) = label(&tag)?;
            Some((harm, label, tag))
        })
        .collect();
    named.sort_by(|a, b| {
        (b.2.confidence, b.0, &a.1, &a.2.pack).cmp(&(a.2.confidence, a.0, &b.1, &b.2.pack))
    });
    named.into_iter().next().map(|(_, label, tag)| (label, tag))
}

/// What a tag makes of an address: the harm it names, or the kind of service.
/// A victim is neither.
fn label(tag: &FoundTag) -> Option<(bool, String)> {
    if let Some(harm) = tag.concepts().find(|id| taxonomy::is_a(id, "abuse")) {
        return Some((true, harm.to_owned()));
    }
    match tag.category? {
        Category::Victim => None,
        category => Some((category == Category::Theft, category.name().to_owned())),
    }
}

/// What names a state of a store: its length and its last transaction.
///
/// # Errors
/// If the store cannot be read.
pub fn state_of(snapshot: &Snapshot) -> Result<String, StoreError> {
    let rows = snapshot.row_count();
    let last = match rows.checked_sub(1) {
        Some(last) => {
            let place = snapshot.place(RowId(last))?;
            snapshot.chain().transaction_text(&place.transaction)
        }
        None => String::new(),
    };
    Ok(format!("{} {rows} {last}", snapshot.chain()))
}
