use super::*;

/// The examples printed in EIP-55.
const EXAMPLES: [&str; 4] = [
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
];

#[test]
fn eip55_examples_round_trip() {
    for text in EXAMPLES {
        let address: Address = text.parse().unwrap();
        assert_eq!(address.to_string(), text);
        assert_eq!(address.to_lower_hex().parse::<Address>().unwrap(), address);
        assert_eq!(Address::from_key(&address.to_key()).unwrap(), address);
    }
}

#[test]
fn a_wrong_checksum_names_the_right_one() {
    let error = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed".parse::<Address>().unwrap_err();
    assert!(error.to_string().contains(EXAMPLES[0]), "{error}");
}

#[test]
fn other_text_is_refused() {
    for text in ["", "0x", "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x5aAe", "0xzz"] {
        assert!(text.parse::<Address>().is_err(), "{text}");
    }
}

/// Text and script of the test vectors in BIP 173, 350 and 341, and of the
/// first block's output.
#[test]
fn scripts_and_texts_agree() {
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
    };
    let genesis_key = "04678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5f";
    let cases = [
        (
            "76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac".to_owned(),
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        ),
        (format!("41{genesis_key}ac"), "p2pk:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        (
            "0014751e76e8199196d454941c45d1b3a323f1433bd6".to_owned(),
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        ),
        (
            "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798".to_owned(),
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        ),
        ("51024e73".to_owned(), "bc1pfeessrawgf"),
        (
            "a914748284390f9e263a4b766a75d0633c50426eb87587".to_owned(),
            "3CK4fEwbMP7heJarmU4eqA3sMbVJyEnU3V",
        ),
    ];
    for (script, text) in cases {
        let script = bytes(&script);
        let ScriptClass::Pays(address) = classify(&script) else { panic!("{text} is data") };
        assert_eq!(address.to_string(), text);
        assert_eq!(text.parse::<Address>(), Ok(address));
        assert_eq!(Address::from_key(&address.to_key()), Ok(address));
    }
    assert_eq!(classify(&[0x6a, 1, 7]), ScriptClass::Data(&[1, 7]));
}

#[test]
fn scripts_without_an_address_have_a_stable_name() {
    let mut multisig = vec![0x51, 33];
    multisig.extend([2; 33]);
    multisig.extend([0x51, 0xae]);
    let ScriptClass::Pays(address) = classify(&multisig) else { panic!("it is data") };
    assert_eq!(address.kind(), AddressKind::Multisig);
    assert!(address.to_string().starts_with("multisig:"));
    let ScriptClass::Pays(odd) = classify(&[]) else { panic!("it is data") };
    assert_eq!(odd.kind(), AddressKind::Script);
    for address in [address, odd] {
        assert_eq!(address.to_string().parse::<Address>(), Ok(address));
    }
}

#[test]
fn each_chain_writes_an_address_its_own_way_and_refuses_the_others() {
    let address: Address = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa".parse().unwrap();
    let litecoin: Chain = "litecoin".parse().unwrap();
    let on_litecoin = address.on(&litecoin).to_string();
    assert!(on_litecoin.starts_with('L'), "{on_litecoin}");
    assert_eq!(on_litecoin.parse::<Address>(), Ok(address));
    assert!(matches!(
        Address::parse_on(&on_litecoin, &Chain::bitcoin()),
        Err(AddressError::OtherChain { .. })
    ));
    assert_eq!(Address::parse_on(&on_litecoin, &litecoin), Ok(address));
    let mistyped = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb".parse::<Address>();
    assert!(matches!(mistyped, Err(AddressError::TextChecksum(_))), "{mistyped:?}");
}
