//! Members and sizes of clusters.

use super::{ClusterError, Clustering, index};
use tracehound_model::Height;
use tracehound_store::AddressId;
use tracehound_store::utxo::OutputLedger;

/// All addresses, those of a cluster together: 8 bytes an address.
#[derive(Debug)]
pub struct ClusterIndex {
    labels: Vec<u32>,
    by_cluster: Vec<u32>,
}

/// One cluster in figures, ready to print.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClusterSummary {
    /// Its number: the smallest member.
    pub cluster: AddressId,
    /// How many addresses.
    pub size: usize,
    /// The members of the page asked for, smallest first.
    pub members: Vec<AddressId>,
    /// Height of the first output to or spend from a member on the page.
    pub first: Option<Height>,
    /// Height of the last one.
    pub last: Option<Height>,
}

impl ClusterIndex {
    /// Sorts the addresses of a clustering by cluster.
    #[must_use]
    pub fn new(clustering: &Clustering) -> Self {
        let labels = clustering.labels();
        let mut by_cluster: Vec<u32> = (0..clustering.sets.count()).collect();
        // Stable: members stay in order of their numbers.
        by_cluster.sort_by_key(|address| labels[index(*address)]);
        Self { labels, by_cluster }
    }

    /// Members of the cluster of an address, smallest first; the first is
    /// the cluster's number. Empty for an address past the end.
    #[must_use]
    pub fn members(&self, address: AddressId) -> &[u32] {
        let Some(cluster) = self.labels.get(index(address.0)) else { return &[] };
        let label = |member: &u32| self.labels[index(*member)];
        let from = self.by_cluster.partition_point(|member| label(member) < *cluster);
        let to = self.by_cluster.partition_point(|member| label(member) <= *cluster);
        &self.by_cluster[from..to]
    }
}

/// The cluster of an address, with a page of its members.
///
/// # Errors
/// If the chain cannot be read.
pub fn summary<L: OutputLedger + ?Sized>(
    ledger: &L,
    clusters: &ClusterIndex,
    address: AddressId,
    skip: usize,
    take: usize,
) -> Result<Option<ClusterSummary>, ClusterError> {
    let all = clusters.members(address);
    let Some(cluster) = all.first() else { return Ok(None) };
    let members: Vec<_> = all.iter().skip(skip).take(take).map(|id| AddressId(*id)).collect();
    let (mut first, mut last) = (None, None);
    for member in &members {
        let outputs = ledger.outputs_to(*member)?.into_iter().map(|output| output.transaction);
        for transaction in outputs.chain(ledger.spends_from(*member)?) {
            first = Some(first.map_or(transaction, |known| transaction.min(known)));
            last = Some(last.map_or(transaction, |known| transaction.max(known)));
        }
    }
    let height = |transaction| ledger.block(transaction).map(|block| block.height);
    Ok(Some(ClusterSummary {
        cluster: AddressId(*cluster),
        size: all.len(),
        members,
        first: first.map(height).transpose()?,
        last: last.map(height).transpose()?,
    }))
}
