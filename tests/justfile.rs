//! The commands of the justfile, run with a stand-in for cargo that prints its arguments.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::program::folder;

/// The calls of cargo by `just` with these arguments: one line per call, with a `|` before each argument.
fn cargo_calls(arguments: &[&str]) -> String {
    let folder = folder();
    let cargo = folder.path().join("cargo");
    let script = "#!/usr/bin/env bash\nprintf '|%s' \"$@\"\necho\n";
    fs::write(&cargo, script).expect("written");
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("made executable");
    let path = std::env::var("PATH").expect("a path");
    let output = Command::new("just")
        .args(arguments)
        .current_dir(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")))
        .env("PATH", format!("{}:{path}", folder.path().display()))
        .output()
        .expect("just, which the tests need: cargo install just --locked");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).trim().to_string()
}

#[test]
fn train_bamsi_uses_the_given_folder_or_else_the_demonstration() {
    for (arguments, expected) in [
        (&["train-bamsi"][..], "|run|--release|--|train|bamsi-demo"),
        (
            &["train-bamsi", "", "--epochs", "2"],
            "|run|--release|--|train|bamsi-demo|--epochs|2",
        ),
        (
            &["train-bamsi", "my burns"],
            "|run|--release|--|train|bamsi|--data|my burns",
        ),
        (
            &["train-bamsi", "burns", "--set", "loss.images=erm"],
            "|run|--release|--|train|bamsi|--data|burns|--set|loss.images=erm",
        ),
    ] {
        assert_eq!(cargo_calls(arguments), expected, "{arguments:?}");
    }
}

#[test]
fn gpu_report_writes_into_the_given_folder() {
    for (arguments, expected) in [
        (
            &["gpu-report"][..],
            "|run|--release|--|bench|report|--out|bench-report",
        ),
        (
            &["gpu-report", "my card", "--device", "vulkan:1"],
            "|run|--release|--|bench|report|--out|my card|--device|vulkan:1",
        ),
    ] {
        assert_eq!(cargo_calls(arguments), expected, "{arguments:?}");
    }
}
