//! Trainings that end early, legs of a run, and class weights from the labels.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{CommandOutput, folder, selvedge, synthesise_burns};
use crate::small_run::resume;

/// Trains `run` on `burns`, with these settings over those of a training of a second.
fn train(folder: &Path, run: &str, settings: &[&str]) -> CommandOutput {
    let output = try_to_train(folder, run, settings);
    assert_eq!(output.code, 0, "{}", output.stderr);
    output
}

fn try_to_train(folder: &Path, run: &str, settings: &[&str]) -> CommandOutput {
    let arguments = arguments(run, settings);
    selvedge(folder, &arguments)
}

fn arguments<'a>(run: &'a str, settings: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec![
        "train", "smoke", "--device", "cpu", "--data", "burns", "--out", run,
    ];
    let small = [
        "train.epochs=6",
        "train.batch_size=4",
        "train.evaluate_every=1",
        "train.checkpoint_every=1",
        "data.size=[16, 16]",
        "data.overfit=0",
        "model.name=unet",
        "model.width=2",
    ];
    for setting in small.iter().chain(settings) {
        arguments.extend(["--set", *setting]);
    }
    arguments
}

/// With so large a learning rate the network soon predicts background alone, so that no epoch is better than the first.
const SPOILT: &str = "optimizer.learning_rate=0.03";

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).expect("a file")).expect("JSON")
}

