//! Lists of addresses (sources and terminals of a case).

/// Reads `data` as a list of addresses.
pub fn target(data: &[u8]) {
    let (_folder, path) = crate::file_of(data);
    if let Err(error) = tracehound_ingest::read_address_list(&path) {
        assert!(error.to_string().contains("input"), "the message names no file: {error}");
    }
}
