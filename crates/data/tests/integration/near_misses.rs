//! Images without labels are reported with similar names, and unambiguous ones are accepted.

use std::fs;
use std::path::Path;

use selvedge_data::{CheckReport, DataError, DataOptions, LayoutName, check};
use tempfile::{TempDir, tempdir};

use super::folder::{folder, mask, small_image};

/// Images and masks of these names.
fn set(images: &[&str], masks: &[&str]) -> TempDir {
    let set = tempdir().unwrap();
    let place = |folder: &str, name: &str| {
        let path = set.path().join(folder).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    };
    for (index, name) in images.iter().enumerate() {
        small_image(index).save(place("images", name)).unwrap();
    }
    for name in masks {
        let path = place("masks", name);
        mask(255)
            .save_with_format(&path, image::ImageFormat::Png)
            .unwrap();
    }
    set
}

fn checked(set: &Path) -> CheckReport {
    check(LayoutName::Folder, set, &DataOptions::default())
}

/// The only problem that names this folder.
fn problem_of(set: &Path, place: &str) -> DataError {
    let mut problems = checked(set).problems;
    problems.retain(|problem| problem.file.ends_with(place));
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.remove(0)
}

#[test]
fn one_affix_of_all_names_is_accepted_and_noted() {
    for (images, masks, fragment) in [
        (
            ["a.jpg", "b.jpg", "c.jpg"],
            ["a_mask.png", "b_mask.png", "c_mask.png"],
            "NAME_mask",
        ),
        (
            ["1.jpg", "2.jpg", "12.jpg"],
            ["seg-1.png", "seg-2.png", "seg-12.png"],
            "seg-NAME",
        ),
        (
            ["a_image.png", "b_image.png", "c_image.png"],
            ["a.png", "b.png", "c.png"],
            "NAME_image",
        ),
    ] {
        let set = set(&images, &masks);
        let report = checked(set.path());
        assert_eq!((report.images, report.problems), (3, Vec::new()));
        assert!(
            report.warnings.iter().any(|note| note.contains(fragment)),
            "{:?}",
            report.warnings
        );
    }
}

#[test]
fn ambiguous_names_are_not_accepted() {
    for masks in [
        // It is unclear which of two is meant.
        &["a_mask.png", "a_edge.png", "b_mask.png", "b_edge.png"][..],
        // A number, and nothing set off by punctuation.
        &["a_2.png", "b_2.png"],
        &["amask.png", "bmask.png"],
        // Not all of them.
        &["a_mask.png", "c_mask.png"],
        // Next to one with the exact name.
        &["a.png", "b_mask.png"],
    ] {
        let set = set(&["a.png", "b.png"], masks);
        assert!(!checked(set.path()).problems.is_empty(), "{masks:?}");
    }
}

#[test]
fn names_that_differ_in_case_are_accepted_and_noted_if_unique() {
    let set_ = set(
        &["IMG_0.png", "IMG_1.png", "x.png"],
        &["img_0.PNG", "Img_1.png", "x.png"],
    );
    let report = checked(set_.path());
    assert_eq!((report.images, report.problems), (3, Vec::new()));
    let message = report.warnings.join("\n");
    assert!(
        message.contains("2 label files") && message.contains("only in case"),
        "{message}"
    );
    if cfg!(target_os = "linux") {
        let set = set(&["a.png", "A.png"], &["a.png", "b.png"]);
        assert!(problem_of(set.path(), "A.png").found.contains("a.png"));
    }
}

#[test]
fn a_mask_of_another_name_or_format_is_named_with_advice() {
    let set = set(
        &["a.png", "b.png", "c.png"],
        &["a.png", "b_mask.png", "c.avif"],
    );
    let problem = problem_of(set.path(), "images");
    let message = format!("{problem}; {}", problem.advice);
    for fragment in [
        "none for b.png, c.png",
        "b_mask.png",
        "not read: c.avif",
        "magick",
    ] {
        assert!(message.contains(fragment), "{fragment}: {message}");
    }
    let problem = problem_of(set.path(), "masks/b_mask.png");
    assert!(problem.found.contains("b.png"), "{problem}");
}

#[test]
fn misnamed_folders_of_splits_are_problems_and_other_folders_notes() {
    let set = tempdir().unwrap();
    folder(set.path(), 5);
    folder(&set.path().join("holdout"), 1);
    let report = checked(set.path());
    assert_eq!(report.problems, Vec::new());
    assert!(
        report.warnings[0].contains("holdout/"),
        "{:?}",
        report.warnings
    );
    fs::rename(set.path().join("holdout"), set.path().join("Test_set")).unwrap();
    let problem = problem_of(set.path(), "Test_set");
    assert!(problem.advice.contains("rename it to test"), "{problem}");
}

#[test]
fn many_images_without_labels_are_one_problem() {
    let images: Vec<String> = (0..30).map(|index| format!("{index:02}.png")).collect();
    let images: Vec<&str> = images.iter().map(String::as_str).collect();
    let set = set(&images, &["00.png"]);
    let report = checked(set.path());
    let alone = &report.problems[0];
    assert!(
        alone.found.contains("01.png") && alone.found.contains("24 more"),
        "{alone}"
    );
    let names_images = |problem: &&DataError| problem.file.ends_with("images");
    assert_eq!(report.problems.iter().filter(names_images).count(), 1);
}

#[test]
fn nested_folders_and_other_formats_are_named_if_nothing_is_read() {
    let set_ = set(
        &["p0/s0.png", "p0/s1.png", "p1/s0.png"],
        &["p0/s0.png", "p0/s1.png", "p1/s0.png"],
    );
    let problem = problem_of(set_.path(), "images");
    let message = format!("{problem}; {}", problem.advice);
    assert!(
        message.contains("the folders p0, p1") && message.contains("patient_pattern"),
        "{message}"
    );
    let set_ = set(&[], &["a.png"]);
    fs::create_dir(set_.path().join("images")).unwrap();
    fs::write(
        set_.path().join("images/a.heic"),
        "a photograph of a telephone",
    )
    .unwrap();
    let problem = problem_of(set_.path(), "images");
    assert!(problem.found.contains("a.heic"), "{problem}");
    let set_ = set(
        &["a.png", "b.png", "c.png", "more/d.png"],
        &["a.png", "b.png", "c.png"],
    );
    for name in ["heart.nii.gz", "head.MHA"] {
        fs::write(set_.path().join("images").join(name), "a volume").unwrap();
    }
    let report = checked(set_.path());
    assert_eq!(report.problems, Vec::new());
    assert!(
        report
            .warnings
            .iter()
            .any(|note| note.contains("skipped: more/, head.MHA, heart.nii.gz")),
        "{:?}",
        report.warnings
    );
}
