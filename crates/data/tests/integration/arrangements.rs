//! Folders whose images and labels are wherever the recipe says, or where a plain guess finds them.

use std::fs;
use std::path::Path;

use image::ImageFormat;
use selvedge_data::{CheckReport, DataOptions, Dataset, LayoutName, Split, check};
use tempfile::{TempDir, tempdir};

use super::folder::{mask, small_image};

/// Images and masks at these paths; those of masks begin with a star.
pub(crate) fn set(paths: &[&str]) -> TempDir {
    let set = tempdir().unwrap();
    for (index, path) in paths.iter().enumerate() {
        let (is_mask, path) = match path.strip_prefix('*') {
            Some(path) => (true, path),
            None => (false, *path),
        };
        let file = set.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        if is_mask {
            mask(255).save_with_format(&file, ImageFormat::Png).unwrap();
        } else {
            let image = small_image(index);
            image.save_with_format(&file, ImageFormat::Png).unwrap();
        }
    }
    set
}

/// The paths that `name` makes of three image names.
pub(crate) fn three(name: impl Fn(&str) -> Vec<String>) -> Vec<String> {
    ["a", "b", "c"].iter().flat_map(|stem| name(stem)).collect()
}

pub(crate) fn checked(set: &Path, options: &DataOptions) -> CheckReport {
    check(LayoutName::Folder, set, options)
}

/// A set that is read without being told anything; returns what was guessed.
pub(crate) fn guesses_of(paths: &[String]) -> Vec<String> {
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let set = set(&paths);
    let report = checked(set.path(), &DataOptions::default());
    assert_eq!(
        (report.images, &report.problems[..]),
        (3, &[][..]),
        "{paths:?}"
    );
    assert_eq!(report.classes[1].images, 3, "{paths:?}");
    report.guesses
}

#[test]
fn labels_next_to_their_images_are_guessed_by_their_suffix_and_said() {
    for suffix in [
        "_mask",
        "_seg",
        "-mask",
        "_label",
        "_labels",
        "_gt",
        "_annotation",
        ".GT",
    ] {
        let paths = three(|stem| vec![format!("{stem}.jpg"), format!("*{stem}{suffix}.png")]);
        let guesses = guesses_of(&paths);
        let said = format!("NAME{}", suffix.to_lowercase());
        assert!(
            guesses.len() == 1 && guesses[0].contains(&said),
            "{guesses:?}"
        );
        assert!(guesses[0].contains("data.label_suffix"), "{guesses:?}");
    }
    let paths = three(|stem| vec![format!("{stem}_img.png"), format!("*{stem}_mask.png")]);
    let guesses = guesses_of(&paths);
    assert!(
        guesses
            .iter()
            .any(|guess| guess.contains("data.image_suffix = \"_img\""))
    );
    // Inside a folder of images alone.
    let paths = three(|stem| {
        vec![
            format!("scans/{stem}.png"),
            format!("*scans/{stem}_seg.png"),
        ]
    });
    assert!(guesses_of(&paths)[0].contains("scans"));
}

#[test]
fn folders_with_usual_names_are_guessed_and_said() {
    for (images, labels) in [
        ("scans", "gt"),
        ("photos", "masks"),
        ("imgs", "Annotations"),
        ("Image", "Ground_Truth"),
        ("images", "segmentations"),
    ] {
        for suffix in ["", "_mask"] {
            let paths = three(|stem| {
                vec![
                    format!("{images}/{stem}.png"),
                    format!("*{labels}/{stem}{suffix}.png"),
                ]
            });
            let guesses = guesses_of(&paths);
            let said = format!("data.images = \"{images}\", data.labels = \"{labels}\"");
            assert!(guesses[0].contains(&said), "{guesses:?}");
        }
    }
    // The usual folders are not a guess.
    for labels in ["labels", "masks"] {
        let paths = three(|stem| {
            vec![
                format!("images/{stem}.png"),
                format!("*{labels}/{stem}.png"),
            ]
        });
        assert_eq!(guesses_of(&paths), Vec::<String>::new());
    }
    // Images next to the folder of their masks.
    let paths = three(|stem| vec![format!("{stem}.png"), format!("*masks/{stem}.png")]);
    assert!(guesses_of(&paths)[0].contains("data.labels = \"masks\""));
}

#[test]
fn folders_of_splits_are_guessed_each() {
    let paths = ["train", "val", "test"].map(|split| {
        three(|stem| {
            vec![
                format!("{split}/{stem}.png"),
                format!("*{split}/{stem}_mask.png"),
            ]
        })
    });
    let paths: Vec<&str> = paths.iter().flatten().map(String::as_str).collect();
    let set = set(&paths);
    let report = checked(set.path(), &DataOptions::default());
    assert_eq!(report.problems, []);
    assert_eq!((report.splits, report.guesses.len()), ([3, 3, 3], 3));
}

