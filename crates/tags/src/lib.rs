//! Attributions: who says that an address is whose, how sure they are, and
//! where they say it.
//!
//! [`read_pack`] reads what others publish (TagPacks, ActorPacks, label
//! lists, tables) and keeps every word of it. [`TagStore`] keeps packs by
//! digest in a folder; a withdrawn pack answers nothing any more.
//! [`TagIndex`] finds what is said of a subject, and [`conflicts`] where
//! sources disagree: nothing is ever overwritten. [`write_tagpack`] gives a
//! pack back in the form that GraphSense's tagpack-tool validates.

pub mod confidence;
mod conflict;
mod error;
mod evaluate;
mod field;
mod index;
mod keep;
mod network;
mod pack;
mod read;
pub mod taxonomy;
mod write;
mod yaml;

pub use conflict::{Conflict, conflicts};
pub use error::TagError;
pub use evaluate::{Evaluation, OfCategory, Share, evaluate, quartiles};
pub use field::{Field, Fields};
pub use index::{FoundTag, TagIndex};
pub use keep::{ImportedPack, PackManifest, PackName, TagStore, Withdrawn};
pub use pack::{Actor, Contents, Header, Pack, Statement};
pub use read::{Assumed, pack_files, pack_name, read_pack};
pub use write::{write_actorpack, write_table, write_tagpack};
