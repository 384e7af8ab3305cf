//! Packs as others read them: GraphSense YAML, or a table.
//!
//! What a TagPack has no field for (role, validity, clusters, sharing marks,
//! concepts of our own, scores) goes into the tag's `context` under
//! `tracehound`, from where reading takes it back: nothing is lost on the way.

mod actorpack;
mod tagpack;
mod yaml;

pub use actorpack::write_actorpack;
pub(crate) use tagpack::restore;
pub use tagpack::write_tagpack;

use crate::{Field, Pack};
use std::io::Write;

/// Writes the tags of a pack as a table with every field, header rows laid out.
///
/// # Errors
/// As the writer says.
pub fn write_table(packs: &[Pack], out: impl Write) -> std::io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(Field::all().map(Field::name))?;
    for tag in packs.iter().flat_map(Pack::tags) {
        table.write_record(Field::all().map(|field| tag.get(field).unwrap_or_default()))?;
    }
    table.flush()
}
