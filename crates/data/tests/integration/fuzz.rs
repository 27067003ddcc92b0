//! Damaged files of every kind are read or refused, and never crash the program.
//!
//! The damage is drawn from a seed. Short runs of every reader are regular tests; the long ones (`just fuzz`) take
//! `SELVEDGE_FUZZ_SECONDS` each.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use image::{DynamicImage, GrayImage, ImageBuffer, Luma, RgbImage};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use selvedge_data::synth::SynthOptions;
use selvedge_data::{
    CORRUPTIONS, DataOptions, Dataset, LayoutName, Split, check, read_corruptions, read_image,
    read_label_image,
};
use tempfile::{TempDir, tempdir};

use super::damage::damage;
use super::folder::{lossy_webp, write_fasu};
use super::nnunet;
use super::tiff_file::{Page, write};

/// How long a reader is tried.
#[derive(Clone, Copy)]
enum Length {
    Cases(u64),
    Seconds(u64),
}

/// Repeatedly damages `sound` and reads it with `read` from `path`; returns how many files were refused.
fn try_reader(
    path: &Path,
    sound: &[Vec<u8>],
    length: Length,
    read: impl Fn(&Path) -> bool + std::panic::RefUnwindSafe,
) {
    let start = Instant::now();
    let (mut case, mut refused, mut slowest) = (0_u64, 0_u64, Duration::ZERO);
    loop {
        match length {
            Length::Cases(cases) if case >= cases => break,
            Length::Seconds(seconds) if start.elapsed().as_secs() >= seconds => break,
            _ => {}
        }
        let mut random = ChaCha8Rng::seed_from_u64(case);
        let sound = &sound[case as usize % sound.len()];
        fs::write(path, damage(sound, &mut random)).unwrap();
        let began = Instant::now();
        let outcome = catch_unwind(|| read(path));
        slowest = slowest.max(began.elapsed());
        let Ok(was_read) = outcome else {
            panic!("case {case} of {} panics", path.display());
        };
        refused += u64::from(!was_read);
        case += 1;
    }
    println!(
        "{}: {case} cases, {refused} refused, the slowest {slowest:?}",
        path.display()
    );
    assert!(
        refused > case / 10,
        "damage is noticed: {refused} of {case}"
    );
}

/// A valid image in each format.
fn valid_images(folder: &Path) -> Vec<Vec<u8>> {
    let mut colours = RgbImage::new(24, 16);
    for (x, y, pixel) in colours.enumerate_pixels_mut() {
        pixel.0 = [(x * 10) as u8, (y * 15) as u8, (x ^ y) as u8];
    }
    let grey = GrayImage::from_fn(24, 16, |x, y| Luma([u8::from(x > y)]));
    let deep: ImageBuffer<Luma<u16>, Vec<u16>> =
        ImageBuffer::from_fn(24, 16, |x, y| Luma([(x * y * 100) as u16]));
    let drawn = [
        DynamicImage::ImageRgb8(colours),
        DynamicImage::ImageLuma8(grey),
        DynamicImage::ImageLuma16(deep),
    ];
    let mut files = Vec::new();
    for image in drawn {
        for extension in ["png", "jpg", "bmp", "gif", "tif", "webp"] {
            let path = folder.join(format!("sound.{extension}"));
            let eight = DynamicImage::ImageRgb8(image.to_rgb8());
            if image.save(&path).is_err() {
                eight.save(&path).unwrap();
            }
            files.push(fs::read(&path).unwrap());
        }
    }
    let path = folder.join("sound.png");
    let mut encoder = png::Encoder::new(fs::File::create(&path).unwrap(), 8, 2);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Two);
    encoder.set_palette(vec![0, 0, 0, 255, 0, 0, 0, 0, 255, 9, 9, 9]);
    encoder
        .write_header()
        .unwrap()
        .write_image_data(&[0x1B, 0x1B, 0xE4, 0xE4])
        .unwrap();
    files.push(fs::read(&path).unwrap());
    files.push(lossy_webp());
    files.extend(tiffs(&folder.join("sound.tif")));
    let seen = image::RgbaImage::from_fn(8, 8, |x, y| image::Rgba([9, 9, 9, (x * y) as u8]));
    let path = folder.join("sound.png");
    seen.save(&path).unwrap();
    files.push(fs::read(&path).unwrap());
    files
}

