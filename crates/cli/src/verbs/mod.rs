//! One file a verb; each reads its request top to bottom and says how it ended.

pub(crate) mod address;
pub(crate) mod audit;
pub(crate) mod case_check;
mod case_files;
pub(crate) mod case_new;
pub(crate) mod decide;
pub(crate) mod deposits;
pub(crate) mod evaluate;
pub(crate) mod exposure;
pub(crate) mod generated;
pub(crate) mod ingest;
pub(crate) mod lists;
pub(crate) mod mixer;
pub(crate) mod replay;
pub(crate) mod screen;
mod screening;
pub(crate) mod store_check;
pub(crate) mod store_drop;
pub(crate) mod store_export;
pub(crate) mod store_info;
pub(crate) mod tag;
pub(crate) mod trace;
mod transfer_table;
pub(crate) mod tx;
pub(crate) mod utxo;
