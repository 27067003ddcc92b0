//! An operation that fails, on whatever thread, stops training before its next step, and what was saved before is whole.

use std::path::Path;

use crate::program::{burns, failing_operation, folder, selvedge, selvedge_with};

/// macOS has no software adapter; there the machine's own GPU does it.
const ADAPTER: &str = if cfg!(target_os = "macos") {
    "metal"
} else {
    "software"
};

/// Trains until the operation fails in the first step of the second epoch.
fn stops(folder: &Path, how: &str, device: &str, words: &[&str]) {
    let run = format!("{how}-{device}");
    let said = failing_operation(folder, &[how, device, "burns", &run]);
    assert_eq!(said.code, 1, "{how} on {device}: {said:?}");
    let steps: Vec<&str> = said.stdout.lines().collect();
    assert_eq!(
        steps,
        ["epoch 1, step 1", "epoch 1, step 2", "epoch 2, step 1"],
        "{how} on {device}: no step after it"
    );
    assert!(!said.stderr.contains("panicked"), "{}", said.stderr);
    let resume = format!("selvedge train --resume {run}");
    for word in words.iter().chain(&[
        "error: epoch 2, step 1: ",
        "help: ",
        "the last checkpoint is whole",
        &resume,
    ]) {
        assert!(said.stderr.contains(word), "'{word}' in: {}", said.stderr);
    }
    assert!(!folder.join(&run).join("summary.json").exists());
}

#[test]
fn a_failing_operation_stops_training_on_the_processor() {
    let folder = folder();
    burns(folder.path(), 8, "0");
    stops(folder.path(), "operation", "cpu", &["the number 63"]);
    stops(folder.path(), "thread", "cpu", &["a thread by itself"]);
    // Going on looks for no graphics adapter, whose loader says on stderr what it does.
    let loud = [("VK_LOADER_DEBUG", Some("all"))];
    for run in ["operation-cpu", "thread-cpu"] {
        let said = selvedge_with(
            folder.path(),
            &["train", "--resume", run, "--device", "cpu"],
            &loud,
        );
        assert_eq!(said.code, 0, "{}", said.stderr);
        assert!(!said.stderr.contains("Vulkan Loader"), "{}", said.stderr);
        assert!(folder.path().join(run).join("summary.json").is_file());
    }
}

#[test]
fn a_failing_operation_stops_training_on_an_adapter() {
    let folder = folder();
    burns(folder.path(), 8, "0");
    for how in ["operation", "unbound", "gradient"] {
        stops(folder.path(), how, ADAPTER, &[]);
    }
    let run = format!("operation-{ADAPTER}");
    let said = selvedge(
        folder.path(),
        &["train", "--resume", &run, "--device", "cpu"],
    );
    assert_eq!(said.code, 0, "{}", said.stderr);
}

#[test]
fn a_network_too_large_for_the_adapter_is_refused_before_training() {
    let folder = folder();
    burns(folder.path(), 8, "0");
    let said = selvedge(
        folder.path(),
        &[
            "train",
            "smoke",
            "--data",
            "burns",
            "--out",
            "run",
            "--device",
            ADAPTER,
            "--set",
            "model.width=512",
            "--set",
            "data.size=[1024, 1024]",
            "--set",
            "train.batch_size=64",
        ],
    );
    // The tensor by its name and shape, its size, and the limit.
    said.mendable(&[
        "unet3plus: '",
        ", 1024, 1024] takes ",
        " MiB, expected at most ",
        "binds",
        "lower train.batch_size",
    ]);
    assert!(!folder.path().join("run").exists());
}