/// TIFF files of numbers of many kinds, with palettes, tiles, pages and offsets of both lengths.
fn tiffs(path: &Path) -> Vec<Vec<u8>> {
    let size = [4, 4];
    let numbers = |count: usize, width: usize| -> Vec<u8> {
        let low = |index| u8::from(index % width == 0 && index % 3 > 0);
        (0..count * width).map(low).collect()
    };
    let floats = (0..16_u8).flat_map(|index| (f32::from(index) / 16.0).to_le_bytes());
    let mut tiled = Page::grey(size, 32, 1, numbers(256, 4));
    tiled.tile = Some([16, 16]);
    let mut packed = Page::grey(size, 4, 1, vec![0x12, 0x34, 0x21, 0x43, 0, 0, 0, 0]);
    packed.tags.push((274, vec![6]));
    let pages = [
        vec![Page::grey(size, 32, 3, floats.collect())],
        vec![Page::grey(size, 64, 3, vec![0; 128])],
        vec![Page::grey(size, 16, 3, numbers(16, 2))],
        vec![Page::grey(size, 16, 2, numbers(16, 2)); 2],
        vec![Page::grey(size, 64, 1, numbers(16, 8))],
        vec![Page::palette(size, &[[0; 3], [65535, 0, 0]], vec![1; 16])],
        vec![tiled],
        vec![packed],
    ];
    let mut files = Vec::new();
    for (index, pages) in pages.iter().enumerate() {
        write(path, pages, index % 2 == 0);
        files.push(fs::read(path).unwrap());
    }
    files
}

fn try_images(length: Length) {
    let folder = tempdir().unwrap();
    let sound = valid_images(folder.path());
    for (index, sound) in sound.iter().enumerate() {
        let path = folder.path().join("sound");
        fs::write(&path, sound).unwrap();
        let read = read_image(&path).is_ok() || read_label_image(&path).is_ok();
        assert!(read, "seed {index}");
    }
    try_reader(&folder.path().join("damaged.png"), &sound, length, |path| {
        // Both read the same file, but may accept different ones.
        read_image(path).is_ok() & read_label_image(path).is_ok()
    });
}

/// Eight ultrasound images, and the array of the first.
fn fetal() -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let root = folder.path().join("fetal");
    let options = SynthOptions {
        images: 8,
        size: 64,
        seed: 1,
        noise: 1.0,
        gross: 0.0,
    };
    write_fasu(&root, &options);
    let set = fs::read_dir(&root).unwrap().next().unwrap().unwrap().path();
    let array = set.join("ARRAY_FORMAT/P01_IMG1.npy");
    (folder, array)
}

fn arrays(length: Length) {
    let (folder, array) = fetal();
    let root = folder.path().join("fetal");
    let options = DataOptions {
        kind: LayoutName::Fasu,
        overfit: 1,
        ..DataOptions::default()
    };
    let dataset = Dataset::open(&root, &options).unwrap();
    let case = dataset.cases(Split::Train)[0].clone();
    assert_eq!(case.labels, array);
    let sound = vec![fs::read(&array).unwrap()];
    try_reader(&array, &sound, length, |_| {
        dataset.load_labels(&case).is_ok()
    });
}

fn descriptions(length: Length, file: &str, sound: &str) {
    let set = tempdir().unwrap();
    // All images differ, and their labels contain both classes.
    for (name, first) in [("images", 10), ("labels", 5)] {
        fs::create_dir_all(set.path().join(name)).unwrap();
        for index in 0..4 {
            GrayImage::from_vec(2, 2, vec![first + index, 0, 0, 0])
                .unwrap()
                .save(set.path().join(format!("{name}/{index}.png")))
                .unwrap();
        }
    }
    let json = r#"{"name": "x", "classes": ["background", "burn"], "ignore": 255, "palette": {"0": 0, "1-9": 1}}"#;
    fs::write(set.path().join("dataset.json"), json).unwrap();
    let root = set.path().to_path_buf();
    let problems = |root: &Path| check(LayoutName::Bamsi, root, &DataOptions::default()).problems;
    let path = set.path().join(file);
    // If this were refused, nothing after its reader would be tested.
    fs::write(&path, sound).unwrap();
    assert_eq!(problems(&root), []);
    let sound = vec![sound.as_bytes().to_vec()];
    try_reader(&path, &sound, length, |_| problems(&root).is_empty());
}

