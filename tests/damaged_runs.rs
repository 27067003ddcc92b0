//! Runs whose folder has been damaged, mixed up or changed are refused by the file's name, with what to do; what has a way on
//! goes on.

use std::fs;
use std::path::Path;

use crate::program::{Said, burns, folder, selvedge};

/// Trains `run` on `burns`, for two epochs of two steps.
fn train(folder: &Path, run: &str, more: &[&str]) {
    let mut words = vec!["train", "smoke", "--device", "cpu", "--quiet"];
    words.extend(["--data", "burns", "--out", run]);
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
        words.extend(["--set", setting]);
    }
    words.extend(more);
    let said = selvedge(folder, &words);
    assert_eq!(said.code, 0, "{}", said.stderr);
}

/// A folder with photographs and a run on them.
fn with_a_run() -> tempfile::TempDir {
    let folder = folder();
    burns(folder.path(), 16, "0");
    train(folder.path(), "run", &[]);
    folder
}

fn resume(folder: &Path, more: &[&str]) -> Said {
    let words = ["train", "--resume", "run", "--device", "cpu"];
    selvedge(folder, &[&words[..], more].concat())
}

/// Puts `bytes` in a file's place, does something, and puts back what was there.
fn with(path: &Path, bytes: &[u8], act: impl FnOnce()) {
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
fn a_checkpoint_that_is_not_what_was_written_is_refused_by_its_name() {
    let folder = with_a_run();
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
        let of_another = fs::read(here.join("other/last").join(file)).expect("a file");
        let short = edited(&path, |bytes| bytes.truncate(bytes.len() / 2));
        for bytes in [middle, of_another, short, Vec::new()] {
            with(&path, &bytes, || {
                resume(here, &[]).mendable(&["run/last/", from_best]);
            });
        }
        let away = run.join("away");
        fs::rename(&path, &away).expect("moved");
        resume(here, &[]).mendable(&[&format!("run/last/{file}"), from_best]);
        fs::rename(&away, &path).expect("moved");
    }
    let model = fs::read(run.join("last/model.bpk")).expect("a file");
    with(&run.join("last/optimizer.bpk"), &model, || {
        resume(here, &[]).mendable(&["run/last/optimizer.bpk", "SHA-256", from_best]);
    });
    // A whole checkpoint of another run.
    fs::rename(run.join("best"), here.join("best")).expect("moved");
    fs::rename(here.join("other/best"), run.join("best")).expect("moved");
    for words in [
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
        selvedge(here, words).mendable(&["run/best/", "of another run", "--from last"]);
    }
    fs::remove_dir_all(run.join("best")).expect("removed");
    fs::rename(here.join("best"), run.join("best")).expect("moved");
    let said = resume(here, &[]);
    assert_eq!(said.code, 0, "all is as it was: {}", said.stderr);
}

