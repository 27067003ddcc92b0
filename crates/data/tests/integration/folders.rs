//! Folders of images: names of splits, patients by name, folds, splits from files, values of labels.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use image::{DynamicImage, GrayImage, ImageBuffer, Luma, Rgb, RgbImage};
use selvedge_data::{DataOptions, Dataset, LayoutName, Split, check};
use tempfile::tempdir;

use super::folder::{mask, small_image};

/// Images of `patients` patients, three of each.
fn folder(root: &Path, patients: usize) {
    for name in ["images", "labels"] {
        fs::create_dir_all(root.join(name)).unwrap();
    }
    for index in 0..patients * 3 {
        let name = format!("SC-HF-{:02}-IM-{index:04}.dcm.png", index / 3);
        small_image(index)
            .save(root.join("images").join(&name))
            .unwrap();
        mask(1).save(root.join("labels").join(&name)).unwrap();
    }
}

fn by_patient() -> DataOptions {
    DataOptions {
        patient_pattern: "^(SC-.+)-IM-".into(),
        ..DataOptions::default()
    }
}

fn patients(dataset: &Dataset, split: Split) -> BTreeSet<String> {
    let cases = dataset.cases(split).iter();
    cases.map(|case| case.patient.clone()).collect()
}

#[test]
fn names_contain_the_patients() {
    let set = tempdir().unwrap();
    folder(set.path(), 10);
    let dataset = Dataset::open(set.path(), &by_patient()).unwrap();
    let sizes = Split::ALL.map(|split| patients(&dataset, split).len());
    assert_eq!(sizes, [6, 2, 2]);
    assert!(
        patients(&dataset, Split::Train)
            .iter()
            .all(|name| name.starts_with("SC-HF-"))
    );
    assert!(!check(LayoutName::Folder, set.path(), &by_patient()).patients_unknown);
    assert!(check(LayoutName::Folder, set.path(), &DataOptions::default()).patients_unknown);

    for (pattern, word) in [
        ("(", "regular expression"),
        ("^SC", "0 groups"),
        ("(a)(b)", "2 groups"),
        ("^(N.+)-", "SC-HF"),
    ] {
        let options = DataOptions {
            patient_pattern: pattern.into(),
            ..DataOptions::default()
        };
        let error = Dataset::open(set.path(), &options).unwrap_err();
        assert!(format!("{error:?}").contains(word), "{error:?}");
    }
}

#[test]
fn folds_test_every_patient_once() {
    let set = tempdir().unwrap();
    folder(set.path(), 11);
    let mut tested = BTreeSet::new();
    for fold in 0..5 {
        let options = DataOptions {
            folds: 5,
            fold,
            ..by_patient()
        };
        let dataset = Dataset::open(set.path(), &options).unwrap();
        let [train, validation, test] = Split::ALL.map(|split| patients(&dataset, split));
        assert!((2..=3).contains(&test.len()));
        assert!(
            train.is_disjoint(&test)
                && train.is_disjoint(&validation)
                && validation.is_disjoint(&test)
        );
        assert_eq!(train.len() + validation.len() + test.len(), 11);
        for patient in test {
            assert!(tested.insert(patient.clone()), "{patient} twice");
        }
    }
    assert_eq!(tested.len(), 11);
    for (folds, fold) in [(5, 5), (1, 0), (0, 2)] {
        let options = DataOptions {
            folds,
            fold,
            ..by_patient()
        };
        let error = Dataset::open(set.path(), &options).unwrap_err();
        assert!(error.expected.contains("data.folds"), "{error}");
    }
}

#[test]
fn with_named_test_images_the_fold_is_validated_on() {
    let set = tempdir().unwrap();
    folder(&set.path().join("train"), 10);
    folder(&set.path().join("test"), 2);
    // Equal names would be equal patients.
    for part in ["images", "labels"] {
        for entry in fs::read_dir(set.path().join("test").join(part)).unwrap() {
            let path = entry.unwrap().path();
            let name = path
                .file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .replace("HF", "N");
            fs::rename(&path, path.with_file_name(name)).unwrap();
        }
    }
    let options = DataOptions {
        folds: 5,
        fold: 3,
        ..by_patient()
    };
    let dataset = Dataset::open(set.path(), &options).unwrap();
    let [train, validation, test] = Split::ALL.map(|split| patients(&dataset, split));
    assert_eq!([train.len(), validation.len(), test.len()], [8, 2, 2]);
    assert!(test.iter().all(|patient| patient.starts_with("SC-N-")));
}

