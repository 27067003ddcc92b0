//! Sets of NumPy archives.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use selvedge_data::{CaseImage, DataError, Dataset, LayoutName, Split, check};
use serde::Deserialize;
use tempfile::tempdir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::files::{arrays, only_problem, options, write_archive, write_arrays};
use crate::errors::assert_reports;
use crate::npy_file::{header, npy, preamble};

#[test]
fn slices_are_trained_on_and_volumes_are_tested_on() {
    let set = tempdir().unwrap();
    arrays(set.path());
    let report = check(LayoutName::Acdc, set.path(), &options());
    assert_eq!(report.problems, []);
    assert_eq!(report.splits, [4, 1, 1]);
    assert_eq!(report.patients, 5);
    let dataset = Dataset::open(set.path(), &options()).unwrap();
    let case = &dataset.cases(Split::Test)[0];
    assert_eq!(dataset.slice_count(case).unwrap(), 3);
    let image = dataset.load_image(case).unwrap();
    assert_eq!(image.spacing().map(|side| side as usize), [1; 3]);
    // Already within 0..=1: unchanged.
    assert_eq!(
        image.slice(0).values[7].to_bits(),
        (7.0_f32 / 59.0).to_bits()
    );
    assert_eq!(
        dataset.load_label_volume(case).unwrap().slice(1).classes[..3],
        [0, 1, 2]
    );
}

#[test]
fn lists_choose_and_name_what_is_missing() {
    let set = tempdir().unwrap();
    arrays(set.path());
    let lists = set.path().join("lists_ACDC");
    fs::create_dir(&lists).unwrap();
    fs::write(
        lists.join("train.txt"),
        "case_001_sliceED_0\ncase_003_sliceES_0.npz\n\n",
    )
    .unwrap();
    let report = check(LayoutName::Acdc, set.path(), &options());
    assert_eq!([report.problems.len(), report.splits[0]], [0, 2]);
    fs::write(lists.join("train.txt"), "case_001_sliceED_0\ncase_999\n").unwrap();
    assert_reports(&only_problem(set.path()), "train.txt", &["case_999"]);
}

#[test]
fn a_list_that_is_too_long_is_named() {
    let set = tempdir().unwrap();
    arrays(set.path());
    let path = set.path().join("valid.txt");
    fs::write(&path, "case_019_sliceED_3\n".repeat(60_000)).unwrap();
    assert_reports(&only_problem(set.path()), "valid.txt", &["1 MiB"]);
}

#[derive(Deserialize)]
struct Written {
    file: String,
    shape: [usize; 3],
    image: Vec<f64>,
    label: Vec<u8>,
}

#[test]
fn arrays_equal_those_that_numpy_wrote() {
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/reference/arrays");
    let text = fs::read(reference.join("cases.json")).unwrap();
    let mut cases: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let cases: Vec<Written> = serde_json::from_value(cases["volumes"].take()).unwrap();
    let set = tempdir().unwrap();
    arrays(set.path());
    for case in &cases {
        let from = reference.join(&case.file);
        fs::copy(from, set.path().join("train").join(&case.file)).unwrap();
    }
    let dataset = Dataset::open(set.path(), &options()).unwrap();
    let mut seen = 0;
    for case in dataset.cases(Split::Train) {
        let Some(written) = cases
            .iter()
            .find(|written| written.file == format!("{}.npz", case.stem))
        else {
            continue;
        };
        let extent = dataset.volume_extent(case).unwrap().unwrap();
        assert_eq!(extent.shape, written.shape, "{}", written.file);
        let (image, labels) = dataset.load(case).unwrap();
        let CaseImage::Volume(volume) = image else {
            panic!("{} is no volume", written.file)
        };
        let found = volume.values.iter().map(|value| value.to_bits());
        let expected = written.image.iter().map(|value| (*value as f32).to_bits());
        assert!(found.eq(expected), "{}", written.file);
        assert_eq!(labels.shape, written.shape);
        assert_eq!(labels.classes, written.label, "{}", written.file);
        seen += 1;
    }
    assert_eq!(seen, 5);
}

#[test]
fn a_patient_in_two_splits_is_named() {
    let set = tempdir().unwrap();
    arrays(set.path());
    fs::copy(
        set.path().join("train/case_001_sliceED_0.npz"),
        set.path().join("valid/case_001_sliceES_0.npz"),
    )
    .unwrap();
    assert_reports(
        &only_problem(set.path()),
        "case_001_sliceES_0.npz",
        &["case_001"],
    );
}