#[test]
fn the_recipe_says_where_images_and_labels_are() {
    let options = DataOptions {
        images: "in/pictures".into(),
        labels: "out".into(),
        label_suffix: "_ulcer".into(),
        image_suffix: "_cam".into(),
        ..DataOptions::default()
    };
    let paths = three(|stem| {
        vec![
            format!("in/pictures/{stem}_cam.png"),
            format!("*out/{stem}_ulcer.png"),
        ]
    });
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let set_ = set(&paths);
    let report = checked(set_.path(), &options);
    assert_eq!(
        (report.images, &report.problems[..], &report.guesses[..]),
        (3, &[][..], &[][..])
    );
    let dataset = Dataset::open(set_.path(), &options).unwrap();
    assert_eq!(dataset.cases(Split::Train)[0].stem.len(), "a_cam".len());

    let side_by_side = DataOptions {
        label_suffix: "_ulcer.png".into(),
        ..DataOptions::default()
    };
    let paths = three(|stem| vec![format!("{stem}.png"), format!("*{stem}_ulcer.png")]);
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let set = set(&paths);
    let report = checked(set.path(), &side_by_side);
    assert_eq!((report.images, report.problems), (3, Vec::new()));
}

#[test]
fn an_ambiguous_folder_is_refused_with_its_candidates() {
    let by_suffix = three(|stem| {
        vec![
            format!("{stem}.png"),
            format!("*{stem}_mask.png"),
            format!("*{stem}_gt.png"),
        ]
    });
    let by_folder = three(|stem| {
        vec![
            format!("scans/{stem}.png"),
            format!("*masks/{stem}.png"),
            format!("*gt/{stem}.png"),
        ]
    });
    let by_image = three(|stem| {
        vec![
            format!("scans/{stem}.png"),
            format!("photos/{stem}.png"),
            format!("*gt/{stem}.png"),
        ]
    });
    for (paths, fragments) in [
        (
            by_suffix,
            &[
                "\"_gt\" (3)",
                "\"_mask\" (3)",
                "data.label_suffix",
                "data.label_files",
            ][..],
        ),
        (by_folder, &["gt, masks", "data.labels = \"gt\""]),
        (by_image, &["photos, scans", "data.images = \"photos\""]),
    ] {
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let set = set(&paths);
        let report = checked(set.path(), &DataOptions::default());
        let [problem] = &report.problems[..] else {
            panic!("{:?}", report.problems);
        };
        let text = format!("{problem}; {}", problem.advice);
        for fragment in fragments {
            assert!(text.contains(fragment), "{fragment}: {text}");
        }
    }
}

#[test]
fn a_folder_that_cannot_be_understood_shows_what_was_seen_and_the_key() {
    let two = three(|stem| vec![format!("camera/{stem}.png"), format!("*drawn/{stem}.png")]);
    let endings = three(|stem| vec![format!("{stem}.png"), format!("*{stem}_ulcer.png")]);
    let same_name = three(|stem| vec![format!("{stem}.jpg"), format!("*{stem}.png")]);
    let unlike = ["a", "b", "c", "d"].map(|stem| format!("images/{stem}.png"));
    let others = ["e", "f", "g", "h"].map(|stem| format!("*masks/{stem}.png"));
    let unlike: Vec<String> = unlike.into_iter().chain(others).collect();
    for (paths, fragments) in [
        (
            two,
            &[
                "camera/ with a.png, b.png, c.png",
                "drawn/ with a.png",
                "data.images = \"camera\"",
            ][..],
        ),
        (same_name, &["a.jpg, a.png, b.jpg", "a folder labels/"]),
        (
            endings,
            &[
                "a.png, a_ulcer.png, b.png and 3 more",
                "data.label_suffix = \"_ulcer\"",
            ],
        ),
        (
            unlike,
            &[
                "a.png, b.png, c.png and 1 more",
                "e.png, f.png, g.png and 1 more",
                "data.label_suffix",
            ],
        ),
    ] {
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let set = set(&paths);
        let error = Dataset::open(set.path(), &DataOptions::default()).unwrap_err();
        let text = format!("{error}; {}", error.advice);
        for fragment in fragments {
            assert!(text.contains(fragment), "{fragment}: {text}");
        }
    }
}

#[test]
fn images_and_labels_without_a_counterpart_are_problems() {
    let pairs = [
        "a.png",
        "*a_mask.png",
        "d.png",
        "*d_mask.png",
        "e.png",
        "*e_mask.png",
    ];
    let set = set(&[&pairs[..], &["b.png", "*c_mask.png"]].concat());
    let report = checked(set.path(), &DataOptions::default());
    let text = format!("{:?}", report.problems);
    assert_eq!(report.problems.len(), 2, "{text}");
    assert!(
        text.contains("none for b") && text.contains("none for c_mask.png"),
        "{text}"
    );
    assert!(text.contains("NAME_mask"), "{text}");
}

#[test]
fn names_outside_the_set_and_of_other_layouts_are_refused() {
    let folder = tempdir().unwrap();
    let with = |change: &dyn Fn(&mut DataOptions)| {
        let mut options = DataOptions::default();
        change(&mut options);
        let error = Dataset::open(folder.path(), &options).unwrap_err();
        format!("{error}; {}", error.advice)
    };
    assert!(with(&|options| options.images = "../others".into()).contains("inside the set"));
    assert!(with(&|options| options.labels = "/etc".into()).contains("inside the set"));
    assert!(with(&|options| options.label_suffix = "gt/".into()).contains("data.label_suffix"));
    let other = with(&|options| {
        options.kind = LayoutName::Bamsi;
        options.labels = "gt".into();
    });
    assert!(
        other.contains("data.labels only in the layout folder"),
        "{other}"
    );
}
