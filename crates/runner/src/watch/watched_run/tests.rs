use std::fs;

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::run_folder::legs::{Legs, Plan};
use crate::run_folder::scores::ClassScores;
use crate::watch::screen::Screen;

/// A run of eight epochs, five of which are trained.
fn run() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: String| {
        fs::write(folder.path().join(name), text).expect("written");
    };
    let mut recipe = Recipe {
        name: "wounds".into(),
        ..Recipe::default()
    };
    recipe.train.epochs = 8;
    write("recipe.toml", recipe.to_toml().expect("TOML"));
    write(
        "environment.json",
        "{\"classes\": [\"background\", \"wound\", \"edge\\u001b[2J\"], \"device\": {\"name\": \"Radeon 780M\", \"api\": \"vulkan\"}}".into(),
    );
    let line = |epoch: usize| {
        let class = |class: usize| ClassScores {
            class,
            name: ["background", "wound", "edge\u{1b}[2J"][class].into(),
            dice: Some(0.1 * epoch as f64 / class as f64),
            iou: None,
            images: 3,
            predicted: Some(u64::from(class == 1)),
        };
        let scores = EpochScores {
            epoch,
            train_loss: 2.0 / epoch as f64,
            validation_loss: Some(2.5 / epoch as f64),
            dice: Some(if epoch == 4 { 0.75 } else { 0.1 * epoch as f64 }),
            kept_images: 1.0,
            kept_pixels: 0.9,
            kept_per_class: vec![Some(0.95), Some(0.8), None],
            per_class: vec![class(1), class(2)],
            ..EpochScores::default()
        };
        serde_json::to_string(&scores).expect("JSON") + "\n"
    };
    write(
        "scores.jsonl",
        (1..=5).map(line).collect::<String>() + "{\"epoch\": 6, ",
    );
    write(
        "timings.jsonl",
        [1, 2, 3, 4, 5]
            .map(|epoch| format!("{{\"epoch\": {epoch}, \"seconds\": 60.0}}\n"))
            .concat(),
    );
    let live = LiveState {
        phase: Phase::Training,
        epoch: 6,
        step: 15,
        steps: 30,
        seconds_per_step: Some(2.0),
        memory_bytes: 3 << 29,
        unix_time: 1000,
        message: None,
    };
    write("live.json", serde_json::to_string(&live).expect("JSON"));
    folder
}

fn read(folder: &tempfile::TempDir) -> WatchedRun {
    let folder = RunFolder::open_unsaved(folder.path()).expect("a run");
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1003);
    WatchedRun::read(&folder, now)
}

fn drawn(run: &WatchedRun, [width, height]: [u16; 2]) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
    let screen = Screen {
        run,
        colours: false,
    };
    terminal.draw(|frame| screen.draw(frame)).expect("drawn");
    terminal.backend().to_string()
}

fn assert_shows(text: &str, fragments: &[&str]) {
    for fragment in fragments {
        assert!(text.contains(fragment), "'{fragment}' in:\n{text}");
    }
}

#[test]
fn a_training_that_runs_shows_its_steps_its_curves_and_the_time_left() {
    let folder = run();
    let _lock = Lock::take(&folder.path().join(LOCK)).expect("free");
    let run = read(&folder);
    assert_eq!(run.condition, Condition::Running);
    assert_eq!(
        (run.done(), run.epochs()),
        (5, 8),
        "half a line is no epoch"
    );
    assert_eq!(run.best().map(|best| best.epoch), Some(4));
    // Three epochs of 60 s, half of the first of which is done.
    assert_eq!(run.seconds_left(), Some(150.0));
    for size in [[80, 24], [160, 45]] {
        let text = drawn(&run, size);
        assert_shows(
            &text,
            &[
                "wounds, unet3plus",
                "Epoch 6 of 8: 15 of 30 steps, 2.00 s each.",
                "69 %, about 2 min left",
                "Loss  ━ training  ━ validation",
                "Dice  ━ wound",
                "epoch 5",
                "best: 4",
                "0.750",
                "device Radeon 780M, vulkan; memory up to 1.50 GiB without the GPU's",
                "Warning: after epoch 3 no validation pixel",
                "q leaves",
            ],
        );
        let dots = text
            .chars()
            .filter(|letter| ('\u{2801}'..='\u{28ff}').contains(letter));
        assert!(dots.count() > 30, "{text}");
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }
    assert_shows(
        &drawn(&run, [40, 24]),
        &["Epoch 6 of 8", "Dice  ━ wound", "q leaves"],
    );
    for size in [[1, 1], [3, 40], [200, 2], [40, 8]] {
        drawn(&run, size);
    }
}

