//! Names against names: people and companies on lists.
//!
//! `normalise` brings a name to tokens, `similarity` and `phonetic` compare
//! two tokens, `score` aligns two names and says from which features the
//! score is made, `index` finds which names are worth scoring, `ofac` is the
//! score of OFAC's own search beside ours. Definitions and measured error
//! rates: `docs/methods/name-screening.md`.

mod index;
mod normalise;
mod ofac;
mod phonetic;
mod score;
mod similarity;

pub use index::{NameHit, NameIndex, NameQuery, Named};
pub use normalise::{Token, TokenKind, tokens};
pub use ofac::{OFAC_NAME, is_ofac_candidate, jaro, jaro_winkler, ofac_score};
pub use phonetic::{skeleton, soundex};
pub use score::{Feature, NAME, NameScore, Rarity, name_score};
