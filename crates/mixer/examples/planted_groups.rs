//! How often `groups` finds a planted depositor, and how often it names somebody
//! else. Prints the tables that `docs/methods/mixers.md` records.
//!
//! ```sh
//! cargo run --release -p tracehound-mixer --example planted_groups -- 100        # generated traffic
//! cargo run --release -p tracehound-mixer --example planted_groups -- 20 EVENTS  # among real events
//! ```
#![allow(clippy::print_stdout, clippy::unwrap_used)] // a program for developers

#[path = "../tests/support/mod.rs"]
mod support;

use std::path::Path;
use support::{Ending, ask, events, hidden};
use tracehound_mixer::{MixerEvents, Share, read_events};
use tracehound_testkit::mixer::{Behaviour, TrafficOptions, traffic};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let seeds: u64 = arguments.next().map_or(20, |text| text.parse().unwrap());
    let real = arguments.next().map(|folder| read_events(Path::new(&folder)).unwrap().events);
    for is_split in [true, false] {
        let pools =
            if is_split { "nine notes of ten in one pool" } else { "all notes in one pool" };
        println!("\n{seeds} seeds, {pools}\n");
        println!("| notes | taken out | found | 95 % | named another | 95 % | not separable |");
        println!("|---|---|---|---|---|---|---|");
        for behaviour in Behaviour::ALL {
            for planted in [20, 100, 400] {
                let background = if real.is_some() { 0 } else { 20_000 };
                let of = |seed| TrafficOptions { seed, background, planted, behaviour, is_split };
                row(seeds, planted, behaviour, real.as_ref(), &of);
            }
        }
    }
}

fn row(
    seeds: u64,
    planted: usize,
    behaviour: Behaviour,
    real: Option<&MixerEvents>,
    options: &dyn Fn(u64) -> TrafficOptions,
) {
    let (mut right, mut wrong) = (0, 0);
    // Seeds below a thousand were looked at while the model was made.
    for seed in 10_000..10_000 + seeds {
        let traffic = traffic(&options(seed));
        let all = real.map_or_else(|| events(&traffic), |real| hidden(&traffic, real));
        match ask(&traffic, &all).0 {
            Ending::Right => right += 1,
            Ending::Wrong => wrong += 1,
            Ending::NotSeparable => {}
        }
    }
    let of = usize::try_from(seeds).unwrap();
    let (found, other) = (Share::new(right, of), Share::new(wrong, of));
    println!(
        "| {planted} | {} | {right} | {:.3} to {:.3} | {wrong} | {:.3} to {:.3} | {} |",
        behaviour.name(),
        found.low,
        found.high,
        other.low,
        other.high,
        of - right - wrong
    );
}
