//! An operation that fails on any thread stops training before its next step, and the last checkpoint stays complete.

use std::path::Path;

use crate::program::{failing_operation, folder, selvedge, selvedge_with, synthesise_burns};

/// macOS has no software adapter; there the machine's own GPU does it.
const ADAPTER: &str = if cfg!(target_os = "macos") {
    "metal"
} else {
    "software"
};

/// Trains until the operation fails in the first step of the second epoch.
fn assert_stops(folder: &Path, how: &str, device: &str, fragments: &[&str]) {
    let run = format!("{how}-{device}");
    let output = failing_operation(folder, &[how, device, "burns", &run]);
    assert_eq!(output.code, 1, "{how} on {device}: {output:?}");
    let steps: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(
        steps,
        ["epoch 1, step 1", "epoch 1, step 2", "epoch 2, step 1"],
        "{how} on {device}: no step after the failing one"
    );
    assert!(!output.stderr.contains("panicked"), "{}", output.stderr);
    let resume = format!("selvedge train --resume {run}");
    for fragment in fragments.iter().chain(&[
        "error: epoch 2, step 1: ",
        "help: ",
        "the last checkpoint is whole",
        &resume,
    ]) {
        assert!(
            output.stderr.contains(fragment),
            "'{fragment}' in: {}",
            output.stderr
        );
    }
    assert!(!folder.join(&run).join("summary.json").exists());
    // The page says how it ended, and no longer loads itself again.
    let page = std::fs::read_to_string(folder.join(&run).join("live.html")).expect("a page");
    assert!(page.contains("stopped after epoch 1 of 3"), "{page}");
    assert!(!page.contains("http-equiv=\"refresh\""));
}

#[test]
fn a_failing_operation_stops_training_on_the_cpu() {
    let folder = folder();
    synthesise_burns(folder.path(), 8, "0");
    assert_stops(folder.path(), "operation", "cpu", &["the number 63"]);
    assert_stops(folder.path(), "thread", "cpu", &["a thread by itself"]);
    // Resuming on the CPU does not search for GPUs: the Vulkan loader would log to stderr.
    let loud = [("VK_LOADER_DEBUG", Some("all"))];
    for run in ["operation-cpu", "thread-cpu"] {
        let output = selvedge_with(
            folder.path(),
            &["train", "--resume", run, "--device", "cpu"],
            &loud,
        );
        assert_eq!(output.code, 0, "{}", output.stderr);
        assert!(
            !output.stderr.contains("Vulkan Loader"),
            "{}",
            output.stderr
        );
        assert!(folder.path().join(run).join("summary.json").is_file());
    }
}

#[test]
fn too_little_memory_and_a_lost_device_end_in_an_error_with_advice() {
    let folder = folder();
    synthesise_burns(folder.path(), 8, "0");
    for (how, message) in [
        ("memory", "the device has too little free memory"),
        ("lost", "the device was lost"),
    ] {
        let fragments = [message, "train.batch_size", "train.recompute = true"];
        assert_stops(folder.path(), how, "cpu", &fragments);
    }
}

#[test]
fn a_failing_operation_stops_training_on_a_gpu() {
    let folder = folder();
    synthesise_burns(folder.path(), 8, "0");
    for how in ["operation", "unbound", "gradient"] {
        assert_stops(folder.path(), how, ADAPTER, &[]);
    }
    let run = format!("operation-{ADAPTER}");
    let output = selvedge(
        folder.path(),
        &["train", "--resume", &run, "--device", "cpu"],
    );
    assert_eq!(output.code, 0, "{}", output.stderr);
}

#[test]
fn a_network_too_large_for_the_gpu_is_refused_before_training() {
    let folder = folder();
    synthesise_burns(folder.path(), 8, "0");
    let output = selvedge(
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
    // The message contains the tensor's name and shape, its size, and the limit.
    output.assert_user_error(&[
        "unet3plus: '",
        ", 1024, 1024] takes ",
        " MiB, expected at most ",
        "binds",
        "lower train.batch_size",
    ]);
    assert!(!folder.path().join("run").exists());
}
