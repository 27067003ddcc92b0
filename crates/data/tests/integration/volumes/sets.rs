//! Complete sets in the challenge's layout.

use std::fs;

use selvedge_data::{
    Augmentation, BatchOptions, BatchSource, CaseImage, DataOptions, Dataset, HostBatch,
    LayoutName, Normalisation, Pairs, Split, check, paired_volumes,
};
use tempfile::{TempDir, tempdir};

use super::files::{gzip, only_problem, options, patients, volume, with};
use crate::errors::assert_reports;

#[test]
fn patients_stay_together_and_slices_are_images() {
    let set = tempdir().unwrap();
    patients(set.path());
    let report = check(LayoutName::Acdc, set.path(), &options());
    assert_eq!(report.problems, []);
    assert_eq!([report.patients, report.images], [10, 20]);
    assert_eq!(report.splits, [12, 4, 4]);
    assert_eq!(report.classes[3].name, "left ventricle");

    let dataset = Dataset::open(set.path(), &options()).unwrap();
    assert_eq!(dataset.image_count(Split::Train).unwrap(), 36);
    let case = &dataset.cases(Split::Test)[0];
    let image = dataset.load_image(case).unwrap();
    assert_eq!(image.shape(), [3, 5, 4]);
    assert_eq!(
        image.spacing().map(|side| (side * 100.0).round() as i32),
        [1000, 150, 125]
    );
    let slice = image.slice(1);
    assert_eq!(slice.values[..4], [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0]);
    assert_eq!(slice.values[..20], slice.values[40..]);
    let labels = dataset.load_label_volume(case).unwrap();
    assert_eq!(labels.slice(2).classes[..5], [0, 1, 2, 3, 0]);
    assert!(matches!(image, CaseImage::Volume(_)));
}

#[test]
fn folds_test_every_patient_once() {
    let set = tempdir().unwrap();
    patients(set.path());
    let mut tested = Vec::new();
    for fold in 0..5 {
        let options = DataOptions {
            folds: 5,
            fold,
            ..options()
        };
        let dataset = Dataset::open(set.path(), &options).unwrap();
        let mut names: Vec<String> = dataset
            .cases(Split::Test)
            .iter()
            .map(|case| case.patient.clone())
            .collect();
        // Two frames of each patient.
        assert_eq!(names.len(), 4);
        names.dedup();
        let others = [Split::Train, Split::Validation].map(|split| dataset.cases(split).iter());
        assert!(
            others
                .into_iter()
                .flatten()
                .all(|case| !names.contains(&case.patient))
        );
        tested.extend(names);
    }
    tested.sort();
    let all: Vec<String> = (1..=10)
        .map(|number| format!("patient{number:03}"))
        .collect();
    assert_eq!(tested, all);
}

#[test]
fn structures_of_a_volume_are_blurred_slice_by_slice() {
    let set = tempdir().unwrap();
    patients(set.path());
    let plain = Dataset::open(set.path(), &options()).unwrap();
    let even = Dataset::open(
        set.path(),
        &DataOptions {
            homogenise: 1.0,
            ..options()
        },
    )
    .unwrap();
    let case = &plain.cases(Split::Train)[0];
    let (before, labels) = plain.load(case).unwrap();
    let (after, _) = even.load(case).unwrap();
    // The image equals the labels: every structure is uniform already, and stays unchanged.
    assert_eq!(before, after);

    // A voxel that is brighter than the rest of its structure approaches it, in its slice only.
    let mut bytes = volume();
    let index = labels.classes.iter().position(|class| *class == 1).unwrap();
    bytes[352 + index] = 3;
    fs::write(&case.image, gzip(&bytes)).unwrap();
    let before = plain.load_image(case).unwrap();
    let after = even.load_image(case).unwrap();
    assert!(after.slice(0).values[index] < before.slice(0).values[index]);
    assert_eq!(before.slice(1), after.slice(1));
    let resized = even.load_resized(case, [5, 4]).unwrap();
    assert_eq!(resized.len(), 3);
    assert_eq!(resized[0].0, *after.slice(0));
    assert_eq!(resized[0].1, labels.slice(0));
}

