//! What the README's commands come to, with a stand-in for cargo that says what it was asked.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::program::folder;

/// What `just` with these words asks of cargo, a line for each call and a `|` before each word.
fn asked(words: &[&str]) -> String {
    let folder = folder();
    let cargo = folder.path().join("cargo");
    let script = "#!/usr/bin/env bash\nprintf '|%s' \"$@\"\necho\n";
    fs::write(&cargo, script).expect("written");
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("made executable");
    let path = std::env::var("PATH").expect("a path");
    let output = Command::new("just")
        .args(words)
        .current_dir(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")))
        .env("PATH", format!("{}:{path}", folder.path().display()))
        .output()
        .expect("just, with which the tests are run: cargo install just --locked");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).trim().to_string()
}

#[test]
fn train_bamsi_trains_the_demonstration_or_on_the_folder_that_it_is_given() {
    for (words, expected) in [
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
        assert_eq!(asked(words), expected, "{words:?}");
    }
}
