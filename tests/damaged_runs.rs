//! Damaged, mixed up or changed run folders are refused with the name of the file and what to do, and that advice works.

use std::fs;
use std::path::Path;

use crate::program::{CommandOutput, folder, selvedge, synthesise_burns};

/// Trains `run` on `burns`, for two epochs of two steps.
fn train(folder: &Path, run: &str, more: &[&str]) {
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
fn folder_with_a_run() -> tempfile::TempDir {
    let folder = folder();
    synthesise_burns(folder.path(), 16, "0");
    train(folder.path(), "run", &[]);
    folder
}

fn resume(folder: &Path, more: &[&str]) -> CommandOutput {
    let arguments = ["train", "--resume", "run", "--device", "cpu"];
    selvedge(folder, &[&arguments[..], more].concat())
}

/// Calls `act` while the file contains `bytes`, then restores the file.
fn with_content(path: &Path, bytes: &[u8], act: impl FnOnce()) {
    let before = fs::read(path).expect("a file");
    fs::write(path, bytes).expect("written");
    act();
    fs::write(path, before).expect("written");
}

fn edited(path: &Path, edit: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = fs::read(path).expect("a file");
    edit(&mut bytes);
    bytes
}

#[test]
fn a_changed_checkpoint_is_refused_by_name() {
    let folder = folder_with_a_run();
    let here = folder.path();
    train(here, "other", &["--set", "train.seed=2"]);
    let run = here.join("run");
    let from_best = "`selvedge train --resume run --from best`";
    for file in [
        "model.bpk",
        "optimizer.bpk",
        "state.toml",
        "checkpoint.toml",
    ] {
        let path = run.join("last").join(file);
        let middle = edited(&path, |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        });
        let from_other_run = fs::read(here.join("other/last").join(file)).expect("a file");
        let short = edited(&path, |bytes| bytes.truncate(bytes.len() / 2));
        for bytes in [middle, from_other_run, short, Vec::new()] {
            with_content(&path, &bytes, || {
                resume(here, &[]).assert_user_error(&["run/last/", from_best]);
            });
        }
        let away = run.join("away");
        fs::rename(&path, &away).expect("moved");
        resume(here, &[]).assert_user_error(&[&format!("run/last/{file}"), from_best]);
        fs::rename(&away, &path).expect("moved");
    }
    let model = fs::read(run.join("last/model.bpk")).expect("a file");
    with_content(&run.join("last/optimizer.bpk"), &model, || {
        resume(here, &[]).assert_user_error(&["run/last/optimizer.bpk", "SHA-256", from_best]);
    });
    // A complete checkpoint of another run.
    fs::rename(run.join("best"), here.join("best")).expect("moved");
    fs::rename(here.join("other/best"), run.join("best")).expect("moved");
    for arguments in [
        &["evaluate", "run", "--device", "cpu"][..],
        &["weights", "export", "run"],
        &[
            "predict",
            "run",
            "burns/images",
            "--out",
            "p",
            "--device",
            "cpu",
        ],
        &["train", "--resume", "run", "--device", "cpu"],
    ] {
        selvedge(here, arguments).assert_user_error(&[
            "run/best/",
            "of another run",
            "--from last",
        ]);
    }
    fs::remove_dir_all(run.join("best")).expect("removed");
    fs::rename(here.join("best"), run.join("best")).expect("moved");
    let output = resume(here, &[]);
    assert_eq!(output.code, 0, "everything is restored: {}", output.stderr);
}

/// Removes the checksums, which earlier versions did not write.
fn remove_checksums(run: &Path) {
    for name in ["best", "last"] {
        fs::remove_file(run.join(name).join("checkpoint.toml")).expect("removed");
    }
    let path = run.join("environment.json");
    let text = fs::read_to_string(&path).expect("a file");
    let lines = text.lines().filter(|line| !line.contains("\"run\": "));
    let text: String = lines.flat_map(|line| [line, "\n"]).collect();
    fs::write(path, text).expect("written");
}

