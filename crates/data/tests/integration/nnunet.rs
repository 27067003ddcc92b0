//! Sets in nnU-Net's raw format: sound ones, and descriptions that contradict their folders.

use std::fs;
use std::path::Path;

use selvedge_data::{
    CheckReport, DataOptions, Dataset, LabelVolume, LayoutName, Split, VolumeGrid, check,
    write_label_volume,
};
use tempfile::{TempDir, tempdir};

use super::folder::{mask, small_image};

const DESCRIPTION: &str = r#"{"channel_names": {"0": "R", "1": "G", "2": "B"},
  "labels": {"background": 0, "wound": 1, "ignore": 2}, "numTraining": 6, "file_ending": ".png"}"#;

pub(crate) fn options() -> DataOptions {
    DataOptions {
        kind: LayoutName::Nnunet,
        ..DataOptions::default()
    }
}

fn checked(root: &Path) -> CheckReport {
    check(LayoutName::Nnunet, root, &options())
}

/// Images and labels of these names in two folders.
fn cases(root: &Path, folders: [&str; 2], names: &[&str]) {
    for folder in folders {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    for (index, name) in names.iter().enumerate() {
        let image = root.join(folders[0]).join(format!("{name}_0000.png"));
        small_image(100 * folders[0].len() + index)
            .save(image)
            .unwrap();
        let labels = root.join(folders[1]).join(format!("{name}.png"));
        mask(1 + u8::from(index == 5)).save(labels).unwrap();
    }
}

/// Folds of the six images.
pub(crate) const FOLDS: &str = r#"[{"train": ["a", "b", "c", "d"], "val": ["e", "f"]},
  {"train": ["c", "d", "e", "f"], "val": ["a", "b"]}]"#;

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// Six images, the last with an ignored pixel.
pub(crate) fn set() -> TempDir {
    let set = tempdir().unwrap();
    cases(set.path(), ["imagesTr", "labelsTr"], &NAMES);
    fs::write(set.path().join("dataset.json"), DESCRIPTION).unwrap();
    set
}

#[test]
fn a_set_of_images_is_read_with_its_classes_and_ignored_pixels() {
    let set = set();
    let report = checked(set.path());
    assert_eq!((report.images, report.problems), (6, Vec::new()));
    let dataset = Dataset::open(set.path(), &options()).unwrap();
    assert_eq!(dataset.class_names, ["background", "wound"]);
    let all = Split::ALL
        .into_iter()
        .flat_map(|split| dataset.cases(split));
    let last = all.into_iter().find(|case| case.stem == "f").unwrap();
    let labels = dataset.load_labels(last).unwrap();
    assert_eq!(labels.classes[11], 255);
}

#[test]
fn test_cases_and_folds_are_those_of_the_set() {
    let set = set();
    fs::create_dir(set.path().join("imagesTs")).unwrap();
    let note = checked(set.path()).warnings.join("\n");
    assert!(note.contains("imagesTs: skipped"), "{note}");
    cases(set.path(), ["imagesTs", "labelsTs"], &["a", "z"]);
    let folds = r#"[{"train": ["a", "b", "c", "d"], "val": ["e", "f"]}, {"train": ["c", "d", "e", "f"], "val": ["a"]}]"#;
    fs::write(set.path().join("splits_final.json"), folds).unwrap();
    let report = checked(set.path());
    assert_eq!((report.splits, report.problems), ([4, 2, 2], Vec::new()));
    let second = DataOptions {
        fold: 1,
        folds: 2,
        ..options()
    };
    let report = check(LayoutName::Nnunet, set.path(), &second);
    assert_eq!((report.splits, &report.problems[..]), ([4, 1, 2], &[][..]));
    let note = report.warnings.join("\n");
    assert!(
        note.contains("neither list of fold 1") && note.contains("'b'"),
        "{note}"
    );
    let dataset = Dataset::open(set.path(), &second).unwrap();
    assert_eq!(dataset.cases(Split::Validation)[0].stem, "a");
    for wrong in [
        DataOptions {
            fold: 2,
            ..options()
        },
        DataOptions {
            folds: 5,
            ..options()
        },
    ] {
        let error = Dataset::open(set.path(), &wrong).unwrap_err();
        assert!(error.expected.contains("data.fold of 0 to 1"), "{error}");
    }
    // Without test cases, the fold is tested on, as with any set that names its validation images.
    fs::remove_dir_all(set.path().join("labelsTs")).unwrap();
    let report = checked(set.path());
    assert_eq!((report.splits, report.problems), ([3, 1, 2], Vec::new()));
}

#[test]
fn volumes_of_the_first_version_are_read() {
    let set = tempdir().unwrap();
    let shape = [2, 3, 4];
    for (index, name) in NAMES.iter().enumerate() {
        // The first version's own sets lack the number of the channel.
        for (file, first) in [
            (format!("imagesTr/{name}.nii.gz"), index as u8),
            (format!("labelsTr/{name}.nii.gz"), 1),
        ] {
            let path = set.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let grid = VolumeGrid::new(&path, shape, [8.0, 1.0, 1.0]).unwrap();
            let classes = (0..24).map(|voxel| if voxel == 0 { first } else { voxel % 3 });
            let classes = classes.collect();
            write_label_volume(&path, &grid, &LabelVolume { shape, classes }).unwrap();
        }
    }
    let description = r#"{"modality": {"0": "MRI"}, "labels": {"0": "background", "1": "left", "2": "right"}, "numTraining": 6,
        "training": [{"image": "./imagesTr/a.nii.gz", "label": "./labelsTr/a.nii.gz"}]}"#;
    fs::write(set.path().join("dataset.json"), description).unwrap();
    let report = checked(set.path());
    assert_eq!((report.images, report.problems), (6, Vec::new()));
    assert_eq!(report.classes[2].name, "right");
    let dataset = Dataset::open(set.path(), &options()).unwrap();
    let train = dataset.cases(Split::Train).len();
    assert_eq!(dataset.image_count(Split::Train).unwrap(), 2 * train);
}

