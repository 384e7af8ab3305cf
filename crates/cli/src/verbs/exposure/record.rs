//! Exposures as they are printed and given as JSON.

use crate::verbs::transfer_table::{AssetText, TransferRecord, describe};
use hashbrown::HashMap;
use serde::Serialize;
use tracehound_analysis::exposure::{
    AssetExposure, ExposureRequest, Figure, Label, OnDemand, RULE, Witness,
};
use tracehound_model::{Address, Amount, Direction, Timestamp};
use tracehound_store::{AddressId, RowId, Snapshot};
use tracehound_tags::FoundTag;

/// What is asked, and what the tags behind it are.
#[derive(Default)]
pub(crate) struct Question {
    pub(super) request: ExposureRequest,
    pub(crate) tags: HashMap<AddressId, FoundTag>,
    /// SHA-256 of which address is of which category.
    pub(super) digest: String,
    pub(super) packs: Vec<(String, String)>,
}

impl Question {
    /// Who is at the tagged end of a path in chain order, says the tag.
    pub(super) fn end_of(
        &self,
        snapshot: &Snapshot,
        direction: Direction,
        rows: &[RowId],
    ) -> anyhow::Result<Option<String>> {
        let end = match direction {
            Direction::Forward => rows.first(),
            Direction::Backward => rows.last(),
        };
        let Some(row) = end else { return Ok(None) };
        let row = snapshot.row(*row)?;
        let address = match direction {
            Direction::Forward => row.from,
            Direction::Backward => row.to,
        };
        Ok(self.tags.get(&address).map(FoundTag::who))
    }
}

#[derive(Serialize)]
pub(super) struct AddressRecord {
    pub(super) address: Address,
    pub(super) rule: String,
    /// What a tag says of the address itself.
    pub(super) own_tag: Option<FoundTag>,
    /// Digest of the tags the figures rest on.
    pub(super) tags_digest: String,
    pub(super) sides: Vec<SideRecord>,
}

impl AddressRecord {
    pub(super) fn new(
        address: Address,
        question: &Question,
        id: AddressId,
        sides: Vec<SideRecord>,
    ) -> Self {
        Self {
            address,
            rule: format!("{}/{}", RULE.name, RULE.version),
            own_tag: question.tags.get(&id).cloned(),
            tags_digest: question.digest.clone(),
            sides,
        }
    }
}

#[derive(Serialize)]
pub(super) struct SideRecord {
    /// `received` or `sent`.
    pub(super) side: &'static str,
    pub(super) assets: Vec<AssetRecord>,
    /// Transfers read; absent where a table answered.
    pub(super) touched: Option<u64>,
}

#[derive(Serialize)]
pub(super) struct AssetRecord {
    #[serde(flatten)]
    pub(super) asset: AssetText,
    /// Decimal text in whole units, as all amounts here.
    pub(super) total: String,
    pub(super) unattributed: String,
    pub(super) unattributed_percent: String,
    pub(super) figures: Vec<FigureRecord>,
}

#[derive(Serialize)]
pub(super) struct FigureRecord {
    /// The category, or `unspent` or `dust`.
    pub(super) label: String,
    pub(super) direct: String,
    pub(super) indirect: String,
    pub(super) amount: String,
    pub(super) percent: String,
    /// Least and most over the policies haircut, dirty-first and clean-first.
    pub(super) over_policies: Option<(String, String)>,
    pub(super) fewest_hops: u8,
    /// How much arrived after how many transfers.
    pub(super) by_hops: Vec<(u8, String)>,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    /// The largest path, transfer by transfer, in chain order.
    pub(super) path: Vec<TransferRecord>,
    /// Who is at its tagged end, says the tag.
    pub(super) path_entity: Option<String>,
    /// How much of the label the path's last transfer carries.
    pub(super) path_amount: Option<String>,
}

