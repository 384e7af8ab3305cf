//! Links a second of the union-find, on one and on two threads.
//!
//! `cargo run --release -p tracehound-analysis --example cluster_speed -- 10000000`
//! Random links: both ends anywhere, as many links as numbers. Chain-like
//! links: each number to one of the eight before it, as one wallet's spends do.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::float_arithmetic)] // a measuring tool

use std::time::Instant;
use tracehound_analysis::cluster::UnionFind;

/// A fixed mixing of 64 bits (splitmix64), so that runs are alike.
fn mix(number: u64) -> u64 {
    let mut word = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

fn below(number: u64, limit: u32) -> u32 {
    // The remainder is below a u32.
    u32::try_from(mix(number) % u64::from(limit.max(1))).unwrap()
}

fn measure(name: &str, count: u32, threads: u32, link: impl Fn(u32) -> (u32, u32) + Sync) {
    let sets = UnionFind::new(count);
    let start = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (sets, link) = (&sets, &link);
            let part = count / threads;
            scope.spawn(move || {
                for number in thread * part..(thread + 1) * part {
                    let (a, b) = link(number);
                    sets.link(a, b);
                }
            });
        }
    });
    let seconds = start.elapsed().as_secs_f64();
    let speed = f64::from(count) / seconds / 1e6;
    println!("{name:>6} links, {count} numbers, {threads} threads: {speed:.1} M links/s");
}

fn main() {
    let count: u32 = std::env::args().nth(1).map_or(10_000_000, |text| text.parse().unwrap());
    for threads in [1, 2] {
        measure("random", count, threads, |n| {
            (below(u64::from(n) * 2, count), below(u64::from(n) * 2 + 1, count))
        });
        measure("chain", count, threads, |n| (n, n.saturating_sub(1 + below(u64::from(n), 8))));
    }
}
