//! Warnings of what makes a set less useful: nothing to learn, nothing to see, repeated images.

use std::fs;
use std::path::Path;

use image::{DynamicImage, GrayImage, ImageBuffer, Luma, RgbImage};
use selvedge_data::{
    Augmentation, BatchOptions, BatchSource, CheckReport, DataOptions, Dataset, LayoutName,
    Normalisation, Split, check,
};
use tempfile::tempdir;

use super::folder::{folder, mask, small_image};
use super::odd_input::turned_jpeg;

/// A set in folders of splits, six images for training, two each for the others.
fn in_splits(root: &Path) {
    for (split, count) in [("train", 6), ("validation", 2), ("test", 2)] {
        folder(&root.join(split), count);
        for index in 0..count {
            // All of them differ.
            let number = index + 10 * split.len();
            let path = root.join(split).join(format!("images/{index}.png"));
            small_image(number).save(path).unwrap();
        }
    }
}

fn checked(root: &Path) -> CheckReport {
    check(LayoutName::Folder, root, &DataOptions::default())
}

/// The only warning.
fn warning(root: &Path) -> String {
    let report = checked(root);
    assert_eq!(
        (report.warnings.len(), report.problems),
        (1, Vec::new()),
        "{:?}",
        report.warnings
    );
    report.warnings[0].clone()
}

#[test]
fn a_valid_set_has_no_warning() {
    let set = tempdir().unwrap();
    in_splits(set.path());
    let report = checked(set.path());
    assert_eq!((report.warnings, report.problems), (Vec::new(), Vec::new()));
}

#[test]
fn labels_of_one_class_are_refused_for_training() {
    for (value, name) in [(0, "'background'"), (255, "'foreground'")] {
        let set = tempdir().unwrap();
        in_splits(set.path());
        for index in 0..6 {
            let path = set.path().join(format!("train/labels/{index}.png"));
            GrayImage::from_pixel(4, 3, Luma([value]))
                .save(path)
                .unwrap();
        }
        let problems = checked(set.path()).problems;
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].found.contains(name), "{problems:?}");
        assert!(problems[0].advice.contains("label_values"), "{problems:?}");
        // The source of batches reports it too, from what it read.
        let dataset = Dataset::open(set.path(), &DataOptions::default()).unwrap();
        let source = source(&dataset);
        assert_eq!(
            source.overview().check_trainable(&dataset).unwrap_err(),
            problems[0]
        );
    }
}

/// The training images at 4×3.
fn source(dataset: &Dataset) -> BatchSource {
    let options = BatchOptions {
        height: 3,
        width: 4,
        batch_size: 2,
        augmentation: Augmentation::default(),
        normalise: Normalisation::default(),
        seed: 0,
        workers: 1,
        cache_bytes: 1 << 20,
    };
    BatchSource::new(dataset, Split::Train, options, &|_| ()).unwrap()
}

#[test]
fn classes_without_a_training_image_are_named() {
    let set = tempdir().unwrap();
    in_splits(set.path());
    mask(2).save(set.path().join("test/labels/0.png")).unwrap();
    let options = DataOptions {
        classes: ["nothing", "a", "b", "c"].map(String::from).to_vec(),
        ..DataOptions::default()
    };
    let report = check(LayoutName::Folder, set.path(), &options);
    assert_eq!(report.warnings.len(), 1, "{:?}", report.warnings);
    assert!(
        report.warnings[0].ends_with(": b, c"),
        "{:?}",
        report.warnings
    );
    let dataset = Dataset::open(set.path(), &options).unwrap();
    let source = source(&dataset);
    assert_eq!(source.overview().missing(4), [2, 3]);
    let warning = source.overview().missing_warning(&dataset);
    assert_eq!(warning.as_ref(), report.warnings.first());
}

#[test]
fn validation_images_of_background_alone_are_reported() {
    let set = tempdir().unwrap();
    in_splits(set.path());
    for index in 0..2 {
        let path = set.path().join(format!("validation/labels/{index}.png"));
        GrayImage::new(4, 3).save(path).unwrap();
    }
    let message = warning(set.path());
    assert!(message.contains("no validation image"), "{message}");
}

#[test]
fn the_same_image_in_two_splits_is_named() {
    let set = tempdir().unwrap();
    in_splits(set.path());
    let [one, other] =
        ["train/images/3.png", "test/images/1.png"].map(|name| set.path().join(name));
    fs::copy(&one, &other).unwrap();
    let message = warning(set.path());
    for fragment in ["two splits", "3.png (train)", "1.png (test)"] {
        assert!(message.contains(fragment), "{fragment}: {message}");
    }
    // In another format it is still the same by its pixels.
    fs::remove_file(set.path().join("validation/images/0.png")).unwrap();
    let bmp = set.path().join("validation/images/0.bmp");
    image::open(&one).unwrap().save(&bmp).unwrap();
    small_image(999).save(&other).unwrap();
    let message = warning(set.path());
    assert!(
        message.contains("two splits") && message.contains("0.bmp (validation)"),
        "{message}"
    );
    small_image(998).save(&bmp).unwrap();
    fs::copy(&one, set.path().join("train/images/4.png")).unwrap();
    let message = warning(set.path());
    assert!(
        message.contains("more than once") && message.contains("4.png"),
        "{message}"
    );
}

#[test]
fn images_without_contrast_are_named() {
    let set = tempdir().unwrap();
    in_splits(set.path());
    let path = set.path().join("train/images/2.png");
    RgbImage::from_pixel(4, 3, image::Rgb([7, 7, 7]))
        .save(&path)
        .unwrap();
    let message = warning(set.path());
    assert!(
        message.contains("a single colour") && message.ends_with(": 2"),
        "{message}"
    );
    // 12-bit data in a 16-bit file.
    let deep: ImageBuffer<Luma<u16>, Vec<u16>> =
        ImageBuffer::from_fn(4, 3, |x, y| Luma([(x * 1000 + y * 400) as u16]));
    DynamicImage::ImageLuma16(deep).save(&path).unwrap();
    let message = warning(set.path());
    assert!(
        message.contains("nearly black") && message.contains("multiply 16"),
        "{message}"
    );
    let dataset = Dataset::open(set.path(), &DataOptions::default()).unwrap();
    assert_eq!(source(&dataset).overview().dim_warnings(), [message]);
}

#[test]
fn rotated_photographs_are_named_and_labels_of_the_stored_size_explained() {
    let set = tempdir().unwrap();
    in_splits(set.path());
    fs::remove_file(set.path().join("train/images/2.png")).unwrap();
    let path = set.path().join("train/images/2.jpg");
    // Upside down: the size is the same.
    turned_jpeg(&path, small_image(1), 3);
    let message = warning(set.path());
    assert!(
        message.contains("EXIF") && message.contains("2.jpg") && message.contains("exiftool"),
        "{message}"
    );
    turned_jpeg(&path, small_image(1), 1);
    assert_eq!(checked(set.path()).warnings, Vec::<String>::new());
    turned_jpeg(&path, small_image(1), 6);
    let problems = checked(set.path()).problems;
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].advice.contains("stored pixels"), "{problems:?}");
}
