//! Transactions in Bitcoin's form (BIP 144), with Litecoin's flag for
//! extension blocks (LIP 3).

use super::cursor::Cursor;
use super::{ParseError, hash_twice, reversed};
use tracehound_model::address::{ScriptClass, classify};
use tracehound_model::{Address, Satoshi, TransactionHash, UtxoBlock};
use tracehound_model::{UtxoInput, UtxoOutput, UtxoTransaction};

/// Inputs with a lower sequence number signal that they may be replaced (BIP 125).
const FINAL_ENOUGH: u32 = 0xffff_fffe;
/// Flags after the marker: witnesses follow, and Litecoin's extension data.
const WITNESS: u8 = 1;
const EXTENSION: u8 = 8;
/// Byte before the token data of an output of Bitcoin Cash (CHIP-2022-02 `CashTokens`).
const TOKEN_PREFIX: u8 = 0xef;

/// Least bytes of an input: the output spent, no script, a sequence number.
pub(super) const LEAST_INPUT: usize = 41;
/// Least bytes of an output: a value and no script.
pub(super) const LEAST_OUTPUT: usize = 9;

/// What differs from Bitcoin in reading transactions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Dialect {
    /// A flag may announce extension data (Litecoin).
    pub(super) extension: bool,
    /// Scripts may follow token data (Bitcoin Cash).
    pub(super) tokens: bool,
}

/// What a reader of a block learns of a transaction besides its record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Seen<'a> {
    /// Hash over everything, witnesses included, in the order computed.
    pub(super) witness_hash: [u8; 32],
    /// Whether it has any witness.
    pub(super) witness: bool,
    /// Whether it carries Litecoin's extension flag.
    pub(super) extension: bool,
    /// Script of its first input: a coinbase's words.
    pub(super) first_script: &'a [u8],
    /// The one witness item of 32 bytes of a coinbase, if it has just that.
    pub(super) reserved: Option<[u8; 32]>,
    /// The last output's script that commits to witnesses, if there is one.
    pub(super) commitment: Option<[u8; 32]>,
}

/// Reads a transaction into the lists of `block`.
pub(super) fn transaction<'a>(
    cursor: &mut Cursor<'a>,
    dialect: Dialect,
    block: &mut UtxoBlock,
) -> Result<Seen<'a>, ParseError> {
    let start = cursor.at();
    let (first_input, first_output) = (block.inputs.len(), block.outputs.len());
    let version = cursor.i32()?;
    let flags = flags(cursor, dialect)?;
    let body = cursor.at();
    let inputs = inputs(cursor, block)?;
    let commitment = outputs(cursor, dialect.tokens, block)?;
    let body = cursor.since(body);
    let witnesses = cursor.at();
    let mut reserved = None;
    let mut witness = false;
    if flags & WITNESS != 0 {
        for _ in 0..inputs.count {
            let item = witness_of(cursor, &mut witness)?;
            reserved = item.filter(|_| inputs.count == 1);
        }
        if !witness && flags & EXTENSION == 0 {
            return cursor.fail("a transaction announces witnesses and has none");
        }
    }
    if flags & EXTENSION != 0 {
        extension(cursor)?;
    }
    let witnesses = cursor.at() - witnesses;
    let lock_time = cursor.u32()?;
    let whole = cursor.since(start);
    let plain_hash = if flags == 0 {
        hash_twice(&[whole])
    } else {
        hash_twice(&[&version.to_le_bytes(), body, &lock_time.to_le_bytes()])
    };
    let witness_hash = if witness { hash_twice(&[whole]) } else { plain_hash };
    // Marker, flag and witnesses count a quarter (BIP 141).
    let light = if flags == 0 { 0 } else { witnesses + 2 };
    let coinbase = is_coinbase(cursor, inputs, first_input, block)?;
    block.transactions.push(UtxoTransaction {
        hash: TransactionHash(reversed(plain_hash)),
        first_input: small(cursor, first_input)?,
        first_output: small(cursor, first_output)?,
        version,
        lock_time,
        virtual_size: small(cursor, whole.len() - light + light.div_ceil(4))?,
        coinbase,
        replaceable: inputs.replaceable && !coinbase,
    });
    let extension = flags & EXTENSION != 0;
    let first_script = inputs.first_script;
    Ok(Seen { witness_hash, witness, extension, first_script, reserved, commitment })
}

/// An index within a block, which is far below 32 bits in any real one.
pub(super) fn small(cursor: &Cursor<'_>, number: usize) -> Result<u32, ParseError> {
    match u32::try_from(number) {
        Ok(number) => Ok(number),
        Err(_) => cursor.fail("the block is larger than 4 GB"),
    }
}

/// Flags after a marker byte of zero; 0 where there is no marker.
fn flags(cursor: &mut Cursor<'_>, dialect: Dialect) -> Result<u8, ParseError> {
    if cursor.peek() != Some(0) {
        return Ok(0);
    }
    cursor.byte()?;
    let flags = cursor.byte()?;
    let known = if dialect.extension { WITNESS | EXTENSION } else { WITNESS };
    if flags == 0 || flags & !known != 0 {
        return cursor.fail(format!("a transaction without inputs, or with unknown flag {flags}"));
    }
    Ok(flags)
}

