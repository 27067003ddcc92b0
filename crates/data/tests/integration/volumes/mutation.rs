//! Files with bytes changed at random: read or refused, never a panic, and never more memory than a volume takes.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use selvedge_data::{Dataset, Split, check, read_class_volume, read_volume};
use tempfile::tempdir;

use super::files::{arrays, gzip, options, volume};

/// Damages bytes in one to four places: a bit, a byte, an interesting number, a piece cut out, doubled or moved.
fn damage(whole: &[u8], random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for _ in 0..random.random_range(1..=4) {
        if bytes.is_empty() {
            return bytes;
        }
        // Half of the changes go to what is looked at first.
        let end = if random.random_bool(0.5) {
            bytes.len().min(348)
        } else {
            bytes.len()
        };
        let at = random.random_range(0..end);
        match random.random_range(0..7) {
            0 => bytes[at] ^= 1 << random.random_range(0..8),
            1 => bytes[at] = random.random(),
            2 | 3 => {
                let numbers = [
                    i32::MAX as u32,
                    u32::MAX,
                    0,
                    0x7FFF_7FFF,
                    0x8000_8000,
                    f32::NAN.to_bits(),
                    f32::INFINITY.to_bits(),
                    f32::MAX.to_bits(),
                    (-1_f32).to_bits(),
                ];
                let number = numbers[random.random_range(0..numbers.len())].to_le_bytes();
                let count = random.random_range(1..=4).min(bytes.len() - at);
                bytes[at..at + count].copy_from_slice(&number[..count]);
            }
            4 => bytes.truncate(at),
            5 => {
                let end = (at + random.random_range(1..64)).min(bytes.len());
                bytes.drain(at..end);
            }
            _ => {
                let end = (at + random.random_range(1..64)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                let to = random.random_range(0..=bytes.len());
                bytes.splice(to..to, piece);
            }
        }
    }
    bytes
}

/// Reads a damaged volume in every way; whether it was sound enough.
fn try_volume(path: &Path, bytes: &[u8]) -> bool {
    fs::write(path, bytes).unwrap();
    if let Err(error) = read_class_volume(path) {
        assert_eq!(error.file, path);
    }
    match read_volume(path) {
        Ok(volume) => {
            let [slices, rows, columns] = volume.grid.shape;
            assert_eq!(volume.values.len(), slices * rows * columns);
            assert!(volume.values.iter().all(|value| value.is_finite()));
            assert!(volume.grid.spacing.iter().all(|length| *length > 0.0));
            assert_eq!(volume.grid.orientation().chars().count(), 3);
            true
        }
        Err(error) => {
            assert_eq!(error.file, path);
            false
        }
    }
}

/// Damages volumes and archives until `enough`; how many of how many were read all the same.
fn fuzz(seed: u64, enough: impl Fn(usize) -> bool) -> (usize, usize) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let folder = tempdir().unwrap();
    let path = folder.path().join("v.nii.gz");
    let volume = volume();
    let packed = gzip(&volume);
    let set = folder.path().join("set");
    arrays(&set);
    let archive = set.join("test/case_002_volume_ED.npz");
    let whole = fs::read(&archive).unwrap();
    let dataset = Dataset::open(&set, &options()).unwrap();
    let case = &dataset.cases(Split::Test)[0];
    let (mut cases, mut read) = (0, 0);
    while !enough(cases) {
        let sound = match cases % 4 {
            0 => try_volume(&path, &damage(&volume, &mut random)),
            1 => try_volume(&path, &damage(&packed, &mut random)),
            // Sound archives of damaged volumes come further.
            2 => try_volume(&path, &gzip(&damage(&volume, &mut random))),
            _ => {
                fs::write(&archive, damage(&whole, &mut random)).unwrap();
                let image = dataset.load_image(case);
                let labels = dataset.load_label_volume(case);
                for error in [image.as_ref().err(), labels.as_ref().err()] {
                    assert!(error.is_none_or(|error| error.file == archive));
                }
                image.is_ok() && labels.is_ok()
            }
        };
        cases += 1;
        read += usize::from(sound);
    }
    (cases, read)
}

#[test]
fn damaged_files_are_read_or_refused() {
    let (cases, read) = fuzz(1, |cases| cases == 4000);
    // Changes that hit nothing of importance, and enough that do.
    assert!((200..3600).contains(&read), "{read} of {cases} read");
}

#[test]
#[ignore = "as long as SELVEDGE_FUZZ_SECONDS says"]
fn damaged_files_are_read_or_refused_for_long() {
    let seconds = std::env::var("SELVEDGE_FUZZ_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(60);
    let start = Instant::now();
    let seed = start.elapsed().as_nanos() as u64 ^ u64::from(std::process::id());
    println!("seed {seed}");
    let (cases, read) = fuzz(seed, |_| start.elapsed() > Duration::from_secs(seconds));
    println!("{cases} files, {read} of them read");
}

#[test]
fn a_set_with_a_damaged_description_is_told_about() {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let set = tempdir().unwrap();
    super::files::patients(set.path());
    let path = set.path().join("training/patient002/Info.cfg");
    let whole = fs::read(&path).unwrap();
    for _ in 0..50 {
        fs::write(&path, damage(&whole, &mut random)).unwrap();
        for problem in check(options().kind, set.path(), &options()).problems {
            assert!(problem.file == path, "{problem}");
        }
    }
}
