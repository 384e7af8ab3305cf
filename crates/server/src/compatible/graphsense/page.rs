//! Where the next page begins: a letter for what is counted, and its number
//! in hexadecimal. Clients give it back as it is.

use super::asked::Asked;
use super::refusal::Refusal;

/// What a page goes on from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cursor {
    /// A transaction of outputs.
    Transaction(u64),
    /// A row of transfers.
    Row(u64),
    /// A neighbour.
    Party(u64),
    /// A place in a list.
    Place(u64),
}

impl Cursor {
    fn parts(self) -> (char, u64) {
        match self {
            Self::Transaction(number) => ('t', number),
            Self::Row(number) => ('r', number),
            Self::Party(number) => ('p', number),
            Self::Place(number) => ('n', number),
        }
    }

    /// As clients get it.
    pub(super) fn to_token(self) -> String {
        let (letter, number) = self.parts();
        format!("{letter}{number:x}")
    }

    /// What a client gave back.
    pub(super) fn of_token(token: &str) -> Option<Self> {
        let mut letters = token.chars();
        let letter = letters.next()?;
        let digits = letters.as_str();
        if digits.starts_with('+') {
            return None;
        }
        let number = u64::from_str_radix(digits, 16).ok()?;
        Some(match letter {
            't' => Self::Transaction(number),
            'r' => Self::Row(number),
            'p' => Self::Party(number),
            'n' => Self::Place(number),
            _ => return None,
        })
    }
}

/// Where the page asked for begins, if it is not the first; `kind` picks the
/// number of the right kind.
pub(super) fn cursor(
    asked: &Asked,
    kind: impl Fn(Cursor) -> Option<u64>,
) -> Result<Option<u64>, Refusal> {
    let Some(token) = asked.text("page").filter(|token| !token.trim().is_empty()) else {
        return Ok(None);
    };
    let found = Cursor::of_token(token.trim()).and_then(kind);
    let words = "Value error, not a page of this listing; give next_page of the page before";
    found.map(Some).ok_or_else(|| Refusal::query("page", words, &token))
}

/// A place in a list; bare numbers count pages from 0, as GraphSense's do.
pub(super) fn place(asked: &Asked, page_size: usize) -> Result<usize, Refusal> {
    if let Some(page) = asked.text("page").and_then(|token| token.trim().parse::<u32>().ok()) {
        let page = usize::try_from(page).unwrap_or(usize::MAX);
        return Ok(page.saturating_mul(page_size));
    }
    let place = |cursor| match cursor {
        Cursor::Place(place) => Some(place),
        _ => None,
    };
    let place = cursor(asked, place)?.unwrap_or(0);
    Ok(usize::try_from(place).unwrap_or(usize::MAX))
}

/// A page of a list, and the token of the next one.
pub(super) fn cut<T>(all: Vec<T>, start: usize, size: usize) -> (Vec<T>, Option<String>) {
    let end = start.saturating_add(size);
    // A list has fewer than 2^64 items.
    let next = (all.len() > end).then(|| Cursor::Place(end as u64).to_token());
    (all.into_iter().skip(start).take(size).collect(), next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn tokens_come_back_as_they_were() {
        for cursor in
            [Cursor::Transaction(0), Cursor::Row(u64::MAX), Cursor::Party(0xabc), Cursor::Place(7)]
        {
            assert_eq!(Cursor::of_token(&cursor.to_token()), Some(cursor));
        }
        for wrong in ["", "t", "x1", "t+1", "t1ffffffffffffffff", "é1", "13168304:1"] {
            assert_eq!(Cursor::of_token(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_token_of_another_listing_is_refused() {
        let asked =
            |page: &str| Asked::new(BTreeMap::new(), vec![("page".to_owned(), page.to_owned())]);
        let rows = |cursor| match cursor {
            Cursor::Row(row) => Some(row),
            _ => None,
        };
        assert_eq!(cursor(&asked("rff"), rows).unwrap(), Some(255));
        assert!(matches!(cursor(&asked("tff"), rows), Err(Refusal::Invalid(_))));
        assert_eq!(cursor(&asked(" "), rows).unwrap(), None);
        assert_eq!(place(&asked("2"), 10).unwrap(), 20);
        assert_eq!(place(&asked("n2"), 10).unwrap(), 2);
    }

    #[test]
    fn a_list_is_cut_into_pages() {
        let (page, next) = cut((0..5).collect(), 0, 2);
        assert_eq!((page, next.as_deref()), (vec![0, 1], Some("n2")));
        assert_eq!(cut((0..5).collect(), 4, 2), (vec![4], None));
        assert_eq!(cut((0..5).collect::<Vec<_>>(), 9, 2), (Vec::new(), None));
    }
}
