//! How often `groups` finds a planted depositor, and how often it names somebody
//! else. Prints the table that `docs/methods/mixers.md` records.
//!
//! ```sh
//! cargo run --release -p tracehound-mixer --example planted_groups -- 100
//! ```
#![allow(clippy::print_stdout, clippy::unwrap_used)] // a program for developers

#[path = "../tests/support/mod.rs"]
mod support;

use support::{Ending, run};
use tracehound_mixer::Share;
use tracehound_testkit::mixer::{Behaviour, TrafficOptions};

fn main() {
    let seeds: u64 = std::env::args().nth(1).map_or(20, |text| text.parse().unwrap());
    let background = 20_000;
    println!("{seeds} seeds, {background} payments of the background");
    println!("| notes | taken out | found | 95 % | named another | 95 % | not separable |");
    println!("|---|---|---|---|---|---|---|");
    for behaviour in Behaviour::ALL {
        for planted in [20, 100, 400] {
            let (mut right, mut wrong) = (0, 0);
            for seed in 0..seeds {
                let options = TrafficOptions { seed, background, planted, behaviour };
                match run(&options).0 {
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
    }
}
