//! Files broken on purpose, each in one way a real file has been broken.

/// One way to break a comma-separated file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Breakage {
    /// No bytes at all.
    Empty,
    /// A header and no row.
    HeaderOnly,
    /// Semicolons for commas throughout.
    Semicolons,
    /// Tabs for commas throughout.
    Tabs,
    /// The file ends in the middle of the row.
    CutOff,
    /// The row's cell at this column is replaced by this text.
    Cell(usize, &'static str),
    /// The row has one cell fewer.
    MissingCell,
    /// The row has one cell more.
    ExtraCell,
    /// A zero byte stands in the row.
    ZeroByte,
    /// Bytes that are not UTF-8 stand in the row.
    NotUtf8,
    /// The row is this many bytes long, without a line end before that.
    LongLine(usize),
    /// The row opens a quotation that is never closed.
    OpenQuote,
    /// Not broken, only different: byte order mark and carriage returns.
    Windows,
}

/// `text` (a whole CSV file) with data row `row` (from 1) broken. Breakages of
/// the whole file ignore `row`; a row beyond the end leaves the text as it is.
#[must_use]
pub fn broken(text: &str, row: usize, breakage: Breakage) -> Vec<u8> {
    match breakage {
        Breakage::Empty => return Vec::new(),
        Breakage::HeaderOnly => {
            return text.lines().take(1).flat_map(|line| [line, "\n"]).collect::<String>().into();
        }
        Breakage::Semicolons => return text.replace(',', ";").into_bytes(),
        Breakage::Tabs => return text.replace(',', "\t").into_bytes(),
        Breakage::Windows => {
            return format!("\u{feff}{}", text.replace('\n', "\r\n")).into_bytes();
        }
        _ => {}
    }
    let mut output = Vec::with_capacity(text.len());
    for (number, line) in text.lines().enumerate() {
        if number != row {
            output.extend_from_slice(line.as_bytes());
        } else {
            output.extend(broken_line(line, breakage));
            if breakage == Breakage::CutOff {
                return output;
            }
        }
        output.push(b'\n');
    }
    output
}

fn broken_line(line: &str, breakage: Breakage) -> Vec<u8> {
    let mut cells: Vec<&str> = line.split(',').collect();
    let middle = line.len() / 2;
    match breakage {
        Breakage::Cell(column, with) => {
            if let Some(cell) = cells.get_mut(column) {
                *cell = with;
            }
        }
        Breakage::MissingCell => cells.truncate(cells.len() - 1),
        Breakage::ExtraCell => cells.push("surplus"),
        Breakage::CutOff => return line.as_bytes()[..middle].to_vec(),
        Breakage::ZeroByte => return insert(line, middle, &[0]),
        Breakage::NotUtf8 => return insert(line, middle, &[0xff, 0xfe]),
        Breakage::LongLine(length) => return insert(line, middle, &vec![b'7'; length]),
        Breakage::OpenQuote => return insert(line, 0, b"\""),
        _ => {}
    }
    cells.join(",").into_bytes()
}

fn insert(line: &str, at: usize, bytes: &[u8]) -> Vec<u8> {
    [&line.as_bytes()[..at], bytes, &line.as_bytes()[at..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a,b,c\n1,2,3\n4,5,6\n";

    fn check(breakage: Breakage, expected: &[u8]) {
        let found = broken(TEXT, 2, breakage);
        assert_eq!(found.escape_ascii().to_string(), expected.escape_ascii().to_string());
    }

    #[test]
    fn each_breakage_breaks_what_it_says() {
        check(Breakage::Empty, b"");
        check(Breakage::HeaderOnly, b"a,b,c\n");
        check(Breakage::Semicolons, b"a;b;c\n1;2;3\n4;5;6\n");
        check(Breakage::CutOff, b"a,b,c\n1,2,3\n4,");
        check(Breakage::Cell(1, "x"), b"a,b,c\n1,2,3\n4,x,6\n");
        check(Breakage::MissingCell, b"a,b,c\n1,2,3\n4,5\n");
        check(Breakage::ExtraCell, b"a,b,c\n1,2,3\n4,5,6,surplus\n");
        check(Breakage::ZeroByte, b"a,b,c\n1,2,3\n4,\x005,6\n");
        check(Breakage::NotUtf8, b"a,b,c\n1,2,3\n4,\xff\xfe5,6\n");
        check(Breakage::LongLine(3), b"a,b,c\n1,2,3\n4,7775,6\n");
        check(Breakage::OpenQuote, b"a,b,c\n1,2,3\n\"4,5,6\n");
        check(Breakage::Windows, b"\xef\xbb\xbfa,b,c\r\n1,2,3\r\n4,5,6\r\n");
    }
}
