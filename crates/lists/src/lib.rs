//! Sanctions lists: readers of what publishers publish, snapshots kept by
//! digest and publication date, and the difference between two.
//!
//! [`read_list`] reads a file into one form for all publishers; [`Lists`]
//! keeps snapshots in a folder, each immutable; [`Difference`] says what was
//! added, removed and changed; [`AddressIndex`] finds an address however it
//! is written. Nothing here says whether a customer may be served: that is
//! the business of screening.

mod address;
mod difference;
mod entry;
mod error;
pub mod files;
mod index;
mod keep;
pub mod packed;
mod read;

pub use address::{AddressForm, AddressKey, Checksum, ListedAddress, form_of};
pub use difference::{AddressRow, Difference};
pub use entry::{ListEntry, ListFile, ListId};
pub use error::ListError;
pub use index::{AddressIndex, Listing};
pub use keep::{ImportOptions, Imported, ListStatus, Lists, Manifest, STALE_AFTER_HOURS, Snapshot};
pub use read::read_list;
