//! Calls of destination chains: what they pay and which crossing they answer.
//!
//! A call is recognised by the selector of a declared function, computed as
//! for events. Calls say what was *asked* of the contract; whether it was done
//! only the transaction's status says, which these files do not hold.

use super::poly_value::PolyValue;
use super::protobuf::Message;
use crate::event::{Bridge, BridgeEvent, Side};
use crate::numbering::Numbering;
use alloy_dyn_abi::{DynSolValue, JsonAbiExt};
use alloy_json_abi::Function;
use std::collections::HashMap;
use std::sync::OnceLock;
use tracehound_model::{Address, Amount, Asset, Chain};

const ANY_SWAP_IN: &[&str] = &[
    "function anySwapInAuto(bytes32 txs, address token, address to, uint256 amount, uint256 fromChainID)",
    "function anySwapIn(bytes32 txs, address token, address to, uint256 amount, uint256 fromChainID)",
    "function anySwapInUnderlying(bytes32 txs, address token, address to, uint256 amount, uint256 fromChainID)",
    "function anySwapInNative(bytes32 txs, address token, address to, uint256 amount, uint256 fromChainID)",
];
const RELAY: &str =
    "function relay(bytes _relayRequest, bytes[] _sigs, address[] _signers, uint256[] _powers)";
const VERIFY: &str = "function verifyHeaderAndExecuteTx(bytes proof, bytes rawHeader, bytes headerProof, bytes curRawHeader, bytes headerSig)";

#[derive(Clone, Copy)]
enum Form {
    Multichain,
    Celer,
    Poly,
}

fn known() -> &'static HashMap<[u8; 4], (Function, Form)> {
    static KNOWN: OnceLock<HashMap<[u8; 4], (Function, Form)>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let multichain = ANY_SWAP_IN.iter().map(|text| (*text, Form::Multichain));
        let all = multichain.chain([(RELAY, Form::Celer), (VERIFY, Form::Poly)]);
        all.filter_map(|(text, form)| {
            let function = Function::parse(text).ok()?;
            Some((function.selector().0, (function, form)))
        })
        .collect()
    })
}

/// What a call on `chain` pays; `None` for one of no known function.
/// # Errors
/// What is wrong with a call of a known one.
pub(super) fn decode(data: &[u8], chain: &Chain) -> Result<Option<BridgeEvent>, String> {
    // A payment without data calls nothing.
    let Some((selector, rest)) = data.split_first_chunk::<4>() else { return Ok(None) };
    let Some((function, form)) = known().get(selector) else { return Ok(None) };
    let values = function.abi_decode_input(rest).map_err(|error| {
        format!("no call of {}: {error}; check that it is whole", function.name)
    })?;
    match form {
        Form::Multichain => multichain(&values, chain).map(Some),
        Form::Celer => celer(&values, chain),
        Form::Poly => poly(&values, chain),
    }
}

fn hex(bytes: &[u8]) -> String {
    format!("0x{}", tracehound_model::hash::to_hex(bytes))
}

fn account(bytes: &[u8]) -> Option<Address> {
    bytes.try_into().ok().map(Address::evm)
}

fn token(address: Option<Address>) -> Option<Asset> {
    address.map(|address| if address.is_zero() { Asset::Native } else { Asset::Token(address) })
}

fn multichain(values: &[DynSolValue], chain: &Chain) -> Result<BridgeEvent, String> {
    let [transaction, asset, to, amount, from] = values else {
        return Err("a call of Multichain has 5 arguments".to_owned());
    };
    let mut event = BridgeEvent::bare(Bridge::new("multichain"), Side::Destination, chain.clone());
    let number = |value: &DynSolValue| {
        let (number, _) = value.as_uint()?;
        Amount::from_be_slice(&number.to_be_bytes::<32>())
    };
    let address = |value: &DynSolValue| value.as_address().map(|a| Address::evm(a.into_array()));
    event.key = transaction.as_fixed_bytes().map(|(bytes, _)| hex(bytes));
    event.token = token(address(asset));
    event.receiver = address(to);
    event.amount = number(amount);
    event.other_chain =
        number(from).and_then(Amount::to_u64).and_then(|n| Numbering::Eip155.chain(n));
    Ok(event)
}

fn celer(values: &[DynSolValue], chain: &Chain) -> Result<Option<BridgeEvent>, String> {
    let request = values.first().and_then(DynSolValue::as_bytes).unwrap_or_default();
    let message = Message::read(request)
        .ok_or_else(|| format!("{} is no relay request of Celer", hex(request)))?;
    let bytes = |number: u64| message.bytes.get(&number).map(Vec::as_slice).unwrap_or_default();
    let mut event = BridgeEvent::bare(Bridge::new("celer"), Side::Destination, chain.clone());
    event.sender = account(bytes(1));
    event.receiver = account(bytes(2));
    event.token = token(account(bytes(3)));
    event.amount = Amount::from_be_slice(bytes(4));
    event.other_chain = message.numbers.get(&5).and_then(|number| Numbering::Eip155.chain(*number));
    event.key = message.bytes.get(&7).map(|id| hex(id));
    Ok(Some(event))
}

