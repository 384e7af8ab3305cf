//! How often `groups` names somebody for real deposits that are nobody's: drawn
//! at random from a stretch of one pool. Prints the figures that
//! `docs/methods/mixers.md` records.
//!
//! ```sh
//! cargo run --release -p tracehound-mixer --example null_groups -- 25 EVENTS
//! ```
#![allow(clippy::print_stdout, clippy::unwrap_used)] // a program for developers

use std::path::Path;
use tracehound_mixer::groups::{GroupParameters, Verdict, find_groups};
use tracehound_mixer::{EventId, Share, SideData, read_events};
use tracehound_testkit::random::Random;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let seeds: u64 = arguments.next().unwrap().parse().unwrap();
    let events = read_events(Path::new(&arguments.next().unwrap())).unwrap().events;
    println!("| deposits | sets | named somebody | 95 % |");
    println!("|---|---|---|---|");
    for count in [20_usize, 100, 400] {
        let mut named = 0;
        for seed in 0..seeds {
            let mut random = Random::new(seed ^ ((count as u64) << 32)); // as: 64 bits
            let mut below = |bound: usize| {
                usize::try_from(random.below(u64::try_from(bound).unwrap())).unwrap()
            };
            let pool = below(events.pools.len());
            let stretch = count * [1, 3, 10][below(3)];
            let start = below(events.pools[pool].deposits.len() - stretch);
            let mut drawn: Vec<usize> = (start..start + stretch).collect();
            for place in 0..count {
                let other = place + below(drawn.len() - place);
                drawn.swap(place, other);
            }
            let deposits: Vec<EventId> =
                drawn[..count].iter().map(|index| EventId { pool, index: *index }).collect();
            let parameters = GroupParameters::default();
            let answer = find_groups(&events, &SideData::default(), &deposits, &parameters);
            named += usize::from(answer.verdict == Verdict::Separable);
        }
        let share = Share::new(named, usize::try_from(seeds).unwrap());
        println!("| {count} | {seeds} | {named} | {:.3}–{:.3} |", share.low, share.high);
    }
}
