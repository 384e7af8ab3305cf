//! `tracehound tag list`.

use crate::arguments::{ClusterRules, Common, StorePlace, TagList};
use crate::verbs::utxo;
use crate::{Finish, output, place};
use anyhow::Context;
use serde::Serialize;
use tracehound_analysis::cluster::{self, ClusterIndex};
use tracehound_analysis::coinjoin::CoinJoinFinder;
use tracehound_model::Address;
use tracehound_store::utxo::{OutputLedger, TransactionView};
use tracehound_tags::{Conflict, Field, FoundTag, PackManifest, TagIndex, Withdrawn, conflicts};

#[derive(Serialize)]
struct Said {
    subject: String,
    tags: Vec<FoundTag>,
}

/// Shows packs, tags, disagreements or withdrawals.
pub(crate) fn run(common: &Common, arguments: &TagList) -> anyhow::Result<Finish> {
    let store = place::home(common)?.tags();
    if arguments.withdrawn {
        let withdrawn = store.withdrawn()?;
        return show(common, &withdrawn, |all| all.iter().for_each(print_withdrawn));
    }
    let filtered = arguments.pack.as_ref().or(arguments.category.as_ref());
    let filtered = filtered.or(arguments.entity.as_ref()).is_some();
    if arguments.subjects.is_empty() && !arguments.conflicts && !filtered {
        return show(common, &store.manifests()?, |all| print_packs(all));
    }
    if let Some(name) = &arguments.pack {
        store.manifest(name)?;
    }
    let index = TagIndex::open(&store)?;
    if arguments.conflicts {
        let found = conflicts(&index);
        return show(common, &found, |all| print_conflicts(all, arguments.limit));
    }
    let mut said = Vec::new();
    for subject in &arguments.subjects {
        let mut tags = index.find(subject);
        if arguments.inherit {
            tags.extend(inherited(common, &arguments.store, subject, &index)?);
        }
        tags.retain(|tag| is_wanted(arguments, tag));
        said.push(Said { subject: subject.clone(), tags });
    }
    if arguments.subjects.is_empty() {
        let mut tags = index.all(arguments.category.as_deref());
        tags.retain(|tag| is_wanted(arguments, tag));
        return show(common, &tags, |tags| print_tags(tags, arguments.limit, true));
    }
    show(common, &said, |all| {
        for said in all {
            println!("{}: {} tags", said.subject, said.tags.len());
            print_tags(&said.tags, arguments.limit, false);
        }
        if all.iter().all(|said| said.tags.is_empty()) {
            println!("no pack that is kept speaks of it, which says nothing about it");
        }
    })
}

fn show<T: Serialize + ?Sized>(
    common: &Common,
    value: &T,
    print: impl FnOnce(&T),
) -> anyhow::Result<Finish> {
    if common.json {
        output::json(&value)?;
    } else {
        print(value);
    }
    Ok(Finish::Done)
}

fn is_wanted(arguments: &TagList, tag: &FoundTag) -> bool {
    let entity = |wanted: &String| {
        let known = [tag.entity.as_deref(), Some(tag.field(Field::Actor))];
        known.into_iter().flatten().any(|name| name.to_lowercase() == wanted.to_lowercase())
    };
    arguments.pack.as_ref().is_none_or(|wanted| tag.pack == *wanted)
        && arguments.entity.as_ref().is_none_or(entity)
        && arguments.category.as_ref().is_none_or(|wanted| tag.names(wanted))
}