#[test]
fn a_run_of_an_earlier_version_is_resumed_with_a_warning_and_still_checked() {
    let folder = folder_with_a_run();
    let here = folder.path();
    train(here, "wider", &["--set", "model.width=4"]);
    let run = here.join("run");
    remove_checksums(&run);
    let last = run.join("last");
    let expected = "expected a checkpoint of this run";
    let model = fs::read(last.join("model.bpk")).expect("a file");
    let wider = |file: &str| fs::read(here.join("wider/last").join(file)).expect("a file");
    for (file, bytes, found) in [
        ("optimizer.bpk", model.clone(), "belongs to no parameter"),
        (
            "optimizer.bpk",
            wider("optimizer.bpk"),
            "belongs to no parameter",
        ),
        ("model.bpk", wider("model.bpk"), "of shape"),
        ("model.bpk", Vec::new(), expected),
        ("optimizer.bpk", b"{}".to_vec(), expected),
    ] {
        with_content(&last.join(file), &bytes, || {
            resume(here, &[]).assert_user_error(&[
                "run/last/",
                file,
                expected,
                found,
                "--from best",
            ]);
        });
    }
    // The last four bytes are the end of a tensor.
    let not_a_number = edited(&last.join("model.bpk"), |bytes| {
        let end = bytes.len() - 4;
        bytes[end..].copy_from_slice(&f32::NAN.to_le_bytes());
    });
    with_content(&last.join("model.bpk"), &not_a_number, || {
        resume(here, &[]).assert_user_error(&["run/last/model.bpk", "NaN in "]);
    });
    let output = resume(here, &["--epochs", "3"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(
        output.stderr.contains("without checksums"),
        "{}",
        output.stderr
    );
    assert!(
        last.join("checkpoint.toml").is_file(),
        "new checkpoints have checksums"
    );
}

#[test]
fn an_impossible_state_is_refused() {
    let folder = folder_with_a_run();
    let here = folder.path();
    let run = here.join("run");
    remove_checksums(&run);
    let path = run.join("last/state.toml");
    let state = fs::read_to_string(&path).expect("a state");
    let step = "step = 0";
    for (from, to, fragment) in [
        ("epoch = 3", "epoch = 0", "epoch: expected at least 1"),
        ("epoch = 3", "epoch = 41", "epoch: expected 1 to 3"),
        (
            "epoch = 3",
            "epoch = 1000000000000000000",
            "epoch: expected 1 to 3",
        ),
        (step, "step = 1000000000000000000", "step: expected"),
        (step, "step = -1", "step"),
        ("kept = [", "kept = []\nother = [", "sums.kept"),
        ("dice = ", "dice = nan #", "best.dice"),
        ("store = [", "store = [1.0, ", "training images"),
    ] {
        assert!(state.contains(from), "{from} in {state}");
        with_content(&path, state.replacen(from, to, 1).as_bytes(), || {
            resume(here, &[]).assert_user_error(&["run/last/state.toml", fragment]);
        });
    }
}

#[test]
fn a_missing_best_checkpoint_is_noticed_before_the_first_epoch_and_can_be_replaced() {
    let folder = folder_with_a_run();
    let here = folder.path();
    let run = here.join("run");
    fs::remove_dir_all(run.join("best")).expect("removed");
    let scores = fs::read(run.join("scores.jsonl")).expect("scores");
    resume(here, &["--epochs", "4"]).assert_user_error(&["run/best", "--from last"]);
    assert_eq!(
        fs::read(run.join("scores.jsonl")).expect("scores"),
        scores,
        "nothing was trained"
    );
    let output = resume(here, &["--from", "last"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(
        output.stderr.contains("takes its place"),
        "{}",
        output.stderr
    );
    let output = selvedge(here, &["evaluate", "run", "--device", "cpu"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
}

#[test]
fn a_run_with_a_damaged_last_checkpoint_is_resumed_from_best_as_advised() {
    let folder = folder_with_a_run();
    let here = folder.path();
    let run = here.join("run");
    fs::write(run.join("last/model.bpk"), "").expect("written");
    resume(here, &[]).assert_user_error(&["run/last/model.bpk", "--resume run --from best"]);
    let output = resume(here, &["--from", "best"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let lines = fs::read_to_string(run.join("scores.jsonl")).expect("scores");
    assert_eq!(lines.lines().count(), 2, "{lines}");
    let output = resume(here, &[]);
    assert_eq!(output.code, 0, "complete again: {}", output.stderr);
}

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

#[test]
fn a_taken_or_unwritable_folder_is_refused_before_an_image_is_read() {
    let folder = folder();
    let here = folder.path();
    synthesise_burns(here, 8, "0");
    fs::create_dir(here.join("mine")).expect("a folder");
    fs::write(here.join("mine/file"), "").expect("a file");
    // Reading these images would fail first if they were read.
    for image in fs::read_dir(here.join("burns/images")).expect("images") {
        fs::write(image.expect("an image").path(), "none").expect("written");
    }
    for out in ["mine", "mine/file", "mine/file/run"] {
        let arguments = [
            "train", "smoke", "--data", "burns", "--device", "cpu", "--out", out,
        ];
        selvedge(here, &arguments).assert_user_error(&[out]);
        let arguments = [
            "train", "smoke", "--data", "burns", "--device", "cpu", "--out", "new/run",
        ];
        selvedge(here, &arguments).assert_user_error(&["burns"]);
        assert!(
            !here.join("new").exists(),
            "a refused training leaves nothing behind"
        );
    }
    assert_eq!(
        fs::read_dir(here.join("mine")).expect("a folder").count(),
        1
    );
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

#[test]
fn a_name_too_long_for_a_prediction_is_refused_before_training() {
    let folder = folder();
    let here = folder.path();
    synthesise_burns(here, 8, "0");
    let long = "x".repeat(246);
    let split = fs::read_to_string(here.join("burns/dataset.json"));
    drop(split);
    let images = fs::read_dir(here.join("burns/images")).expect("images");
    let mut names: Vec<_> = images
        .map(|image| image.expect("an image").path())
        .collect();
    names.sort();
    let stem = names[0]
        .file_stem()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    for entry in fs::read_dir(here.join("burns")).expect("a set") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            for file in fs::read_dir(&path).expect("files") {
                let file = file.expect("a file").path();
                let name = file
                    .file_name()
                    .expect("a name")
                    .to_string_lossy()
                    .into_owned();
                if let Some(ending) = name.strip_prefix(&stem) {
                    fs::rename(&file, path.join(format!("{long}{ending}"))).expect("moved");
                }
            }
        } else if let Ok(text) = fs::read_to_string(&path) {
            fs::write(&path, text.replace(&stem, &long)).expect("written");
        }
    }
    let arguments = [
        "train", "smoke", "--data", "burns", "--device", "cpu", "--out", "run",
    ];
    selvedge(here, &arguments).assert_user_error(&["test image 'xxx", "shorten the name"]);
}
