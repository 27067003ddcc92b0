//! Folders with several masks for an image, and folders of volumes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use selvedge_data::{DataOptions, Dataset, LabelVolume, Split, VolumeGrid, write_label_volume};
use tempfile::tempdir;

use super::arrangements::{checked, guesses_of, set, three};
use super::folder::mask;

fn pixels_of(class: u8, labels: &[u8]) -> usize {
    labels
        .iter()
        .map(|found| usize::from(*found == class))
        .sum()
}

#[test]
fn several_masks_of_an_image_are_drawn_together() {
    let numbered = |folder: &str| {
        three(|stem| {
            let image = format!("{stem}.png");
            let masks =
                ["_0", "_1", "_10"].map(|number| format!("*{folder}{stem}_mask{number}.png"));
            std::iter::once(image).chain(masks).collect()
        })
    };
    let nested = three(|stem| {
        vec![
            format!("images/{stem}.png"),
            format!("*masks/{stem}/one.png"),
            format!("*masks/{stem}/two.png"),
        ]
    });
    let folder_each = three(|stem| {
        vec![
            format!("{stem}/images/{stem}.png"),
            format!("*{stem}/masks/one.png"),
            format!("*{stem}/masks/two.png"),
        ]
    });
    for (paths, masks) in [
        (numbered(""), 3),
        (numbered("masks/"), 3),
        (nested, 2),
        (folder_each, 2),
    ] {
        let guesses = guesses_of(&paths);
        assert!(!guesses.is_empty(), "{paths:?}");
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let set = set(&paths);
        let dataset = Dataset::open(set.path(), &DataOptions::default()).unwrap();
        let case = &dataset.cases(Split::Train)[0];
        assert_eq!(case.masks.len(), masks, "{paths:?}");
        assert_eq!(case.label_files().count(), masks);
        assert_eq!(case.masks[0].file, case.labels);
        // Another pixel in the last mask.
        let last = &case.masks[masks - 1].file;
        let mut other = mask(255);
        other.put_pixel(0, 0, image::Luma([255]));
        other.save(last).unwrap();
        let labels = dataset.load_labels(case).unwrap();
        assert_eq!(pixels_of(1, &labels.classes), 2);
        assert_eq!(
            dataset.load_label_volume(case).unwrap().classes,
            labels.classes
        );
    }
}

fn two_classes(files: [&str; 2]) -> DataOptions {
    let [liver, vein] = files.map(String::from);
    DataOptions {
        classes: ["background", "vein", "liver"].map(String::from).to_vec(),
        label_files: BTreeMap::from([("liver".into(), liver), ("vein".into(), vein)]),
        ..DataOptions::default()
    }
}

#[test]
fn every_class_may_have_masks_of_its_own() {
    let beside = three(|stem| {
        vec![
            format!("{stem}.png"),
            format!("*{stem}_liver.png"),
            format!("*{stem}_vein.png"),
        ]
    });
    let folders = three(|stem| {
        vec![
            format!("images/{stem}.png"),
            format!("*masks/liver/{stem}.png"),
            format!("*masks/vein/{stem}.png"),
        ]
    });
    let both = three(|stem| {
        vec![
            format!("images/{stem}.png"),
            format!("*masks/1. liver/{stem}_L.png"),
            format!("*masks/2. vein/{stem}_V.png"),
        ]
    });
    for (paths, files) in [
        (beside, ["_liver", "_vein"]),
        (folders, ["masks/liver/", "masks/vein/"]),
        (both, ["masks/1. liver/_L", "masks/2. vein/_V"]),
    ] {
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let set = set(&paths);
        // One image without one of the classes.
        let vein = paths.iter().rfind(|path| path.contains("vein")).unwrap();
        fs::remove_file(set.path().join(&vein[1..])).unwrap();
        let options = two_classes(files);
        let report = checked(set.path(), &options);
        assert_eq!(report.problems, [], "{files:?}");
        // The masks are equal, and the later class counts.
        let counts: Vec<usize> = report.classes.iter().map(|class| class.images).collect();
        assert_eq!(counts, [3, 0, 3], "{files:?}");
        let overlap = report
            .warnings
            .iter()
            .filter(|text| text.contains("overlap"));
        assert_eq!(overlap.count(), 1, "{:?}", report.warnings);
    }
}

