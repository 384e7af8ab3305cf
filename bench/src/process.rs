//! What this process has used: wall and CPU time, peak memory (Linux).

use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Kernel clock ticks a second as user space sees them, fixed on Linux.
const TICKS: f64 = 100.0;

/// Watches memory that is the process's own; mapped files, which the kernel
/// may take back at any time, count only in the peak resident size.
pub struct Sampler {
    stop: Arc<AtomicBool>,
    peak: Arc<AtomicU64>,
    thread: JoinHandle<()>,
}

impl Sampler {
    pub fn start() -> Self {
        let (stop, peak) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (stopped, highest) = (Arc::clone(&stop), Arc::clone(&peak));
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                highest.fetch_max(status("RssAnon").unwrap_or(0), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        Self { stop, peak, thread }
    }
}

/// Usage since `started`.
pub fn usage(started: Instant, sampler: Sampler) -> Result<Value> {
    let wall = started.elapsed().as_secs_f64();
    sampler.stop.store(true, Ordering::Relaxed);
    drop(sampler.thread.join());
    let (user, system) = cpu_seconds()?;
    Ok(json!({
        "wall_seconds": crate::rate(wall, 1.0),
        "user_seconds": user,
        "system_seconds": system,
        "peak_resident_mib": status("VmHWM")? / 1024,
        "peak_own_memory_mib": sampler.peak.load(Ordering::Relaxed) / 1024,
    }))
}

/// User and system seconds of all threads so far.
pub fn cpu_seconds() -> Result<(f64, f64)> {
    let text = fs::read_to_string("/proc/self/stat")?;
    // The name in brackets may hold blanks; fields are counted after it.
    let fields = text.rsplit_once(')').context("/proc/self/stat has no name")?.1;
    let mut fields = fields.split_whitespace().skip(11);
    let mut next = || -> Result<f64> {
        let ticks: f64 = fields.next().context("/proc/self/stat is short")?.parse()?;
        Ok(ticks / TICKS)
    };
    Ok((next()?, next()?))
}

/// Nanoseconds this thread has spent on a CPU.
pub fn thread_nanoseconds() -> Result<u64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let first = text.split_whitespace().next().context("schedstat is empty")?;
    Ok(first.parse()?)
}

/// What one run of a job takes on this thread.
pub struct Timing {
    pub wall: f64,
    pub cpu: f64,
}

/// Runs `job` on this thread, again and again until a second has gone by, and
/// returns its last value with the mean of its times: the kernel books CPU
/// time in steps of milliseconds.
pub fn timed<T>(mut job: impl FnMut() -> Result<T>) -> Result<(T, Timing)> {
    let (wall, cpu) = (Instant::now(), thread_nanoseconds()?);
    let mut rounds = 0.0;
    loop {
        let value = job()?;
        rounds += 1.0;
        let spent = wall.elapsed().as_secs_f64();
        if spent >= 1.0 {
            let cpu = (thread_nanoseconds()? - cpu) as f64 / 1e9;
            return Ok((value, Timing { wall: spent / rounds, cpu: cpu / rounds }));
        }
    }
}

/// Runs `job` once on this thread: the first run of a job is not like the next.
pub fn timed_once<T>(job: impl FnOnce() -> Result<T>) -> Result<(T, Timing)> {
    let (wall, cpu) = (Instant::now(), thread_nanoseconds()?);
    let value = job()?;
    let cpu = (thread_nanoseconds()? - cpu) as f64 / 1e9;
    Ok((value, Timing { wall: wall.elapsed().as_secs_f64(), cpu }))
}

/// A figure of `/proc/self/status` in KiB.
fn status(name: &str) -> Result<u64> {
    let text = fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find(|line| line.starts_with(name)).context("no such figure")?;
    let digits: String = line.chars().filter(char::is_ascii_digit).collect();
    Ok(digits.parse()?)
}
