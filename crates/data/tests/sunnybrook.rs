//! Slices of the heart as they are published; skipped, loudly, where they are not at hand.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use selvedge_data::{DataOptions, Dataset, Kind, Split, check};

#[test]
fn published_slices_are_split_by_patient() {
    let root = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/sunnybrook"
    ));
    if !root.is_dir() {
        eprintln!(
            "SKIPPED: no slices are checked, since there is no folder {}",
            root.display()
        );
        return;
    }
    let options = DataOptions {
        patient_pattern: "^(SC-.+)-IM-".into(),
        ..DataOptions::default()
    };
    let report = check(Kind::Folder, root, &options);
    assert_eq!((report.images, report.patients), (260, 15));
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    println!("shifted: {:?}", report.shifted);
    assert!(report.shifted.len() < 26, "{:?}", report.shifted);
    let dataset = Dataset::open(root, &options).unwrap();
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

    // The same slices with all labels moved are told.
    let moved = tempfile::tempdir().unwrap();
    for name in ["images", "labels"] {
        fs::create_dir(moved.path().join(name)).unwrap();
    }
    for case in dataset.cases(Split::Train).iter().take(40) {
        let name = case.image.file_name().unwrap();
        fs::copy(&case.image, moved.path().join("images").join(name)).unwrap();
        let labels = image::open(&case.labels).unwrap().to_luma8();
        let shifted = image::GrayImage::from_fn(256, 256, |x, y| {
            if x < 9 || y < 6 {
                image::Luma([0])
            } else {
                *labels.get_pixel(x - 9, y - 6)
            }
        });
        shifted
            .save(moved.path().join("labels").join(name))
            .unwrap();
    }
    let found = check(Kind::Folder, moved.path(), &options);
    println!("of 40 moved, {} are told", found.shifted.len());
    assert!(found.shifted.len() >= 10, "{:?}", found.shifted);
}