#[test]
fn classes_of_masks_that_are_not_named_are_refused_with_the_line_to_write() {
    let paths = three(|stem| {
        vec![
            format!("images/{stem}.png"),
            format!("*masks/liver/{stem}.png"),
            format!("*masks/vein/{stem}.png"),
        ]
    });
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let set = set(&paths);
    let error = Dataset::open(set.path(), &DataOptions::default()).unwrap_err();
    let text = format!("{error}; {}", error.advice);
    for fragment in [
        "liver, vein",
        "data.label_files = { \"liver\" = \"masks/liver/\"",
        "data.classes",
    ] {
        assert!(text.contains(fragment), "{fragment}: {text}");
    }
    let options = DataOptions {
        classes: ["background", "foreground"].map(String::from).to_vec(),
        ..two_classes(["masks/liver/", "masks/vein/"])
    };
    let error = Dataset::open(set.path(), &options).unwrap_err();
    assert!(
        error
            .advice
            .contains("[\"background\", \"liver\", \"vein\"]"),
        "{}",
        error.advice
    );
    let options = DataOptions {
        classes: Vec::new(),
        ..options
    };
    let dataset = Dataset::open(set.path(), &options).unwrap();
    assert_eq!(dataset.class_names, ["background", "liver", "vein"]);
}

/// A volume of 2 slices of 3×4 voxels with these values.
fn volume(path: &Path, value: impl Fn(usize) -> u8) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let shape = [2, 3, 4];
    let grid = VolumeGrid::new(path, shape, [5.0, 1.5, 1.5]).unwrap();
    let classes = (0..24).map(value).collect();
    write_label_volume(path, &grid, &LabelVolume { shape, classes }).unwrap();
}

#[test]
fn folders_of_volumes_are_read_in_the_same_arrangements() {
    for (image, labels) in [
        ("images/NAME.nii.gz", "labels/NAME.nii.gz"),
        ("images/NAME.nii", "masks/NAME.nii.gz"),
        ("NAME.nii.gz", "NAME_seg.nii.gz"),
        ("scans/NAME.nii.gz", "gt/NAME_gt.nii.gz"),
    ] {
        let set = tempdir().unwrap();
        for (index, name) in ["p1", "p2", "p3", "p4"].iter().enumerate() {
            volume(&set.path().join(image.replace("NAME", name)), |voxel| {
                (voxel * 5 + index) as u8
            });
            volume(&set.path().join(labels.replace("NAME", name)), |voxel| {
                u8::from(voxel > 20)
            });
        }
        let report = checked(set.path(), &DataOptions::default());
        assert_eq!(
            (report.images, &report.problems[..]),
            (4, &[][..]),
            "{image} {labels}"
        );
        let dataset = Dataset::open(set.path(), &DataOptions::default()).unwrap();
        assert_eq!(dataset.image_count(Split::Train).unwrap(), 4);
        let case = &dataset.cases(Split::Train)[0];
        let extent = dataset.volume_extent(case).unwrap().unwrap();
        assert_eq!(extent.shape, [2, 3, 4]);
        let (_, labels) = dataset.load(case).unwrap();
        assert_eq!(pixels_of(1, &labels.classes), 3);
    }
}

#[test]
fn a_volume_without_labels_is_named() {
    let set = tempdir().unwrap();
    for name in ["p1", "p2", "p3"] {
        volume(&set.path().join(format!("images/{name}.nii.gz")), |voxel| {
            voxel as u8
        });
        if name != "p3" {
            volume(&set.path().join(format!("labels/{name}.nii.gz")), |_| 1);
        }
    }
    let error = Dataset::open(set.path(), &DataOptions::default()).unwrap_err();
    assert!(error.file.ends_with("images/p3.nii.gz"), "{error}");
    assert!(error.expected.contains("labels/p3.nii.gz"), "{error}");
}
