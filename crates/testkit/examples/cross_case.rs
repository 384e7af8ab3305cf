//! Writes the generated case over three chains: `cross_case SEED NOISE FOLDER`.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a tool for developers

use std::path::Path;
use tracehound_testkit::cross::cross_case;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, seed, noise, folder] = arguments.as_slice() else {
        println!("cross_case SEED NOISE FOLDER");
        return;
    };
    let case = cross_case(seed.parse().unwrap(), noise.parse().unwrap());
    std::fs::create_dir_all(folder).unwrap();
    for (name, text) in &case.files {
        std::fs::write(Path::new(folder).join(name), text).unwrap();
    }
}