#[test]
fn batches_are_made_of_slices_in_the_order_of_the_volumes() {
    let set = tempdir().unwrap();
    patients(set.path());
    let dataset = Dataset::open(set.path(), &options()).unwrap();
    let batches = BatchOptions {
        height: 10,
        width: 8,
        batch_size: 5,
        augmentation: Augmentation::default(),
        normalise: Normalisation::default(),
        seed: 1,
        workers: 2,
        cache_bytes: 1 << 20,
    };
    let source_with = |cache_bytes| {
        let batches = BatchOptions {
            cache_bytes,
            ..batches.clone()
        };
        BatchSource::new(&dataset, Split::Train, batches, &|_| {}).unwrap()
    };
    let source = source_with(1 << 20);
    assert_eq!([source.len(), source.groups().len()], [36, 12]);
    let group = &source.groups()[0];
    assert_eq!(group.images, 3);
    // Twice as many pixels along each side.
    assert_eq!(
        group.spacing.map(|side| (side * 1000.0).round() as i32),
        [10_000, 750, 625]
    );
    assert_eq!(source.names()[1], format!("{}, slice 1", group.stem));
    let batch = source.in_order().next().unwrap().unwrap();
    assert_eq!(batch.indices, [0, 1, 2, 3, 4]);
    assert_eq!(batch.labels[..8], [0, 0, 1, 1, 2, 2, 3, 3]);
    let epoch = |source: &BatchSource| -> Vec<HostBatch> {
        source.epoch(1, 0).collect::<Result<_, _>>().unwrap()
    };
    let whole = epoch(&source);
    let mut seen: Vec<usize> = whole
        .iter()
        .flat_map(|batch| batch.indices.clone())
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..36).collect::<Vec<_>>());
    // A slice takes 320 bytes: the second volume is cut in two.
    let some = source_with(4 * 320);
    assert_eq!([some.kept(), some.kept_bytes()], [4, 4 * 320]);
    assert!(whole == epoch(&some) && whole == epoch(&source_with(0)));
    let unread = BatchSource::unread(&dataset, Split::Train, batches.clone()).unwrap();
    assert_eq!(unread.groups(), source.groups());
    assert!(whole == epoch(&unread));
}

#[cfg(target_os = "linux")]
#[test]
fn a_volume_whose_name_is_not_unicode_is_reported() {
    use std::os::unix::ffi::OsStrExt;
    let set = tempdir().unwrap();
    patients(set.path());
    let odd = std::ffi::OsStr::from_bytes(b"patient002_frame\xff.nii.gz");
    let path = set.path().join("training/patient002").join(odd);
    fs::write(&path, gzip(&volume())).unwrap();
    let problem = only_problem(set.path());
    assert_eq!(problem.file, path);
    assert!(problem.expected.contains("Unicode"), "{problem}");
}

#[test]
fn labels_of_another_shape_are_named() {
    let set = tempdir().unwrap();
    patients(set.path());
    let file = "training/patient003/patient003_frame12_gt.nii.gz";
    let mut bytes = volume();
    bytes[42..48].copy_from_slice(&[5, 0, 4, 0, 3, 0]);
    fs::write(set.path().join(file), gzip(&bytes)).unwrap();
    assert_reports(
        &only_problem(set.path()),
        file,
        &["3 slices of 5×4", "3 slices of 4×5"],
    );
}

#[test]
fn unknown_classes_and_labels_that_are_not_whole_numbers_are_named() {
    let set = tempdir().unwrap();
    patients(set.path());
    let file = "training/patient003/patient003_frame12_gt.nii.gz";
    let path = set.path().join(file);
    let mut bytes = volume();
    bytes[352 + 7] = 9;
    fs::write(&path, gzip(&bytes)).unwrap();
    assert_reports(&only_problem(set.path()), file, &["9 (1 pixel)"]);
    // A slope of a half.
    fs::write(&path, gzip(&with(112, &0.5_f32.to_le_bytes()))).unwrap();
    assert_reports(
        &only_problem(set.path()),
        file,
        &["whole numbers", "0.5 in slice 0, row 0, column 1"],
    );
    fs::write(&path, gzip(&with(116, &(-1_f32).to_le_bytes()))).unwrap();
    assert_reports(&only_problem(set.path()), file, &["whole numbers", "-1 in"]);
}

#[test]
fn files_without_a_counterpart_and_bad_descriptions_are_named() {
    let set = tempdir().unwrap();
    patients(set.path());
    let folder = set.path().join("training/patient005");
    let labels = folder.join("patient005_frame12_gt.nii.gz");
    let kept = fs::read(&labels).unwrap();
    fs::remove_file(&labels).unwrap();
    assert_reports(
        &only_problem(set.path()),
        "patient005_frame12.nii.gz",
        &["patient005_frame12_gt.nii.gz"],
    );
    fs::write(&labels, kept).unwrap();
    fs::remove_file(folder.join("patient005_frame01.nii.gz")).unwrap();
    assert_reports(
        &only_problem(set.path()),
        "patient005_frame01_gt.nii.gz",
        &["patient005_frame01.nii.gz"],
    );
    fs::remove_file(folder.join("patient005_frame01_gt.nii.gz")).unwrap();
    fs::write(folder.join("Info.cfg"), b"Group: XYZ\xFF\n").unwrap();
    assert_reports(&only_problem(set.path()), "Info.cfg", &["DCM", "XYZ"]);
    fs::remove_file(folder.join("Info.cfg")).unwrap();
    assert_eq!(check(LayoutName::Acdc, set.path(), &options()).problems, []);
    for file in fs::read_dir(&folder).unwrap() {
        fs::remove_file(file.unwrap().path()).unwrap();
    }
    assert_reports(
        &only_problem(set.path()),
        "patient005",
        &["an empty folder"],
    );
}