#[test]
fn a_stored_split_can_be_used_again() {
    let set = tempdir().unwrap();
    folder(set.path(), 10);
    let first = Dataset::open(set.path(), &by_patient()).unwrap();
    let json = set.path().join("split.json");
    fs::write(&json, serde_json::to_string(&first.split_table()).unwrap()).unwrap();
    let table = set.path().join("split.csv");
    let lines = first.split_table().into_iter();
    let lines = lines.map(|entry| format!("{},{},{}\n", entry.image, entry.patient, entry.split));
    fs::write(
        &table,
        format!("image,patient,split\n{}", lines.collect::<String>()),
    )
    .unwrap();
    for file in [&json, &table] {
        let options = DataOptions {
            split_file: file.display().to_string(),
            split_seed: 99,
            ..DataOptions::default()
        };
        let again = Dataset::open(set.path(), &options).unwrap();
        assert_eq!(again.split_table(), first.split_table());
    }
    let text = fs::read_to_string(&table).unwrap();
    let without_one = text.lines().take(30).collect::<Vec<_>>().join("\n");
    for (text, word) in [
        (without_one, "one line for every image"),
        (format!("{text}nobody,nobody,train\n"), "nobody"),
        (text.replace(",test", ",exam"), "exam"),
        (
            "name,split\n1,train\n".to_string(),
            "image,patient,grade,split",
        ),
    ] {
        fs::write(&table, text).unwrap();
        let options = DataOptions {
            split_file: table.display().to_string(),
            ..DataOptions::default()
        };
        let error = Dataset::open(set.path(), &options).unwrap_err();
        assert!(error.file.ends_with("split.csv"));
        assert!(format!("{error:?}").contains(word), "{word}: {error:?}");
    }
}

#[test]
fn validation_images_may_be_in_val_or_valid_but_not_in_both() {
    for name in ["val", "valid", "validation"] {
        let set = tempdir().unwrap();
        folder(&set.path().join("train"), 5);
        folder(&set.path().join(name), 2);
        let dataset = Dataset::open(set.path(), &DataOptions::default()).unwrap();
        assert_eq!(dataset.cases(Split::Test).len(), 6);
        folder(
            &set.path().join(if name == "val" { "valid" } else { "val" }),
            2,
        );
        assert!(Dataset::open(set.path(), &DataOptions::default()).is_err());
    }
}

#[test]
fn ranges_colours_and_deep_values_become_classes() {
    let set = tempdir().unwrap();
    folder(set.path(), 4);
    let name = "SC-HF-00-IM-0000.dcm.png";
    let path = set.path().join("labels").join(name);
    let named = |values: &[(&str, u8)]| DataOptions {
        classes: ["nothing", "wall", "cavity"].map(String::from).to_vec(),
        label_values: values
            .iter()
            .map(|(key, class)| ((*key).to_string(), *class))
            .collect(),
        ..DataOptions::default()
    };
    let read = |options: &DataOptions| {
        let dataset = Dataset::open(set.path(), options).unwrap();
        let cases = Split::ALL.iter().flat_map(|split| dataset.cases(*split));
        let case = cases.into_iter().find(|case| case.labels == path).unwrap();
        dataset
            .load_labels(case)
            .map(|labels| labels.classes[..3].to_vec())
    };

    let mut grey = GrayImage::new(4, 3);
    for (x, value) in [(1, 100), (2, 254)] {
        grey.put_pixel(x, 0, Luma([value]));
    }
    grey.save(&path).unwrap();
    assert_eq!(
        read(&named(&[("0-99", 0), ("100", 1), ("101-255", 2)])).unwrap(),
        [0, 1, 2]
    );
    let error = read(&named(&[("0-99", 0), ("101-255", 2)])).unwrap_err();
    assert!(error.found.contains("100 (1 pixel)"), "{error}");
    let overlapping = Dataset::open(set.path(), &named(&[("0-99", 0), ("99-255", 2)])).unwrap_err();
    assert!(overlapping.expected.contains("overlap"), "{overlapping}");

    let mut deep: ImageBuffer<Luma<u16>, Vec<u16>> = ImageBuffer::new(4, 3);
    deep.put_pixel(1, 0, Luma([1000]));
    deep.put_pixel(2, 0, Luma([60_000]));
    DynamicImage::ImageLuma16(deep).save(&path).unwrap();
    assert_eq!(
        read(&named(&[("0", 0), ("1000", 1), ("50000-65535", 2)])).unwrap(),
        [0, 1, 2]
    );

    // An indexed image is read by its colours, since colours are named.
    let mut encoder = png::Encoder::new(fs::File::create(&path).unwrap(), 4, 3);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(vec![255, 128, 0, 0, 0, 0, 255, 0, 0]);
    let indices = [1, 0, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1];
    encoder
        .write_header()
        .unwrap()
        .write_image_data(&indices)
        .unwrap();
    assert_eq!(
        read(&named(&[("0,0,0", 0), ("255,128,0", 1), ("255,0,0", 2)])).unwrap(),
        [0, 1, 2]
    );
}

