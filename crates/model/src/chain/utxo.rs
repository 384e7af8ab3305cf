//! Parameters of the chains that keep their state as unspent outputs.
//!
//! Sources: each project's chain parameters (`chainparams.cpp`); names are
//! CAIP-2 with the first 32 digits of the genesis block's hash, for Bitcoin
//! Cash those of the block at which it split off.

/// How a block's header and transactions differ from Bitcoin's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum BlockForm {
    /// Bitcoin's.
    Bitcoin,
    /// With an extension block after the transactions and a flag in the
    /// last one (Litecoin, MWEB).
    ExtensionBlock,
    /// With the proof of another chain after the header (Dogecoin, merged mining).
    MergedMining,
    /// With an Equihash solution in the header and shielded parts in
    /// transactions (Zcash).
    Shielded,
}

/// One chain of Bitcoin's family.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UtxoParameters {
    /// Short name, as on the command line.
    pub name: &'static str,
    /// CAIP-2 name.
    pub id: &'static str,
    /// Symbol of the coin, which has eight decimals on all of them.
    pub symbol: &'static str,
    /// SLIP-44 number of the coin.
    pub coin_type: u32,
    /// The four bytes before each block in a node's block files.
    pub magic: [u8; 4],
    /// Hash of the first block, as it is printed.
    pub genesis: &'static str,
    /// Version bytes of addresses that pay the hash of a key.
    pub key_hash: &'static [u8],
    /// Version bytes of addresses that pay the hash of a script; the first is written.
    pub script_hash: &'static [&'static [u8]],
    /// Human-readable part of witness addresses.
    pub bech32: Option<&'static str>,
    /// How blocks are written.
    pub form: BlockForm,
    /// Whether blocks list transactions by hash, not in the order of spending
    /// (Bitcoin Cash since November 2018).
    pub sorted_by_hash: bool,
}

const BITCOIN: UtxoParameters = UtxoParameters {
    name: "bitcoin",
    id: "bip122:000000000019d6689c085ae165831e93",
    symbol: "BTC",
    coin_type: 0,
    magic: [0xf9, 0xbe, 0xb4, 0xd9],
    genesis: "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f",
    key_hash: &[0],
    script_hash: &[&[5]],
    bech32: Some("bc"),
    form: BlockForm::Bitcoin,
    sorted_by_hash: false,
};

const TESTNET: UtxoParameters = UtxoParameters {
    name: "bitcoin-testnet3",
    id: "bip122:000000000933ea01ad0ee984209779ba",
    symbol: "tBTC",
    coin_type: 1,
    magic: [0x0b, 0x11, 0x09, 0x07],
    genesis: "000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943",
    key_hash: &[0x6f],
    script_hash: &[&[0xc4]],
    bech32: Some("tb"),
    ..BITCOIN
};

/// Every chain of the family we know, Bitcoin first.
pub static UTXO_CHAINS: [UtxoParameters; 9] = [
    BITCOIN,
    TESTNET,
    UtxoParameters {
        name: "bitcoin-testnet4",
        id: "bip122:00000000da84f2bafbbc53dee25a72ae",
        magic: [0x1c, 0x16, 0x3f, 0x28],
        genesis: "00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043",
        ..TESTNET
    },
    UtxoParameters {
        name: "bitcoin-signet",
        id: "bip122:00000008819873e925422c1ff0f99f7c",
        magic: [0x0a, 0x03, 0xcf, 0x40],
        genesis: "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6",
        ..TESTNET
    },
    UtxoParameters {
        name: "bitcoin-regtest",
        id: "bip122:0f9188f13cb7b2c71f2a335e3a4fc328",
        magic: [0xfa, 0xbf, 0xb5, 0xda],
        genesis: "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206",
        bech32: Some("bcrt"),
        ..TESTNET
    },
    UtxoParameters {
        name: "litecoin",
        id: "bip122:12a765e31ffd4059bada1e25190f6e98",
        symbol: "LTC",
        coin_type: 2,
        magic: [0xfb, 0xc0, 0xb6, 0xdb],
        genesis: "12a765e31ffd4059bada1e25190f6e98c99d9714d334efa41a195a7e7e04bfe2",
        key_hash: &[0x30],
        script_hash: &[&[0x32], &[5]],
        bech32: Some("ltc"),
        form: BlockForm::ExtensionBlock,
        ..BITCOIN
    },
    UtxoParameters {
        name: "dogecoin",
        id: "bip122:1a91e3dace36e2be3bf030a65679fe82",
        symbol: "DOGE",
        coin_type: 3,
        magic: [0xc0, 0xc0, 0xc0, 0xc0],
        genesis: "1a91e3dace36e2be3bf030a65679fe821aa1d6ef92e7c9902eb318182c355691",
        key_hash: &[0x1e],
        script_hash: &[&[0x16]],
        bech32: None,
        form: BlockForm::MergedMining,
        ..BITCOIN
    },
    UtxoParameters {
        name: "bitcoin-cash",
        id: "bip122:000000000000000000651ef99cb9fcbe",
        symbol: "BCH",
        coin_type: 145,
        bech32: None,
        sorted_by_hash: true,
        ..BITCOIN
    },
    UtxoParameters {
        name: "zcash",
        id: "bip122:00040fe8ec8471911baa1db1266ea15d",
        symbol: "ZEC",
        coin_type: 133,
        magic: [0x24, 0xe9, 0x27, 0x64],
        genesis: "00040fe8ec8471911baa1db1266ea15dd06b4a8a5c453883c000b031973dce08",
        key_hash: &[0x1c, 0xb8],
        script_hash: &[&[0x1c, 0xbd]],
        bech32: None,
        form: BlockForm::Shielded,
        ..BITCOIN
    },
];

/// Which text form an address is written in: an EVM chain's or that of one
/// chain of [`UTXO_CHAINS`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Network(u8);

impl Network {
    pub(crate) const BITCOIN: Self = Self(0);
    /// Never looked up: an EVM address has one text form everywhere.
    pub(crate) const EVM: Self = Self(u8::MAX);

    /// One for each of [`UTXO_CHAINS`], in its order.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..).map(Self).take(UTXO_CHAINS.len())
    }

    pub(crate) fn parameters(self) -> &'static UtxoParameters {
        UTXO_CHAINS.get(usize::from(self.0)).unwrap_or(&UTXO_CHAINS[0])
    }
}
