//! How far a set of tags agrees with labelled data: coverage, precision and
//! recall by category, agreement on entities, days from event to label.
//!
//! Only addresses that the labelled data name are looked at, so precision
//! says nothing of tags elsewhere. Shares carry 95 % intervals by Wilson's
//! method (Wilson 1927): sources are often few.

use crate::{Field, FoundTag, Pack, Statement, TagIndex};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use tracehound_lists::AddressKey;
use tracehound_model::{Category, Timestamp};

/// The two-sided 95 % quantile of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// A share with its interval.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Share {
    /// How many.
    pub hits: u64,
    /// Of how many.
    pub of: u64,
    /// Lower end of the 95 % interval, 0 to 1.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Share {
    /// With its interval.
    #[must_use]
    #[allow(clippy::float_arithmetic, clippy::cast_precision_loss)] // a score; counts are far below 2^53
    pub fn new(hits: u64, of: u64) -> Self {
        if of == 0 {
            return Self { hits, of, low: 0.0, high: 1.0 };
        }
        let (n, p) = (of as f64, hits as f64 / of as f64);
        let middle = p + Z * Z / (2.0 * n);
        let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        let whole = 1.0 + Z * Z / n;
        let low = ((middle - spread) / whole).max(0.0);
        Self { hits, of, low, high: ((middle + spread) / whole).min(1.0) }
    }

    /// The share itself, 0 to 1; 0 of nothing.
    #[must_use]
    #[allow(clippy::float_arithmetic, clippy::cast_precision_loss)]
    pub fn value(&self) -> f64 {
        if self.of == 0 { 0.0 } else { self.hits as f64 / self.of as f64 }
    }
}

/// One category.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct OfCategory {
    /// The category.
    pub category: Category,
    /// Of the addresses that the data call so, how many the tags call so.
    pub recall: Share,
    /// Of the addresses that the tags call so and the data call anything, how
    /// many the data call so.
    pub precision: Share,
}

/// What came out.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Evaluation {
    /// Addresses in the labelled data.
    pub addresses: u64,
    /// How many of them any tag speaks of.
    pub coverage: Share,
    /// Where both name a category: how often the same.
    pub category: Share,
    /// Where both name an entity: how often the same.
    pub entity: Share,
    /// By category.
    pub categories: Vec<OfCategory>,
    /// Days from `since` in the data to `since`, else `lastmod`, of the first
    /// tag, ascending; negative where the tag was first.
    pub days_to_label: Vec<i64>,
}

/// Days at the quarters of a list in ascending order.
#[must_use]
pub fn quartiles(days: &[i64]) -> Option<[i64; 3]> {
    let at = |quarter: usize| days.get((days.len().checked_sub(1)?) * quarter / 4).copied();
    Some([at(1)?, at(2)?, at(3)?])
}

/// Compares tags with labelled data.
#[must_use]
pub fn evaluate(claims: &TagIndex, truth: &[Pack]) -> Evaluation {
    let mut count = Count::default();
    let mut seen: BTreeSet<AddressKey> = BTreeSet::new();
    for label in truth.iter().flat_map(Pack::tags) {
        let Some(form) = label.form() else { continue };
        // The first label of an address counts; data that contradict themselves prove nothing.
        if seen.insert(form.key.clone()) {
            count.take(&label, &claims.find_key(&form.key));
        }
    }
    count.told()
}

#[derive(Default)]
struct Count {
    addresses: u64,
    covered: u64,
    category: (u64, u64),
    entity: (u64, u64),
    /// By category: called so by the data, by both, by the tags where the data call anything.
    by: BTreeMap<Category, (u64, u64, u64)>,
    days: Vec<i64>,
}

impl Count {
    fn take(&mut self, label: &Statement<'_>, tags: &[FoundTag]) {
        self.addresses += 1;
        self.covered += u64::from(!tags.is_empty());
        let claimed = tags.iter().find_map(|tag| tag.category);
        if let Some(truth) = label.category() {
            self.by.entry(truth).or_default().0 += 1;
            if let Some(claimed) = claimed {
                let same = claimed == truth;
                self.category.0 += u64::from(same);
                self.category.1 += 1;
                self.by.entry(truth).or_default().1 += u64::from(same);
                self.by.entry(claimed).or_default().2 += 1;
            }
        }
        let entity = label.get(Field::Actor);
        let named: Vec<&str> = tags.iter().flat_map(names).collect();
        if let (Some(entity), false) = (entity, named.is_empty()) {
            self.entity.1 += 1;
            self.entity.0 += u64::from(named.iter().any(|name| name.eq_ignore_ascii_case(entity)));
        }
        let event = label.get(Field::Since).and_then(day);
        let first = tags.iter().filter_map(|tag| {
            [Field::Since, Field::Lastmod].into_iter().find_map(|f| day(tag.field(f)))
        });
        if let (Some(event), Some(first)) = (event, first.min()) {
            self.days.push(first - event);
        }
    }

    fn told(mut self) -> Evaluation {
        self.days.sort_unstable();
        let of = |(category, (truth, both, claimed)): (Category, (u64, u64, u64))| OfCategory {
            category,
            recall: Share::new(both, truth),
            precision: Share::new(both, claimed),
        };
        Evaluation {
            addresses: self.addresses,
            coverage: Share::new(self.covered, self.addresses),
            category: Share::new(self.category.0, self.category.1),
            entity: Share::new(self.entity.0, self.entity.1),
            categories: self.by.into_iter().map(of).collect(),
            days_to_label: self.days,
        }
    }
}

fn names(tag: &FoundTag) -> impl Iterator<Item = &str> {
    let actor = Some(tag.field(Field::Actor)).filter(|actor| !actor.is_empty());
    actor.into_iter().chain(tag.entity.as_deref())
}

/// Days since 1970-01-01 of a date that begins with `YYYY-MM-DD`.
fn day(text: &str) -> Option<i64> {
    let time: Timestamp = format!("{}T00:00:00Z", text.get(..10)?).parse().ok()?;
    Some(time.0.div_euclid(86_400))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::float_arithmetic)] // a score against a published value
    fn intervals_are_wilsons() {
        // Wilson's interval for 8 of 10, by hand: (0.8 + 0.19207) / 1.38415 -+ ...
        let share = Share::new(8, 10);
        assert!(
            (share.low - 0.4902).abs() < 5e-5 && (share.high - 0.9433).abs() < 5e-5,
            "{share:?}"
        );
        let (none, all) = (Share::new(0, 10), Share::new(10, 10));
        assert!(none.low.abs() < 1e-12 && (none.high - 0.2775).abs() < 5e-5);
        assert!((all.high - 1.0).abs() < 1e-12, "{all:?}");
        assert_eq!((Share::new(0, 0).low, Share::new(0, 0).high), (0.0, 1.0));
    }

    #[test]
    fn days_and_quarters() {
        assert_eq!(day("1970-01-02"), Some(1));
        assert_eq!(day("spring"), None);
        assert_eq!(quartiles(&[1, 2, 3, 4, 100]), Some([2, 3, 4]));
        assert_eq!(quartiles(&[]), None);
    }
}