/// What is kept of a transaction's inputs besides their records.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inputs<'a> {
    pub(super) count: usize,
    pub(super) first_script: &'a [u8],
    pub(super) replaceable: bool,
}

pub(super) fn inputs<'a>(
    cursor: &mut Cursor<'a>,
    block: &mut UtxoBlock,
) -> Result<Inputs<'a>, ParseError> {
    let count = cursor.count("inputs", LEAST_INPUT)?;
    let mut inputs = Inputs { count, first_script: &[], replaceable: false };
    for place in 0..count {
        let transaction = TransactionHash(cursor.hash()?);
        let index = cursor.u32()?;
        let script = cursor.bytes()?;
        if place == 0 {
            inputs.first_script = script;
        }
        inputs.replaceable |= cursor.u32()? < FINAL_ENOUGH;
        block.inputs.push(UtxoInput { transaction, index });
    }
    Ok(inputs)
}

/// Whether the inputs are a coinbase's, whose one input spends nothing and is
/// taken off the list again.
pub(super) fn is_coinbase(
    cursor: &Cursor<'_>,
    inputs: Inputs<'_>,
    first: usize,
    block: &mut UtxoBlock,
) -> Result<bool, ParseError> {
    let nothing = |input: &UtxoInput| input.transaction.0 == [0; 32] && input.index == u32::MAX;
    let makes_coins = block.inputs.get(first..).unwrap_or_default().iter().any(nothing);
    if makes_coins && inputs.count != 1 {
        return cursor.fail("a coinbase with other inputs");
    }
    if makes_coins {
        block.inputs.truncate(first);
    }
    Ok(makes_coins)
}

/// Reads outputs; gives the last commitment to witnesses among them.
pub(super) fn outputs(
    cursor: &mut Cursor<'_>,
    tokens: bool,
    block: &mut UtxoBlock,
) -> Result<Option<[u8; 32]>, ParseError> {
    let mut commitment = None;
    for _ in 0..cursor.count("outputs", LEAST_OUTPUT)? {
        let value = Satoshi(cursor.u64()?);
        if i64::try_from(value.0).is_err() {
            return cursor.fail(format!("an output of {} base units", value.0));
        }
        let script = cursor.bytes()?;
        let script = if tokens { after_tokens(script) } else { script };
        if let [0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed, hash @ ..] = script
            && let Some(hash) = hash.first_chunk::<32>()
        {
            commitment = Some(*hash);
        }
        push_output(cursor, value, script, block)?;
    }
    Ok(commitment)
}

fn push_output(
    cursor: &Cursor<'_>,
    value: Satoshi,
    script: &[u8],
    block: &mut UtxoBlock,
) -> Result<(), ParseError> {
    let from = small(cursor, block.payloads.len())?;
    let address: Option<Address> = match classify(script) {
        ScriptClass::Pays(address) => Some(address),
        ScriptClass::Data(data) => {
            block.payloads.extend_from_slice(data);
            None
        }
    };
    let payload = from..small(cursor, block.payloads.len())?;
    block.outputs.push(UtxoOutput { value, address, payload });
    Ok(())
}

/// The script that follows an output's token data; all of it where there are none.
fn after_tokens(script: &[u8]) -> &[u8] {
    let mut cursor = Cursor::new(script);
    let mut skip = || -> Result<usize, ParseError> {
        if cursor.byte()? != TOKEN_PREFIX {
            return Ok(0);
        }
        cursor.take(32)?;
        let kinds = cursor.byte()?;
        if kinds & 0x40 != 0 {
            cursor.bytes()?;
        }
        if kinds & 0x10 != 0 {
            cursor.compact()?;
        }
        Ok(cursor.at())
    };
    let prefix = skip().unwrap_or(0);
    script.get(prefix..).unwrap_or_default()
}

/// Skips one input's witness; gives its only item if that has 32 bytes.
fn witness_of(cursor: &mut Cursor<'_>, any: &mut bool) -> Result<Option<[u8; 32]>, ParseError> {
    let items = cursor.count("witness items", 1)?;
    *any |= items > 0;
    let mut last = None;
    for _ in 0..items {
        last = cursor.bytes()?.try_into().ok();
    }
    Ok(last.filter(|_| items == 1))
}

/// In a block only the last transaction has the flag, and nothing behind it.
fn extension(cursor: &mut Cursor<'_>) -> Result<(), ParseError> {
    match cursor.byte()? {
        0 => Ok(()),
        _ => cursor.fail("an extension transaction that is not yet in a block"),
    }
}

/// Skips a transaction of another chain (Bitcoin's form).
pub(super) fn skip(cursor: &mut Cursor<'_>) -> Result<(), ParseError> {
    let mut scratch = UtxoBlock::default();
    transaction(cursor, Dialect::default(), &mut scratch).map(|_| ())
}