impl SideRecord {
    /// Of what each policy gave, the pro rata one first.
    pub(super) fn demanded(
        snapshot: &Snapshot,
        question: &Question,
        direction: Direction,
        by_policy: &[OnDemand],
    ) -> anyhow::Result<Self> {
        let [main, others @ ..] = by_policy else { anyhow::bail!("no policy was asked") };
        let mut record = Self::of_table(snapshot, direction, &main.assets)?;
        for (asset, shown) in sorted(&main.assets).iter().zip(&mut record.assets) {
            let decimals = shown.asset.decimals;
            for (figure, shown) in asset.figures.iter().zip(&mut shown.figures) {
                let other = |demanded: &OnDemand| amount_of(demanded, asset, &figure.label);
                let all = others.iter().map(other).chain([figure.whole()]);
                let all: Vec<Amount> = all.collect();
                let least = all.iter().min().copied().unwrap_or_default();
                let most = all.iter().max().copied().unwrap_or_default();
                shown.over_policies = Some((least.to_decimal(decimals), most.to_decimal(decimals)));
                let mut backings = main.backings.iter();
                let backing = backings.find(|b| b.asset == asset.asset && b.label == figure.label);
                if let Some(backing) = backing {
                    let by_hops = backing.by_hops.iter();
                    shown.by_hops = by_hops.map(|(n, a)| (*n, a.to_decimal(decimals))).collect();
                    if let Some(Witness { rows, amount }) = &backing.witness {
                        let mut rows = rows.clone();
                        rows.sort_unstable();
                        let path = rows.iter().map(|row| TransferRecord::read(snapshot, *row));
                        shown.path = path.collect::<anyhow::Result<_>>()?;
                        shown.path_entity = question.end_of(snapshot, direction, &rows)?;
                        shown.path_amount = Some(amount.to_decimal(decimals));
                    }
                }
            }
        }
        record.touched = Some(main.touched);
        Ok(record)
    }

    /// Of figures alone.
    pub(super) fn of_table(
        snapshot: &Snapshot,
        direction: Direction,
        assets: &[AssetExposure],
    ) -> anyhow::Result<Self> {
        let side = match direction {
            Direction::Forward => "received",
            Direction::Backward => "sent",
        };
        let assets = sorted(assets);
        let assets = assets.iter().map(|exposure| asset(snapshot, exposure));
        Ok(Self { side, assets: assets.collect::<anyhow::Result<_>>()?, touched: None })
    }
}

/// The largest figures first.
fn sorted(assets: &[AssetExposure]) -> Vec<AssetExposure> {
    let mut assets = assets.to_vec();
    for asset in &mut assets {
        asset.figures.sort_by_key(|figure| std::cmp::Reverse(figure.whole()));
    }
    assets
}

fn amount_of(demanded: &OnDemand, asset: &AssetExposure, label: &Label) -> Amount {
    let same = demanded.assets.iter().find(|other| other.asset == asset.asset);
    same.and_then(|other| other.figure(label)).map_or(Amount::ZERO, Figure::whole)
}

fn asset(snapshot: &Snapshot, exposure: &AssetExposure) -> anyhow::Result<AssetRecord> {
    let asset = describe(snapshot, exposure.asset)?;
    let (decimals, total) = (asset.decimals, exposure.total);
    let left = exposure.unattributed();
    let figure = |figure: &Figure| -> anyhow::Result<FigureRecord> {
        let time = |row: RowId| snapshot.place(row).map(|place| place.timestamp);
        let (one, other) = (time(figure.first)?, time(figure.last)?);
        Ok(FigureRecord {
            label: name(&figure.label),
            direct: figure.direct.to_decimal(decimals),
            indirect: figure.indirect.to_decimal(decimals),
            amount: figure.whole().to_decimal(decimals),
            percent: percent(figure.whole(), total)?,
            over_policies: None,
            fewest_hops: figure.fewest_hops,
            by_hops: Vec::new(),
            first: one.min(other),
            last: one.max(other),
            path: Vec::new(),
            path_entity: None,
            path_amount: None,
        })
    };
    let figures = exposure.figures.iter().map(figure).collect::<anyhow::Result<_>>()?;
    Ok(AssetRecord {
        total: total.to_decimal(decimals),
        unattributed: left.to_decimal(decimals),
        unattributed_percent: percent(left, total)?,
        figures,
        asset,
    })
}

fn name(label: &Label) -> String {
    match label {
        Label::Category(name) => name.clone(),
        Label::Unspent => "unspent".to_owned(),
        Label::Dust => "dust".to_owned(),
    }
}

/// A share in percent with two digits, cut off, not rounded up.
fn percent(part: Amount, whole: Amount) -> anyhow::Result<String> {
    let hundredths = part.multiply_divide(Amount::from_u64(10_000), whole)?;
    Ok(hundredths.to_decimal(2))
}
