//! Lists of transactions as CoinJoin studies keep them, one a line:
//! `txid:::blockhash:::place:::unixtime:::inputs:::outputs`. Items are joined
//! by `}{`; an input is `txid-index-value+script+type`, an output
//! `value+script+type`, scripts hexadecimal, values satoshi. The third field
//! is the place in the block, not a height.

use super::files::front;
use super::{BlockError, Position, SourcePlace};
use crate::Compression;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use tracehound_model::address::{ScriptClass, classify};
use tracehound_model::{
    Address, Height, Satoshi, StatedOutput, Timestamp, TransactionHash, UtxoBlock, UtxoInput,
    UtxoOutput, UtxoTransaction,
};

/// Longest line: a transaction of a megabyte with its inputs' scripts.
const LONGEST_LINE: u64 = 16 << 20;

/// Whether a file begins like such a list.
///
/// # Errors
/// If the file cannot be read.
pub fn is_mix_list(path: &Path) -> Result<bool, BlockError> {
    if path.is_dir() {
        return Ok(false);
    }
    let bytes = front(path, 256)?;
    Ok(bytes.get(64..67) == Some(b":::") && bytes[..64].iter().all(u8::is_ascii_hexdigit))
}

/// Reads such a list; each transaction is a block of its own, whose height is
/// the line's number and stands for nothing.
///
/// # Errors
/// [`BlockError`] naming file and line.
pub fn read_mix_list(path: &Path) -> Result<Vec<UtxoBlock>, BlockError> {
    let place = |line| SourcePlace { source: path.to_owned(), at: Position::Line(line) };
    let io = |error| BlockError::Io { place: place(0), error };
    let mut file = File::open(path).map_err(io)?;
    let mut magic = Vec::new();
    (&mut file).take(8).read_to_end(&mut magic).map_err(io)?;
    file.seek(SeekFrom::Start(0)).map_err(io)?;
    let unpacked = Compression::from_magic(&magic).unpack(file).map_err(io)?;
    let mut reader = BufReader::new(unpacked);
    let mut blocks = Vec::new();
    let mut line = String::new();
    for number in 1.. {
        line.clear();
        let read = (&mut reader).take(LONGEST_LINE).read_line(&mut line);
        match read.map_err(|error| BlockError::Io { place: place(number), error })? {
            0 => break,
            _ if line.trim().is_empty() => continue,
            // A length fits 64 bits.
            length if length as u64 >= LONGEST_LINE => {
                return Err(BlockError::broken(place(number), "a line of more than 16 MB"));
            }
            _ => {}
        }
        let block = read_line(line.trim_end(), number)
            .map_err(|reason| BlockError::broken(place(number), reason))?;
        blocks.push(block);
    }
    Ok(blocks)
}

fn read_line(line: &str, number: u64) -> Result<UtxoBlock, String> {
    let fields: Vec<&str> = line.split(":::").collect();
    let [hash, block_hash, _place, time, inputs, outputs] = fields.as_slice() else {
        return Err(format!(
            "{} fields between \":::\", not the six txid, blockhash, place, unixtime, inputs, outputs",
            fields.len()
        ));
    };
    let mut block = UtxoBlock {
        height: Height(number),
        hash: block_hash.parse().map_err(|error| format!("{error}"))?,
        timestamp: Timestamp(number_of(time, "time")?),
        ..UtxoBlock::default()
    };
    block.transactions.push(UtxoTransaction {
        hash: transaction(hash)?,
        first_input: 0,
        first_output: 0,
        version: 0,
        lock_time: 0,
        virtual_size: 0,
        coinbase: false,
        replaceable: false,
    });
    for item in inputs.split("}{") {
        let (input, stated) = input(item)?;
        block.inputs.push(input);
        block.stated.push(stated);
    }
    for item in outputs.split("}{") {
        let (value, script) = item
            .split_once('+')
            .ok_or_else(|| format!("the output \"{item}\" is not value+script+type"))?;
        let value = Satoshi(number_of(value, "value")?);
        let from = length(block.payloads.len())?;
        let script = script_bytes(script)?;
        let address = pays(&script, &mut block.payloads);
        let payload = from..length(block.payloads.len())?;
        block.outputs.push(UtxoOutput { value, address, payload });
    }
    Ok(block)
}

fn length(length: usize) -> Result<u32, String> {
    u32::try_from(length).map_err(|_| "more than 4 GB of data".to_owned())
}

fn transaction(text: &str) -> Result<TransactionHash, String> {
    text.parse().map_err(|_| format!("\"{text}\" is not a transaction; 64 hexadecimal digits are"))
}

fn number_of<T: std::str::FromStr>(text: &str, what: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("the {what} \"{text}\" is not a whole number"))
}

fn input(item: &str) -> Result<(UtxoInput, StatedOutput), String> {
    let wrong = || format!("the input \"{item}\" is not txid-index-value+script+type");
    let (coin, script) = item.split_once('+').ok_or_else(wrong)?;
    let parts: Vec<&str> = coin.split('-').collect();
    let [hash, index, value] = parts.as_slice() else { return Err(wrong()) };
    let spent = UtxoInput { transaction: transaction(hash)?, index: number_of(index, "index")? };
    let address = pays(&script_bytes(script)?, &mut Vec::new());
    Ok((spent, StatedOutput { value: Satoshi(number_of(value, "value")?), address }))
}

/// The script before the type's name.
fn script_bytes(text: &str) -> Result<Vec<u8>, String> {
    let digits = text.split('+').next().unwrap_or_default();
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair: &[u8]| {
        let text = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
        u8::from_str_radix(text, 16).ok()
    };
    let bytes: Option<Vec<u8>> = pairs.map(byte).collect();
    bytes.ok_or_else(|| format!("the script \"{digits}\" is not hexadecimal"))
}

fn pays(script: &[u8], payloads: &mut Vec<u8>) -> Option<Address> {
    match classify(script) {
        ScriptClass::Pays(address) => Some(address),
        ScriptClass::Data(data) => {
            payloads.extend_from_slice(data);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(inputs: &str, outputs: &str) -> String {
        format!("{}:::{}:::7:::1629500530:::{inputs}:::{outputs}", "0a".repeat(32), "0b".repeat(32))
    }

    #[test]
    fn a_line_reads() {
        let input =
            format!("{}-2-374406+0014{}+TxWitnessV0Keyhash", "0c".repeat(32), "11".repeat(20));
        let output =
            format!("5000+0014{}+TxWitnessV0Keyhash}}{{0+6a0142+TxNullData", "22".repeat(20));
        let block = read_line(&line(&input, &output), 3).unwrap();
        assert_eq!((block.inputs.len(), block.outputs.len()), (1, 2));
        assert_eq!(block.stated[0].value, Satoshi(374_406));
        assert_eq!(block.outputs[0].value, Satoshi(5_000));
        assert_eq!((block.outputs[1].address, block.payloads.as_slice()), (None, &[1, 0x42][..]));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let good = format!("{}-2-1+00+X", "0c".repeat(32));
        for (inputs, outputs, expected) in [
            ("x", "1+00+X", "txid-index-value"),
            (good.as_str(), "1", "value+script+type"),
            (good.as_str(), "-1+00+X", "whole number"),
            (good.as_str(), "1.5+00+X", "whole number"),
            (good.as_str(), "1+0+X", "hexadecimal"),
        ] {
            let error = read_line(&line(inputs, outputs), 1).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
        assert!(read_line("a:::b", 1).unwrap_err().contains("2 fields"));
    }
}
