//! `case.toml`: a case that is accepted must survive being written and read again.

use tracehound_model::Case;

/// Reads `data` as a case file.
pub fn target(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Case::parse(text, "case.toml") {
        Ok(case) => {
            let written = case.to_toml().expect("a validated case can be written");
            let again = Case::parse(&written, "written").expect("what we write we read");
            let rewritten = again.to_toml().expect("a validated case can be written");
            assert_eq!(written, rewritten);
        }
        Err(error) => assert!(error.to_string().starts_with("case.toml"), "{error}"),
    }
}
