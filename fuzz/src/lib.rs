//! Fuzz targets: one plain function a reader, from any bytes.
//!
//! A target panics when a reader does, and also when a reader accepts bytes
//! and then breaks a promise: text that does not read back as written, a
//! second ingest that adds rows, a damaged store that gives another answer.
//! The same functions run under libFuzzer (`fuzz_targets/`) and, on a stable
//! toolchain, over the seeds and their mutations (`tests/smoke.rs`).

pub mod address_list;
pub mod block_files;
pub mod block_lines;
pub mod case_file;
pub mod mixer_events;
pub mod model_text;
pub mod name;
pub mod raw_block;
pub mod sanctions_list;
pub mod store_folder;
pub mod tag_pack;
pub mod tag_table;
pub mod thorchain_memo;
pub mod transfer_file;

/// A reader under test.
pub struct Target {
    /// Its name, which is also that of its folder of seeds.
    pub name: &'static str,
    /// Feeds it bytes.
    pub run: fn(&[u8]),
    /// Mutations of each seed that the smoke test tries; fewer for slow targets.
    pub mutations: usize,
}

/// Every target.
pub const TARGETS: [Target; 14] = [
    Target { name: "model_text", run: model_text::target, mutations: 2000 },
    Target { name: "case_file", run: case_file::target, mutations: 1000 },
    Target { name: "address_list", run: address_list::target, mutations: 200 },
    Target { name: "tag_table", run: tag_table::target, mutations: 200 },
    Target { name: "transfer_file", run: transfer_file::target, mutations: 60 },
    Target { name: "block_lines", run: block_lines::target, mutations: 400 },
    Target { name: "raw_block", run: raw_block::target, mutations: 2000 },
    Target { name: "block_files", run: block_files::target, mutations: 200 },
    Target { name: "tag_pack", run: tag_pack::target, mutations: 400 },
    Target { name: "sanctions_list", run: sanctions_list::target, mutations: 400 },
    Target { name: "name", run: name::target, mutations: 1000 },
    Target { name: "thorchain_memo", run: thorchain_memo::target, mutations: 2000 },
    Target { name: "mixer_events", run: mixer_events::target, mutations: 1000 },
    Target { name: "store_folder", run: store_folder::target, mutations: 60 },
];

/// A file with `data` in a fresh folder that goes when the value is dropped.
///
/// # Panics
/// If the temporary folder cannot be written.
#[must_use]
pub fn file_of(data: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("input");
    std::fs::write(&path, data).expect("a temporary file can be written");
    (folder, path)
}
