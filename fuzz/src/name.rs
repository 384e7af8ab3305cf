//! Names of any text: a query, a line break, names of a list.

use tracehound_model::{NameStrength, Party, PartyName};
use tracehound_screen::names::{NameIndex, NameQuery, jaro_winkler, ofac_score, tokens};

/// Scores the first line of `data` against the others.
///
/// # Panics
/// If a promise is broken.
pub fn target(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.lines();
    let asked = lines.next().unwrap_or_default();
    let party = |name: &str| Party {
        names: vec![PartyName {
            text: name.to_owned(),
            strength: NameStrength::Primary,
            ..PartyName::default()
        }],
        ..Party::default()
    };
    let listed: Vec<&str> = lines.take(20).collect();
    for name in &listed {
        let score = jaro_winkler(asked, name);
        assert!((0.0..=1.0 + 1e-9).contains(&score), "{score}");
        assert!(ofac_score(asked, name) <= 100);
    }
    let index = NameIndex::new(listed.iter().map(|name| party(name)).collect());
    let query = NameQuery { name: asked.to_owned(), ..NameQuery::default() };
    let hits = index.search(&query, 0.0);
    assert!(hits.is_sorted_by(|high, low| high.score >= low.score));
    for hit in &hits {
        assert!((0.0..=1.0).contains(&hit.score), "{}", hit.score);
    }
    // A name on the list finds itself.
    for name in listed.iter().filter(|name| !tokens(name).is_empty()) {
        let query = NameQuery { name: (*name).to_owned(), ..NameQuery::default() };
        let best = index.search(&query, 0.0).first().map_or(0.0, |hit| hit.score);
        assert!(best > 1.0 - 1e-9, "{name:?} finds itself at {best}");
    }
}