#[test]
fn a_description_that_is_too_long_is_named() {
    let set = tempdir().unwrap();
    patients(set.path());
    let path = set.path().join("training/patient003/Info.cfg");
    let mut text = "Group: NOR\n".to_string();
    text.push_str(&"#".repeat(1 << 20));
    fs::write(&path, text).unwrap();
    assert_reports(&only_problem(set.path()), "Info.cfg", &["1 MiB"]);
}

#[test]
fn a_folder_that_does_not_exist_is_refused_with_what_was_expected() {
    let set = tempdir().unwrap();
    fs::create_dir(set.path().join("hearts")).unwrap();
    let error = Dataset::open(set.path(), &options()).unwrap_err();
    assert_reports(&error, "", &["patientNNN", "hearts/"]);
    let two = DataOptions {
        classes: vec!["a".into(), "b".into()],
        ..options()
    };
    patients(set.path());
    let error = Dataset::open(set.path(), &two).unwrap_err();
    assert_reports(&error, "", &["4 names"]);
}

#[test]
fn volumes_of_other_formats_are_named() {
    let folders = [tempdir().unwrap(), tempdir().unwrap()];
    let [one, other] = folders.each_ref().map(TempDir::path);
    assert_eq!(paired_volumes(one, other).unwrap(), Pairs::default());
    for (names, fragments) in [
        (&["a.hdr", "a.img"][..], &["a.hdr", "nibabel.load"][..]),
        (&["0001.dcm"], &["a DICOM file", "dcm2niix"]),
        (&["a.nrrd"], &["another format", "SimpleITK"]),
    ] {
        for name in names {
            fs::write(other.join(name), "").unwrap();
        }
        assert_reports(
            &paired_volumes(one, other).unwrap_err(),
            names[0],
            fragments,
        );
        // Next to images they do no harm.
        fs::write(one.join("a.png"), "").unwrap();
        assert_eq!(paired_volumes(one, other).unwrap(), Pairs::default());
        fs::remove_file(one.join("a.png")).unwrap();
        for name in names {
            fs::remove_file(other.join(name)).unwrap();
        }
    }
    let set = tempdir().unwrap();
    patients(set.path());
    let folder = set.path().join("training/patient005");
    for file in fs::read_dir(&folder).unwrap() {
        fs::remove_file(file.unwrap().path()).unwrap();
    }
    for name in ["patient005_frame01.hdr", "patient005_frame01.img"] {
        fs::write(folder.join(name), "").unwrap();
    }
    assert_reports(
        &only_problem(set.path()),
        "patient005_frame01.hdr",
        &[".img"],
    );
}

#[test]
fn volumes_in_a_set_of_photographs_are_named() {
    let set = tempdir().unwrap();
    let description = r#"{"classes": ["background", "burn"]}"#;
    fs::write(set.path().join("dataset.json"), description).unwrap();
    for name in ["images", "labels"] {
        fs::create_dir(set.path().join(name)).unwrap();
        fs::write(set.path().join(name).join("a.nii.gz"), gzip(&volume())).unwrap();
    }
    let options = DataOptions {
        kind: LayoutName::Bamsi,
        ..DataOptions::default()
    };
    let error = Dataset::open(set.path(), &options).unwrap_err();
    assert_reports(
        &error,
        "images/a.nii.gz",
        &["a NIfTI volume", "`folder`", "`acdc`"],
    );
}

#[test]
fn near_misses_of_the_layout_are_named() {
    let set = tempdir().unwrap();
    patients(set.path());
    let folder = set.path().join("training/patient005");
    let labels = folder.join("patient005_frame12_gt.nii.gz");
    let other = folder.join("patient005_frame12_seg.nii.gz");
    // A prediction next to the labels is skipped.
    fs::copy(&labels, &other).unwrap();
    assert_eq!(check(LayoutName::Acdc, set.path(), &options()).problems, []);
    fs::remove_file(&labels).unwrap();
    assert_reports(
        &only_problem(set.path()),
        "patient005_frame12.nii.gz",
        &[
            "but patient005_frame12_seg.nii.gz",
            "rename them to patient005_frame12_gt.nii.gz",
        ],
    );
    fs::rename(&other, &labels).unwrap();
    // Through a third name: on some systems the two are equal.
    let moved = set.path().join("moved");
    fs::rename(&folder, &moved).unwrap();
    fs::rename(&moved, set.path().join("training/Patient005")).unwrap();
    assert_reports(
        &only_problem(set.path()),
        "Patient005",
        &["patient001", "skipped"],
    );
}
