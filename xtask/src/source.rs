//! Rust source with comments and literals blanked out.
//!
//! Enough of the lexical grammar to tell code from text: line and nested
//! block comments, strings with escapes, raw strings, byte strings, character
//! literals as against lifetimes. Line numbers are kept. It does not parse.

/// `text` with every comment and every literal's content replaced by blanks.
pub(crate) fn code_only(text: &str) -> String {
    let mut rest = text;
    let mut code = String::with_capacity(text.len());
    while let Some(first) = rest.chars().next() {
        let after_word = code.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
        let length = skipped_length(rest, after_word);
        if length == 0 {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            let (skipped, remaining) = rest.split_at(length);
            code.extend(skipped.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            rest = remaining;
        }
    }
    code
}

/// Bytes of the comment or literal at the start of `rest`; 0 where code goes on.
fn skipped_length(rest: &str, after_word: bool) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment_length(rest);
    }
    if rest.starts_with('"') {
        return string_length(rest);
    }
    if !after_word && let Some(length) = raw_string_length(rest) {
        return length;
    }
    if rest.starts_with('\'') { character_length(rest) } else { 0 }
}

fn block_comment_length(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        let tail = &rest.as_bytes()[at..];
        if tail.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if tail.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

fn string_length(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Length of `r"…"`, `r#"…"#`, `br"…"` and so on, if `rest` starts with one.
fn raw_string_length(rest: &str) -> Option<usize> {
    let prefix = if rest.starts_with("br") { 2 } else { usize::from(rest.starts_with('r')) };
    if prefix == 0 {
        return None;
    }
    let hashes = rest[prefix..].bytes().take_while(|b| *b == b'#').count();
    let body = prefix + hashes;
    if rest.as_bytes().get(body) != Some(&b'"') {
        return None;
    }
    let close = format!("\"{}", "#".repeat(hashes));
    let end = rest[body + 1..].find(&close).map_or(rest.len(), |at| body + 1 + at + close.len());
    Some(end)
}

/// Length of a character literal; 0 for a lifetime.
fn character_length(rest: &str) -> usize {
    let mut characters = rest.char_indices().skip(1);
    match characters.next() {
        Some((_, '\\')) => rest[3.min(rest.len())..].find('\'').map_or(0, |at| at + 4),
        Some(_) => characters.next().map_or(0, |(at, c)| if c == '\'' { at + 1 } else { 0 }),
        None => 0,
    }
}

/// Lines (from 1) of `code` that hold `word` standing alone.
pub(crate) fn lines_with_word(code: &str, word: &str) -> Vec<usize> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let stands_alone = |line: &str| {
        line.match_indices(word).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            let after = line[at + word.len()..].chars().next();
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
    };
    let numbered = code.lines().enumerate();
    numbered.filter(|(_, line)| stands_alone(line)).map(|(index, _)| index + 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_is_left() {
        let text = "a // unsafe\n/* unsafe /* x */ unsafe */ b \"unsafe \\\" unsafe\" c\n\
                    r#\"unsafe \" unsafe\"# d '\"' e '\\'' f: &'unsafe str br\"unsafe\"";
        let code = code_only(text);
        assert_eq!(code.lines().count(), text.lines().count());
        assert_eq!(lines_with_word(&code, "unsafe"), [3], "{code}");
        for letter in ["a", "b", "c", "d", "e", "f"] {
            assert_eq!(lines_with_word(&code, letter).len(), 1, "{letter} in {code}");
        }
    }

    #[test]
    fn a_word_inside_a_word_does_not_count() {
        assert!(lines_with_word("unsafe_code not_unsafe", "unsafe").is_empty());
        assert_eq!(lines_with_word("x\nunsafe {", "unsafe"), [2]);
    }

    #[test]
    fn unfinished_text_does_not_panic() {
        for text in ["\"", "'", "'\\", "r#\"", "/*", "'a", "br", "é'é"] {
            let _ = code_only(text);
        }
        assert_eq!(code_only("x 'a: loop"), "x 'a: loop");
    }
}
