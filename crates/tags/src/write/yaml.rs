//! Texts as YAML that every reader reads as the same text.

/// A text in double quotes: JSON's are YAML's, but for control characters
/// that some readers refuse unless they are escaped.
pub(super) fn quoted(text: &str) -> String {
    // A text as JSON: writing it to memory cannot fail.
    let json = serde_json::to_string(text).unwrap_or_default();
    let mut out = String::with_capacity(json.len());
    for letter in json.chars() {
        let code = u32::from(letter);
        if matches!(code, 0x7f..=0x9f | 0x2028 | 0x2029 | 0xfeff | 0xfffe | 0xffff) {
            out.push_str(&format!("\\u{code:04x}"));
        } else {
            out.push(letter);
        }
    }
    out
}

/// Whether every reader takes a bare text for a date or time.
pub(super) fn is_date(text: &str) -> bool {
    let shape = |at: usize, byte: u8| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    let bytes = text.as_bytes();
    let day = bytes.len() >= 10 && bytes[..10].iter().enumerate().all(|(at, b)| shape(at, *b));
    let rest = bytes.get(10..).unwrap_or_default();
    let time = rest.iter().all(|byte| byte.is_ascii_digit() || b" T:.+-Z".contains(byte));
    day && time && (rest.is_empty() || rest.len() >= 9)
}

/// A date or time bare, so that readers take it for one; else in quotes.
pub(super) fn date(text: &str) -> String {
    if is_date(text) { text.to_owned() } else { quoted(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Kind, parse};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_comes_back(text in any::<String>()) {
            let node = parse(&format!("a: {}\n", quoted(&text))).unwrap();
            let Kind::Map(pairs) = node.kind else { panic!() };
            prop_assert_eq!(&pairs[0].1.kind, &Kind::Scalar { text, plain: false });
        }
    }

    #[test]
    fn dates_are_bare() {
        assert_eq!(date("2022-01-24"), "2022-01-24");
        assert_eq!(date("2022-01-24 10:00:00"), "2022-01-24 10:00:00");
        assert_eq!(date("2022-1-24"), "\"2022-1-24\"");
        assert_eq!(date("2022-01-24 # no"), "\"2022-01-24 # no\"");
    }
}
