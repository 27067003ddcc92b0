//! Data sets with missing classes: problems are reported before the first epoch, and absent classes are not scored.

use std::fs;
use std::path::Path;

use crate::program::{CommandOutput, folder, selvedge, synthesise_burns};

/// Trains a small network on `burns` for one epoch.
fn train(folder: &Path, more: &[&str]) -> CommandOutput {
    let mut arguments = vec![
        "train", "bamsi", "--data", "burns", "--out", "run", "--device",
    ];
    arguments.extend(["cpu", "--epochs", "1", "--json"]);
    for setting in ["data.size=[32,32]", "model.width=2", "train.batch_size=2"] {
        arguments.extend(["--set", setting]);
    }
    arguments.extend(more);
    selvedge(folder, &arguments)
}

/// Changes the class of every pixel in the labels of `burns`.
fn labels(folder: &Path, change: impl Fn(u8) -> u8) {
    for entry in fs::read_dir(folder.join("burns/labels")).expect("labels") {
        let path = entry.expect("a file").path();
        let mut labels = data::read_label_image(&path).expect("labels");
        for class in &mut labels.classes {
            *class = change(*class);
        }
        data::write_label_png(&path, &labels).expect("written");
    }
}

#[test]
fn labels_of_background_alone_are_refused_before_anything_is_written() {
    let folder = folder();
    synthesise_burns(folder.path(), 8, "0");
    labels(folder.path(), |_| 0);
    train(folder.path(), &[]).assert_user_error(&[
        "at least two classes",
        "'background' alone",
        "label_values",
    ]);
    assert!(!folder.path().join("run").exists());
    let check = selvedge(folder.path(), &["data", "check", "bamsi", "burns"]);
    assert_eq!(check.code, 1, "{check:?}");
    assert!(
        check.stdout.contains("problem: ") && check.stdout.contains("'background' alone"),
        "{check:?}"
    );
}

#[test]
fn absent_classes_are_warned_about_and_not_scored() {
    let folder = folder();
    synthesise_burns(folder.path(), 8, "0");
    labels(folder.path(), |class| class.min(1));
    // `clean` contains all classes, which would be scored.
    fs::remove_dir_all(folder.path().join("burns/clean")).expect("removed");
    let output = train(folder.path(), &[]);
    let summary = output.json();
    assert!(
        output.stderr.contains("in no training image"),
        "{}",
        output.stderr
    );
    let classes = summary["per_class"].as_array().expect("classes");
    assert!(
        classes[1..].iter().all(|class| class["dice"].is_null()),
        "{summary:#}"
    );
    assert_eq!(summary["dice"], classes[0]["dice"]);
    let scores = fs::read_to_string(folder.path().join("run/scores.jsonl")).expect("scores");
    let epoch: serde_json::Value = serde_json::from_str(&scores).expect("one line");
    assert_eq!(epoch["dice"], epoch["per_class"][0]["dice"], "{scores}");
    let again = selvedge(
        folder.path(),
        &["evaluate", "run", "--device", "cpu", "--json"],
    )
    .json();
    assert_eq!(again["dice"], summary["dice"]);
}

#[test]
fn the_folder_of_a_set_may_have_the_name_of_its_recipe() {
    let folder = folder();
    synthesise_burns(folder.path(), 8, "0");
    fs::rename(folder.path().join("burns"), folder.path().join("bamsi")).expect("renamed");
    let check = selvedge(folder.path(), &["data", "check", "bamsi", "bamsi"]);
    assert_eq!(check.code, 0, "{check:?}");
}

#[test]
fn warnings_about_the_set_come_before_the_first_epoch() {
    let folder = folder();
    synthesise_burns(folder.path(), 8, "0");
    let images = folder.path().join("burns/images");
    let mut names: Vec<_> = fs::read_dir(&images)
        .expect("images")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    names.sort();
    fs::copy(&names[0], &names[1]).expect("copied");
    let output = train(
        folder.path(),
        &["--set", "data.size=[16,16]", "--set", "train.batch_size=1"],
    );
    assert_eq!(output.code, 0, "{output:?}");
    for fragment in ["the same image", "coarsest maps"] {
        assert!(
            output.stderr.contains(fragment),
            "{fragment}: {}",
            output.stderr
        );
    }
    let check = selvedge(folder.path(), &["data", "check", "bamsi", "burns"]);
    assert_eq!(check.code, 0, "{check:?}");
    assert!(
        check.stdout.contains("warning: the same image"),
        "{check:?}"
    );
}
