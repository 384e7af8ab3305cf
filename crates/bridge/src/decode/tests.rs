use super::*;
use crate::event::Side;
use alloy_dyn_abi::DynSolValue;
use alloy_json_abi::Event;
use alloy_primitives::{Address as Account, U256};

fn hex(bytes: &[u8]) -> String {
    argument::hex(bytes)
}

/// Topics that published indexers and explorers print; one slip in a
/// declaration changes its hash.
#[test]
fn computed_selectors_are_the_published_ones() {
    let published = [
        (
            "thorchain",
            "TransferOut(",
            "0xa9cd03aa3c1b4515114539cd53d22085129d495cb9e9f9af77864526240f1bf7",
        ),
        (
            "thorchain",
            "TransferOutAndCall(",
            "0x8e5841bcd195b858d53b38bcf91b38d47f3bc800469b6812d35451ab619c6f6c",
        ),
        ("nomad", "Send(", "0xa3d219cf126a12be40d7ad1ceef46231c987988dd4e686457b610e1b6b80a4bf"),
        ("nomad", "Receive(", "0x9f9a97db84f39202ca3b409b63f7ccf7d3fd810e176573c7483088b6f181bbbb"),
        (
            "poly",
            "CrossChainEvent(",
            "0x6ad3bf15c1988bc04bc153490cab16db8efb9a3990215bf1c64ea6e28be88483",
        ),
        (
            "poly",
            "VerifyHeaderAndExecuteTxEvent(",
            "0x8a4a2663ce60ce4955c595da2894de0415240f1ace024cfbff85f513b656bdae",
        ),
        (
            "across",
            "FundsDeposited(uint256 amount",
            "0xafc4df6845a4ab948b492800d3d8a25d538a102a2bc07cd01f1cfa097fddcff6",
        ),
        (
            "across",
            "FilledRelay(uint256 amount",
            "0x8ab9dc6c19fe88e69bc70221b339c84332752fdd49591b7c51e66bae3947b73c",
        ),
        (
            "celer",
            "Withdrawn(",
            "0x296a629c5265cb4e5319803d016902eb70a9079b89655fe2b7737821ed88beeb",
        ),
        ("celer", "Mint(", "0x5bc84ecccfced5bb04bfc7f3efcdbe7f5cd21949ef146811b4d1967fe41f777a"),
        (
            "celer",
            "mintAccount, uint64 nonce)",
            "0x28d226819e371600e26624ebc4a9a3947117ee2760209f816c789d3a99bf481b",
        ),
        (
            "avalanche",
            "bytes32 originTxId)",
            "0x918d77674bb88eaf75afb307c9723ea6037706de68d6fc07dd0c6cba423a5250",
        ),
    ];
    for (bridge, part, topic) in published {
        let shape = shapes().iter().find(|s| s.bridge == bridge && s.declaration.contains(part));
        let selector = selector_of(shape.unwrap().declaration).unwrap();
        assert_eq!(hex(&selector), topic, "{bridge} {part}");
    }
}

#[test]
fn every_declaration_is_understood_and_none_hides_another() {
    assert_eq!(known().len(), shapes().len());
}

/// Every path that the table names leads to an argument of its event.
#[test]
fn every_field_of_the_table_is_an_argument() {
    for shape in shapes() {
        let (parameters, _) = declaration::read(shape.declaration).unwrap();
        let fields = &shape.fields;
        let paths = [
            fields.other_chain.map(|(path, _)| path),
            fields.token,
            fields.other_token,
            fields.amount,
            fields.other_amount,
            fields.sender,
            fields.receiver,
        ];
        for path in paths.into_iter().flatten().filter(|path| *path != "this") {
            let mut names = path.split('.');
            let first = names.next().unwrap();
            let found = |all: &[declaration::Parameter], name: &str| {
                let at = all.iter().position(|one| one.name == name);
                at.unwrap_or_else(|| panic!("{path}: {}", shape.declaration))
            };
            let mut parts = &parameters[found(&parameters, first)].components;
            for name in names {
                parts = &parts[found(parts, name)].components;
            }
        }
    }
}

/// A log as a contract would write it.
fn log(declaration: &str, values: Vec<DynSolValue>) -> Log {
    let event = Event::parse(declaration).unwrap();
    let mut topics = vec![event.selector().0];
    let mut body = Vec::new();
    for (input, value) in event.inputs.iter().zip(values) {
        if input.indexed {
            topics.push(value.abi_encode().try_into().unwrap());
        } else {
            body.push(value);
        }
    }
    Log {
        chain: Chain::ethereum(),
        contract: Address::evm([9; 20]),
        topics,
        data: DynSolValue::Tuple(body).abi_encode_params(),
        transaction: TransactionHash([7; 32]),
        position: Some(3),
        block: Some(100),
        time: Some(Timestamp(1_700_000_000)),
    }
}