/// The problem of an archive that replaces a valid one.
fn refused(write: impl Fn(&Path)) -> DataError {
    let set = tempdir().unwrap();
    arrays(set.path());
    let path = set.path().join("train/case_004_sliceES_7.npz");
    fs::remove_file(&path).unwrap();
    write(&path);
    let problem = only_problem(set.path());
    assert!(
        problem.file.ends_with("case_004_sliceES_7.npz"),
        "{problem}"
    );
    problem
}

#[test]
fn invalid_arrays_are_refused() {
    let volume = |path: &Path, shape: &[u64]| write_arrays(path, shape, &[0.5; 20], &[1; 20]);
    refused(|path| volume(path, &[20]));
    refused(|path| volume(path, &[1, 1, 5, 4]));
    refused(|path| write_arrays(path, &[0, 4], &[], &[]));
    refused(|path| write_arrays(path, &[1, 1], &[f32::NAN], &[0]));
    let error = refused(|path| write_arrays(path, &[1, 2], &[0.0; 2], &[1, 9]));
    assert_reports(&error, "", &["9 (1 pixel)"]);
    refused(|path| fs::write(path, "no archive").unwrap());
    refused(|path| fs::write(path, "").unwrap());
}

/// An archive whose only array `img` has this preamble, and these bytes after it.
fn raw_array(path: &Path, preamble: &[u8], data: &mut dyn Read) {
    let mut writer = ZipWriter::new(fs::File::create(path).unwrap());
    writer
        .start_file("img.npy", SimpleFileOptions::default())
        .unwrap();
    writer.write_all(preamble).unwrap();
    std::io::copy(data, &mut writer).unwrap();
    writer
        .start_file("label.npy", SimpleFileOptions::default())
        .unwrap();
    writer.finish().unwrap();
}

#[test]
fn an_array_that_claims_or_unpacks_to_terabytes_is_refused() {
    let preamble_of = |shape: &str| preamble(&header("<f8", false, shape));
    for shape in [
        "(1000000, 1000000)",
        "(4294967296, 4294967296)",
        "(18446744073709551615, 2, 9)",
    ] {
        let error = refused(|path| raw_array(path, &preamble_of(shape), &mut std::io::empty()));
        assert_reports(&error, "", &["million voxels"]);
    }
    // 256 MiB of zeros in a quarter of a MiB: only as many as the header states are unpacked.
    let error = refused(|path| {
        let mut zeros = std::io::repeat(0).take(1 << 28);
        raw_array(path, &preamble_of("(2, 2)"), &mut zeros);
    });
    assert!(error.expected.contains("archive"), "{error}");
    // A header of four gigabytes, or with thousands of nested brackets.
    refused(|path| {
        let version_2 = b"\x93NUMPY\x02\0\xff\xff\xff\xff{";
        let mut brackets = std::io::repeat(b'(').take(1 << 24);
        raw_array(path, version_2, &mut brackets);
    });
    for text in [
        &*"(".repeat(1000),
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2, 2), }\n",
        "{'descr': '|O', 'fortran_order': False, 'shape': (2, 2), }\n",
    ] {
        refused(|path| raw_array(path, &preamble(text), &mut std::io::empty()));
    }
}

#[test]
fn the_first_axis_may_vary_fastest() {
    let set = tempdir().unwrap();
    arrays(set.path());
    let path = set.path().join("test/case_002_volume_ED.npz");
    let array = npy("|u1", true, &[2, 3, 1], &[0, 1, 2, 3, 0, 1]);
    write_archive(&path, [("img", &array), ("label", &array)]);
    let dataset = Dataset::open(set.path(), &options()).unwrap();
    let labels = dataset
        .load_label_volume(&dataset.cases(Split::Test)[0])
        .unwrap();
    assert_eq!(labels.shape, [2, 3, 1]);
    assert_eq!(labels.classes, [0, 2, 0, 1, 3, 1]);
    // Values outside 0..=1 are normalised.
    let image = dataset.load_image(&dataset.cases(Split::Test)[0]).unwrap();
    assert!(
        image
            .slice(1)
            .values
            .iter()
            .all(|value| (0.0..=1.0).contains(value))
    );
}

#[test]
fn arrays_of_another_format_are_named_instead_of_skipped() {
    let set = tempdir().unwrap();
    arrays(set.path());
    let volume = set.path().join("test/case_002_volume_ED.npz");
    fs::write(volume.with_extension("npy.h5"), "\x7fHDF").unwrap();
    // Its archive is there.
    assert_eq!(check(LayoutName::Acdc, set.path(), &options()).problems, []);
    fs::remove_file(&volume).unwrap();
    assert_reports(
        &only_problem(set.path()),
        "test",
        &[".npz", "case_002_volume_ED.npy.h5", "numpy.savez"],
    );
    fs::remove_file(volume.with_extension("npy.h5")).unwrap();
    assert_reports(&only_problem(set.path()), "test", &["an empty folder"]);
}
