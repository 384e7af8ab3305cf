//! Files as rows of cells: how a file is packed, whose export it is, and one
//! way to ask for a cell whether the file is text or Parquet.

mod cell;
mod compression;
mod csv_split;
mod csv_table;
mod detect;
mod header;
mod open;
mod parquet_cell;
mod parquet_table;
pub(crate) mod plain;

pub(crate) use cell::{Cell, Row, RowNumber, RowVisitor};
pub use compression::Compression;
pub(crate) use compression::Counted;
pub(crate) use csv_table::quote;
pub use detect::Format;
pub(crate) use header::{Binder, Header, Role};
pub use open::detect;
pub(crate) use open::{Opened, open, open_format};