/// What is said of other addresses of the subject's cluster.
fn inherited(
    common: &Common,
    store: &StorePlace,
    subject: &str,
    index: &TagIndex,
) -> anyhow::Result<Vec<FoundTag>> {
    let address: Address = subject.parse().context("--inherit needs an address")?;
    let likely = address.utxo_chain();
    let (opened, snapshot) = place::open_outputs(common, store, likely.as_ref())?;
    let ledger: &dyn OutputLedger = &snapshot;
    let number = utxo::cluster::number(ledger, &address)?;
    let finder = CoinJoinFinder::new(ledger);
    let mixes = |view: &TransactionView<'_>| finder.mixes(view).unwrap_or(true);
    let rule = utxo::cluster::rule(ledger, &ClusterRules::default(), &mixes)?;
    let clusters = utxo::cluster::current(ledger, opened.folder(), &rule)?;
    let members = ClusterIndex::new(&clusters);
    let found = cluster::summary(ledger, &members, number, 0, usize::MAX)?;
    let mut tags = Vec::new();
    for member in found.map(|found| found.members).unwrap_or_default() {
        let other = ledger.address(member)?;
        if other != address {
            let said = index.find(&other.to_string()).into_iter();
            tags.extend(said.map(|tag| FoundTag { by: "cluster", ..tag }));
        }
    }
    Ok(tags)
}

fn print_packs(packs: &[PackManifest]) {
    if packs.is_empty() {
        println!("no pack is kept; import some with `tracehound tag import FILE`");
        return;
    }
    let mut table =
        output::table(&["pack", "format", "tags", "actors", "creator", "imported"], &[2, 3]);
    for pack in packs {
        table.add_row([
            pack.name.clone(),
            pack.format.clone(),
            pack.tags.to_string(),
            pack.actors.to_string(),
            shortened(&pack.creator, 30),
            pack.imported_at.date(),
        ]);
    }
    println!("{table}");
    let tags: usize = packs.iter().map(|pack| pack.tags).sum();
    println!("{} packs, {tags} tags", packs.len());
}

fn print_tags(tags: &[FoundTag], limit: usize, with_subject: bool) {
    let mut table =
        output::table(&["", "label", "entity", "kind", "sure", "by", "pack", "source"], &[4]);
    for tag in tags.iter().take(limit) {
        let subject = Field::all().filter(|field| field.is_subject());
        let subject = subject.map(|field| tag.field(field)).find(|text| !text.is_empty());
        let kinds = [tag.field(Field::Abuse), tag.field(Field::Category)];
        let kinds: Vec<&str> = kinds.into_iter().filter(|kind| !kind.is_empty()).collect();
        table.add_row([
            if with_subject { subject.unwrap_or_default() } else { " " }.to_owned(),
            shortened(tag.field(Field::Label), 32),
            tag.entity.as_deref().map_or("-".to_owned(), |entity| shortened(entity, 24)),
            if kinds.is_empty() { "-".to_owned() } else { kinds.join(", ") },
            tag.confidence.0.to_string(),
            tag.by.to_owned(),
            shortened(&tag.pack, 28),
            shortened(tag.field(Field::Source), 48),
        ]);
    }
    if !tags.is_empty() {
        println!("{table}");
    }
    more(tags.len(), limit);
}

fn print_conflicts(conflicts: &[Conflict], limit: usize) {
    for conflict in conflicts.iter().take(limit) {
        println!("{}: {}", conflict.subject, conflict.about);
        for claim in &conflict.claims {
            let packs = claim.packs.join(", ");
            println!("  {} (confidence {}) says {packs}", claim.value, claim.confidence.0);
        }
    }
    more(conflicts.len(), limit);
    println!("{} disagreements; all sides are kept", conflicts.len());
}

fn print_withdrawn(withdrawn: &Withdrawn) {
    let Withdrawn { name, digest, title, tags, reason, at } = withdrawn;
    let digest = output::short(digest);
    println!("{name}: \"{title}\", {tags} tags ({digest}), withdrawn {at}: {reason}");
}

fn more(count: usize, limit: usize) {
    if count > limit {
        println!("and {} more; --limit shows more, --json all", count - limit);
    }
}

/// A text that keeps a table readable.
fn shortened(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    text.chars().take(letters.saturating_sub(1)).chain(['…']).collect()
}