/// The only problem of the set after a change, with its advice.
fn problem_after(change: impl Fn(&Path)) -> String {
    let set = set();
    change(set.path());
    let problems = checked(set.path()).problems;
    let [problem] = &problems[..] else {
        panic!("{problems:?}");
    };
    assert!(problem.file.starts_with(set.path()), "{problem}");
    format!("{problem}; {}", problem.advice)
}

#[test]
fn a_description_that_contradicts_the_folders_is_refused() {
    let replaced = |from: &'static str, to: &'static str| {
        move |root: &Path| {
            assert!(DESCRIPTION.contains(from), "{from}");
            let text = DESCRIPTION.replace(from, to);
            fs::write(root.join("dataset.json"), text).unwrap();
        }
    };
    let labels = r#"{"background": 0, "wound": 1, "ignore": 2}"#;
    for (from, to, fragments) in [
        (
            "6",
            "7",
            &["dataset.json", "6 training cases", "\"numTraining\": 7"][..],
        ),
        (".png", ".mha", &["dataset.json", "\".mha\"", "SimpleITK"]),
        ("\".png\"", "\"png\"", &["\"file_ending\"", "\"png\""]),
        (
            labels,
            r#"{"background": 0, "wound": 2}"#,
            &["without gaps", "\"wound\": 2"],
        ),
        (
            labels,
            r#"{"background": 0, "ignore": 1, "wound": 2}"#,
            &["\"ignore\" last"],
        ),
        (
            labels,
            r#"{"background": 0, "whole": [1, 2]}"#,
            &["regions", "\"whole\""],
        ),
        (
            labels,
            r#"{"background": 0, "wound": true}"#,
            &["no number for \"wound\""],
        ),
        (labels, r#"{"background": 0}"#, &["2 to 255 classes"]),
        (
            r#", "1": "G", "2": "B""#,
            r#", "1": "T2""#,
            &["one channel", "2 in \"channel_names\""],
        ),
        (
            r#", "1": "G", "2": "B""#,
            r#", "5": "T2""#,
            &["numbered from \"0\" on", "\"5\""],
        ),
        (
            r#""labels""#,
            r#""dataset": {}, "labels""#,
            &["imagesTr/", "\"dataset\""],
        ),
        (r#""labels""#, r#""classes""#, &["missing field `labels`"]),
    ] {
        let text = problem_after(replaced(from, to));
        for fragment in fragments {
            assert!(text.contains(fragment), "{fragment}: {text}");
        }
    }
}

#[test]
fn folders_that_contradict_the_description_are_refused() {
    let rename = |from: &'static str, to: &'static str| {
        move |root: &Path| fs::rename(root.join(from), root.join(to)).unwrap()
    };
    for (from, to, fragments) in [
        (
            "labelsTr/c.png",
            "c.png",
            &["imagesTr", "labels in", "none for c"][..],
        ),
        (
            "imagesTr/c_0000.png",
            "c.png",
            &["labelsTr", "an image in", "none for c.png"],
        ),
        (
            "labelsTr",
            "labels",
            &["labelsTr", "no such folder", "imagesTr/"],
        ),
        (
            "dataset.json",
            "data.json",
            &["dataset.json, imagesTr/ and labelsTr/", "data.json"],
        ),
    ] {
        let text = problem_after(rename(from, to));
        for fragment in fragments {
            assert!(text.contains(fragment), "{fragment}: {text}");
        }
    }
    let text = problem_after(|root| {
        for channel in ["0001", "0002"] {
            let path = root.join(format!("imagesTr/b_{channel}.png"));
            small_image(7).save(path).unwrap();
        }
    });
    assert!(
        text.contains("b (0000, 0001, 0002)") && text.contains("in one file"),
        "{text}"
    );
    let text = problem_after(|root| {
        small_image(7).save(root.join("imagesTr/g.png")).unwrap();
    });
    assert!(
        text.contains("NAME_0000.png") && text.contains("g.png"),
        "{text}"
    );
    let text = problem_after(|root| {
        let folds = r#"[{"train": ["a", "b", "x"], "val": ["b", "c", "d", "e", "f"]}]"#;
        fs::write(root.join("splits_final.json"), folds).unwrap();
        mask(1).save(root.join("labelsTr/x.png")).unwrap();
        small_image(9)
            .save(root.join("imagesTr/x_0000.png"))
            .unwrap();
        let text = DESCRIPTION.replace('6', "7");
        fs::write(root.join("dataset.json"), text).unwrap();
    });
    assert!(text.contains("more than once 'b'"), "{text}");
    let text = problem_after(|root| {
        let folds = r#"[{"train": ["a", "b", "x"], "val": ["c", "d", "e", "f"]}]"#;
        fs::write(root.join("splits_final.json"), folds).unwrap();
    });
    assert!(text.contains("no files of 'x'"), "{text}");
}

#[test]
fn the_layout_folder_names_the_layout_of_such_a_set() {
    let set = set();
    let error = Dataset::open(set.path(), &DataOptions::default()).unwrap_err();
    assert!(error.advice.contains("nnunet"), "{}", error.advice);
}
