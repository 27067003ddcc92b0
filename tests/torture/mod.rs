//! Run folders under kills, failing disks, and several processes at once.
//!
//! Whatever happens to a training, what its run comes to in the end must be what an undisturbed one comes to, bit for bit, or
//! it must say that nothing was saved yet. A few seconds in a usual test; `just torture MINUTES` goes on for as long as one
//! likes, with other moments each time.

mod kills;
mod same;
mod together;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::program::{Said, burns, failing_disk, folder, selvedge};

/// A training of a second: three epochs of two steps, with something of everything that is saved.
const SETTINGS: [&str; 9] = [
    "train.epochs=3",
    "train.batch_size=2",
    "train.evaluate_every=1",
    "train.checkpoint_every=1",
    "data.size=[16, 16]",
    "data.overfit=4",
    "model.name=unet",
    "model.width=2",
    "loss.images=top_k_decreasing",
];

/// The words of a training of `burns` into `out`.
fn training(out: &str) -> Vec<&str> {
    let mut words = vec!["train", "smoke", "--quiet", "--device", "cpu"];
    words.extend(["--data", "burns", "--out", out]);
    words.extend(SETTINGS.iter().flat_map(|setting| ["--set", setting]));
    words
}

fn going_on(run: &str) -> Vec<&str> {
    vec!["train", "--quiet", "--device", "cpu", "--resume", run]
}

/// A folder with photographs and an undisturbed run, `whole`.
struct Undisturbed {
    folder: tempfile::TempDir,
    /// Steps of writing that its training took.
    steps: usize,
    /// How long it took.
    time: Duration,
}

impl Undisturbed {
    fn train() -> Self {
        let folder = folder();
        burns(folder.path(), 8, "0");
        let start = Instant::now();
        let said = failing_disk(folder.path(), 0, "none", &training("whole"));
        let time = start.elapsed();
        assert_eq!(said.code, 0, "{}", said.stderr);
        let steps = said
            .stderr
            .lines()
            .find_map(|line| line.strip_prefix("steps: "))
            .expect("how many steps there were");
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

    /// Goes on with `run` to its end, and compares it with the undisturbed one; false where nothing was saved yet, as it says.
    fn comes_to_the_same(&self, run: &str) -> bool {
        let said = selvedge(self.path(), &going_on(run));
        let saved = ["last", "last.old", "best", "best.old"]
            .iter()
            .any(|name| self.run(run).join(name).is_dir());
        if !saved {
            nothing_was_saved(&said);
            return false;
        }
        assert_eq!(said.code, 0, "{run}: {}", said.stderr);
        same::assert_same(&self.run("whole"), &self.run(run));
        true
    }
}

fn nothing_was_saved(said: &Said) {
    let known = ["start the training again", "expected the folder of a run"];
    assert!(
        known.iter().any(|words| said.stderr.contains(words)),
        "{}",
        said.stderr
    );
    said.mendable(&[]);
}

/// How long each of these tests may go on: some seconds, or its share of the minutes that were asked for.
fn patience() -> Duration {
    const TESTS: f64 = 2.0;
    std::env::var("SELVEDGE_TORTURE_MINUTES")
        .ok()
        .and_then(|minutes| minutes.parse::<f64>().ok())
        .map_or(Duration::from_secs(6), |minutes| {
            Duration::from_secs_f64(minutes * 60.0 / TESTS)
        })
}

/// Numbers that look drawn (G. Marsaglia, "Xorshift RNGs"), the same ones in every usual test.
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
