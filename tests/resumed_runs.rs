//! Runs that are resumed, and what is reported if they are finished, in use, or their images have changed.

use std::fs;

use crate::program::{folder, selvedge, synthesise_burns};
use crate::small_run::{folder_with_a_run, resume, train, with_content};

#[test]
fn a_finished_run_reports_how_to_train_longer() {
    let folder = folder_with_a_run();
    let here = folder.path();
    let output = resume(here, &[]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let command = "selvedge train --resume run --epochs 4";
    for fragment in ["this run is finished", command] {
        assert!(output.stderr.contains(fragment), "{}", output.stderr);
    }
    let output = resume(here, &["--epochs", "4"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(output.stderr.contains("learning rate"), "{}", output.stderr);
    let lines = fs::read_to_string(here.join("run/scores.jsonl")).expect("scores");
    assert_eq!(lines.lines().count(), 4, "{lines}");
    let recipe = fs::read_to_string(here.join("run/recipe.toml")).expect("a recipe");
    assert!(recipe.contains("epochs = 4"), "{recipe}");
    resume(here, &["--epochs", "3"]).assert_user_error(&["epoch: expected 1 to 4", "--epochs N"]);
}

#[test]
fn a_finished_training_gives_the_commands_that_compare_its_loss_with_erm() {
    let folder = folder();
    let here = folder.path();
    synthesise_burns(here, 16, "0");
    let train = |more: &[&str]| {
        let arguments = ["train", "smoke", "--data", "burns", "--device", "cpu"];
        let settings = [
            "--epochs",
            "1",
            "--set",
            "data.overfit=0",
            "--set",
            "model.width=2",
        ];
        let output = selvedge(here, &[&arguments[..], &settings[..], more].concat());
        assert_eq!(output.code, 0, "{}", output.stderr);
        output.stderr
    };
    let text = train(&["--out", "run", "--set", "loss.images=top_k"]);
    assert!(
        text.contains("the loss was name = envelope, images = top_k"),
        "{text}"
    );
    let commands: Vec<Vec<&str>> = text
        .lines()
        .filter_map(|line| Some(line.split_once("    selvedge ")?.1.split(' ').collect()))
        .collect();
    assert_eq!(commands.len(), 2, "{text}");
    for command in commands {
        let output = selvedge(here, &command);
        assert_eq!(output.code, 0, "{command:?}: {}", output.stderr);
        // The second one compares.
        if command[0] == "compare" {
            assert!(
                output.stdout.contains("a difference of"),
                "{}",
                output.stdout
            );
            assert!(
                !output.stderr.contains("different data"),
                "{}",
                output.stderr
            );
        } else {
            assert!(!output.stderr.contains("the loss was"), "{}", output.stderr);
        }
    }
    let recipe = fs::read_to_string(here.join("run-erm/recipe.toml")).expect("a recipe");
    assert!(recipe.contains("images = \"erm\""), "{recipe}");
    let text = train(&[
        "--out",
        "erm",
        "--set",
        "loss.images=erm",
        "--set",
        "loss.pixels=all",
    ]);
    assert!(!text.contains("the loss was"), "{text}");
}

#[test]
fn the_lock_of_another_machine_is_reported_and_readers_ignore_locks() {
    let folder = folder_with_a_run();
    let here = folder.path();
    let lock = here.join("run/lock");
    let text = "host = \"node-7\"\nboot = \"1\"\nprocess = 12\nsince = \"2026-01-31 23:59:59 UTC\"\nlock = \"1\"\n";
    fs::write(&lock, text).expect("written");
    resume(here, &[]).assert_user_error(&[
        "process 12 on node-7, since 2026-01-31 23:59:59 UTC",
        "cannot check whether that process is still running",
    ]);
    let output = selvedge(here, &["evaluate", "run", "--device", "cpu"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert_eq!(fs::read_to_string(&lock).expect("a lock"), text);
    fs::remove_file(&lock).expect("removed, as advised");
    let output = resume(here, &[]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(!lock.exists(), "the training removes its lock");
}

#[test]
fn a_run_is_resumed_with_either_optimizer() {
    let folder = folder();
    synthesise_burns(folder.path(), 16, "0");
    for name in ["adam_w", "sgd"] {
        let setting = format!("optimizer.name={name}");
        train(folder.path(), name, &["--set", &setting]);
        let arguments = [
            "train", "--resume", name, "--epochs", "3", "--device", "cpu",
        ];
        let output = selvedge(folder.path(), &arguments);
        assert_eq!(output.code, 0, "{}", output.stderr);
    }
}

#[test]
fn added_removed_and_moved_images_are_named() {
    let folder = folder_with_a_run();
    let here = folder.path();
    let path = here.join("run/split.json");
    let split = fs::read_to_string(&path).expect("a split");
    let table: serde_json::Value = serde_json::from_str(&split).expect("a table");
    let first = table[0]["image"].as_str().expect("a name");
    for (changed, fragments) in [
        (
            split.replacen(first, "gone", 1),
            ["1 more: '", "1 fewer: 'gone'"],
        ),
        (
            split.replacen("\"train\"", "\"test\"", 1),
            ["1 in another place: '", "then test"],
        ),
    ] {
        with_content(&path, changed.as_bytes(), || {
            resume(here, &[]).assert_user_error(&[&fragments[..], &["split.json", first]].concat());
        });
    }
}

#[test]
fn rewritten_images_are_reported() {
    let folder = folder_with_a_run();
    let here = folder.path();
    let output = resume(here, &[]);
    assert!(
        !output.stderr.contains("rewritten since"),
        "{}",
        output.stderr
    );
    let image = fs::read_dir(here.join("burns/images")).expect("images");
    let image = image.map(|entry| entry.expect("an image").path()).min();
    let image = image.expect("an image");
    let bytes = fs::read(&image).expect("an image");
    // After the end of the image data.
    fs::write(&image, [&bytes[..], &[0]].concat()).expect("written");
    let output = resume(here, &[]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let name = image.file_name().expect("a name").to_string_lossy();
    for fragment in ["rewritten since", "1 of its files: ", &name] {
        assert!(
            output.stderr.contains(fragment),
            "{fragment} in {}",
            output.stderr
        );
    }
}

#[cfg(unix)]
#[test]
fn a_run_in_a_folder_of_any_name_can_be_resumed() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::process::Stdio;

    use crate::program::{start, wait_for_output};

    let folder = folder_with_a_run();
    let here = folder.path();
    let name = OsStr::from_bytes(b"a \xff run");
    fs::rename(here.join("run"), here.join(name)).expect("moved");
    for command in [&["train", "--resume"][..], &["evaluate"]] {
        let mut arguments: Vec<&OsStr> = command.iter().map(OsStr::new).collect();
        arguments.extend([name, OsStr::new("--device"), OsStr::new("cpu")]);
        let output = wait_for_output(start(here, &arguments, Stdio::piped()));
        assert_eq!(output.code, 0, "{output:?}");
    }
}
