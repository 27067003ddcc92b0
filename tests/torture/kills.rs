//! One process at a time, which is killed or has a failing disk.

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::Instant;

use super::{Draws, Undisturbed, resume_arguments, time_limit, training_arguments};
use crate::program::{failing_disk, start};

/// What happens before a writing step: a kill, ENOSPC (28), EIO (5) or EACCES (13).
pub(super) const HOW: [&str; 4] = ["kill", "28", "5", "13"];

/// A writing step and what happens before it. Consecutive numbers give distant steps, so that a few rounds cover all phases.
pub(super) fn disturbance(number: usize, steps: usize) -> (usize, &'static str) {
    const STRIDE: usize = 7919;
    let index = number * STRIDE % (steps * HOW.len());
    (1 + index / HOW.len(), HOW[index % HOW.len()])
}

/// Counts of what has been tried so far.
#[derive(Debug, Default)]
struct Tried {
    kills: usize,
    failures: usize,
    identical: usize,
    before_a_checkpoint: usize,
}

impl Tried {
    fn count(&mut self, identical: bool) {
        if identical {
            self.identical += 1;
        } else {
            self.before_a_checkpoint += 1;
        }
    }
}

#[test]
fn a_kill_or_a_failure_at_any_writing_step_loses_nothing() {
    const AT_LEAST: usize = 4;
    let undisturbed = Undisturbed::train();
    let mut draws = Draws::new();
    let mut tried = Tried::default();
    let start = Instant::now();
    let mut rounds = 0;
    let all = undisturbed.steps * HOW.len();
    while rounds < AT_LEAST || start.elapsed() < time_limit() {
        let run = "disturbed";
        let mut arguments = training_arguments(run);
        // Resuming is disturbed as well, up to twice; then the run is completed.
        for attempt in 0..=draws.below(3) {
            let number = if attempt == 0 {
                rounds
            } else {
                draws.below(all)
            };
            let (step, how) = disturbance(number, undisturbed.steps);
            let output = failing_disk(undisturbed.path(), step, how, &arguments);
            let reached = output.stderr.contains("failing-disk: ");
            if how == "kill" {
                assert_eq!(output.code == -1, reached, "{}", output.stderr);
                tried.kills += usize::from(reached);
            } else {
                // A failure that a later checkpoint makes good is only a warning (exit code 0).
                assert!([0, 2].contains(&output.code), "{}", output.stderr);
                assert!(
                    !output.stderr.contains("fault of the program"),
                    "{}",
                    output.stderr
                );
                let promised = output.stderr.contains("the last checkpoint is whole");
                assert!(
                    !promised || has_last(&undisturbed.run(run)),
                    "{}",
                    output.stderr
                );
                tried.failures += usize::from(reached);
            }
            arguments = resume_arguments(run);
        }
        if undisturbed.run(run).exists() {
            tried.count(undisturbed.resumes_identically(run));
            fs::remove_dir_all(undisturbed.run(run)).expect("removed");
        } else {
            tried.count(false);
        }
        rounds += 1;
    }
    println!(
        "at writing steps, {} of the {all} disturbances of a new training: {tried:?}",
        rounds.min(all)
    );
    assert!(tried.kills > 0 && tried.failures > 0 && tried.identical > 0);
}

#[test]
fn a_kill_at_any_moment_loses_nothing() {
    const AT_LEAST: usize = 2;
    let undisturbed = Undisturbed::train();
    let mut draws = Draws::new();
    let mut tried = Tried::default();
    let begin = Instant::now();
    let mut rounds = 0;
    while rounds < AT_LEAST || begin.elapsed() < time_limit() {
        let run = "disturbed";
        let mut arguments = training_arguments(run);
        for _ in 0..=draws.below(3) {
            let process = start(undisturbed.path(), &arguments, Stdio::piped());
            sleep(undisturbed.time.mul_f64(draws.below(1000) as f64 / 1000.0));
            tried.kills += usize::from(killed(process));
            arguments = resume_arguments(run);
        }
        if undisturbed.run(run).exists() {
            tried.count(undisturbed.resumes_identically(run));
            fs::remove_dir_all(undisturbed.run(run)).expect("removed");
        }
        rounds += 1;
    }
    println!("at random moments: {tried:?}");
    assert!(tried.kills > 0);
}

fn has_last(run: &Path) -> bool {
    ["last", "last.old"]
        .iter()
        .any(|name| run.join(name).is_dir())
}

/// Kills a process; false if it had already exited.
fn killed(mut process: Child) -> bool {
    let exited = process.try_wait().expect("a process of ours").is_some();
    process.kill().expect("killed");
    process.wait().expect("it has exited");
    !exited
}
