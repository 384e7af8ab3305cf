use super::*;
use proptest::prelude::*;

fn parsed(text: &str) -> Memo {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn swap_of(text: &str) -> Swap {
    match parsed(text) {
        Memo::Swap(swap) => swap,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn a_swap_with_everything() {
    let text = "=:ETH.USDC-0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48:0xdest/0xback:1e6/3/10:t/ss:10/20:agg:final:5";
    let swap = swap_of(text);
    assert_eq!(swap.asset.chain_name(), "ETH");
    assert_eq!(swap.asset.chain().unwrap(), tracehound_model::Chain::ethereum());
    assert!(swap.asset.asset().is_some());
    assert_eq!(swap.destination, "0xdest");
    assert_eq!(swap.refund.as_deref(), Some("0xback"));
    assert_eq!(swap.limit, Some(Amount::from_u64(1_000_000)));
    assert_eq!((swap.interval, swap.quantity), (Some(3), Some(10)));
    assert_eq!(swap.affiliates[1], Affiliate { name: "ss".into(), basis_points: Some(20) });
    assert_eq!(swap.rest, ["agg", "final", "5"]);
}

#[test]
fn names_of_an_action_and_their_case_mean_the_same() {
    let wanted = parsed("=:BTC.BTC:bc1q");
    for text in ["s:b:bc1q", "SWAP:btc.btc:bc1q", "Swap:B:bc1q", "=:b:bc1q:::", "=:b:bc1q:0"] {
        let same = parsed(text) == wanted;
        assert_eq!(same, !text.ends_with('0'), "{text}");
    }
    assert!(swap_of("=<:BTC.BTC:bc1q:100").waits);
    assert_eq!(swap_of("=:ETH/ETH:thor1x").asset.form(), AssetForm::Synthetic);
    assert_eq!(swap_of("=:ETH~ETH:thor1x").asset.form(), AssetForm::Trade);
    assert_eq!(swap_of("=:ETH-ETH:thor1x").asset.form(), AssetForm::Secured);
    assert_eq!(swap_of("=:r:thor1x").asset.to_string(), "THOR.RUNE");
}

#[test]
fn one_share_counts_for_every_affiliate() {
    let swap = swap_of("=:b:bc1q::one/two:15");
    assert!(swap.affiliates.iter().all(|one| one.basis_points == Some(15)));
    assert!("=:b:bc1q::one/two/three:15/16".parse::<Memo>().is_err());
}

#[test]
fn answers_name_the_transaction_they_answer() {
    let hash = "AB".repeat(32);
    let wanted: TransactionHash = hash.to_ascii_lowercase().parse().unwrap();
    assert_eq!(parsed(&format!("OUT:{hash}")).answers(), Some(wanted));
    assert_eq!(parsed(&format!("refund:{hash}")).answers(), Some(wanted));
    assert_eq!(parsed(&format!("OUT:{hash}")).to_string(), format!("OUT:{hash}"));
    assert_eq!(parsed("=:b:bc1q").answers(), None);
    assert!("OUT:1234".parse::<Memo>().is_err());
}

#[test]
fn vaults_among_themselves_are_internal() {
    for text in ["migrate:123", "YGGDRASIL+:5", "yggdrasil-:5", "ragnarok:9", "consolidate"] {
        assert!(parsed(text).is_internal(), "{text}");
    }
    assert!(!parsed("add:BTC.BTC:thor1x:t:30").is_internal());
}

/// A first letter alone is no memo.
#[test]
fn text_that_only_begins_like_a_memo_is_refused() {
    for text in [
        "",
        "hello",
        "s",
        "x",
        "r:",
        "=",
        "=:",
        "=:nothing",
        "swap:BTC",
        "=:BTC.:x",
        "+:b:x:t:99999",
    ] {
        assert!(text.parse::<Memo>().is_err(), "{text}");
    }
    assert_eq!(Memo::parse(&[0xff, 0xfe]), Err(MemoError::NotText));
}

/// Every name in the table is read as its own action.
#[test]
fn the_table_of_actions_has_no_name_twice() {
    for (action, names) in action::TABLE {
        for name in *names {
            assert_eq!(Action::of(name), Some(*action), "{name}");
        }
    }
}

fn text() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9_.]{1,12}"
}

fn asset() -> impl Strategy<Value = PoolAsset> {
    let form = prop_oneof![
        Just(AssetForm::Layer1),
        Just(AssetForm::Synthetic),
        Just(AssetForm::Trade),
        Just(AssetForm::Secured)
    ];
    (form, "[A-Z]{1,5}", "[A-Z0-9]{1,6}(-0X[0-9A-F]{1,40})?")
        .prop_map(|(form, chain, symbol)| PoolAsset::new(form, &chain, &symbol).unwrap())
}

fn affiliates() -> impl Strategy<Value = Vec<Affiliate>> {
    let one = (text(), prop::option::of(0_u16..=10_000));
    // All of them name a share or none does: a mixture reads back as such only with two or more.
    (prop::collection::vec(one, 0..4), any::<bool>()).prop_map(|(all, shares)| {
        let of = |(name, points): (String, Option<u16>)| Affiliate {
            name,
            basis_points: shares.then(|| points.unwrap_or(7)),
        };
        all.into_iter().map(of).collect()
    })
}

fn limit() -> impl Strategy<Value = (Option<Amount>, Option<u64>, Option<u64>)> {
    let amount = prop::option::of(any::<u128>().prop_map(Amount::from_u128));
    (amount, prop::option::of(any::<u64>()), prop::option::of(any::<u64>()))
}

fn swap() -> impl Strategy<Value = Swap> {
    let to = (text(), prop::option::of(text()));
    let rest = prop::collection::vec(text(), 0..3);
    (any::<bool>(), asset(), to, limit(), affiliates(), rest).prop_map(
        |(waits, asset, (destination, refund), (limit, interval, quantity), affiliates, rest)| {
            Swap { waits, asset, destination, refund, limit, interval, quantity, affiliates, rest }
        },
    )
}

fn memo() -> impl Strategy<Value = Memo> {
    let kept = action::TABLE
        .iter()
        .map(|(action, _)| *action)
        .filter(|action| *action > Action::Consolidate || *action == Action::ModifyLimitSwap);
    let internal = action::TABLE.iter().map(|(action, _)| *action).filter(|a| a.is_internal());
    let fields = || prop::collection::vec(text(), 1..4);
    let points = prop::option::of(0_u16..=10_000);
    let least = prop::option::of(any::<u64>().prop_map(Amount::from_u64));
    prop_oneof![
        swap().prop_map(Memo::Swap),
        swap().prop_map(|swap| Memo::LoanOpen(Swap { waits: false, ..swap })),
        (asset(), prop::option::of(text()), affiliates())
            .prop_map(|(pool, paired, affiliates)| Memo::Add { pool, paired, affiliates }),
        (asset(), points, prop::option::of(asset())).prop_map(|(pool, basis_points, asset)| {
            Memo::Withdraw { pool, basis_points, asset }
        }),
        (asset(), fields()).prop_map(|(pool, fields)| Memo::Donate { pool, fields }),
        (asset(), text(), least).prop_map(|(asset, owner, least)| Memo::LoanRepay {
            asset,
            owner,
            least
        }),
        any::<[u8; 32]>().prop_map(|hash| Memo::Outbound(TransactionHash(hash))),
        any::<[u8; 32]>().prop_map(|hash| Memo::Refund(TransactionHash(hash))),
        (prop::sample::select(internal.collect::<Vec<_>>()), prop::option::of(any::<u64>()))
            .prop_map(|(action, height)| Memo::Internal { action, height }),
        (prop::sample::select(kept.collect::<Vec<_>>()), fields())
            .prop_map(|(action, fields)| Memo::Other { action, fields }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_written_reads_back(memo in memo()) {
        let text = memo.to_string();
        prop_assert_eq!(Memo::parse(text.as_bytes()), Ok(memo));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        if let Ok(memo) = Memo::parse(&bytes) {
            prop_assert_eq!(Memo::parse(memo.to_string().as_bytes()), Ok(memo));
        }
        let _ = memo_of_script(&bytes);
    }

    #[test]
    fn text_of_the_grammar_reads_back(text in "[=s+~$-]{1,2}:[A-Za-z.~/-]{0,8}(:[a-z0-9/:]{0,12}){0,4}") {
        if let Ok(memo) = text.parse::<Memo>() {
            prop_assert_eq!(memo.to_string().parse(), Ok(memo));
        }
    }
}
