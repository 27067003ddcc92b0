//! The meaning of the values in two folders that are compared with each other.

use std::path::Path;

use image::GrayImage;
use selvedge_data::{DataError, DataOptions, LabelFile, LabelVolume, Meaning};
use tempfile::{TempDir, tempdir};

/// Label images of three values each, of both folders.
fn files(folder: &TempDir, sides: [&[[u8; 3]]; 2]) -> [Vec<LabelFile>; 2] {
    ["predictions", "truth"].map(|name| {
        let side = sides[usize::from(name == "truth")];
        let images = side.iter().enumerate().map(|(index, values)| {
            let path = folder.path().join(format!("{name}{index}.png"));
            let image = GrayImage::from_vec(3, 1, values.to_vec()).unwrap();
            image.save(&path).unwrap();
            LabelFile::read_image(&path).unwrap()
        });
        images.collect()
    })
}

/// The classes of the first prediction and ground truth, the number of classes, and the remarks.
fn read(
    sides: [&[[u8; 3]]; 2],
    options: &DataOptions,
) -> Result<([Vec<u8>; 2], usize, String), DataError> {
    let folder = tempdir().unwrap();
    let [predictions, truth] = files(&folder, sides);
    let meaning = Meaning::of_folders(&predictions, &truth, options)?;
    let classes = [
        meaning.of_prediction(&predictions[0])?.classes,
        meaning.of_truth(&truth[0])?.classes,
    ];
    let remarks = meaning.remarks().iter().map(ToString::to_string);
    let remarks: Vec<String> = remarks.collect();
    Ok((classes, meaning.class_names().len(), remarks.join("; ")))
}

fn read_plainly(sides: [&[[u8; 3]]; 2]) -> ([Vec<u8>; 2], usize, String) {
    read(sides, &DataOptions::default()).unwrap()
}

#[test]
fn masks_of_white_and_of_one_mean_the_same() {
    let mask = vec![0, 1, 1];
    let (one, white) = ([0, 1, 1], [0, 255, 255]);
    for (predicted, truth) in [(one, one), (one, white), (white, one), (white, white)] {
        let (classes, count, notes) = read_plainly([&[predicted], &[truth]]);
        assert_eq!(
            classes,
            [mask.clone(), mask.clone()],
            "{predicted:?}, {truth:?}"
        );
        assert_eq!(count, 2);
        let expected = truth == white;
        assert_eq!(
            notes.contains("white is the structure"),
            expected,
            "{notes}"
        );
    }
    // Empty masks next to others, and a folder that contains both forms.
    let (classes, count, _) = read_plainly([&[[0; 3], one], &[white, [0; 3], one]]);
    assert_eq!((classes, count), ([vec![0; 3], mask.clone()], 2));
    let (_, count, notes) = read_plainly([&[[0; 3]], &[[0; 3]]]);
    assert_eq!((count, notes), (2, String::new()));
}

#[test]
fn white_next_to_class_numbers_in_the_ground_truth_is_ignored() {
    let (classes, count, notes) = read_plainly([&[[0, 1, 1]], &[[0, 1, 255]]]);
    assert_eq!((classes, count), ([vec![0, 1, 1], vec![0, 1, 255]], 2));
    assert_eq!(notes, "");
    let (classes, count, _) = read_plainly([&[[0, 255, 255]], &[[0, 1, 255]]]);
    assert_eq!((classes, count), ([vec![0, 1, 1], vec![0, 1, 255]], 2));
    let (classes, count, _) = read_plainly([&[[0, 1, 2]], &[[255, 1, 2]]]);
    assert_eq!((classes, count), ([vec![0, 1, 2], vec![255, 1, 2]], 3));
    // A class that occurs in both may leave a gap.
    let (classes, count, _) = read_plainly([&[[0, 3, 3]], &[[0, 3, 255]]]);
    assert_eq!((classes, count), ([vec![0, 3, 3], vec![0, 3, 255]], 4));
}

