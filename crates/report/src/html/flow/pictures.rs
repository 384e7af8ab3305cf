//! Every picture of a page, each drawn once.
//!
//! Policies often give the very same flow; those share one picture.

use super::{DETAIL, Flow, Level, OVERVIEW, follow};
use crate::Investigation;
use tracehound_model::Policy;

/// One picture and the policies it holds for.
pub(in crate::html) struct Picture {
    /// The policies.
    pub(in crate::html) policies: Vec<Policy>,
    /// Number of the asset.
    pub(in crate::html) asset: usize,
    /// How much is shown one by one.
    pub(in crate::html) level: Level,
    /// The flow; nothing where none can be drawn.
    pub(in crate::html) flow: Option<Flow>,
}

impl Picture {
    /// Names of its policies, separated by blanks.
    pub(in crate::html) fn names(&self) -> String {
        self.policies.iter().map(|p| p.name()).collect::<Vec<_>>().join(" ")
    }
}

/// Every picture, by asset, level and first policy.
pub(in crate::html) fn pictures(investigation: &Investigation) -> Vec<Picture> {
    let mut pictures: Vec<Picture> = Vec::new();
    for (asset, record) in investigation.assets.iter().enumerate() {
        for level in [OVERVIEW, DETAIL] {
            let start = pictures.len();
            for policy in &investigation.policies {
                let flow = follow(investigation, policy, &record.id, level);
                let same =
                    pictures[start..].iter_mut().find(|p| p.flow.is_some() && p.flow == flow);
                match same {
                    Some(same) => same.policies.push(policy.policy),
                    None => {
                        pictures.push(Picture { policies: vec![policy.policy], asset, level, flow })
                    }
                }
            }
        }
    }
    pictures
}
