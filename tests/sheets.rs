//! `selvedge data show`: sheets of images, their labels and their augmentations.

use std::collections::BTreeSet;
use std::fs;

use crate::program::{folder, selvedge, synthesise_burns};

#[test]
fn a_sheet_shows_images_their_labels_and_their_augmentations() {
    let folder = folder();
    synthesise_burns(folder.path(), 12, "1");
    let shown = |out: &str, more: &[&str]| {
        let mut arguments = vec![
            "data", "show", "burns", "--recipe", "smoke", "--out", out, "--images", "3", "--json",
        ];
        arguments.extend(more);
        let report = selvedge(folder.path(), &arguments).json();
        let sheet = image::open(folder.path().join(out).join("sheet.png")).expect("an image");
        (report, sheet.into_rgb8())
    };
    let turned = ["--draws", "2", "--set", "augment.rotate_degrees=90.0"];
    let (report, sheet) = shown("turned", &turned);
    // Panels of 64², enlarged four times, with 4 pixels between them.
    assert_eq!(sheet.dimensions(), (4 * 256 + 3 * 4, 3 * 256 + 2 * 4));
    assert_eq!(report["rows"].as_array().expect("names").len(), 3);
    assert_eq!(report["classes"][0]["colour"], "#ff8c00");
    let legend = fs::read_to_string(folder.path().join("turned/legend.txt")).expect("a legend");
    for fragment in ["#ff8c00 grade 1", "in epoch 2"] {
        assert!(legend.contains(fragment), "'{fragment}' in: {legend}");
    }
    let column = |sheet: &image::RgbImage, column: u32| {
        image::imageops::crop_imm(sheet, column * 260, 0, 256, sheet.height()).to_image()
    };
    assert!(column(&sheet, 1) != column(&sheet, 2) && column(&sheet, 2) != column(&sheet, 3));

    // Without augmentation every epoch shows the unchanged image. The same seed draws the same augmentations.
    let (_, still) = shown("still", &["--draws", "1"]);
    assert!(column(&still, 1) == column(&still, 2) && column(&still, 0) == column(&sheet, 0));
    assert!(shown("again", &turned).1 == sheet);
    let other = [&turned[..], &["--seed", "7"]].concat();
    assert!(shown("other", &other).1 != sheet);
    let test = [&turned[..], &["--split", "test"]].concat();
    assert_eq!(shown("test", &test).1.width(), 2 * 256 + 4);
}

#[test]
fn a_sheet_names_the_slices_of_volumes_that_it_shows() {
    let folder = folder();
    let arguments = [
        "synth", "acdc", "--out", "hearts", "--images", "5", "--size", "64",
    ];
    assert_eq!(selvedge(folder.path(), &arguments).code, 0);
    let arguments = [
        "data", "show", "hearts", "--recipe", "acdc", "--out", "shown", "--images", "4", "--draws",
        "0", "--json",
    ];
    let report = selvedge(folder.path(), &arguments).json();
    let rows: BTreeSet<&str> = report["rows"]
        .as_array()
        .expect("names")
        .iter()
        .filter_map(|name| name.as_str()?.split(", slice ").next())
        .collect();
    assert_eq!(rows.len(), 4, "of four volumes: {report}");
    assert!(report.to_string().contains(", slice "), "{report}");
}

#[test]
fn nearly_black_photographs_on_a_sheet_are_warned_about() {
    let folder = folder();
    for name in ["images", "labels"] {
        fs::create_dir_all(folder.path().join("dim").join(name)).expect("a folder");
    }
    for index in 0..4 {
        let file = |name: &str| folder.path().join(format!("dim/{name}/{index}.png"));
        let photograph = image::GrayImage::from_fn(64, 64, |x, y| image::Luma([(x ^ y) as u8 / 4]));
        photograph.save(file("images")).expect("written");
        let labels = image::GrayImage::from_fn(64, 64, |x, _| image::Luma([u8::from(x > 30)]));
        labels.save(file("labels")).expect("written");
    }
    let arguments = [
        "data", "show", "dim", "--recipe", "folder", "--out", "shown", "--draws", "0", "--images",
        "1",
    ];
    let output = selvedge(folder.path(), &arguments);
    assert_eq!(output.code, 0, "{output:?}");
    assert!(output.stderr.contains("nearly black"), "{output:?}");
    let legend = fs::read_to_string(folder.path().join("shown/legend.txt")).expect("a legend");
    assert!(legend.contains("sheet.png: 1 train image\n"), "{legend}");
}

#[test]
fn homogenisation_changes_photographs_only_inside_the_burns() {
    let folder = folder();
    synthesise_burns(folder.path(), 8, "1");
    let sheet = |out: &str, strength: &str| {
        let setting = format!("data.homogenise={strength}");
        let arguments = [
            "data", "show", "burns", "--recipe", "smoke", "--out", out, "--draws", "0", "--set",
            &setting,
        ];
        assert_eq!(selvedge(folder.path(), &arguments).code, 0);
        let path = folder.path().join(out).join("sheet.png");
        image::open(path).expect("an image").into_rgb8()
    };
    let (old, new) = (sheet("old", "0.0"), sheet("new", "0.2"));
    let photograph = |sheet: &image::RgbImage, x: u32, y: u32| *sheet.get_pixel(x, y);
    let (mut inside, mut changed, mut outside) = (0, 0, 0);
    for y in 0..old.height() {
        for x in 0..256 {
            // The second column tints the pixels inside.
            let tinted = old.get_pixel(x, y) != old.get_pixel(x + 260, y);
            let same = photograph(&old, x, y) == photograph(&new, x, y);
            inside += usize::from(tinted);
            changed += usize::from(tinted && !same);
            outside += usize::from(!tinted && !same);
        }
    }
    assert!(
        inside > 1000 && 10 * changed > 9 * inside,
        "{changed} of {inside}"
    );
    assert_eq!(outside, 0);
}
