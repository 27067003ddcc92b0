//! Run folders and experiments under kills, failing disks, and several processes at once.
//!
//! After any disturbance, a resumed run must produce the same bits as an undisturbed one, or report that nothing had been saved
//! yet. The usual tests take a few seconds; `just torture MINUTES` takes as long as requested, with new random moments each
//! time.

mod experiments;
mod kills;
mod same;
mod together;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::program::{CommandOutput, failing_disk, folder, selvedge, synthesise_burns};

/// A training of about a second: three epochs of two steps that use everything that is saved.
const SETTINGS: [&str; 10] = [
    "train.epochs=3",
    "train.batch_size=2",
    "train.evaluate_every=1",
    "train.checkpoint_every=1",
    "data.size=[16, 16]",
    "data.overfit=4",
    "model.name=unet",
    "model.width=2",
    "loss.images=top_k_decreasing",
    "loss.pixels=all_but_sigma",
];

/// The arguments of a training on `burns` into `out`.
fn training_arguments(out: &str) -> Vec<&str> {
    let mut arguments = vec!["train", "smoke", "--quiet", "--device", "cpu"];
    arguments.extend(["--data", "burns", "--out", out]);
    arguments.extend(SETTINGS.iter().flat_map(|setting| ["--set", setting]));
    arguments
}

fn resume_arguments(run: &str) -> Vec<&str> {
    vec!["train", "--quiet", "--device", "cpu", "--resume", run]
}

/// A folder with photographs and an undisturbed run, `whole`.
struct Undisturbed {
    folder: tempfile::TempDir,
    /// Writing steps of its training.
    steps: usize,
    /// Duration of its training.
    time: Duration,
}

impl Undisturbed {
    fn train() -> Self {
        let folder = folder();
        synthesise_burns(folder.path(), 8, "0");
        let start = Instant::now();
        let output = failing_disk(folder.path(), 0, "none", &training_arguments("whole"));
        let time = start.elapsed();
        assert_eq!(output.code, 0, "{}", output.stderr);
        let steps = output
            .stderr
            .lines()
            .find_map(|line| line.strip_prefix("steps: "))
            .expect("the number of steps");
        Self {
            steps: steps.parse().expect("a number"),
            folder,
            time,
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn run(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Resumes `run` until it is complete, and compares it with the undisturbed run. Returns false if nothing had been saved
    /// yet, which the program must report.
    fn resumes_identically(&self, run: &str) -> bool {
        let output = selvedge(self.path(), &resume_arguments(run));
        let saved = ["last", "last.old", "best", "best.old"]
            .iter()
            .any(|name| self.run(run).join(name).is_dir());
        if !saved {
            assert_nothing_was_saved(&output);
            return false;
        }
        assert_eq!(output.code, 0, "{run}: {}", output.stderr);
        same::assert_same(&self.run("whole"), &self.run(run));
        true
    }
}

fn assert_nothing_was_saved(output: &CommandOutput) {
    let known = ["start the training again", "expected the folder of a run"];
    assert!(
        known.iter().any(|message| output.stderr.contains(message)),
        "{}",
        output.stderr
    );
    output.assert_user_error(&[]);
}

/// The duration of each of these tests: a few seconds, or its share of the requested minutes.
fn time_limit() -> Duration {
    const TESTS: f64 = 4.0;
    std::env::var("SELVEDGE_TORTURE_MINUTES")
        .ok()
        .and_then(|minutes| minutes.parse::<f64>().ok())
        .map_or(Duration::from_secs(6), |minutes| {
            Duration::from_secs_f64(minutes * 60.0 / TESTS)
        })
}

/// Pseudorandom numbers (G. Marsaglia, "Xorshift RNGs"), the same ones in every usual test.
struct Draws(u64);

impl Draws {
    fn new() -> Self {
        let seed = if std::env::var_os("SELVEDGE_TORTURE_MINUTES").is_some() {
            let now = std::time::SystemTime::UNIX_EPOCH.elapsed();
            now.map_or(1, |time| time.as_nanos() as u64 | 1)
        } else {
            0x9e37_79b9
        };
        println!("drawn from {seed}");
        Self(seed)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}