fn poly(values: &[DynSolValue], chain: &Chain) -> Result<Option<BridgeEvent>, String> {
    let proof = values.first().and_then(DynSolValue::as_bytes).unwrap_or_default();
    // Poly carries other messages too.
    let Some(value) = PolyValue::of_proof(proof) else { return Ok(None) };
    let mut event = BridgeEvent::bare(Bridge::new("poly"), Side::Destination, chain.clone());
    event.key = Some(format!("{}:{}", value.from_chain, hex(&value.source_id)));
    event.other_chain = Numbering::Poly.chain(value.from_chain);
    event.token = token(account(&value.to_asset));
    event.receiver = account(&value.to_address);
    event.amount = Some(Amount::from_le_bytes(value.amount));
    Ok(Some(event))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{Address as Account, B256, Bytes, U256};

    fn bsc() -> Chain {
        "bsc".parse().unwrap()
    }

    /// The selector that calls of Multichain's routers begin with on chain.
    #[test]
    fn the_selector_of_multichain_is_computed() {
        assert!(known().contains_key(&[0x01, 0x75, 0xb1, 0xc4]));
    }

    #[test]
    fn a_call_of_multichain_names_the_transaction_it_answers() {
        let function = Function::parse(ANY_SWAP_IN[0]).unwrap();
        let values = [
            DynSolValue::FixedBytes(B256::repeat_byte(7), 32),
            DynSolValue::Address(Account::repeat_byte(1)),
            DynSolValue::Address(Account::repeat_byte(2)),
            DynSolValue::Uint(U256::from(1000), 256),
            DynSolValue::Uint(U256::from(1), 256),
        ];
        let event = decode(&function.abi_encode_input(&values).unwrap(), &bsc()).unwrap().unwrap();
        assert_eq!(event.key, Some(format!("0x{}", "07".repeat(32))));
        assert_eq!(event.amount, Some(Amount::from_u64(1000)));
        assert_eq!(event.other_chain, Some(Chain::ethereum()));
        assert!(decode(&[0x01, 0x75, 0xb1, 0xc4, 5], &bsc()).is_err());
        assert_eq!(decode(&[1, 2, 3, 4], &bsc()), Ok(None));
    }

    #[test]
    fn a_relay_of_celer_is_read_field_by_field() {
        let field = |number: u8, value: &[u8]| {
            let length = u8::try_from(value.len()).unwrap();
            [&[number << 3 | 2, length], value].concat()
        };
        let request = [
            field(1, &[1; 20]),
            field(2, &[2; 20]),
            field(3, &[3; 20]),
            field(4, &[0x03, 0xe8]),
            vec![5 << 3, 1],
            vec![6 << 3, 56],
            field(7, &[9; 32]),
        ]
        .concat();
        let values = [
            DynSolValue::Bytes(request),
            DynSolValue::Array(vec![]),
            DynSolValue::Array(vec![]),
            DynSolValue::Array(vec![]),
        ];
        let data = Function::parse(RELAY).unwrap().abi_encode_input(&values).unwrap();
        let event = decode(&data, &bsc()).unwrap().unwrap();
        assert_eq!(event.receiver, Some(Address::evm([2; 20])));
        assert_eq!(event.amount, Some(Amount::from_u64(1000)));
        assert_eq!(event.key, Some(format!("0x{}", "09".repeat(32))));
    }

    #[test]
    fn a_proof_of_poly_says_what_is_unlocked() {
        let sized = |bytes: &[u8]| [&[u8::try_from(bytes.len()).unwrap()], bytes].concat();
        let arguments =
            [sized(&[3; 20]), sized(&[2; 20]), Amount::from_u64(55).to_le_bytes().to_vec()]
                .concat();
        let value = [
            sized(&[8; 32]),
            2_u64.to_le_bytes().to_vec(),
            sized(&[9; 32]),
            sized(&[7; 32]),
            sized(&[6; 20]),
            6_u64.to_le_bytes().to_vec(),
            sized(&[5; 20]),
            sized(b"unlock"),
            sized(&arguments),
        ]
        .concat();
        let mut proof = vec![0xfd];
        proof.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
        proof.extend(value);
        let nothing = || DynSolValue::Bytes(Bytes::new().to_vec());
        let values = [DynSolValue::Bytes(proof), nothing(), nothing(), nothing(), nothing()];
        let data = Function::parse(VERIFY).unwrap().abi_encode_input(&values).unwrap();
        let event = decode(&data, &bsc()).unwrap().unwrap();
        assert_eq!(event.other_chain, Some(Chain::ethereum()));
        assert_eq!(
            (event.amount, event.receiver),
            (Some(Amount::from_u64(55)), Some(Address::evm([2; 20])))
        );
        assert_eq!(event.key, Some(format!("2:0x{}", "09".repeat(32))));
    }
}
