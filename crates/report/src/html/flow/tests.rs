//! What must hold of every flow and its drawing.

use super::layout::scaled;
use super::*;
use crate::Investigation;
use crate::investigation::fixture;
use tracehound_model::Direction;

fn flows(investigation: &Investigation) -> Vec<Flow> {
    let mut flows = Vec::new();
    for policy in &investigation.policies {
        for asset in &investigation.assets {
            flows.extend(follow(investigation, policy, &asset.id, OVERVIEW));
            flows.extend(follow(investigation, policy, &asset.id, DETAIL));
        }
    }
    flows
}

fn everything() -> Vec<(Investigation, Vec<Flow>)> {
    let mut all = vec![fixture::small()];
    for name in ["atomic-wallet", "lifi", "txphish"] {
        let (mut scene, case) = fixture::shipped(name);
        all.push(scene.investigation(&case, Direction::Forward));
        scene.seed_the_last_arrivals();
        all.push(scene.investigation(&case, Direction::Backward));
    }
    all.into_iter()
        .map(|i| {
            let flows = flows(&i);
            (i, flows)
        })
        .collect()
}

#[test]
fn every_column_adds_up_to_all_that_was_stolen() {
    for (investigation, flows) in everything() {
        assert!(!flows.is_empty(), "{}", investigation.case.name);
        for flow in flows {
            assert!(flow.shortfall.is_zero());
            for column in 0..=flow.periods.len() {
                let nodes = flow.nodes.iter().filter(|n| n.column == column);
                assert_eq!(Amount::sum(nodes.map(|n| n.amount)).unwrap(), flow.total);
            }
        }
    }
}

#[test]
fn what_enters_a_node_leaves_it_or_rests() {
    for (_, flows) in everything() {
        for flow in flows {
            for (place, node) in flow.nodes.iter().enumerate() {
                let arrived = flow.ribbons.iter().filter(|r| r.target == place).map(|r| r.amount);
                let left = flow.ribbons.iter().filter(|r| r.source == place).map(|r| r.amount);
                if node.column > 0 {
                    assert_eq!(Amount::sum(arrived).unwrap(), node.amount);
                }
                if node.column < flow.periods.len() {
                    assert_eq!(Amount::sum(left).unwrap(), node.amount);
                }
            }
        }
    }
}

#[test]
fn the_last_column_is_the_closing_line() {
    let small = fixture::small();
    let policy = small.headline().unwrap();
    let flow = follow(&small, policy, &small.assets[0].id, OVERVIEW).unwrap();
    let at = |kind: &str| {
        let last = flow.nodes.iter().filter(|n| n.column == flow.periods.len());
        let mine = last.filter(|n| flow.groups[n.group].kind == kind);
        Amount::sum(mine.map(|n| n.amount)).unwrap()
    };
    let totals = &policy.totals[0];
    assert_eq!(at("held"), totals.held.units);
    assert_eq!(at("burnt"), totals.burnt.units);
    let services = at("exchange").add(at("mixer")).unwrap();
    assert_eq!(services, totals.services.units);
}

#[test]
fn drawings_keep_their_promises() {
    for (_, flows) in everything() {
        for flow in flows {
            let drawing = draw(&flow);
            for (ribbon, band) in flow.ribbons.iter().zip(&drawing.bands) {
                assert_eq!(band.width, scaled(ribbon.amount, flow.total), "width follows amount");
                let (early, late) = (&flow.nodes[ribbon.source], &flow.nodes[ribbon.target]);
                assert_eq!(early.column + 1, late.column);
                let forward = band.x0 < band.x1;
                assert_eq!(forward, !flow.backward, "time never runs back");
            }
            for block in &drawing.blocks {
                assert!(block.x >= 0 && block.x + block.width <= drawing.width);
                assert!(block.y >= 0 && block.y + block.height <= drawing.height);
            }
            let times: Vec<_> = flow.periods.iter().flat_map(|p| [p.from, p.to]).collect();
            let ordered =
                times.windows(2).all(|t| if flow.backward { t[0] >= t[1] } else { t[0] <= t[1] });
            assert!(ordered, "{times:?}");
            for side in [false, true] {
                let mine = drawing.labels.iter().filter(|l| l.at_right == side);
                let heights: Vec<_> = mine.map(|l| l.y).collect();
                assert!(heights.windows(2).all(|y| y[1] - y[0] >= 1_500), "labels overlap");
            }
        }
    }
}

#[test]
fn nodes_of_a_column_do_not_overlap() {
    let (scene, case) = fixture::shipped("atomic-wallet");
    for flow in flows(&scene.investigation(&case, Direction::Forward)) {
        let drawing = draw(&flow);
        let pairs = flow.nodes.iter().zip(&drawing.blocks).collect::<Vec<_>>();
        for pair in pairs.windows(2).filter(|pair| pair[0].0.column == pair[1].0.column) {
            assert!(pair[0].1.y + pair[0].1.height < pair[1].1.y);
        }
    }
}

#[test]
fn poison_has_no_widths_and_no_picture() {
    let small = fixture::small();
    let poison = small.policies.iter().find(|p| !p.conserves).unwrap();
    assert!(follow(&small, poison, &small.assets[0].id, OVERVIEW).is_none());
}
