//! Memos of THORChain: what is read as one must be written as the same again,
//! and no bytes of a script or a memo may stop the reader.

use tracehound_bridge::memo::{Memo, memo_of_script};

/// Feeds `data` as a memo, and as a script that may hold one.
pub fn target(data: &[u8]) {
    read_back(data);
    if let Some(memo) = memo_of_script(data) {
        read_back(&memo);
    }
}

fn read_back(bytes: &[u8]) {
    if let Ok(memo) = Memo::parse(bytes) {
        let text = memo.to_string();
        assert_eq!(Memo::parse(text.as_bytes()).as_ref(), Ok(&memo), "{text}");
        assert!(memo.answers().is_none() || !memo.is_internal());
    }
}