fn declared(bridge: &str, part: &str) -> &'static str {
    let found = shapes().iter().find(|s| s.bridge == bridge && s.declaration.contains(part));
    found.unwrap().declaration
}

fn account(byte: u8) -> DynSolValue {
    DynSolValue::Address(Account::repeat_byte(byte))
}

fn number(value: u64) -> DynSolValue {
    DynSolValue::Uint(U256::from(value), 256)
}

fn word(byte: u8) -> DynSolValue {
    DynSolValue::FixedBytes(B256::repeat_byte(byte), 32)
}

#[test]
fn both_sides_of_celer_have_one_key() {
    let sent = log(
        declared("celer", "Send("),
        vec![
            word(1),
            account(2),
            account(3),
            account(4),
            number(1000),
            number(56),
            number(5),
            number(9),
        ],
    );
    let event = decode(&sent).unwrap().unwrap();
    assert_eq!((event.side, event.key.as_deref()), (Side::Source, Some(hex(&[1; 32]).as_str())));
    assert_eq!(event.other_chain.unwrap().as_str(), "eip155:56");
    let mut paid = log(
        declared("celer", "Relay("),
        vec![word(8), account(2), account(3), account(4), number(990), number(1), word(1)],
    );
    paid.chain = "bsc".parse().unwrap();
    let paid = decode(&paid).unwrap().unwrap();
    assert_eq!((paid.side, paid.key), (Side::Destination, event.key));
    assert_eq!(paid.receiver, event.receiver);
}

#[test]
fn a_memo_ties_a_deposit_at_thorchain_to_its_answer() {
    let memo = |text: &str| DynSolValue::String(text.to_owned());
    let asked = log(
        declared("thorchain", "event Deposit("),
        vec![account(1), account(0), number(5), memo("=:b:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")],
    );
    let asked = decode(&asked).unwrap().unwrap();
    assert_eq!(asked.other_chain, Some(Chain::bitcoin()));
    assert_eq!(asked.token, Some(tracehound_model::Asset::Native));
    assert!(asked.receiver.is_some());
    let out = |text: &str| {
        log(
            declared("thorchain", "event TransferOut("),
            vec![account(1), account(2), account(0), number(5), memo(text)],
        )
    };
    let answer = decode(&out(&format!("REFUND:{}", "07".repeat(32)))).unwrap().unwrap();
    assert_eq!(answer.key, asked.key);
    assert!(answer.refund);
    assert_eq!(decode(&out("migrate:5")), Ok(None));
    assert!(decode(&out("for you")).is_err());
}

#[test]
fn kappa_is_the_hash_of_the_text_of_the_hash() {
    let deposit = log(
        declared("synapse", "event TokenDeposit("),
        vec![account(1), number(56), account(2), number(7)],
    );
    let event = decode(&deposit).unwrap().unwrap();
    let text = format!("0x{}", "07".repeat(32));
    assert_eq!(event.key, Some(hex(alloy_primitives::keccak256(text).as_slice())));
}

#[test]
fn nomad_and_poly_join_the_key_with_the_money() {
    let both = (1_650_811_245_u64 << 32) | 42;
    let dispatch = log(
        declared("nomad", "Dispatch("),
        vec![word(1), number(0), number(both), word(2), DynSolValue::Bytes(vec![])],
    );
    let send = log(
        declared("nomad", "event Send("),
        vec![
            account(1),
            account(2),
            number(1_650_811_245),
            DynSolValue::FixedBytes(B256::left_padding_from(&[3; 20]), 32),
            number(77),
            DynSolValue::Bool(false),
        ],
    );
    let events = [dispatch, send].iter().map(|log| decode(log).unwrap().unwrap()).collect();
    let joined = join_transactions(events);
    assert_eq!(joined.len(), 1);
    assert_eq!(joined[0].key.as_deref(), Some("6648936:1650811245:42"));
    assert_eq!(joined[0].receiver, Some(Address::evm([3; 20])));
    let mut receive = log(
        declared("nomad", "Receive("),
        vec![number((6_648_936 << 32) | 42), account(5), account(3), account(0), number(77)],
    );
    receive.chain = "eip155:1284".parse().unwrap();
    assert_eq!(decode(&receive).unwrap().unwrap().key, joined[0].key);
}

#[test]
fn other_logs_are_passed_over_and_broken_ones_refused() {
    let mut other = log(
        "event Transfer(address indexed from, address indexed to, uint256 value)",
        vec![account(1), account(2), number(3)],
    );
    assert_eq!(decode(&other), Ok(None));
    other.topics.clear();
    assert_eq!(decode(&other), Ok(None));
    let mut short = log(
        declared("celer", "Send("),
        vec![
            word(1),
            account(2),
            account(3),
            account(4),
            number(1),
            number(56),
            number(5),
            number(9),
        ],
    );
    short.data.truncate(40);
    assert!(matches!(decode(&short), Err(DecodeError::Arguments { .. })));
}
