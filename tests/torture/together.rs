//! Several processes at once.

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;

use super::{SETTINGS, Undisturbed, going_on, same, training};
use crate::program::{failing_disk, folder, said_by, selvedge, start};

#[test]
fn of_two_that_go_on_with_one_run_only_one_does() {
    let whole = Undisturbed::train();
    // Killed where the second of three epochs is saved.
    let said = failing_disk(whole.path(), whole.steps / 2, "kill", &training("shared"));
    assert_eq!(said.code, -1, "{}", said.stderr);
    let both = [(); 2].map(|()| start(whole.path(), &going_on("shared"), Stdio::piped()));
    let both = both.map(said_by);
    let refused: Vec<_> = both.iter().filter(|said| said.code != 0).collect();
    // One that starts late may find the run finished, and evaluates it once more.
    assert!(refused.len() <= 1, "{both:?}");
    for said in refused {
        said.mendable(&["shared: ", "process ", " on ", "since ", "wait for its end"]);
    }
    same::assert_same(&whole.run("whole"), &whole.run("shared"));
}

#[test]
fn readers_do_not_disturb_a_training_nor_see_half_of_it() {
    let whole = Undisturbed::train();
    let mut writer = start(whole.path(), &training("read"), Stdio::piped());
    let (mut reads, mut tries) = (0, 0);
    while writer.try_wait().expect("a process of ours").is_none() {
        for checkpoint in ["best", "last"] {
            let words = ["weights", "export", "read", "--checkpoint", checkpoint];
            tries += 1;
            let out = format!("weights-{tries}.safetensors");
            let said = selvedge(whole.path(), &[&words[..], &["--out", &out]].concat());
            if said.code == 0 {
                reads += 1;
            } else {
                said.mendable(&[]);
                let early = [
                    "expected a checkpoint, found none",
                    "expected the folder of a run",
                ];
                assert!(
                    early.iter().any(|words| said.stderr.contains(words)),
                    "{said:?}"
                );
            }
        }
    }
    let said = said_by(writer);
    assert_eq!(said.code, 0, "{}", said.stderr);
    same::assert_same(&whole.run("whole"), &whole.run("read"));
    println!("{reads} of {tries} reads beside a training found a checkpoint");
}

#[test]
fn trainings_that_begin_at_once_share_neither_a_folder_nor_half_a_synthetic_set() {
    let folder = folder();
    let mut words = vec!["train", "smoke", "--quiet", "--device", "cpu"];
    words.extend(SETTINGS.iter().flat_map(|setting| ["--set", setting]));
    let all = [(); 4].map(|()| start(folder.path(), &words, Stdio::piped()));
    for said in all.map(said_by) {
        assert_eq!(said.code, 0, "{}", said.stderr);
    }
    let runs = fs::read_dir(folder.path().join("runs")).expect("runs");
    let runs: BTreeSet<_> = runs.map(|run| run.expect("a run").path()).collect();
    assert_eq!(runs.len(), 4, "{runs:?}");
    for run in &runs {
        same::assert_same(runs.first().expect("a run"), run);
    }
    let data = fs::read_dir(folder.path().join("data")).expect("data");
    assert_eq!(data.count(), 1, "nothing is left beside the set");
}
