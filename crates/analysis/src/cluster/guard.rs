//! Merging on change, only where asked, and never two giants or two entities.
//!
//! One wrong change output can join two services for good, so such a merge is
//! refused if both clusters are large or carry different entities; what was
//! refused is listed. A multi-input cluster with several entities is kept, as
//! a structural claim, and listed by [`tag_conflicts`].

use super::change::{Combination, Context};
use super::{ClusterError, Clustering, Decision, MultiInput, UnionFind, index};
use hashbrown::HashMap;
use std::collections::{BTreeMap, BTreeSet};
use tracehound_store::AddressId;
use tracehound_store::utxo::{OutputId, OutputLedger, TransactionId, TransactionView};

/// When to refuse.
#[derive(Clone, Debug)]
pub struct Guard<'a> {
    /// Two clusters that both have more members are not joined.
    pub most_members: u32,
    /// The entity behind an address, where somebody says so.
    pub tags: &'a BTreeMap<AddressId, String>,
}

/// A change output and an address that paid it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ChangeMerge {
    /// The output taken for change.
    pub output: OutputId,
    /// An input address.
    pub payer: AddressId,
    /// The output's address.
    pub change: AddressId,
}

/// Why a merge was refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// Both clusters are large; their sizes.
    BothLarge(u32, u32),
    /// The clusters carry different entities.
    Entities(BTreeSet<String>, BTreeSet<String>),
}

/// A merge that was refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// What would have been joined.
    pub merge: ChangeMerge,
    /// Why it was not.
    pub reason: Refusal,
}

/// A cluster with several entities.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TagConflict {
    /// The cluster.
    pub cluster: AddressId,
    /// Who is said to be behind it.
    pub entities: BTreeSet<String>,
}

/// Clusters of a multi-input clustering whose tags contradict each other.
#[must_use]
pub fn tag_conflicts(
    clusters: &Clustering,
    tags: &BTreeMap<AddressId, String>,
) -> Vec<TagConflict> {
    let mut entities: BTreeMap<AddressId, BTreeSet<String>> = BTreeMap::new();
    for (address, entity) in tags {
        if let Some(cluster) = clusters.cluster(*address) {
            entities.entry(cluster).or_default().insert(entity.clone());
        }
    }
    let several = entities.into_iter().filter(|(_, entities)| entities.len() > 1);
    several.map(|(cluster, entities)| TagConflict { cluster, entities }).collect()
}

/// The clusters with the unique change outputs of a combination merged in,
/// in chain order, on one thread; with the merges made and refused. The
/// result cannot be extended: it names its rules, and more blocks may change
/// what a heuristic says of old ones.
///
/// # Errors
/// If the chain cannot be read, or the clusters do not end where it does.
pub fn merge_change<L: OutputLedger + ?Sized>(
    context: &Context<'_, L>,
    clusters: &Clustering,
    rule: &MultiInput<'_>,
    combination: &Combination,
    guard: &Guard<'_>,
) -> Result<(Clustering, Vec<ChangeMerge>, Vec<Refused>), ClusterError> {
    clusters.check(context.ledger)?;
    let mut merger = Merger::new(clusters, guard);
    let (mut made, mut refused, mut joined) = (Vec::new(), Vec::new(), Vec::new());
    context.ledger.scan(TransactionId(0)..clusters.end, &mut |transaction| {
        let decision = rule.decide(context.ledger, &transaction, &mut joined)?;
        if !matches!(decision, Decision::Merge | Decision::Single) {
            return Ok(());
        }
        let Some(payer) = merger.payer(&transaction) else { return Ok(()) };
        let Some(place) = combination.unique(context, &transaction)? else { return Ok(()) };
        let Some(change) = transaction.outputs[index(place)].address() else { return Ok(()) };
        let output = OutputId { transaction: transaction.id, index: place };
        let merge = ChangeMerge { output, payer, change };
        match merger.join(payer, change) {
            Ok(true) => made.push(merge),
            Ok(false) => {}
            Err(reason) => refused.push(Refused { merge, reason }),
        }
        Ok(())
    })?;
    let rules = format!("{} change:{combination:?}", clusters.rules);
    let (end, tip) = (clusters.end, clusters.tip);
    Ok((Clustering { sets: merger.sets, rules, end, tip }, made, refused))
}

struct Merger {
    sets: UnionFind,
    sizes: Vec<u32>,
    entities: HashMap<u32, BTreeSet<String>>,
    most_members: u32,
}

impl Merger {
    fn new(clusters: &Clustering, guard: &Guard<'_>) -> Self {
        let labels = clusters.labels();
        let mut sizes = vec![0; labels.len()];
        labels.iter().for_each(|label| sizes[index(*label)] += 1);
        let sets = UnionFind::new(clusters.sets.count());
        (0..).zip(labels).for_each(|(address, label)| {
            sets.link(address, label);
        });
        let mut entities: HashMap<u32, BTreeSet<String>> = HashMap::new();
        for (address, entity) in guard.tags {
            if let Some(cluster) = clusters.cluster(*address) {
                entities.entry(cluster.0).or_default().insert(entity.clone());
            }
        }
        Self { sets, sizes, entities, most_members: guard.most_members }
    }

    /// An input address, if all inputs are of one cluster.
    fn payer(&self, transaction: &TransactionView<'_>) -> Option<AddressId> {
        let first = transaction.inputs.first()?.address()?;
        let cluster = self.sets.find(first.0);
        let same = |id: AddressId| self.sets.find(id.0) == cluster;
        transaction.inputs.iter().all(|input| input.address().is_some_and(same)).then_some(first)
    }

    fn join(&mut self, a: AddressId, b: AddressId) -> Result<bool, Refusal> {
        let (a, b) = (self.sets.find(a.0), self.sets.find(b.0));
        if a == b {
            return Ok(false);
        }
        let sizes = (self.sizes[index(a)], self.sizes[index(b)]);
        if sizes.0.min(sizes.1) > self.most_members {
            return Err(Refusal::BothLarge(sizes.0, sizes.1));
        }
        if let (Some(left), Some(right)) = (self.entities.get(&a), self.entities.get(&b))
            && left != right
        {
            return Err(Refusal::Entities(left.clone(), right.clone()));
        }
        self.sets.link(a, b);
        let root = a.min(b);
        // Members are numbered by a u32, so their count fits one.
        self.sizes[index(root)] = sizes.0.saturating_add(sizes.1);
        if let Some(entities) = self.entities.remove(&a.max(b)) {
            self.entities.entry(root).or_default().extend(entities);
        }
        Ok(true)
    }
}
