//! The layout of fetal ultrasound: synthetic sets are read, and errors in a file are reported.

use std::fs;
use std::path::{Path, PathBuf};

use selvedge_data::synth::SynthOptions;
use selvedge_data::{DataOptions, Dataset, LayoutName, Split, check};
use serde::Deserialize;
use tempfile::tempdir;

use super::folder::{photograph, write_fasu};

fn options() -> DataOptions {
    DataOptions {
        kind: LayoutName::Fasu,
        validation_share: 0.15,
        test_share: 0.15,
        ..DataOptions::default()
    }
}

fn write(folder: &Path, images: usize, noise: f64) {
    let options = SynthOptions {
        images,
        size: 64,
        seed: 3,
        noise,
        gross: 0.0,
    };
    write_fasu(folder, &options);
}

/// The arrays of a set, by name.
fn arrays(root: &Path) -> Vec<PathBuf> {
    let set = fs::read_dir(root).unwrap().next().unwrap().unwrap().path();
    let mut files: Vec<PathBuf> = fs::read_dir(set.join("ARRAY_FORMAT"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

#[test]
fn a_synthetic_set_is_read_completely_with_its_clean_labels() {
    let folder = tempdir().unwrap();
    let root = folder.path().join("fetal");
    write(&root, 40, 1.0);
    let report = check(LayoutName::Fasu, &root, &options());
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    assert_eq!((report.images, report.classes.len()), (40, 5));
    assert!(
        report.classes.iter().all(|class| class.images > 20),
        "{:?}",
        report.classes
    );
    assert!(!report.patients_unknown);
    let dataset = Dataset::open(&root, &options()).unwrap();
    assert!(dataset.has_clean_labels());
    let patients: Vec<&str> = Split::ALL
        .iter()
        .flat_map(|split| dataset.cases(*split))
        .map(|case| case.patient.as_str())
        .collect();
    assert!(patients.iter().all(|patient| patient.starts_with("P0")));
    let case = &dataset.cases(Split::Test)[0];
    let (noisy, clean) = (
        dataset.load_labels(case).unwrap(),
        dataset.load_clean_volume(case).unwrap().unwrap(),
    );
    assert_eq!([noisy.height, noisy.width], [64, 85]);
    assert_eq!(clean.shape, [1, 64, 85]);
    assert_ne!(noisy.classes, clean.classes);
    let image = photograph(&dataset, case);
    assert_eq!([image.height, image.width], [64, 85]);
}

#[test]
fn without_noise_labels_are_clean_and_the_same_seed_gives_the_same_bytes() {
    let folder = tempdir().unwrap();
    let roots = ["one", "other"].map(|name| folder.path().join(name));
    for root in &roots {
        write(root, 8, 0.0);
    }
    let [one, other] = roots.map(|root| arrays(&root));
    for (one, other) in one.iter().zip(&other) {
        assert_eq!(fs::read(one).unwrap(), fs::read(other).unwrap());
        let clean = one.to_str().unwrap().replace("ARRAY_FORMAT", "CLEAN");
        assert_eq!(fs::read(one).unwrap(), fs::read(clean).unwrap());
    }
}

#[test]
fn damaged_arrays_are_named_and_nothing_in_them_is_executed() {
    let folder = tempdir().unwrap();
    let root = folder.path().join("fetal");
    write(&root, 8, 1.0);
    let files = arrays(&root);
    let complete = fs::read(&files[0]).unwrap();
    let replaced = |from: &[u8], to: &[u8]| {
        let place = complete
            .windows(from.len())
            .rposition(|part| part == from)
            .unwrap();
        [&complete[..place], to, &complete[place + from.len()..]].concat()
    };
    let deep = [
        &complete[..128],
        b"\x80\x03",
        &vec![b'('; 3_000_000][..],
        b".",
    ]
    .concat();
    let mut long = complete.clone();
    long[6] = 2;
    long[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut bracketed = complete.clone();
    bracketed[10..100].fill(b'(');
    for (bytes, word) in [
        (complete[..complete.len() / 2].to_vec(), ""),
        (Vec::new(), "no NumPy file"),
        (b"no array at all".to_vec(), "no NumPy file"),
        (replaced(b"structures", b"structurez"), "structures"),
        (replaced(b"stomach", b"kidneys"), "kidneys"),
        (
            replaced(b"cnumpy.core.multiarray\n_reconstruct", b"cos\nsystem"),
            "os.system",
        ),
        (
            replaced(b"\x01b\x87R(K\x01(J\x40", b"\x01b\x87R(K\x01(J\x41"),
            "65",
        ),
        (deep, ""),
        (long, "4294967295"),
        (bracketed, "a header without"),
    ] {
        fs::write(&files[0], bytes).unwrap();
        let report = check(LayoutName::Fasu, &root, &options());
        assert_eq!(report.problems.len(), 1, "{:?}", report.problems);
        let problem = &report.problems[0];
        assert_eq!(problem.file, files[0]);
        assert!(problem.found.contains(word), "{word:?} in {problem}");
    }
}

#[test]
fn a_name_without_a_patient_and_a_folder_without_the_set_are_reported() {
    let folder = tempdir().unwrap();
    let root = folder.path().join("fetal");
    write(&root, 8, 1.0);
    let file = &arrays(&root)[0];
    fs::rename(file, file.with_file_name("scan7.npy")).unwrap();
    let stem = file.file_stem().unwrap().to_str().unwrap();
    let images = file.parent().unwrap().with_file_name("IMAGES");
    fs::rename(images.join(format!("{stem}.png")), images.join("scan7.png")).unwrap();
    let report = check(LayoutName::Fasu, &root, &options());
    assert_eq!(report.problems.len(), 1, "{:?}", report.problems);
    assert!(report.problems[0].file.ends_with("scan7.png"));
    let error = Dataset::open(&images, &options()).unwrap_err();
    assert!(error.expected.contains("ARRAY_FORMAT"), "{error}");
}

#[derive(Deserialize)]
struct Written {
    file: String,
    shape: [u32; 2],
    classes: Vec<u8>,
}

#[test]
fn masks_equal_those_that_numpy_wrote() {
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/reference/arrays");
    let text = fs::read(reference.join("cases.json")).unwrap();
    let mut cases: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let cases: Vec<Written> = serde_json::from_value(cases["masks"].take()).unwrap();
    assert_eq!(cases.len(), 5);
    let set = tempdir().unwrap();
    for name in ["IMAGES", "ARRAY_FORMAT"] {
        fs::create_dir(set.path().join(name)).unwrap();
    }
    for (index, case) in cases.iter().enumerate() {
        let [height, width] = case.shape;
        let stem = format!("P{index}_IMG1");
        image::GrayImage::new(width, height)
            .save(set.path().join(format!("IMAGES/{stem}.png")))
            .unwrap();
        let array = set.path().join(format!("ARRAY_FORMAT/{stem}.npy"));
        fs::copy(reference.join(&case.file), array).unwrap();
    }
    let dataset = Dataset::open(set.path(), &options()).unwrap();
    let mut seen = 0;
    for case in Split::ALL.iter().flat_map(|split| dataset.cases(*split)) {
        let index: usize = case.patient[1..].parse().unwrap();
        let labels = dataset.load_labels(case).unwrap();
        let written = &cases[index];
        assert_eq!(labels.classes, written.classes, "{}", written.file);
        seen += 1;
    }
    assert_eq!(seen, 5);
}