const TABLE: &str =
    "image,patient,grade,split\n0,a,burn,train\n1,b,,validation\n2,c,,test\n3,\"d\",burn,train\n";
const DESCRIPTION: &str = r#"{"name": "x", "classes": ["background", "burn"], "ignore": 255, "palette": {"0": 0, "128": 1, "1,2,3": 1, "5-9": 1}}"#;

const CORRUPTED: &str = r#"[
{"image":"a","lean":-1.25,"tolerance":3.5,"by_class":[{"class":1,"lean":1.0,"tolerance":2.0}],"missed":[{"class":2,"x0":1,"y0":2,"x1":5,"y1":9,"area":20}],"swapped":[{"from":1,"to":2,"x0":0,"y0":0,"x1":3,"y1":3,"area":9}],"gross":"other image"},
{"image":"b","gross":null}
]
"#;

fn corruptions(length: Length) {
    let folder = tempdir().unwrap();
    let path = folder.path().join(CORRUPTIONS);
    fs::write(&path, CORRUPTED).unwrap();
    assert_eq!(read_corruptions(&path).unwrap().len(), 2);
    let sound = vec![CORRUPTED.as_bytes().to_vec()];
    try_reader(&path, &sound, length, |path| read_corruptions(path).is_ok());
}

#[test]
fn damaged_corruptions() {
    corruptions(Length::Cases(2000));
}

#[test]
fn damaged_images_and_labels() {
    try_images(Length::Cases(4000));
}

#[test]
fn damaged_arrays() {
    arrays(Length::Cases(2000));
}

#[test]
fn damaged_tables() {
    descriptions(Length::Cases(1000), "cases.csv", TABLE);
}

#[test]
fn damaged_descriptions() {
    descriptions(Length::Cases(1000), "dataset.json", DESCRIPTION);
}

/// Damages a file of a sound set of nnU-Net.
fn nnunet_files(length: Length, file: &str) {
    let set = nnunet::set();
    let path = set.path().join(file);
    fs::write(set.path().join("splits_final.json"), nnunet::FOLDS).unwrap();
    let root = set.path().to_path_buf();
    let is_sound = |root: &Path| {
        let found = check(LayoutName::Nnunet, root, &nnunet::options());
        found.problems.is_empty()
    };
    assert!(is_sound(&root));
    let sound = vec![fs::read(&path).unwrap()];
    try_reader(&path, &sound, length, |_| is_sound(&root));
}

#[test]
fn damaged_descriptions_of_nnunet() {
    nnunet_files(Length::Cases(1000), "dataset.json");
}

#[test]
fn damaged_folds_of_nnunet() {
    nnunet_files(Length::Cases(1000), "splits_final.json");
}

#[test]
#[ignore = "runs for SELVEDGE_FUZZ_SECONDS"]
fn damaged_descriptions_of_nnunet_for_long() {
    nnunet_files(long(), "dataset.json");
}

#[test]
#[ignore = "runs for SELVEDGE_FUZZ_SECONDS"]
fn damaged_folds_of_nnunet_for_long() {
    nnunet_files(long(), "splits_final.json");
}

/// Runs for `SELVEDGE_FUZZ_SECONDS`.
fn long() -> Length {
    let seconds = std::env::var("SELVEDGE_FUZZ_SECONDS");
    Length::Seconds(seconds.map_or(120, |text| text.parse().unwrap()))
}

#[test]
#[ignore = "runs for SELVEDGE_FUZZ_SECONDS"]
fn damaged_corruptions_for_long() {
    corruptions(long());
}

#[test]
#[ignore = "runs for SELVEDGE_FUZZ_SECONDS"]
fn damaged_images_and_labels_for_long() {
    try_images(long());
}

#[test]
#[ignore = "runs for SELVEDGE_FUZZ_SECONDS"]
fn damaged_arrays_for_long() {
    arrays(long());
}

#[test]
#[ignore = "runs for SELVEDGE_FUZZ_SECONDS"]
fn damaged_tables_for_long() {
    descriptions(long(), "cases.csv", TABLE);
}

#[test]
#[ignore = "runs for SELVEDGE_FUZZ_SECONDS"]
fn damaged_descriptions_for_long() {
    descriptions(long(), "dataset.json", DESCRIPTION);
}
