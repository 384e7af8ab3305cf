//! Tables of tags.

/// Reads `data` as a table of tags.
pub fn target(data: &[u8]) {
    let (_folder, path) = crate::file_of(data);
    if let Err(error) = tracehound_ingest::read_tags(&path) {
        assert!(error.to_string().contains("input"), "the message names no file: {error}");
    }
}
