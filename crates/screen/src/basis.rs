//! The lists an answer rests on, and those it lacks.

use crate::ListInput;
use crate::screener::ScreenError;
use tracehound_lists::{ListId, Lists, Snapshot};
use tracehound_model::Timestamp;

/// The snapshots in force, and what an answer says of them and of required
/// ones that are missing.
pub(crate) fn in_force(
    lists: &Lists,
    required: &[String],
    as_of: Option<&str>,
    now: Timestamp,
) -> Result<(Vec<Snapshot>, Vec<ListInput>), ScreenError> {
    let snapshots = lists.in_force(as_of)?;
    let mut inputs = Vec::with_capacity(snapshots.len());
    for snapshot in &snapshots {
        let (checked_at, stale) = lists.freshness(&snapshot.manifest.list, now)?;
        // The past does not grow old.
        inputs.push(input(snapshot, checked_at, stale && as_of.is_none()));
    }
    for name in required {
        if !inputs.iter().any(|input| input.list.0 == *name) {
            inputs.push(missing(name));
        }
    }
    inputs.sort_by(|a, b| a.list.cmp(&b.list));
    Ok((snapshots, inputs))
}

/// The snapshots that an earlier answer rests on.
pub(crate) fn of_inputs(inputs: &[ListInput], lists: &Lists) -> Result<Vec<Snapshot>, ScreenError> {
    let mut snapshots = Vec::new();
    for input in inputs {
        if let (Some(published), Some(digest)) = (&input.published, &input.digest) {
            snapshots.push(lists.with_digest(&input.list, published, digest)?);
        }
    }
    Ok(snapshots)
}

/// Required lists that are missing or stale: with any, an answer is incomplete.
pub(crate) fn lacking<'i>(
    inputs: &'i [ListInput],
    required: &'i [String],
) -> impl Iterator<Item = &'i ListInput> {
    inputs.iter().filter(|input| input.stale && required.contains(&input.list.0))
}

fn input(snapshot: &Snapshot, checked_at: Option<Timestamp>, stale: bool) -> ListInput {
    let manifest = &snapshot.manifest;
    ListInput {
        list: manifest.list.clone(),
        published: Some(manifest.published.clone()),
        digest: Some(manifest.digest.clone()),
        checked_at,
        entries: manifest.entries,
        addresses: manifest.addresses,
        stale,
    }
}

fn missing(name: &str) -> ListInput {
    ListInput {
        list: ListId(name.to_owned()),
        published: None,
        digest: None,
        checked_at: None,
        entries: 0,
        addresses: 0,
        stale: true,
    }
}