#[test]
fn a_training_that_was_killed_shows_how_to_resume_it() {
    let folder = run();
    // A process that no longer runs leaves its lock, which nobody holds.
    let lock = Lock::take(&folder.path().join(LOCK)).expect("free");
    let text = fs::read(folder.path().join(LOCK)).expect("a lock");
    drop(lock);
    fs::write(folder.path().join(LOCK), text).expect("written");
    let stopped = drawn(&read(&folder), [80, 24]);
    assert_shows(
        &stopped,
        &[
            "Stopped after 5 of 8 epochs",
            "was killed",
            "Nothing was saved yet",
        ],
    );
    assert!(!stopped.contains("left"), "{stopped}");
    fs::create_dir(folder.path().join(LAST)).expect("a folder");
    assert_shows(
        &drawn(&read(&folder), [200, 24]),
        &["Resume it: selvedge train --resume "],
    );
    // It said why.
    let live = fs::read_to_string(folder.path().join("live.json")).expect("a file");
    let mut live: LiveState = serde_json::from_str(&live).expect("JSON");
    (live.phase, live.message) = (Phase::Stopped, Some("the disk is full".into()));
    let live = serde_json::to_string(&live).expect("JSON");
    fs::write(folder.path().join("live.json"), live).expect("written");
    assert_shows(
        &drawn(&read(&folder), [80, 24]),
        &["Stopped after 5 of 8 epochs: the disk is full."],
    );
}

#[test]
fn a_finished_run_shows_why_it_ended_and_how_to_train_longer() {
    let folder = run();
    let recipe = Recipe::of_run(folder.path()).expect("a recipe");
    let plan = Plan {
        patience: 2,
        ..Plan::of(&recipe)
    };
    let course = Legs::first(plan).course(Ended::Patience, 5);
    let summary = serde_json::to_string(&course).expect("JSON");
    fs::write(folder.path().join("summary.json"), summary).expect("written");
    let run = read(&folder);
    assert_eq!(run.condition, Condition::Finished(Some(course)));
    assert_shows(
        &drawn(&run, [300, 24]),
        &[
            "Finished and evaluated. It ended after 5 of 8 epochs",
            "for 2 scored epochs (train.patience)",
            "To train longer: selvedge train --resume ",
            "--epochs 8",
        ],
    );
}

#[test]
fn a_training_that_reads_its_data_has_nothing_but_a_lock() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(RunFolder::open_unsaved(folder.path()).is_err());
    let _lock = Lock::take(&folder.path().join(LOCK)).expect("free");
    assert_shows(
        &drawn(&read(&folder), [80, 24]),
        &["Starting: it reads its data."],
    );
}

#[test]
fn a_training_of_another_machine_shows_its_last_sign_of_life() {
    let folder = run();
    let lock = "host = \"node-7\"\nboot = \"x\"\nprocess = 12\nsince = \"2026-01-31 23:59:59 UTC\"\nlock = \"1\"\n";
    fs::write(folder.path().join(LOCK), lock).expect("written");
    let mut run = read(&folder);
    run.silence = Some(Duration::from_mins(10));
    assert_shows(
        &drawn(&run, [300, 24]),
        &[
            "it runs elsewhere (process 12 on node-7",
            "Its last sign of life is 10 min old.",
        ],
    );
}
