//! Exposures as text.

use crate::output;
use comfy_table::Table;
use tracehound_report::look_up::{AssetFigures, ExposureRecord, FigureRecord, SideRecord};
use tracehound_screen::exposures::Question;
use tracehound_store::Snapshot;
use tracehound_tags::Field;

/// Transfers of a path named before "and so many more".
const NAMED: usize = 8;

pub(super) fn record(record: &ExposureRecord) {
    println!("{}", record.address);
    if let Some(tag) = &record.own_tag {
        let label = tag.field(Field::Label);
        println!("tagged itself: {label}, says {} ({})", tag.pack, tag.confidence.0);
    }
    record.sides.iter().for_each(side);
    println!();
}

fn side(side: &SideRecord) {
    if side.assets.is_empty() {
        println!("\n{}", nothing(side));
    }
    for asset in &side.assets {
        println!("\n{} {} {}", side.side, asset.total, asset.asset.symbol);
        println!("{}", table(asset));
        asset.figures.iter().for_each(path);
    }
    if let Some(touched) = side.touched {
        println!("{touched} transfers read");
    }
}

fn nothing(side: &SideRecord) -> String {
    match side.touched {
        Some(_) => format!("{}: nothing in this store", side.side),
        None => format!("{}: nothing is attributed; that does not mean clean", side.side),
    }
}

fn table(asset: &AssetFigures) -> Table {
    let header = ["", "direct", "indirect", "%", "hops", "first", "last", "over policies"];
    let mut table = output::table(&header, &[1, 2, 3, 4]);
    for figure in &asset.figures {
        let range = figure.over_policies.as_ref();
        table.add_row([
            figure.label.clone(),
            figure.direct.clone(),
            figure.indirect.clone(),
            figure.percent.clone(),
            hops(figure),
            figure.first.date(),
            figure.last.date(),
            range.map_or("-".to_owned(), |(least, most)| format!("{least} to {most}")),
        ]);
    }
    let blank = String::new;
    table.add_row([
        "unattributed".to_owned(),
        blank(),
        asset.unattributed.clone(),
        asset.unattributed_percent.clone(),
        blank(),
        blank(),
        blank(),
        blank(),
    ]);
    table
}

fn hops(figure: &FigureRecord) -> String {
    let most = figure.by_hops.last().map_or(figure.fewest_hops, |(hops, _)| *hops);
    match figure.fewest_hops {
        fewest if fewest == most => fewest.to_string(),
        fewest => format!("{fewest}-{most}"),
    }
}

fn path(figure: &FigureRecord) {
    let Some(amount) = &figure.path_amount else { return };
    let entity = figure.path_entity.as_ref().map_or(String::new(), |name| format!(", {name}"));
    println!("  largest path of {}{entity} ({amount}):", figure.label);
    for transfer in figure.path.iter().take(NAMED) {
        println!("    {transfer}");
    }
    if figure.path.len() > NAMED {
        println!("    and {} more; --json names all", figure.path.len() - NAMED);
    }
}

/// What the answers rest on.
pub(super) fn basis(snapshot: &Snapshot, question: &Question) {
    let request = &question.request;
    let packs = question.packs.len();
    println!(
        "rests on {} tagged addresses of this store in {} categories, from {packs} packs",
        request.tagged.len(),
        request.categories.len()
    );
    if let Some((height, time)) = snapshot.tip() {
        println!("the store ends at block {height}, {time}; what came later is not seen");
    }
    println!(
        "pro rata; asset by asset: what changed into another asset, chain or mixer's claim is not followed"
    );
}