/// As an earlier version wrote it.
fn without_checksums(run: &Path) {
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
fn a_run_of_an_earlier_version_goes_on_with_a_word_and_is_still_looked_at() {
    let folder = with_a_run();
    let here = folder.path();
    train(here, "wider", &["--set", "model.width=4"]);
    let run = here.join("run");
    without_checksums(&run);
    let last = run.join("last");
    let words = "expected a checkpoint of this run";
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
        ("model.bpk", Vec::new(), words),
        ("optimizer.bpk", b"{}".to_vec(), words),
    ] {
        with(&last.join(file), &bytes, || {
            resume(here, &[]).mendable(&["run/last/", file, words, found, "--from best"]);
        });
    }
    // The last four bytes are the end of a tensor.
    let not_a_number = edited(&last.join("model.bpk"), |bytes| {
        let end = bytes.len() - 4;
        bytes[end..].copy_from_slice(&f32::NAN.to_le_bytes());
    });
    with(&last.join("model.bpk"), &not_a_number, || {
        resume(here, &[]).mendable(&["run/last/model.bpk", "NaN in "]);
    });
    let said = resume(here, &["--epochs", "3"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stderr.contains("without checksums"), "{}", said.stderr);
    assert!(
        last.join("checkpoint.toml").is_file(),
        "what is written now has them"
    );
}

#[test]
fn a_state_that_cannot_be_is_refused() {
    let folder = with_a_run();
    let here = folder.path();
    let run = here.join("run");
    without_checksums(&run);
    let path = run.join("last/state.toml");
    let state = fs::read_to_string(&path).expect("a state");
    let step = "step = 0";
    for (from, to, word) in [
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
        with(&path, state.replacen(from, to, 1).as_bytes(), || {
            resume(here, &[]).mendable(&["run/last/state.toml", word]);
        });
    }
}

#[test]
fn a_lost_best_is_noticed_before_the_first_epoch_and_has_a_way_on() {
    let folder = with_a_run();
    let here = folder.path();
    let run = here.join("run");
    fs::remove_dir_all(run.join("best")).expect("removed");
    let scores = fs::read(run.join("scores.jsonl")).expect("scores");
    resume(here, &["--epochs", "4"]).mendable(&["run/best", "--from last"]);
    assert_eq!(
        fs::read(run.join("scores.jsonl")).expect("scores"),
        scores,
        "nothing was trained"
    );
    let said = resume(here, &["--from", "last"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stderr.contains("takes its place"), "{}", said.stderr);
    let said = selvedge(here, &["evaluate", "run", "--device", "cpu"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
}

#[test]
fn a_damaged_last_is_gone_on_from_best_as_the_message_says() {
    let folder = with_a_run();
    let here = folder.path();
    let run = here.join("run");
    fs::write(run.join("last/model.bpk"), "").expect("written");
    resume(here, &[]).mendable(&["run/last/model.bpk", "--resume run --from best"]);
    let said = resume(here, &["--from", "best"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let lines = fs::read_to_string(run.join("scores.jsonl")).expect("scores");
    assert_eq!(lines.lines().count(), 2, "{lines}");
    let said = resume(here, &[]);
    assert_eq!(said.code, 0, "whole again: {}", said.stderr);
}

#[test]
fn a_finished_run_says_so_and_how_to_train_longer() {
    let folder = with_a_run();
    let here = folder.path();
    let said = resume(here, &[]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let how = "selvedge train --resume run --epochs 4";
    for words in ["this run is finished", how] {
        assert!(said.stderr.contains(words), "{}", said.stderr);
    }
    let said = resume(here, &["--epochs", "4"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stderr.contains("learning rate"), "{}", said.stderr);
    let lines = fs::read_to_string(here.join("run/scores.jsonl")).expect("scores");
    assert_eq!(lines.lines().count(), 4, "{lines}");
    let recipe = fs::read_to_string(here.join("run/recipe.toml")).expect("a recipe");
    assert!(recipe.contains("epochs = 4"), "{recipe}");
    resume(here, &["--epochs", "3"]).mendable(&["epoch: expected 1 to 4", "--epochs N"]);
}

#[test]
fn the_lock_of_another_machine_is_told_and_readers_mind_no_lock() {
    let folder = with_a_run();
    let here = folder.path();
    let lock = here.join("run/lock");
    let text = "host = \"node-7\"\nboot = \"1\"\nprocess = 12\nsince = \"2026-01-31 23:59:59 UTC\"\nlock = \"1\"\n";
    fs::write(&lock, text).expect("written");
    resume(here, &[]).mendable(&[
        "process 12 on node-7, since 2026-01-31 23:59:59 UTC",
        "cannot see whether that one still runs",
    ]);
    let said = selvedge(here, &["evaluate", "run", "--device", "cpu"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert_eq!(fs::read_to_string(&lock).expect("a lock"), text);
    fs::remove_file(&lock).expect("removed, as the message says");
    let said = resume(here, &[]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(!lock.exists(), "it is gone with the training");
}

#[test]
fn a_run_goes_on_with_either_optimizer() {
    let folder = folder();
    burns(folder.path(), 16, "0");
    for name in ["adam_w", "sgd"] {
        let setting = format!("optimizer.name={name}");
        train(folder.path(), name, &["--set", &setting]);
        let words = [
            "train", "--resume", name, "--epochs", "3", "--device", "cpu",
        ];
        let said = selvedge(folder.path(), &words);
        assert_eq!(said.code, 0, "{}", said.stderr);
    }
}

#[test]
fn images_that_came_went_or_moved_are_named() {
    let folder = with_a_run();
    let here = folder.path();
    let path = here.join("run/split.json");
    let split = fs::read_to_string(&path).expect("a split");
    let table: serde_json::Value = serde_json::from_str(&split).expect("a table");
    let first = table[0]["image"].as_str().expect("a name");
    for (then, words) in [
        (
            split.replacen(first, "gone", 1),
            ["1 more: '", "1 fewer: 'gone'"],
        ),
        (
            split.replacen("\"train\"", "\"test\"", 1),
            ["1 in another place: '", "then test"],
        ),
    ] {
        with(&path, then.as_bytes(), || {
            resume(here, &[]).mendable(&[&words[..], &["split.json", first]].concat());
        });
    }
}

#[test]
fn images_that_were_written_anew_are_told() {
    let folder = with_a_run();
    let here = folder.path();
    let said = resume(here, &[]);
    assert!(!said.stderr.contains("written anew"), "{}", said.stderr);
    let image = fs::read_dir(here.join("burns/images")).expect("images");
    let image = image.map(|entry| entry.expect("an image").path()).min();
    let image = image.expect("an image");
    let bytes = fs::read(&image).expect("an image");
    // After the picture's end.
    fs::write(&image, [&bytes[..], &[0]].concat()).expect("written");
    let said = resume(here, &[]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let name = image.file_name().expect("a name").to_string_lossy();
    for word in ["written anew", "1 of its files: ", &name] {
        assert!(said.stderr.contains(word), "{word} in {}", said.stderr);
    }
}

#[test]
fn a_taken_or_unwritable_folder_is_refused_before_an_image_is_read() {
    let folder = folder();
    let here = folder.path();
    burns(here, 8, "0");
    fs::create_dir(here.join("mine")).expect("a folder");
    fs::write(here.join("mine/file"), "").expect("a file");
    // An image that cannot be read would be noticed first, if it were.
    for image in fs::read_dir(here.join("burns/images")).expect("images") {
        fs::write(image.expect("an image").path(), "none").expect("written");
    }
    for out in ["mine", "mine/file", "mine/file/run"] {
        let words = [
            "train", "smoke", "--data", "burns", "--device", "cpu", "--out", out,
        ];
        selvedge(here, &words).mendable(&[out]);
        let words = [
            "train", "smoke", "--data", "burns", "--device", "cpu", "--out", "new/run",
        ];
        selvedge(here, &words).mendable(&["burns"]);
        assert!(
            !here.join("new").exists(),
            "nothing is left of a refused training"
        );
    }
    assert_eq!(
        fs::read_dir(here.join("mine")).expect("a folder").count(),
        1
    );
}

#[cfg(unix)]
#[test]
fn a_folder_of_any_name_can_be_gone_on_with() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::process::Stdio;

    use crate::program::{said_by, start};

    let folder = with_a_run();
    let here = folder.path();
    let name = OsStr::from_bytes(b"a \xff run");
    fs::rename(here.join("run"), here.join(name)).expect("moved");
    for words in [&["train", "--resume"][..], &["evaluate"]] {
        let mut words: Vec<&OsStr> = words.iter().map(OsStr::new).collect();
        words.extend([name, OsStr::new("--device"), OsStr::new("cpu")]);
        let said = said_by(start(here, &words, Stdio::piped()));
        assert_eq!(said.code, 0, "{said:?}");
    }
}

#[test]
fn a_name_too_long_for_a_prediction_is_refused_before_training() {
    let folder = folder();
    let here = folder.path();
    burns(here, 8, "0");
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
    let words = [
        "train", "smoke", "--data", "burns", "--device", "cpu", "--out", "run",
    ];
    selvedge(here, &words).mendable(&["test image 'xxx", "shorten the name"]);
}
