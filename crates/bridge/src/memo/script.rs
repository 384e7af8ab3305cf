//! The memo in an output script of Bitcoin's family.

const OP_RETURN: u8 = 0x6a;
const PUSH_1: u8 = 0x4c;
const PUSH_2: u8 = 0x4d;

/// The bytes that a script gives after `OP_RETURN`, joined over its pushes;
/// `None` for any other script and for one that ends inside a push.
#[must_use]
pub fn memo_of_script(script: &[u8]) -> Option<Vec<u8>> {
    let (first, mut rest) = script.split_first()?;
    if *first != OP_RETURN {
        return None;
    }
    let mut memo = Vec::new();
    while let Some((code, after)) = rest.split_first() {
        let (length, after) = match *code {
            PUSH_1 => after.split_first().map(|(length, after)| (usize::from(*length), after))?,
            PUSH_2 => {
                let (length, after) = after.split_first_chunk::<2>()?;
                (usize::from(u16::from_le_bytes(*length)), after)
            }
            length if length < PUSH_1 => (usize::from(length), after),
            _ => return None,
        };
        memo.extend_from_slice(after.get(..length)?);
        rest = after.get(length..)?;
    }
    (!memo.is_empty()).then_some(memo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_push_gives_the_memo() {
        let memo = [b'm'; 60];
        let short = [&[OP_RETURN, 60][..], &memo].concat();
        let one = [&[OP_RETURN, PUSH_1, 60][..], &memo].concat();
        let two = [&[OP_RETURN, PUSH_2, 60, 0][..], &memo].concat();
        for script in [short, one, two] {
            assert_eq!(memo_of_script(&script).unwrap(), memo);
            assert_eq!(memo_of_script(&script[..script.len() - 1]), None);
        }
        assert_eq!(memo_of_script(&[0x00, 0x14]), None);
        assert_eq!(memo_of_script(&[OP_RETURN]), None);
    }
}
