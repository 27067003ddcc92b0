//! Several processes at once.

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;

use super::{SETTINGS, Undisturbed, resume_arguments, same, training_arguments};
use crate::program::{failing_disk, folder, selvedge, start, wait_for_output};

#[test]
fn of_two_processes_that_resume_one_run_only_one_proceeds() {
    let undisturbed = Undisturbed::train();
    // Killed while the second of three epochs is saved.
    let output = failing_disk(
        undisturbed.path(),
        undisturbed.steps / 2,
        "kill",
        &training_arguments("shared"),
    );
    assert_eq!(output.code, -1, "{}", output.stderr);
    let both = [(); 2].map(|()| {
        start(
            undisturbed.path(),
            &resume_arguments("shared"),
            Stdio::piped(),
        )
    });
    let both = both.map(wait_for_output);
    let refused: Vec<_> = both.iter().filter(|output| output.code != 0).collect();
    // A process that starts late may find the run finished, and evaluates it again.
    assert!(refused.len() <= 1, "{both:?}");
    for output in refused {
        output.assert_user_error(&[
            "shared: ",
            "process ",
            " on ",
            "since ",
            "wait until it ends",
        ]);
    }
    same::assert_same(&undisturbed.run("whole"), &undisturbed.run("shared"));
}

#[test]
fn readers_do_not_disturb_a_training_and_see_only_complete_checkpoints() {
    let undisturbed = Undisturbed::train();
    let mut writer = start(
        undisturbed.path(),
        &training_arguments("read"),
        Stdio::piped(),
    );
    let (mut reads, mut tries) = (0, 0);
    while writer.try_wait().expect("a process of ours").is_none() {
        for checkpoint in ["best", "last"] {
            let arguments = ["weights", "export", "read", "--checkpoint", checkpoint];
            tries += 1;
            let out = format!("weights-{tries}.safetensors");
            let output = selvedge(
                undisturbed.path(),
                &[&arguments[..], &["--out", &out]].concat(),
            );
            if output.code == 0 {
                reads += 1;
            } else {
                output.assert_user_error(&[]);
                let early = [
                    "expected a checkpoint, found none",
                    "expected the folder of a run",
                ];
                assert!(
                    early.iter().any(|message| output.stderr.contains(message)),
                    "{output:?}"
                );
            }
        }
    }
    let output = wait_for_output(writer);
    assert_eq!(output.code, 0, "{}", output.stderr);
    same::assert_same(&undisturbed.run("whole"), &undisturbed.run("read"));
    println!("{reads} of {tries} reads during a training found a checkpoint");
}

#[test]
fn simultaneous_trainings_share_neither_a_folder_nor_an_incomplete_synthetic_set() {
    let folder = folder();
    let mut arguments = vec!["train", "smoke", "--quiet", "--device", "cpu"];
    arguments.extend(SETTINGS.iter().flat_map(|setting| ["--set", setting]));
    let all = [(); 4].map(|()| start(folder.path(), &arguments, Stdio::piped()));
    for output in all.map(wait_for_output) {
        assert_eq!(output.code, 0, "{}", output.stderr);
    }
    let runs = fs::read_dir(folder.path().join("runs")).expect("runs");
    let runs: BTreeSet<_> = runs.map(|run| run.expect("a run").path()).collect();
    assert_eq!(runs.len(), 4, "{runs:?}");
    for run in &runs {
        same::assert_same(runs.first().expect("a run"), run);
    }
    let data = fs::read_dir(folder.path().join("data")).expect("data");
    assert_eq!(data.count(), 1, "nothing else is left next to the set");
}
