//! Data sets as their authors publish them, which are not part of this repository.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use selvedge_data::{DataOptions, Dataset, LayoutName, Split, check};
use tempfile::{TempDir, tempdir};

use super::folder::photograph;

/// The folder of a set in the folder that `SELVEDGE_DATA` names.
fn published(name: &str) -> PathBuf {
    let data = std::env::var_os("SELVEDGE_DATA")
        .expect("SELVEDGE_DATA names the folder of published sets");
    Path::new(&data).join(name)
}

/// The images of a set with their labels moved down and to the right.
fn moved(dataset: &Dataset, [down, right]: [u32; 2]) -> TempDir {
    let set = tempdir().unwrap();
    for name in ["images", "labels"] {
        fs::create_dir(set.path().join(name)).unwrap();
    }
    for split in Split::ALL {
        for case in dataset.cases(split) {
            let image = case.image.file_name().unwrap();
            fs::copy(&case.image, set.path().join("images").join(image)).unwrap();
            let labels = image::open(&case.labels).unwrap().to_luma8();
            let (width, height) = labels.dimensions();
            let moved = image::GrayImage::from_fn(width, height, |x, y| {
                if x < right || y < down {
                    image::Luma([0])
                } else {
                    *labels.get_pixel(x - right, y - down)
                }
            });
            let labels = case.labels.file_name().unwrap();
            moved.save(set.path().join("labels").join(labels)).unwrap();
        }
    }
    set
}

#[test]
#[ignore = "needs Sunnybrook Cardiac Data: SELVEDGE_DATA/sunnybrook"]
fn slices_of_the_heart_are_split_by_patient() {
    let root = published("sunnybrook");
    let options = DataOptions {
        patient_pattern: "^(SC-.+)-IM-".into(),
        ..DataOptions::default()
    };
    let report = check(LayoutName::Folder, &root, &options);
    assert_eq!((report.images, report.patients), (260, 15));
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    println!("shifted: {:?}", report.shifted);
    assert!(report.shifted.len() <= 2, "{:?}", report.shifted);

    let dataset = Dataset::open(&root, &options).unwrap();
    let [train, validation, test] = Split::ALL.map(|split| {
        let cases = dataset.cases(split).iter();
        cases
            .map(|case| case.patient.clone())
            .collect::<BTreeSet<_>>()
    });
    assert!(
        train.is_disjoint(&validation) && train.is_disjoint(&test) && validation.is_disjoint(&test)
    );
    assert_eq!(train.len() + validation.len() + test.len(), 15);

    let set = moved(&dataset, [6, 6]);
    let found = check(LayoutName::Folder, set.path(), &options)
        .shifted
        .len();
    println!("of 260 moved, {found} are reported");
    assert!(found >= 40, "{found}");
}

#[test]
#[ignore = "needs a sample of FUSeg: SELVEDGE_DATA/fuseg-sample"]
fn photographs_of_foot_ulcers_are_read_completely() {
    let root = published("fuseg-sample");
    let options = DataOptions::default();
    let dataset = Dataset::open(&root, &options).unwrap();
    // The published validation images are kept for the test; a part of the training images validates.
    assert_eq!(dataset.cases(Split::Test).len(), 30);
    assert_eq!(
        dataset.cases(Split::Train).len() + dataset.cases(Split::Validation).len(),
        120
    );
    assert!(
        dataset
            .cases(Split::Test)
            .iter()
            .all(|case| case.image.starts_with(root.join("validation")))
    );

    let case = &dataset.cases(Split::Train)[0];
    let image = photograph(&dataset, case);
    assert_eq!(
        [image.height, image.width, image.values.len()],
        [512, 512, 3 * 512 * 512]
    );
    let labels = dataset.load_labels(case).unwrap();
    assert!(labels.classes.iter().all(|class| *class < 2));

    let report = check(LayoutName::Folder, &root, &options);
    assert_eq!(
        (report.images, report.problems.len()),
        (150, 0),
        "{:?}",
        report.problems
    );
    assert!((0.001..0.2).contains(&report.classes[1].pixel_share));
    println!("{:?}, all background: {:?}", report.classes, report.empty);

    println!("shifted: {:?}", report.shifted);
    assert!(report.shifted.len() <= 2, "{:?}", report.shifted);
    let set = moved(&dataset, [12, 12]);
    let found = check(LayoutName::Folder, set.path(), &options)
        .shifted
        .len();
    println!("of 150 moved, {found} are reported");
    assert!(found >= 90, "{found}");
}
