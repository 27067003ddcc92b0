//! Experiments whose processes are killed, and work items whose disk fails.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread::sleep;
use std::time::Instant;

use super::kills::{HOW, disturbance};
use super::{Draws, same, time_limit};
use crate::experiment::{arguments, tables, undisturbed};
use crate::program::{bash, failing_disk, folder, selvedge, start, wait_for_output};

/// The run folders of an experiment, and the files next to them other than logs.
fn entries(experiment: &Path) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).expect("a folder");
        entries
            .map(|entry| entry.expect("an entry").path())
            .collect()
    };
    let groups = list(experiment).into_iter().filter(|path| path.is_dir());
    let mut all: Vec<PathBuf> = groups.flat_map(|group| list(&group)).collect();
    all.sort();
    let (runs, files): (Vec<_>, Vec<_>) = all.into_iter().partition(|path| path.is_dir());
    for run in &runs {
        // A kill after the last file leaves the lock of a dead process, which means nothing.
        let _ = fs::remove_file(run.join("lock"));
    }
    let is_log = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "log");
    (
        runs,
        files.into_iter().filter(|path| !is_log(path)).collect(),
    )
}

/// Compares an experiment with the undisturbed one: tables, and every run.
fn assert_same_experiment(path: &Path, out: &str) {
    assert_eq!(tables(path, out), tables(path, "whole"));
    let (expected, _) = entries(&path.join("whole"));
    let (runs, others) = entries(&path.join(out));
    assert_eq!(
        others,
        Vec::<PathBuf>::new(),
        "nothing is left next to the runs"
    );
    assert_eq!(runs.len(), expected.len());
    for (one, other) in expected.iter().zip(&runs) {
        same::assert_same(one, other);
    }
}

#[test]
fn an_experiment_that_is_killed_at_any_moment_gives_the_same_table_and_runs() {
    let folder = folder();
    let path = folder.path();
    let time = undisturbed(path);
    let mut draws = Draws::new();
    let most = if time_limit().as_secs() > 10 { 20 } else { 2 };
    let (mut rounds, mut alone, mut together) = (0, 0, 0);
    let begin = Instant::now();
    while rounds == 0 || begin.elapsed() < time_limit() {
        // The first round has all the kills that are promised.
        let kills = if rounds == 0 {
            most
        } else {
            1 + draws.below(most)
        };
        for _ in 0..kills {
            let jobs = ["1", "2"][draws.below(2)];
            let mut arguments = arguments("run", "disturbed");
            arguments.extend(["--jobs", jobs]);
            let mut process = start(path, &arguments, Stdio::null());
            sleep(time.mul_f64(draws.below(1000) as f64 / 1000.0));
            // Either the trainings are left to notice it, or they are killed too: they have process groups of their own.
            let id = process.id();
            if draws.below(2) == 0 {
                alone += 1;
                process.kill().expect("a process of ours");
            } else {
                together += 1;
                bash(path, &format!("kill -KILL {id} $(pgrep -P {id})"));
            }
            process.wait().expect("a process of ours");
        }
        let output = selvedge(path, &arguments("run", "disturbed"));
        assert_eq!(output.code, 0, "{}", output.stderr);
        assert_same_experiment(path, "disturbed");
        fs::remove_dir_all(path.join("disturbed")).expect("removed");
        rounds += 1;
    }
    println!(
        "{rounds} experiments: {alone} kills of the experiment alone, {together} with its trainings"
    );
}

#[test]
fn a_work_item_that_is_killed_or_fails_at_any_writing_step_loses_nothing() {
    const LAST_STEPS: usize = 5;
    const AT_LEAST: usize = LAST_STEPS + 2;
    const ITEM: [&str; 6] = ["--quiet", "experiment", "step", "sweep", "--index", "0"];
    let folder = folder();
    let path = folder.path();
    undisturbed(path);
    let mut export = arguments("export", "sweep");
    export.extend(["--engine", "commands"]);
    assert_eq!(selvedge(path, &export).code, 0);
    let (expected, _) = entries(&path.join("whole"));
    let first = |experiment: &str| {
        let (runs, others) = entries(&path.join(experiment));
        assert_eq!(
            others,
            Vec::<PathBuf>::new(),
            "nothing is left next to the run"
        );
        assert_eq!(runs.len(), 1);
        runs[0].clone()
    };
    let output = failing_disk(path, 0, "none", &ITEM);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let steps = output
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("steps: "));
    let steps: usize = steps
        .expect("the number of steps")
        .parse()
        .expect("a number");
    let run = first("sweep");
    let whole = expected
        .iter()
        .find(|path| path.file_name() == run.file_name());
    let whole = whole.expect("the same training in the undisturbed experiment");
    let mut draws = Draws::new();
    let (mut rounds, mut kills, mut failures) = (0, 0, 0);
    let begin = Instant::now();
    while rounds < AT_LEAST || begin.elapsed() < time_limit() {
        fs::remove_dir_all(run.parent().expect("its group")).expect("removed");
        for attempt in 0..=draws.below(3) {
            let all = steps * HOW.len();
            let number = if attempt == 0 {
                rounds
            } else {
                draws.below(all)
            };
            let (step, how) = if attempt == 0 && rounds < LAST_STEPS {
                // A run that counts as finished is not touched again, so nothing may be half-written in it.
                (steps - rounds, "kill")
            } else {
                disturbance(number, steps)
            };
            let output = failing_disk(path, step, how, &ITEM);
            let reached = output.stderr.contains("failing-disk: ");
            if how == "kill" {
                assert_eq!(output.code == -1, reached, "{}", output.stderr);
                kills += usize::from(reached);
            } else {
                assert!([0, 2].contains(&output.code), "{}", output.stderr);
                assert!(
                    !output.stderr.contains("fault of the program"),
                    "{}",
                    output.stderr
                );
                failures += usize::from(reached);
            }
        }
        // Whatever was left, also before the first checkpoint, needs nobody's help.
        let output = selvedge(path, &ITEM);
        assert_eq!(output.code, 0, "{}", output.stderr);
        same::assert_same(whole, &first("sweep"));
        rounds += 1;
    }
    println!("{rounds} work items of {steps} writing steps: {kills} kills, {failures} failures");
    assert!(kills + failures > 0);
}

#[test]
fn of_several_work_items_for_one_training_one_trains_and_the_others_wait() {
    let folder = folder();
    let path = folder.path();
    undisturbed(path);
    // Two experiments in one folder, and a work item: each training is wanted by three processes.
    let mut export = arguments("export", "shared");
    export.extend(["--engine", "commands"]);
    assert_eq!(selvedge(path, &export).code, 0);
    let item = vec!["experiment", "step", "shared", "--index", "0"];
    let run = arguments("run", "shared");
    let all = [&item, &run, &run, &item].map(|arguments| start(path, arguments, Stdio::piped()));
    for output in all.map(wait_for_output) {
        assert_eq!(output.code, 0, "{}", output.stderr);
    }
    assert_same_experiment(path, "shared");
}
