//! Where nodes and ribbons stand on the canvas.
//!
//! Lengths are whole hundredths of a pixel, so the same flow gives the same
//! picture on every machine. A height is `floor(amount * scale)`; the parts
//! of a node are placed by cumulative sums, so ribbons exactly tile the node
//! they touch. Nothing is widened to be seen: a hairline outline, not a
//! larger height, keeps small flows visible.

use super::{Flow, GroupKey};
use tracehound_model::Amount;

/// Hundredths of a pixel.
pub(crate) type Length = i64;

/// Width of the canvas.
pub(super) const WIDTH: Length = 118_000;
/// Height of everything stolen.
const FULL: Length = 36_000;
/// Top margin, where the times stand.
pub(super) const TOP: Length = 4_600;
const LEFT: Length = 23_500;
const RIGHT: Length = 25_000;
const NODE_WIDTH: Length = 900;
const GAP: Length = 900;
/// Least distance between two labels of one side.
const LABEL_PITCH: Length = 1_550;

/// A drawn node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Block {
    pub(crate) x: Length,
    pub(crate) y: Length,
    pub(crate) width: Length,
    pub(crate) height: Length,
}

/// A drawn ribbon: from `(x0, y0)` to `(x1, y1)`, `width` tall all along.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Band {
    pub(crate) x0: Length,
    pub(crate) y0: Length,
    pub(crate) x1: Length,
    pub(crate) y1: Length,
    pub(crate) width: Length,
}

/// A label beside a node, at a height of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Label {
    pub(crate) node: usize,
    pub(crate) y: Length,
    pub(crate) at_right: bool,
}

/// The whole picture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Drawing {
    pub(crate) width: Length,
    pub(crate) height: Length,
    /// One a node of the flow.
    pub(crate) blocks: Vec<Block>,
    /// One a ribbon of the flow.
    pub(crate) bands: Vec<Band>,
    pub(crate) labels: Vec<Label>,
    /// Left edge of each column, by the number of its cut.
    pub(crate) columns: Vec<Length>,
}

/// Lays a flow out. A backward flow is mirrored, so time still runs left to right.
pub(in crate::html) fn draw(flow: &Flow) -> Drawing {
    let cuts = flow.periods.len() + 1;
    let span = WIDTH - LEFT - RIGHT - NODE_WIDTH;
    let steps = Length::try_from(flow.periods.len().max(1)).unwrap_or(1);
    let columns: Vec<Length> = (0..)
        .take(cuts)
        .map(|cut: Length| {
            let place = if flow.backward { steps - cut } else { cut };
            LEFT + span * place / steps
        })
        .collect();
    let blocks = blocks(flow, &columns);
    let bands = bands(flow, &blocks);
    let labels = labels(flow, &blocks);
    let lowest = blocks.iter().map(|b| b.y + b.height);
    let lowest_label = labels.iter().map(|l| l.y + LABEL_PITCH);
    let height = lowest.chain(lowest_label).max().unwrap_or(TOP) + 1_200;
    Drawing { width: WIDTH, height, blocks, bands, labels, columns }
}

/// Height of an amount.
pub(super) fn scaled(amount: Amount, total: Amount) -> Length {
    let height = Amount::from_u64(FULL.unsigned_abs()).multiply_divide(amount, total);
    // At most FULL, because no part exceeds the total.
    height.ok().and_then(Amount::to_u64).and_then(|h| Length::try_from(h).ok()).unwrap_or(0)
}

fn blocks(flow: &Flow, columns: &[Length]) -> Vec<Block> {
    let mut y = TOP;
    let mut column = usize::MAX;
    let mut service_before = false;
    let mut blocks = Vec::with_capacity(flow.nodes.len());
    for node in &flow.nodes {
        let service = matches!(
            flow.groups[node.group].key,
            GroupKey::Service(..) | GroupKey::OtherServices | GroupKey::Burnt | GroupKey::Cut(_)
        );
        if node.column != column {
            (y, column) = (TOP, node.column);
        } else if service && !service_before {
            // A wider step parts what still moves from what has come to rest.
            y += 2 * GAP;
        }
        service_before = service;
        let height = scaled(node.amount, flow.total);
        let x = columns.get(node.column).copied().unwrap_or(LEFT);
        blocks.push(Block { x, y, width: NODE_WIDTH, height });
        y += height + GAP;
    }
    blocks
}

fn bands(flow: &Flow, blocks: &[Block]) -> Vec<Band> {
    let mut left = vec![Amount::ZERO; blocks.len()];
    let mut arrived = vec![Amount::ZERO; blocks.len()];
    // Cumulative sums stay below the total by construction.
    let plus = |a: Amount, b: Amount| a.add(b).unwrap_or(Amount::MAX);
    let mut bands = vec![Band { x0: 0, y0: 0, x1: 0, y1: 0, width: 0 }; flow.ribbons.len()];
    let mut order: Vec<usize> = (0..flow.ribbons.len()).collect();
    for &place in &order {
        let ribbon = &flow.ribbons[place];
        let (source, offset) = (blocks[ribbon.source], &mut left[ribbon.source]);
        bands[place].y0 = source.y + scaled(*offset, flow.total);
        bands[place].width = scaled(ribbon.amount, flow.total);
        *offset = plus(*offset, ribbon.amount);
        let target = blocks[ribbon.target];
        let forward = source.x <= target.x;
        bands[place].x0 = if forward { source.x + source.width } else { source.x };
        bands[place].x1 = if forward { target.x } else { target.x + target.width };
    }
    order.sort_by_key(|place| (flow.ribbons[*place].target, flow.ribbons[*place].source));
    for place in order {
        let ribbon = &flow.ribbons[place];
        let offset = &mut arrived[ribbon.target];
        bands[place].y1 = blocks[ribbon.target].y + scaled(*offset, flow.total);
        *offset = plus(*offset, ribbon.amount);
    }
    bands
}

/// Labels for both outer columns, pushed apart where nodes are close.
fn labels(flow: &Flow, blocks: &[Block]) -> Vec<Label> {
    let mut labels = Vec::new();
    for (column, outer) in [(0, flow.backward), (flow.periods.len(), !flow.backward)] {
        let mut floor = TOP - LABEL_PITCH;
        for (node, block) in blocks.iter().enumerate() {
            if flow.nodes[node].column != column {
                continue;
            }
            let y = (block.y + block.height / 2).max(floor + LABEL_PITCH);
            floor = y;
            labels.push(Label { node, y, at_right: outer });
        }
    }
    labels
}
