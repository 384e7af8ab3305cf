//! Plain text in columns and paragraphs for a terminal.

use std::fmt::Write as _;

/// Which side a column's text stands at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

/// Rows of cells, each column as wide as its widest cell; the `flexible`
/// column gives way where the line would be too long.
pub(crate) fn table(sides: &[Side], flexible: usize, rows: &[Vec<String>], width: usize) -> String {
    let mut widths: Vec<usize> = vec![0; sides.len()];
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            widths[column] = widths[column].max(length(cell));
        }
    }
    let total = 2 * sides.len() + widths.iter().sum::<usize>();
    if let Some(flexible) = widths.get_mut(flexible) {
        let needed = total.saturating_sub(width);
        *flexible = flexible.saturating_sub(needed).max(12.min(*flexible));
    }
    let mut text = String::new();
    for row in rows {
        let mut line = String::from(" ");
        for (column, cell) in row.iter().enumerate() {
            let cell = shortened(cell, widths[column]);
            let padding = " ".repeat(widths[column] - length(&cell));
            // Writing to a string cannot fail.
            let _ = match sides[column] {
                Side::Left => write!(line, " {cell}{padding} "),
                Side::Right => write!(line, " {padding}{cell} "),
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Words of `text` in lines of at most `width`, later lines indented.
pub(crate) fn wrapped(first: &str, indent: &str, text: &str, width: usize) -> String {
    let mut out = String::from(first);
    let mut used = length(first);
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && used + 1 + length(word) > width {
            out.push('\n');
            out.push_str(indent);
            used = length(indent);
            empty = true;
        }
        if !empty {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += length(word);
        empty = false;
    }
    out.push('\n');
    out
}

fn length(text: &str) -> usize {
    text.chars().count()
}

fn shortened(text: &str, width: usize) -> String {
    if length(text) <= width {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(width.saturating_sub(1)).collect();
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_and_the_widest_gives_way() {
        let rows = vec![
            vec!["a".to_owned(), "10".to_owned()],
            vec!["a very long name indeed it is".to_owned(), "9".to_owned()],
        ];
        let text = table(&[Side::Left, Side::Right], 0, &rows, 24);
        assert_eq!(text, "  a                   10\n  a very long name …   9\n");
    }

    #[test]
    fn paragraphs_wrap_at_the_width() {
        assert_eq!(wrapped("- ", "  ", "one two three", 9), "- one two\n  three\n");
    }
}
