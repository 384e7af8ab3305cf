//! Exposures as they are printed and given as JSON.

use super::TransferRecord;
use crate::ReportError;
use serde::Serialize;
use tracehound_analysis::AssetText;
use tracehound_analysis::exposure::{AssetExposure, Figure, Label, OnDemand, RULE, Witness};
use tracehound_model::{Address, Amount, Direction, Timestamp};
use tracehound_screen::exposures::Question;
use tracehound_store::{AddressId, RowId, Snapshot, StoreError};
use tracehound_tags::FoundTag;

/// What stands behind an address.
#[derive(Serialize)]
pub struct ExposureRecord {
    /// The address.
    pub address: Address,
    /// The rule with its version.
    pub rule: String,
    /// What a tag says of the address itself.
    pub own_tag: Option<FoundTag>,
    /// Digest of the tags the figures rest on.
    pub tags_digest: String,
    /// Received, sent, or both.
    pub sides: Vec<SideRecord>,
}

impl ExposureRecord {
    /// Of its sides.
    #[must_use]
    pub fn new(
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

/// One way money went.
#[derive(Serialize)]
pub struct SideRecord {
    /// `received` or `sent`.
    pub side: &'static str,
    /// By asset.
    pub assets: Vec<AssetFigures>,
    /// Transfers read; absent where a table answered.
    pub touched: Option<u64>,
}

/// One asset of it.
#[derive(Serialize)]
pub struct AssetFigures {
    /// The asset.
    #[serde(flatten)]
    pub asset: AssetText,
    /// Decimal text in whole units, as all amounts here.
    pub total: String,
    /// What nobody is named for.
    pub unattributed: String,
    /// The same in percent.
    pub unattributed_percent: String,
    /// By category, the largest first.
    pub figures: Vec<FigureRecord>,
}

/// One category of that.
#[derive(Serialize)]
pub struct FigureRecord {
    /// The category, or `unspent` or `dust`.
    pub label: String,
    /// From or to tagged addresses themselves.
    pub direct: String,
    /// Through others.
    pub indirect: String,
    /// Both.
    pub amount: String,
    /// Their share in percent.
    pub percent: String,
    /// Least and most over the policies haircut, dirty-first and clean-first.
    pub over_policies: Option<(String, String)>,
    /// Fewest transfers between.
    pub fewest_hops: u8,
    /// How much arrived after how many transfers.
    pub by_hops: Vec<(u8, String)>,
    /// When any was first seen.
    pub first: Timestamp,
    /// When last.
    pub last: Timestamp,
    /// The largest path, transfer by transfer, in chain order.
    pub path: Vec<TransferRecord>,
    /// Who is at its tagged end, says the tag.
    pub path_entity: Option<String>,
    /// How much of the label the path's last transfer carries.
    pub path_amount: Option<String>,
}

impl SideRecord {
    /// Of what each policy gave, the pro rata one first.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn demanded(
        snapshot: &Snapshot,
        question: &Question,
        direction: Direction,
        by_policy: &[OnDemand],
    ) -> Result<Self, ReportError> {
        let [main, others @ ..] = by_policy else { return Err(ReportError::NoPolicy) };
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
                        shown.path = path.collect::<Result<_, StoreError>>()?;
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
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn of_table(
        snapshot: &Snapshot,
        direction: Direction,
        assets: &[AssetExposure],
    ) -> Result<Self, ReportError> {
        let side = match direction {
            Direction::Forward => "received",
            Direction::Backward => "sent",
        };
        let assets = sorted(assets);
        let assets = assets.iter().map(|exposure| asset(snapshot, exposure));
        Ok(Self { side, assets: assets.collect::<Result<_, ReportError>>()?, touched: None })
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

fn asset(snapshot: &Snapshot, exposure: &AssetExposure) -> Result<AssetFigures, ReportError> {
    let asset = AssetText::of(snapshot, exposure.asset)?;
    let (decimals, total) = (asset.decimals, exposure.total);
    let left = exposure.unattributed();
    let figure = |figure: &Figure| -> Result<FigureRecord, ReportError> {
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
    let figures = exposure.figures.iter().map(figure).collect::<Result<_, ReportError>>()?;
    Ok(AssetFigures {
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
fn percent(part: Amount, whole: Amount) -> Result<String, ReportError> {
    let hundredths = part
        .multiply_divide(Amount::from_u64(10_000), whole)
        .map_err(|source| ReportError::Sum { what: "a share", source })?;
    Ok(hundredths.to_decimal(2))
}
