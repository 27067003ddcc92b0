//! NIfTI volumes as nibabel wrote and read them (`assets/reference/nifti`).

use std::fs;
use std::path::{Path, PathBuf};

use selvedge_data::{LabelVolume, read_class_volume, read_volume, write_label_volume};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    file: String,
    shape: [usize; 3],
    spacing: [f64; 3],
    affine: [[f64; 4]; 3],
    orientation: String,
    values: Vec<f64>,
}

fn reference() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/reference/nifti")
}

fn cases() -> Vec<Case> {
    let text = fs::read_to_string(reference().join("cases.json")).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&text).unwrap();
    assert_eq!(cases.len(), 25);
    cases
}

#[test]
fn values_and_grids_equal_those_that_nibabel_reads() {
    for case in cases() {
        let volume = read_volume(&reference().join(&case.file)).unwrap();
        let name = &case.file;
        assert_eq!(volume.grid.shape, case.shape, "{name}");
        assert_eq!(volume.grid.orientation(), case.orientation, "{name}");
        for (found, expected) in volume.grid.spacing.iter().zip(&case.spacing) {
            assert!(
                (found - expected).abs() <= 1e-12 * expected,
                "{name}: {found} is not {expected}"
            );
        }
        for (found, expected) in volume.grid.affine.iter().zip(&case.affine) {
            for (found, expected) in found.iter().zip(expected) {
                assert!(
                    (found - expected).abs() <= 1e-6 * expected.abs().max(1.0),
                    "{name}: {found} is not {expected}"
                );
            }
        }
        assert_eq!(volume.values.len(), case.values.len(), "{name}");
        for (&found, &expected) in volume.values.iter().zip(&case.values) {
            assert_eq!(found.to_bits(), (expected as f32).to_bits(), "{name}");
        }
    }
}

#[test]
fn a_written_volume_has_the_grid_of_the_one_that_was_read() {
    let folder = tempfile::tempdir().unwrap();
    for case in cases() {
        let grid = read_volume(&reference().join(&case.file)).unwrap().grid;
        let labels = LabelVolume {
            shape: grid.shape,
            classes: (0..case.values.len()).map(|at| (at % 4) as u8).collect(),
        };
        for name in ["labels.nii", "labels.nii.gz"] {
            let path = folder.path().join(name);
            write_label_volume(&path, &grid, &labels).unwrap();
            let (found, again) = read_class_volume(&path).unwrap();
            assert_eq!(again, labels, "{}", case.file);
            assert_eq!(found.shape, grid.shape);
            assert_eq!(
                found.spacing.map(f64::to_bits),
                grid.spacing.map(f64::to_bits)
            );
            assert!(found.affine == grid.affine, "{}", case.file);
        }
    }
}

#[test]
fn the_same_labels_are_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let grid = read_volume(&reference().join("int16-sform.nii.gz"))
        .unwrap()
        .grid;
    let labels = LabelVolume {
        shape: grid.shape,
        classes: vec![1; 60],
    };
    let [one, other] = ["one.nii.gz", "other.nii.gz"].map(|name| folder.path().join(name));
    write_label_volume(&one, &grid, &labels).unwrap();
    write_label_volume(&other, &grid, &labels).unwrap();
    assert!(fs::read(one).unwrap() == fs::read(other).unwrap());
    let wrong = LabelVolume {
        shape: [1, 1, 60],
        ..labels
    };
    let error = write_label_volume(&folder.path().join("wrong.nii"), &grid, &wrong).unwrap_err();
    assert!(error.found.contains("[1, 1, 60]"), "{error}");
}