#[test]
fn a_bamsi_set_may_have_a_palette_and_grades() {
    let set = tempdir().unwrap();
    folder(set.path(), 4);
    let json = r#"{"classes": ["background", "grade 1", "grade 2a"], "palette": {"0,0,0": 0, "255,128,0": 1, "255,0,0": 2}}"#;
    fs::write(set.path().join("dataset.json"), json).unwrap();
    let mut labels = RgbImage::new(4, 3);
    labels.put_pixel(0, 0, Rgb([255, 128, 0]));
    labels.put_pixel(1, 0, Rgb([255, 0, 0]));
    for index in 0..12 {
        let name = format!("labels/SC-HF-{:02}-IM-{index:04}.dcm.png", index / 3);
        let path = set.path().join(name);
        if [0, 3].contains(&index) {
            labels.save(path).unwrap();
        } else {
            RgbImage::new(4, 3).save(path).unwrap();
        }
    }
    // All images in every split: some of them alone could be all background.
    let options = DataOptions {
        overfit: 12,
        ..DataOptions::default()
    };
    let table = |grade: &str| {
        let lines = (0..12).map(|index| {
            let grade = if index == 3 { grade } else { "" };
            format!("SC-HF-{:02}-IM-{index:04}.dcm,,{grade},\n", index / 3)
        });
        format!("image,patient,grade,split\n{}", lines.collect::<String>())
    };
    fs::write(set.path().join("cases.csv"), table("1")).unwrap();
    let report = check(LayoutName::Bamsi, set.path(), &options);
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    // One image by its table, one by its deepest class.
    let expected = [("background", 10), ("grade 1", 1), ("grade 2a", 1)];
    assert_eq!(
        report.grades,
        BTreeMap::from(expected.map(|(name, count)| (name.to_string(), count)))
    );
    fs::write(set.path().join("cases.csv"), table("7")).unwrap();
    let report = check(LayoutName::Bamsi, set.path(), &options);
    assert!(
        report.problems[0].found.contains("'7'"),
        "{:?}",
        report.problems
    );
}

#[cfg(unix)]
#[test]
fn circular_links_pipes_and_names_that_are_not_unicode_are_reported() {
    use std::os::unix::ffi::OsStrExt;
    let set = tempdir().unwrap();
    folder(set.path(), 4);
    let loop_ = set.path().join("images/loop.png");
    std::os::unix::fs::symlink(&loop_, &loop_).unwrap();
    GrayImage::new(4, 3)
        .save(set.path().join("labels/loop.png"))
        .unwrap();
    let odd = std::ffi::OsStr::from_bytes(b"\xff\xfe.png");
    fs::copy(
        set.path().join("labels/loop.png"),
        set.path().join("labels").join(odd),
    )
    .unwrap();
    let report = check(LayoutName::Folder, set.path(), &DataOptions::default());
    assert_eq!(report.problems.len(), 2, "{:?}", report.problems);
    assert!(
        report
            .problems
            .iter()
            .any(|problem| problem.file.ends_with("loop.png"))
    );
    assert!(
        report
            .problems
            .iter()
            .any(|problem| problem.expected.contains("Unicode"))
    );
}
