//! Damaged or mixed up run folders are refused with the name of the file and what to do, and that advice works.

use std::fs;
use std::path::Path;

use crate::program::selvedge;
use crate::small_run::{folder_with_a_run, resume, train, with_content};

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
fn a_folder_for_predictions_is_not_left_behind_empty() {
    let folder = folder_with_a_run();
    let here = folder.path();
    fs::create_dir(here.join("damaged")).expect("a folder");
    fs::write(here.join("damaged/a.png"), "no image").expect("written");
    let predict = |out: &str, run: &str| {
        let device = ["--out", out, "--device", "cpu"];
        selvedge(here, &[&["predict", run, "damaged"], &device[..]].concat())
    };
    assert_ne!(predict("new", "run").code, 0);
    assert!(!here.join("new").exists());
    // A folder that was there before stays.
    fs::create_dir(here.join("old")).expect("a folder");
    assert_ne!(predict("old", "run").code, 0);
    assert!(here.join("old").is_dir());
    let best = here.join("run/best");
    fs::rename(&best, here.join("away")).expect("moved");
    assert_ne!(predict("new", "run").code, 0);
    assert!(!here.join("new").exists());
}
