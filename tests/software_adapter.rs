//! Training on a software adapter: WGSL kernels without a GPU. Fails where there is no such adapter.

use crate::program::{folder, selvedge};

/// macOS has no software adapter; there the machine's own GPU does it.
const DEVICE: &str = if cfg!(target_os = "macos") {
    "metal"
} else {
    "software"
};

#[test]
fn training_lowers_the_loss() {
    let folder = folder();
    let output = selvedge(
        folder.path(),
        &[
            "train",
            "smoke",
            "--device",
            DEVICE,
            "--out",
            "run",
            "--epochs",
            "4",
            "--set",
            "model.width=4",
            "--set",
            "train.batch_size=4",
            "--json",
        ],
    );
    assert!(output.json()["dice"].is_number());
    let read =
        |file| std::fs::read_to_string(folder.path().join("run").join(file)).expect("written");
    let environment: serde_json::Value =
        serde_json::from_str(&read("environment.json")).expect("JSON");
    assert_ne!(environment["device"]["kind"], "cpu");
    let losses: Vec<f64> = read("scores.jsonl")
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
        .map(|line| line["train_loss"].as_f64().expect("a number"))
        .collect();
    assert_eq!(losses.len(), 4);
    assert!(losses[3] < losses[0], "{losses:?}");
}

#[test]
fn mixed_precision_trains_as_single_precision_does() {
    let folder = folder();
    let report = selvedge(folder.path(), &["doctor", "--device", DEVICE, "--json"]).json();
    let adapters = report["adapters"].as_array().expect("a list");
    if !adapters
        .iter()
        .all(|adapter| adapter["half_precision"] == true)
    {
        eprintln!("\n*** SKIPPED: mixed precision is NOT trained: no 16-bit floats ***\n");
        return;
    }
    let losses = ["single", "mixed"].map(|precision| {
        let setting = format!("train.precision={precision}");
        let mut arguments = vec!["train", "smoke", "--device", DEVICE, "--out", precision];
        arguments.extend(["--epochs", "5", "--set", "model.width=4", "--set", &setting]);
        // A rate at which rounding does not grow; a step per epoch.
        arguments.extend(["--set", "optimizer.learning_rate=1e-3", "--json"]);
        arguments.extend(["--set", "data.overfit=2", "--set", "train.batch_size=2"]);
        selvedge(folder.path(), &arguments).json();
        let path = folder.path().join(precision).join("scores.jsonl");
        let lines = std::fs::read_to_string(path).expect("written");
        let loss = |line: &str| {
            let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
            line["train_loss"].as_f64().expect("a number")
        };
        lines.lines().map(loss).collect::<Vec<f64>>()
    });
    let [single, mixed] = &losses;
    assert_eq!(mixed.len(), 5);
    assert_ne!(single, mixed, "both are the same");
    for (single, mixed) in single.iter().zip(mixed) {
        assert!((mixed / single - 1.0).abs() < 0.01, "{losses:?}");
    }
}

#[test]
fn deeplab_is_trained() {
    let folder = folder();
    let mut arguments = vec!["train", "smoke", "--device", DEVICE, "--out", "run"];
    arguments.extend(["--epochs", "1", "--json"]);
    for setting in [
        "model.name=deeplabv3",
        "model.width=2",
        "model.output_stride=16",
        "model.auxiliary_head=true",
        "data.size=[32, 32]",
    ] {
        arguments.extend(["--set", setting]);
    }
    let output = selvedge(folder.path(), &arguments);
    assert!(output.json()["dice"].is_number());
}

#[test]
fn pvt_gcascade_is_trained() {
    let folder = folder();
    let mut arguments = vec!["train", "smoke", "--device", DEVICE, "--out", "run"];
    arguments.extend(["--epochs", "1", "--json"]);
    for setting in [
        "model.name=pvtgcascade",
        "model.width=8",
        "model.pvt=b0",
        "data.size=[128, 128]",
    ] {
        arguments.extend(["--set", setting]);
    }
    let output = selvedge(folder.path(), &arguments);
    assert!(output.json()["dice"].is_number());
}

#[test]
fn the_doctor_finds_the_adapter_and_its_results_agree_with_the_cpu() {
    let folder = folder();
    let report = selvedge(folder.path(), &["doctor", "--device", DEVICE, "--json"]).json();
    assert_eq!(report["healthy"], true, "{report:#}");
    assert!(!report["adapters"].as_array().expect("a list").is_empty());
    assert_eq!(report["networks"].as_array().expect("a list").len(), 5);
}
