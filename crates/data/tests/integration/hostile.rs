//! Files made to exhaust memory are refused by name, while the program stays within 200 MB.
//!
//! Each file is read in a separate process, whose memory the system measures.

mod arrays;
mod image_files;
mod inflated_images;
mod tables;
mod volumes;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use selvedge_data::{DataOptions, LayoutName, check};
use tempfile::tempdir;

/// Maximum memory of the process in bytes.
const MAX_MEMORY: u64 = 200_000_000;

/// The environment variable that names the file for that process.
const NUMBER: &str = "SELVEDGE_HOSTILE_FILE";

/// A malicious file in an otherwise valid set.
struct Hostile {
    /// Its description.
    name: &'static str,
    /// Writes the set with the file, and returns the path of the file.
    write: Box<dyn Fn(&Path) -> PathBuf>,
    /// How the set is read; a split file is the one that was written.
    options: DataOptions,
}

impl Hostile {
    fn new(
        kind: LayoutName,
        name: &'static str,
        write: impl Fn(&Path) -> PathBuf + 'static,
    ) -> Self {
        Self {
            name,
            write: Box::new(write),
            options: DataOptions {
                kind,
                ..DataOptions::default()
            },
        }
    }
}

/// A sparse file of that many bytes: `start`, then zeros.
fn sparse(path: &Path, start: &[u8], bytes: u64) {
    fs::write(path, start).unwrap();
    let file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(bytes).unwrap();
}

/// The peak memory of this process in bytes since [`reset_peak_memory`], as counted by the system.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    let kibibytes = line.split_whitespace().nth(1).unwrap();
    kibibytes.parse::<u64>().unwrap() * 1024
}

/// Resets the peak memory of the process.
fn reset_peak_memory() {
    fs::write("/proc/self/clear_refs", "5").unwrap();
}

#[test]
fn hostile_files_are_refused_within_200_mb() {
    let hostile = [
        inflated_images::hostile(),
        arrays::hostile(),
        volumes::hostile(),
        tables::hostile(),
    ];
    let hostile: Vec<Hostile> = hostile.into_iter().flatten().collect();
    if let Ok(number) = std::env::var(NUMBER) {
        refuse(&hostile[number.parse::<usize>().unwrap()]);
        return;
    }
    let mut failed = Vec::new();
    for (number, Hostile { name, .. }) in hostile.iter().enumerate() {
        let program = std::env::current_exe().unwrap();
        let mut child = Command::new(program);
        child.args([
            "--exact",
            "hostile::hostile_files_are_refused_within_200_mb",
            "--nocapture",
        ]);
        let output = child.env(NUMBER, number.to_string()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text.lines().find(|line| line.contains(" MB, "));
        println!("{name}: {}", line.unwrap_or("no word"));
        if !output.status.success() {
            failed.push(format!(
                "{name}: {}",
                String::from_utf8_lossy(&output.stderr)
            ));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

/// Checks the set, and compares the memory used with the bounds.
fn refuse(hostile: &Hostile) {
    let set = tempdir().unwrap();
    let file = (hostile.write)(set.path());
    let mut options = hostile.options.clone();
    if !options.split_file.is_empty() {
        options.split_file = file.display().to_string();
    }
    reset_peak_memory();
    let start = Instant::now();
    let problems = check(options.kind, set.path(), &options).problems;
    let (time, peak) = (start.elapsed().as_secs_f64(), peak_memory());
    let reported = problems.iter().find(|problem| problem.file == file);
    println!(
        "{} MB, {time:.2} s, found {}",
        peak / 1_000_000,
        reported.map_or("nothing", |problem| &problem.found)
    );
    assert!(reported.is_some(), "{problems:?}");
    assert!(peak <= MAX_MEMORY, "{peak} bytes");
    // Not a measurement: waiting for a pipe would never end.
    assert!(time < 60.0, "{time} seconds");
}