#[test]
fn ambiguous_values_are_refused_with_the_line_that_defines_them() {
    let line = r#""0-127" = 0, "128-255" = 1"#;
    for (sides, file, advice) in [
        // Some grey pixels in a mask.
        ([&[[0_u8, 1, 1]][..], &[[0, 32, 255]]], "truth0.png", line),
        (
            [&[[0, 255, 255]], &[[0, 128, 128]]],
            "truth0.png",
            r#""0" = 0, "128" = 1"#,
        ),
        (
            [&[[0, 1, 1]], &[[0, 128, 128]]],
            "truth0.png",
            r#""0" = 0, "128" = 1"#,
        ),
        ([&[[0, 90, 255]], &[[0, 1, 1]]], "predictions0.png", line),
        // Grey levels for classes, the brightest of them predicted.
        ([&[[0, 128, 255]], &[[0, 128, 255]]], "truth0.png", line),
        // Only black and white, where the other has three classes.
        (
            [&[[0, 1, 2]], &[[0, 255, 255]]],
            "truth0.png",
            r#""0" = 0, "255" = 1"#,
        ),
    ] {
        let error = read(sides, &DataOptions::default()).err().unwrap();
        assert!(error.file.ends_with(file), "{error}");
        assert!(error.found.contains("pixel"), "{error}");
        assert!(error.advice.contains(advice), "{}", error.advice);
    }
    let named = DataOptions {
        label_values: [("0-127", 0), ("128-255", 1)]
            .map(|(key, class)| (key.to_string(), class))
            .into(),
        ..DataOptions::default()
    };
    let (classes, count, _) = read([&[[0, 200, 255]], &[[0, 32, 255]]], &named).unwrap();
    assert_eq!((classes, count), ([vec![0, 1, 1], vec![0, 0, 1]], 2));
}

#[test]
fn folders_without_a_common_class_are_noted() {
    let (_, count, notes) = read_plainly([&[[0, 1, 1]], &[[0, 2, 2]]]);
    assert_eq!(count, 3);
    assert!(
        notes.contains("the ground truth does not contain; it contains class 2"),
        "{notes}"
    );
}

#[test]
fn black_and_white_palettes_are_read_as_shown_and_noted() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("indexed.png");
    let mut encoder = png::Encoder::new(std::fs::File::create(&path).unwrap(), 3, 1);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_palette(&[255, 255, 255, 0, 0, 0][..]);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[1, 0, 0]).unwrap();
    drop(writer);
    let [predictions, _] = files(&folder, [&[[0, 1, 1]], &[]]);
    let truth = [LabelFile::read_image(&path).unwrap()];
    for options in [DataOptions::default(), two_classes()] {
        let meaning = Meaning::of_folders(&predictions, &truth, &options).unwrap();
        assert_eq!(meaning.of_truth(&truth[0]).unwrap().classes, [0, 1, 1]);
        let notes = meaning.remarks()[0].to_string();
        assert!(notes.contains("white before black"), "{notes}");
    }
}

fn two_classes() -> DataOptions {
    DataOptions {
        classes: ["skin", "wound"].map(String::from).to_vec(),
        ..DataOptions::default()
    }
}

#[test]
fn volumes_are_read_as_images_are() {
    let volume = |name: &str, classes: &[u8]| {
        let shape = [2, 1, classes.len() / 2];
        let classes = classes.to_vec();
        LabelFile::of_volume(Path::new(name), LabelVolume { shape, classes })
    };
    let predictions = [volume("p.nii", &[0, 1, 1, 0])];
    let truth = [volume("t.nii", &[0, 255, 0, 255])];
    let meaning = Meaning::of_folders(&predictions, &truth, &DataOptions::default()).unwrap();
    let read = meaning.of_truth(&truth[0]).unwrap();
    assert_eq!((read.shape, read.classes), ([2, 1, 2], vec![0, 1, 0, 1]));
    assert!(meaning.remarks()[0].to_string().starts_with("t.nii: "));
}
