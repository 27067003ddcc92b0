//! One process at a time, which is killed or whose disk fails.

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::Instant;

use super::{Draws, Undisturbed, going_on, patience, training};
use crate::program::{failing_disk, start};

/// What happens before a step of writing: the process is killed, no space is left, the device fails, it is not allowed.
const HOW: [&str; 4] = ["kill", "28", "5", "13"];

/// A step of writing and what happens before it, of all that there are; neighbours in number are far apart in time.
fn disturbance(number: usize, steps: usize) -> (usize, &'static str) {
    const APART: usize = 7919;
    let which = number * APART % (steps * HOW.len());
    (1 + which / HOW.len(), HOW[which % HOW.len()])
}

/// What has been tried so far.
#[derive(Debug, Default)]
struct Tried {
    kills: usize,
    failures: usize,
    to_the_same: usize,
    before_a_checkpoint: usize,
}

impl Tried {
    fn count(&mut self, same: bool) {
        if same {
            self.to_the_same += 1;
        } else {
            self.before_a_checkpoint += 1;
        }
    }
}

#[test]
fn a_kill_or_a_failure_at_any_step_of_writing_loses_nothing() {
    const AT_LEAST: usize = 4;
    let whole = Undisturbed::train();
    let mut draws = Draws::new();
    let mut tried = Tried::default();
    let start = Instant::now();
    let mut rounds = 0;
    let all = whole.steps * HOW.len();
    while rounds < AT_LEAST || start.elapsed() < patience() {
        let run = "disturbed";
        let mut words = training(run);
        // What goes on is disturbed as well, up to twice; then the run is led to its end.
        for again in 0..=draws.below(3) {
            let number = if again == 0 { rounds } else { draws.below(all) };
            let (step, how) = disturbance(number, whole.steps);
            let said = failing_disk(whole.path(), step, how, &words);
            let reached = said.stderr.contains("failing-disk: ");
            if how == "kill" {
                assert_eq!(said.code == -1, reached, "{}", said.stderr);
                tried.kills += usize::from(reached);
            } else {
                // What a later checkpoint can do as well is said, and no reason to stop.
                assert!([0, 2].contains(&said.code), "{}", said.stderr);
                assert!(
                    !said.stderr.contains("fault of the program"),
                    "{}",
                    said.stderr
                );
                let promised = said.stderr.contains("the last checkpoint is whole");
                assert!(!promised || has_last(&whole.run(run)), "{}", said.stderr);
                tried.failures += usize::from(reached);
            }
            words = going_on(run);
        }
        if whole.run(run).exists() {
            tried.count(whole.comes_to_the_same(run));
            fs::remove_dir_all(whole.run(run)).expect("removed");
        } else {
            tried.count(false);
        }
        rounds += 1;
    }
    println!(
        "at steps of writing, {} of the {all} disturbances of a new training: {tried:?}",
        rounds.min(all)
    );
    assert!(tried.kills > 0 && tried.failures > 0 && tried.to_the_same > 0);
}

#[test]
fn a_kill_at_any_moment_loses_nothing() {
    const AT_LEAST: usize = 2;
    let whole = Undisturbed::train();
    let mut draws = Draws::new();
    let mut tried = Tried::default();
    let begin = Instant::now();
    let mut rounds = 0;
    while rounds < AT_LEAST || begin.elapsed() < patience() {
        let run = "disturbed";
        let mut words = training(run);
        for _ in 0..=draws.below(3) {
            let process = start(whole.path(), &words, Stdio::piped());
            sleep(whole.time.mul_f64(draws.below(1000) as f64 / 1000.0));
            tried.kills += usize::from(killed(process));
            words = going_on(run);
        }
        if whole.run(run).exists() {
            tried.count(whole.comes_to_the_same(run));
            fs::remove_dir_all(whole.run(run)).expect("removed");
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

/// Kills a process; false if it had ended before.
fn killed(mut process: Child) -> bool {
    let ended = process.try_wait().expect("a process of ours").is_some();
    process.kill().expect("killed");
    process.wait().expect("it has ended");
    !ended
}
