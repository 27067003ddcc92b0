//! A run that is trained in a second, to be damaged or resumed.

use std::fs;
use std::path::Path;

use crate::program::{CommandOutput, folder, selvedge, synthesise_burns};

/// Trains `run` on `burns`, for two epochs of two steps.
pub(crate) fn train(folder: &Path, run: &str, more: &[&str]) {
    let mut arguments = vec!["train", "smoke", "--device", "cpu", "--quiet"];
    arguments.extend(["--data", "burns", "--out", run]);
    for setting in [
        "train.epochs=2",
        "train.batch_size=4",
        "train.evaluate_every=1",
        "train.checkpoint_every=1",
        "data.size=[16, 16]",
        "data.overfit=0",
        "model.name=unet",
        "model.width=2",
    ] {
        arguments.extend(["--set", setting]);
    }
    arguments.extend(more);
    let output = selvedge(folder, &arguments);
    assert_eq!(output.code, 0, "{}", output.stderr);
}

/// A folder with photographs and a run trained on them.
pub(crate) fn folder_with_a_run() -> tempfile::TempDir {
    let folder = folder();
    synthesise_burns(folder.path(), 16, "0");
    train(folder.path(), "run", &[]);
    folder
}

/// Resumes `run`.
pub(crate) fn resume(folder: &Path, more: &[&str]) -> CommandOutput {
    let arguments = ["train", "--resume", "run", "--device", "cpu"];
    selvedge(folder, &[&arguments[..], more].concat())
}

/// Calls `act` while the file contains `bytes`, then restores the file.
pub(crate) fn with_content(path: &Path, bytes: &[u8], act: impl FnOnce()) {
    let before = fs::read(path).expect("a file");
    fs::write(path, bytes).expect("written");
    act();
    fs::write(path, before).expect("written");
}
