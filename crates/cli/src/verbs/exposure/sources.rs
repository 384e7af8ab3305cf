//! From tags to a question: which address is of which category.

use crate::arguments::{Common, Exposure};
use crate::place;
use crate::verbs::tag;
use anyhow::Context;
use sha2::{Digest, Sha256};
use tracehound_lists::AddressIndex;
use tracehound_model::hash::to_hex;
use tracehound_model::{Amount, Asset};
use tracehound_screen::exposures::{AddressBook, Known, Question, gather};
use tracehound_store::Snapshot;
use tracehound_tags::TagIndex;

/// The question that the lists, the kept packs and those of the arguments make.
pub(super) fn question(
    common: &Common,
    arguments: &Exposure,
    snapshot: &Snapshot,
) -> anyhow::Result<Question> {
    let known = Known { snapshot, addresses: snapshot.address_count() };
    let mut question = gathered(common, arguments, &known)?;
    if let Some(text) = &arguments.dust {
        let decimals = Asset::Native.own_decimals(snapshot.chain()).unwrap_or(0);
        let least = Amount::parse_decimal(text, decimals).context("--dust")?;
        if let Some(coin) = snapshot.asset_id(&Asset::Native)? {
            question.request.dust.insert(coin, least);
        }
        question.digest = to_hex(&Sha256::digest(format!("{} dust {text}", question.digest)));
    }
    Ok(question)
}

/// The same of any chain, without dust.
pub(super) fn gathered(
    common: &Common,
    arguments: &Exposure,
    known: &impl AddressBook,
) -> anyhow::Result<Question> {
    let mut packs = place::home(common)?.tags().packs()?;
    for file in &arguments.tags {
        packs.push(tag::unkept(file)?);
    }
    let index = TagIndex::new(packs);
    let lists = AddressIndex::new(&place::home(common)?.lists().in_force(None)?);
    Ok(gather(known, Some(&index), &lists, arguments.confidence)?)
}
