//! `selvedge envelope` on arrays.

use std::fs;
use std::path::Path;

use crate::program::{CommandOutput, folder, selvedge};

/// An array as numpy.save writes it.
fn npy(path: &Path, kind: &str, shape: &str, bytes: &[u8]) {
    let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}");
    let header = format!("{header:<117}\n");
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(bytes);
    fs::write(path, file).expect("written");
}

fn floats(path: &Path, shape: &str, values: &[f32]) {
    let bytes: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    npy(path, "<f4", shape, &bytes);
}

/// Three images of two classes and two pixels: the first right, the second undecided, the third wrong.
pub(crate) fn arrays(folder: &Path) {
    let logits = [4.0, 4.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 4.0, 4.0];
    floats(&folder.join("logits.npy"), "(3, 2, 1, 2)", &logits);
    npy(&folder.join("labels.npy"), "|u1", "(3, 1, 2)", &[0; 6]);
}

fn envelope(folder: &Path, more: &[&str]) -> CommandOutput {
    let mut all = vec![
        "envelope",
        "logits.npy",
        "labels.npy",
        "--device",
        "cpu",
        "--json",
    ];
    all.extend(more);
    selvedge(folder, &all)
}

#[test]
fn the_loss_of_arrays_agrees_with_the_formulas() {
    let folder = folder();
    arrays(folder.path());
    let settings = [
        "--set",
        "lambda_cdc=0",
        "--set",
        "loss.smoothing=none",
        "--set",
        "kept_images=0.5",
    ];
    let report = envelope(
        folder.path(),
        &[&settings[..], &["--out", "pixels.npz"]].concat(),
    )
    .json();
    let losses = [
        (1.0 + (-4.0_f64).exp()).ln(),
        2.0_f64.ln(),
        (1.0 + 4.0_f64.exp()).ln(),
    ];
    for (image, expected) in losses.iter().enumerate() {
        let found = report["image_loss"][image].as_f64().expect("a number");
        assert!((found - expected).abs() < 1e-5 * expected, "{report}");
    }
    // The ranks 1, 2, 3 are at 1/6, 1/2, 5/6; the upper half is above 1/2.
    assert_eq!(report["image_weight"], serde_json::json!([0.0, 0.0, 1.0]));
    assert_eq!(report["kept"], serde_json::json!([2, 2, 2]));
    // (1/3) · L₃ / (1/3).
    let loss = report["loss"].as_f64().expect("a number");
    assert!((loss - losses[2]).abs() < 1e-5 * losses[2], "{report}");
    let archive = fs::read(folder.path().join("pixels.npz")).expect("written");
    assert!(archive.starts_with(b"PK"));

    // With ten known images of smaller loss, all but the first image of the batch are in the upper half.
    let store: Vec<f32> = (0..10).map(|image| image as f32 / 100.0).collect();
    floats(&folder.path().join("store.npy"), "(10,)", &store);
    let report = envelope(
        folder.path(),
        &[&settings[..], &["--store", "store.npy"]].concat(),
    )
    .json();
    assert_eq!(report["image_weight"], serde_json::json!([0.0, 1.0, 1.0]));
    let report = envelope(folder.path(), &[&settings[..], &["--epoch", "1"]].concat()).json();
    assert_eq!(report["image_weight"], serde_json::json!([1.0, 1.0, 1.0]));
}

#[test]
fn arrays_that_do_not_match_are_refused_by_name() {
    let folder = folder();
    let path = folder.path();
    arrays(path);
    envelope(path, &["--set", "simga=2"]).assert_user_error(&["simga", "sigma"]);
    envelope(path, &["--set", "sigma=-1"]).assert_user_error(&["loss.sigma", "-1"]);
    envelope(path, &["--set", "name=ohem"]).assert_user_error(&["loss.name", "envelope"]);
    floats(&path.join("store.npy"), "(2,)", &[1.0, 2.0]);
    envelope(path, &["--store", "store.npy"]).assert_user_error(&[
        "store.npy",
        "at least 3",
        "found 2",
    ]);

    npy(
        &path.join("labels.npy"),
        "|u1",
        "(3, 1, 2)",
        &[0, 0, 0, 7, 0, 0],
    );
    envelope(path, &[]).assert_user_error(&["labels.npy", "image 1", "column 1", "found 7"]);
    npy(&path.join("labels.npy"), "|u1", "(3, 2, 1)", &[0; 6]);
    envelope(path, &[]).assert_user_error(&["labels.npy", "[3, 2, 1]", "[3, 2, 1, 2]"]);
    npy(&path.join("labels.npy"), "|u1", "(3, 1, 2)", &[0; 5]);
    envelope(path, &[]).assert_user_error(&["labels.npy"]);

    arrays(path);
    let mut logits = [1.0; 12];
    logits[5] = f32::NAN;
    floats(&path.join("logits.npy"), "(3, 2, 1, 2)", &logits);
    envelope(path, &[]).assert_user_error(&["logits.npy", "image 1", "NaN"]);
    fs::write(path.join("logits.npy"), b"no array").expect("written");
    envelope(path, &[]).assert_user_error(&["logits.npy", "no NumPy file"]);
}

#[test]
fn an_image_with_only_ignored_pixels_contributes_nothing_and_is_warned_about() {
    let folder = folder();
    arrays(folder.path());
    npy(
        &folder.path().join("labels.npy"),
        "|u1",
        "(3, 1, 2)",
        &[0, 0, 255, 255, 0, 0],
    );
    let output = envelope(folder.path(), &[]);
    assert!(
        output.stderr.contains("image 1: every pixel is ignored"),
        "{}",
        output.stderr
    );
    let report = output.json();
    assert_eq!(report["image_loss"][1], 0.0);
    assert_eq!(report["valid"], serde_json::json!([2, 0, 2]));
}
