//! Files with bytes changed at random: read or refused, without a panic and without more memory than a volume needs.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use selvedge_data::{
    Dataset, Split, VolumeGrid, check, read_class_volume, read_class_volume_on, read_volume,
};
use tempfile::tempdir;
use zip::ZipArchive;

use super::files::{
    DATATYPE, FORMS, QOFFSET, SFORM, arrays, gzip, options, volume, with, write_archive,
};
use crate::damage::damage;

/// Reads a damaged volume in every way, also onto the valid volume `other`; returns whether it was accepted.
fn try_volume(path: &Path, bytes: &[u8], other: (&Path, &VolumeGrid)) -> bool {
    fs::write(path, bytes).unwrap();
    if let Err(error) = read_class_volume(path) {
        assert_eq!(error.file, path);
    }
    match read_class_volume_on(path, other) {
        Ok((labels, _)) => assert_eq!(labels.shape, other.1.shape),
        Err(error) => assert_eq!(error.file, path),
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

/// How many files were accepted, and how many were tried.
struct Outcome {
    read: usize,
    files: usize,
}

/// Passes damaged files to `read` until there are `enough`.
fn fuzz(
    seed: u64,
    enough: impl Fn(usize) -> bool,
    mut read: impl FnMut(usize, &mut ChaCha8Rng) -> bool,
) -> Outcome {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut outcome = Outcome { read: 0, files: 0 };
    while !enough(outcome.files) {
        outcome.read += usize::from(read(outcome.files, &mut random));
        outcome.files += 1;
    }
    outcome
}

/// Volumes of 8 bits with an sform, with a qform and without a position, and of 64-bit whole numbers with reversed rows.
fn sound_volumes() -> [Vec<u8>; 4] {
    let mut on_qform = with(FORMS, &[1, 0, 0, 0]);
    on_qform[QOFFSET - 4..QOFFSET].copy_from_slice(&1_f32.to_le_bytes());
    let mut wide = with(DATATYPE, &[0, 4, 64, 0]);
    let values = wide.split_off(352);
    wide.extend(
        values
            .iter()
            .flat_map(|value| i64::from(*value).to_le_bytes()),
    );
    for (place, value) in [(SFORM + 20, 1.5_f32), (SFORM + 28, -6.0)] {
        wide[place..place + 4].copy_from_slice(&value.to_le_bytes());
    }
    [volume(), on_qform, with(FORMS, &[0; 4]), wide]
}

fn fuzz_volumes(seed: u64, enough: impl Fn(usize) -> bool) -> Outcome {
    let folder = tempdir().unwrap();
    let path = folder.path().join("v.nii.gz");
    let sound = folder.path().join("sound.nii");
    fs::write(&sound, volume()).unwrap();
    let grid = read_volume(&sound).unwrap().grid;
    let volumes = sound_volumes();
    fuzz(seed, enough, |file, random| {
        let volume = &volumes[file % volumes.len()];
        let bytes = match file / volumes.len() % 3 {
            0 => damage(volume, random),
            1 => damage(&gzip(volume), random),
            // Valid archives of damaged volumes get further.
            _ => gzip(&damage(volume, random)),
        };
        try_volume(&path, &bytes, (&sound, &grid))
    })
}

fn fuzz_archives(seed: u64, enough: impl Fn(usize) -> bool) -> Outcome {
    let folder = tempdir().unwrap();
    let set = folder.path().join("set");
    arrays(&set);
    let path = set.join("test/case_002_volume_ED.npz");
    let complete = fs::read(&path).unwrap();
    let parts = ["img", "label"].map(|name| member(&path, name));
    let dataset = Dataset::open(&set, &options()).unwrap();
    let case = &dataset.cases(Split::Test)[0];
    fuzz(seed, enough, |file, random| {
        if file % 2 == 0 {
            fs::write(&path, damage(&complete, random)).unwrap();
        } else {
            // Valid archives of damaged arrays get further.
            let [image, labels] = parts.each_ref().map(|part| damage(part, random));
            write_archive(&path, [("img", &image), ("label", &labels)]);
        }
        let image = dataset.load_image(case);
        let labels = dataset.load_label_volume(case);
        for error in [image.as_ref().err(), labels.as_ref().err()] {
            assert!(error.is_none_or(|error| error.file == path));
        }
        image.is_ok() && labels.is_ok()
    })
}

/// The bytes of an array in an archive.
fn member(archive: &Path, name: &str) -> Vec<u8> {
    let mut archive = ZipArchive::new(fs::File::open(archive).unwrap()).unwrap();
    let mut bytes = Vec::new();
    let mut member = archive.by_name(&format!("{name}.npy")).unwrap();
    member.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn volumes_to_damage_are_valid_and_share_a_grid() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("v.nii");
    fs::write(&path, volume()).unwrap();
    let grid = read_volume(&path).unwrap().grid;
    for bytes in sound_volumes() {
        fs::write(&path, bytes).unwrap();
        let (labels, _) = read_class_volume_on(&path, (&path, &grid)).unwrap();
        assert_eq!(labels.shape, grid.shape);
    }
}

#[test]
fn damaged_volumes_are_read_or_refused() {
    let Outcome { read, files } = fuzz_volumes(1, |files| files == 3000);
    // Some changes are harmless, but enough are not.
    assert!((150..2700).contains(&read), "{read} of {files} read");
}

#[test]
fn damaged_archives_are_read_or_refused() {
    let Outcome { read, files } = fuzz_archives(1, |files| files == 2000);
    assert!((20..1800).contains(&read), "{read} of {files} read");
}

/// Runs for `SELVEDGE_FUZZ_SECONDS`, from a seed that is printed.
fn for_long(fuzz: impl Fn(u64, &dyn Fn(usize) -> bool) -> Outcome) {
    let seconds = std::env::var("SELVEDGE_FUZZ_SECONDS");
    let seconds = seconds.map_or(60, |text| text.parse().unwrap());
    let start = Instant::now();
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seed = time.as_secs();
    println!("seed {seed}");
    let Outcome { read, files } = fuzz(seed, &|_| start.elapsed().as_secs() >= seconds);
    println!("{files} files, {read} of them read");
}

#[test]
#[ignore = "runs for SELVEDGE_FUZZ_SECONDS"]
fn damaged_volumes_for_long() {
    for_long(|seed, enough| fuzz_volumes(seed, enough));
}

#[test]
#[ignore = "runs for SELVEDGE_FUZZ_SECONDS"]
fn damaged_archives_for_long() {
    for_long(|seed, enough| fuzz_archives(seed, enough));
}

#[test]
fn a_set_with_a_damaged_description_is_reported() {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let set = tempdir().unwrap();
    super::files::patients(set.path());
    let path = set.path().join("training/patient002/Info.cfg");
    let complete = fs::read(&path).unwrap();
    for _ in 0..50 {
        fs::write(&path, damage(&complete, &mut random)).unwrap();
        for problem in check(options().kind, set.path(), &options()).problems {
            assert!(problem.file == path, "{problem}");
        }
    }
}
