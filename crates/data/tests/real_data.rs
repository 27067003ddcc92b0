//! Photographs of foot ulcers as their authors publish them; skipped, loudly, where they are not at hand.

use std::path::Path;

use selvedge_data::{DataOptions, Dataset, Kind, Split, check};

#[test]
fn a_published_wound_set_is_read_whole() {
    let root = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/fuseg-sample"
    ));
    if !root.is_dir() {
        eprintln!(
            "SKIPPED: no real data is checked, since there is no folder {}",
            root.display()
        );
        return;
    }
    let options = DataOptions::default();
    let dataset = Dataset::open(root, &options).unwrap();
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
    let picture = dataset.load_picture(case).unwrap();
    assert_eq!(
        [picture.height, picture.width, picture.values.len()],
        [512, 512, 3 * 512 * 512]
    );
    let labels = dataset.load_labels(case).unwrap();
    assert!(labels.classes.iter().all(|class| *class < 2));

    let report = check(Kind::Folder, root, &options);
    assert_eq!(
        (report.images, report.problems.len()),
        (150, 0),
        "{:?}",
        report.problems
    );
    assert!((0.001..0.2).contains(&report.classes[1].pixel_share));
    println!("{:?}, all background: {:?}", report.classes, report.empty);
}