fn lines(run: &Path) -> Vec<Value> {
    let text = fs::read_to_string(run.join("scores.jsonl")).expect("scores");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

/// The lines without the numbers of legs.
fn without_legs(run: &Path) -> Vec<Value> {
    let mut lines = lines(run);
    for line in &mut lines {
        line.as_object_mut().expect("a line").remove("leg");
    }
    lines
}

fn assert_says(text: &str, fragments: &[&str]) {
    for fragment in fragments {
        assert!(text.contains(fragment), "'{fragment}' in: {text}");
    }
}

#[test]
fn a_training_without_progress_ends_and_everything_that_shows_it_says_so() {
    let folder = folder();
    let here = folder.path();
    synthesise_burns(here, 16, "0");
    let output = train(here, "run", &[SPOILT, "train.patience=2"]);
    let run = here.join("run");
    assert_says(
        &output.stderr,
        &[
            "ended after 3 of 6 epochs: the validation Dice has not improved for 2 scored epochs (train.patience), since epoch 1",
            "`selvedge train --resume run --epochs 6` continues",
        ],
    );
    let summary = json(&run.join("summary.json"));
    assert_eq!(summary["ended"], "patience");
    assert_eq!(summary["trained_epochs"], 3);
    assert_eq!(summary["legs"].as_array().map(Vec::len), Some(1));
    assert_eq!(lines(&run).len(), 3);
    assert!(!run.join("live.json").exists(), "the run is finished");
    let early = "It ended after 3 of 6 epochs";
    let page = fs::read_to_string(run.join("live.html")).expect("a page");
    assert_says(&page, &[early]);
    let report = selvedge(here, &["report", "run"]);
    assert_eq!(report.code, 0, "{}", report.stderr);
    let report = fs::read_to_string(run.join("report.html")).expect("a page");
    assert_says(&report, &[early]);
    let watched = selvedge(here, &["watch", "run"]);
    assert_eq!(watched.code, 0, "{}", watched.stderr);
    assert_says(
        &watched.stdout,
        &["epoch   3/6", "Finished", early, "--epochs 6"],
    );

    let again = resume(here, &[]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert_says(
        &again.stderr,
        &[
            "this run is finished, it ended after 3 of 6",
            "--resume run --epochs 6",
        ],
    );
    assert_eq!(lines(&run).len(), 3);
    assert_eq!(json(&run.join("summary.json")), summary);

    // The same length again is a leg that counts from its start.
    let longer = resume(here, &["--epochs", "6"]);
    assert_eq!(longer.code, 0, "{}", longer.stderr);
    assert_says(
        &longer.stderr,
        &[
            "leg 2 begins: epochs 4 to 6",
            "as planned before",
            "ended after 5 of 6 epochs",
        ],
    );
    let legs: Vec<Option<u64>> = lines(&run)
        .iter()
        .map(|line| line["leg"].as_u64())
        .collect();
    assert_eq!(legs, [None, None, None, Some(2), Some(2)]);
    let summary = json(&run.join("summary.json"));
    assert_eq!(summary["legs"][0]["trained"], serde_json::json!([1, 3]));
    assert_eq!(summary["legs"][1]["trained"], serde_json::json!([4, 5]));
    let page = fs::read_to_string(run.join("live.html")).expect("a page");
    assert_says(&page, &["in 2 legs"]);
}

#[test]
fn epochs_that_are_not_scored_are_no_lack_of_progress() {
    let folder = folder();
    let here = folder.path();
    synthesise_burns(here, 16, "0");
    let settings = [
        SPOILT,
        "train.patience=2",
        "train.evaluate_every=2",
        "train.epochs=8",
    ];
    train(here, "run", &settings);
    // Scored after 2, 4 and 6.
    assert_eq!(lines(&here.join("run")).len(), 6);
    for (setting, place) in [
        ("train.patience=10000000", "train.patience"),
        ("train.max_hours=-1", "train.max_hours"),
        ("train.max_hours=nan", "train.max_hours"),
    ] {
        try_to_train(here, "other", &[setting]).assert_user_error(&[place, "expected 0"]);
    }
}

#[test]
fn a_run_that_had_its_time_says_how_to_continue_and_then_equals_one_without_the_limit() {
    let folder = folder();
    let here = folder.path();
    synthesise_burns(here, 16, "0");
    let settings = ["train.epochs=3", "train.evaluate_every=3"];
    train(here, "whole", &settings);
    let output = train(
        here,
        "run",
        &[&settings[..], &["train.max_hours=1e-9"]].concat(),
    );
    let run = here.join("run");
    assert_says(
        &output.stderr,
        &[
            "ended after 1 of 3 epochs: the run has taken",
            "train.max_hours is 0.000000001",
            "`selvedge train --resume run --set",
        ],
    );
    assert_eq!(json(&run.join("summary.json"))["ended"], "max_hours");
    // The last epoch is scored: there would be no best one otherwise.
    assert!(lines(&run)[0]["dice"].is_number());

    resume(here, &["--epochs", "3"])
        .assert_user_error(&["the time of this run", "--set train.max_hours="]);
    assert!(run.join("summary.json").is_file(), "nothing has changed");
    let other = ["--set", "train.batch_size=2"];
    resume(here, &other).assert_user_error(&[
        "train.epochs, train.patience, train.max_hours",
        "start a new training",
    ]);
    resume(here, &["--set", "train.max_hours=much"]).assert_user_error(&["max_hours"]);

    let longer = resume(here, &["--set", "train.max_hours=0"]);
    assert_eq!(longer.code, 0, "{}", longer.stderr);
    assert_says(&longer.stderr, &["leg 2 begins: epochs 2 to 3"]);
    let (whole, run) = (without_legs(&here.join("whole")), without_legs(&run));
    assert_eq!(whole.len(), 3);
    assert_eq!(whole[1..], run[1..]);
    assert_eq!(whole[0]["train_loss"], run[0]["train_loss"]);
    let summary = json(&here.join("run/summary.json"));
    assert_eq!(summary["ended"], "all_epochs");
}

#[test]
fn a_longer_schedule_is_a_leg_that_describes_its_learning_rate() {
    let folder = folder();
    let here = folder.path();
    synthesise_burns(here, 16, "0");
    train(here, "run", &["train.epochs=2", "schedule.warmup_epochs=0"]);
    let output = resume(here, &["--epochs", "4"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert_says(
        &output.stderr,
        &[
            "leg 2 begins: epochs 3 to 4; the learning rate (cosine) is that of a training of 4 epochs",
            "differs from one training of 4 epochs",
        ],
    );
    let legs = json(&here.join("run/legs.json"));
    assert_eq!(legs["legs"][1]["from_epoch"], 3);
    assert_eq!(legs["legs"][0]["epochs"], 2);
    assert_eq!(legs["legs"][1]["epochs"], 4);
    // Half of the cosine is left.
    let rates: Vec<f64> = lines(&here.join("run"))
        .iter()
        .map(|line| line["learning_rate"].as_f64().expect("a rate"))
        .collect();
    assert!(rates[2] > rates[1] && rates[3] < rates[2], "{rates:?}");

    fs::write(here.join("run/legs.json"), "{}").expect("written");
    resume(here, &[]).assert_user_error(&["legs.json", "remove it"]);
    fs::remove_file(here.join("run/legs.json")).expect("removed");
    assert_eq!(resume(here, &[]).code, 0, "as a run of an earlier version");
}

#[cfg(unix)]
#[test]
fn a_killed_run_ends_with_the_same_epoch_and_the_same_bits() {
    use crate::program::failing_disk;

    let folder = folder();
    let here = folder.path();
    synthesise_burns(here, 16, "0");
    let settings = [SPOILT, "train.patience=2", "train.epochs=9"];
    let whole = arguments("whole", &settings);
    let output = failing_disk(here, 0, "none", &whole);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let steps = output
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("steps: "));
    let steps: usize = steps.expect("a number").parse().expect("a number");
    assert_eq!(json(&here.join("whole/summary.json"))["ended"], "patience");
    let file = |run: &str, name: &str| fs::read(here.join(run).join(name)).expect("a file");
    let mut compared = 0;
    for part in [3, 5, 7, 9] {
        let output = failing_disk(
            here,
            steps * part / 10,
            "kill",
            &arguments("run", &settings),
        );
        assert_eq!(output.code, -1, "{}", output.stderr);
        if here.join("run/last").is_dir() || here.join("run/best").is_dir() {
            let output = resume(here, &[]);
            assert_eq!(output.code, 0, "{}", output.stderr);
            for name in [
                "scores.jsonl",
                "last/state.toml",
                "best/state.toml",
                "summary.json",
            ] {
                assert!(
                    file("whole", name) == file("run", name),
                    "{name}, killed at {part}/10"
                );
            }
            compared += 1;
        }
        fs::remove_dir_all(here.join("run")).expect("removed");
    }
    assert!(compared >= 2, "{compared}");
}

#[test]
fn class_weights_come_from_the_pixels_of_the_training_labels_and_stay() {
    let folder = folder();
    let here = folder.path();
    synthesise_burns(here, 16, "0");
    let settings = ["train.epochs=1", "loss.class_weights=inverse_sqrt"];
    let output = train(here, "run", &settings);
    let (_, said) = output
        .stderr
        .split_once("loss.class_weights = \"inverse_sqrt\": ")
        .expect("the weights are reported");
    let said = said.lines().next().expect("a line");
    let pixels: Vec<f64> = said
        .split(", ")
        .filter_map(|class| {
            class
                .split_once('(')?
                .1
                .strip_suffix(" pixels)")?
                .parse()
                .ok()
        })
        .collect();
    let recipe = |run: &str| -> toml::Table {
        let text = fs::read_to_string(here.join(run).join("recipe.toml")).expect("a recipe");
        text.parse().expect("TOML")
    };
    let weights = |run: &str| -> Vec<f64> {
        let weights = recipe(run)["loss"]["class_weights"]
            .as_array()
            .expect("numbers")
            .clone();
        weights
            .iter()
            .map(|weight| weight.as_float().expect("a number"))
            .collect()
    };
    let split = json(&here.join("run/split.json"));
    let images = split
        .as_array()
        .expect("images")
        .iter()
        .filter(|line| line["split"] == "train");
    let all = (images.count() * 16 * 16) as f64;
    assert!(
        (pixels.iter().sum::<f64>() - all).abs() < 0.5,
        "{pixels:?}, {all}"
    );
    let present: Vec<f64> = pixels
        .iter()
        .filter(|count| **count > 0.0)
        .map(|count| count.powf(-0.5))
        .collect();
    let mean = present.iter().sum::<f64>() / present.len() as f64;
    for (weight, count) in weights("run").iter().zip(&pixels) {
        let expected = if *count > 0.0 {
            count.powf(-0.5) / mean
        } else {
            1.0
        };
        assert!((weight - expected).abs() < 1e-9, "{weight} {expected}");
    }
    assert_eq!(weights("run").len(), pixels.len());
    // They are numbers from here on.
    let output = resume(here, &["--epochs", "2"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(!output.stderr.contains("inverse_sqrt"), "{}", output.stderr);
    let output = selvedge(
        here,
        &[
            "train", "run", "--data", "burns", "--device", "cpu", "--out", "again", "--epochs", "1",
        ],
    );
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert_eq!(weights("again"), weights("run"));
    assert_eq!(
        lines(&here.join("again"))[0]["train_loss"],
        lines(&here.join("run"))[0]["train_loss"]
    );

    let focal = ["loss.class_weights=inverse_sqrt", "loss.name=focal"];
    try_to_train(here, "other", &focal).assert_user_error(&["class_weights", "\"inverse_sqrt\""]);
    try_to_train(here, "other", &["loss.class_weights=inverse"])
        .assert_user_error(&["a list of numbers, or \"inverse_sqrt\""]);
}
