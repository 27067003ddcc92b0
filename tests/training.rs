//! Whole trainings: they learn, they are reproducible, and they resume where they stopped.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::module::{Module, ModuleVisitor, Param};
use burn::store::ModuleRecord;
use burn::tensor::{Device, Tensor};
use models::{Network, Outputs};
use selvedge::device::DeviceRequest;
use selvedge::error::RunnerError;
use selvedge::recipe::Recipe;
use selvedge::train::{Resume, StepId, TrainOptions, train, train_with_hook};

use crate::program::{folder, selvedge, synthesise_burns};

#[test]
fn smoke_overfits_eight_images() {
    let folder = folder();
    let output = selvedge(
        folder.path(),
        &[
            "train", "smoke", "--device", "cpu", "--out", "run", "--json",
        ],
    );
    let report = output.json();
    let dice = report["dice"].as_f64().expect("a number");
    assert!(dice > 0.95, "{report:#}");
    for file in [
        "recipe.toml",
        "environment.json",
        "split.json",
        "scores.jsonl",
        "summary.json",
        "cases.csv",
        "images.npz",
        "curves.svg",
    ] {
        assert!(folder.path().join("run").join(file).is_file(), "{file}");
    }
    let again = selvedge(
        folder.path(),
        &["evaluate", "run", "--device", "cpu", "--json"],
    )
    .json();
    assert_eq!(
        again["dice"], report["dice"],
        "the best epoch was evaluated"
    );
}

/// A short training that switches on everything that draws from the seed.
fn options(folder: &Path, name: &str) -> TrainOptions {
    let overrides = [
        "train.epochs=3",
        "train.batch_size=2",
        "train.accumulate=2",
        "train.evaluate_every=1",
        "train.checkpoint_every=1",
        "data.overfit=0",
        "model.width=4",
        "model.deep_supervision=true",
        "model.classification_guided=true",
        "augment.flip_horizontal=true",
        "augment.rotate_degrees=20.0",
        "augment.brightness=0.1",
        "loss.images=top_k_decreasing",
        "loss.smoothing=decreasing",
        "loss.pixels=all_but_sigma",
    ];
    TrainOptions {
        recipe: Recipe::load("smoke", &overrides.map(String::from)).expect("a good recipe"),
        data: Some(folder.join("burns")),
        out: Some(folder.join(name)),
        device: DeviceRequest::Cpu,
        resume: None,
        tensorboard: false,
        quiet: true,
    }
}

/// Runs one training at a time in this process, since dropout draws from the device's single random number generator.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The bits of all weights and running statistics of a checkpoint.
fn bits(run: &Path) -> Vec<u32> {
    struct Bits(Vec<u32>);
    impl ModuleVisitor for Bits {
        fn visit_float<const D: usize>(&mut self, tensor: &Param<Tensor<D>>) {
            let values = tensor
                .val()
                .into_data()
                .try_to_vec::<f32>()
                .expect("32 bits");
            self.0.extend(values.into_iter().map(f32::to_bits));
        }
    }
    let recipe = Recipe::load(&run.display().to_string(), &[]).expect("the run's recipe");
    let network = Network::new(&recipe.model, 6, 0, &Device::flex()).expect("a network");
    let record = ModuleRecord::load(run.join("last/model.bpk")).expect("a checkpoint");
    let mut bits = Bits(Vec::new());
    network
        .try_load_record(record)
        .expect("of this network")
        .visit(&mut bits);
    bits.0
}

fn text(run: &Path, file: &str) -> String {
    fs::read_to_string(run.join(file)).expect("a text file")
}

fn bytes(run: &Path, file: &str) -> Vec<u8> {
    fs::read(run.join(file)).expect("a file")
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_seed_different_ones() {
    let _alone = alone();
    let folder = folder();
    synthesise_burns(folder.path(), 16, "1");
    let interrupted = AtomicBool::new(false);
    for (name, seed) in [("one", 1), ("two", 1), ("three", 2)] {
        let mut options = options(folder.path(), name);
        options.recipe.train.seed = seed;
        train(&options, &interrupted).expect("trained");
    }
    let [one, two, three] = ["one", "two", "three"].map(|name| folder.path().join(name));
    assert_eq!(text(&one, "scores.jsonl"), text(&two, "scores.jsonl"));
    assert_eq!(text(&one, "summary.json"), text(&two, "summary.json"));
    assert_eq!(text(&one, "cases.csv"), text(&two, "cases.csv"));
    assert!(bytes(&one, "images.npz") == bytes(&two, "images.npz"));
    assert!(bytes(&one, "images.npz") != bytes(&three, "images.npz"));
    assert!(bits(&one) == bits(&two));
    assert_ne!(text(&one, "scores.jsonl"), text(&three, "scores.jsonl"));
}

#[test]
fn recomputation_trains_to_the_same_bits() {
    let _alone = alone();
    let folder = folder();
    synthesise_burns(folder.path(), 16, "1");
    let interrupted = AtomicBool::new(false);
    for (name, recompute) in [("keeps", false), ("recomputes", true)] {
        let mut options = options(folder.path(), name);
        options.recipe.train.recompute = recompute;
        train(&options, &interrupted).expect("trained");
    }
    let [keeps, recomputes] = ["keeps", "recomputes"].map(|name| folder.path().join(name));
    assert!(text(&recomputes, "recipe.toml").contains("recompute = true"));
    assert_eq!(
        text(&keeps, "scores.jsonl"),
        text(&recomputes, "scores.jsonl")
    );
    assert!(bits(&keeps) == bits(&recomputes));
}

#[test]
fn images_that_are_read_again_train_to_the_same_bits() {
    let _alone = alone();
    let folder = folder();
    synthesise_burns(folder.path(), 16, "1");
    let interrupted = AtomicBool::new(false);
    for (name, cache_mib) in [("kept", 4096), ("reread", 0)] {
        let mut options = options(folder.path(), name);
        options.recipe.data.cache_mib = cache_mib;
        // With crops, validation uses whole images of a different size.
        options.recipe.augment.crop.from = [96, 80];
        options.recipe.augment.elastic.amplitude = 4.0;
        options.recipe.augment.noise.deviation = 0.1;
        train(&options, &interrupted).expect("trained");
    }
    let [kept, reread] = ["kept", "reread"].map(|name| folder.path().join(name));
    assert_eq!(text(&kept, "scores.jsonl"), text(&reread, "scores.jsonl"));
    assert_eq!(text(&kept, "summary.json"), text(&reread, "summary.json"));
    assert!(bits(&kept) == bits(&reread));
    for line in text(&reread, "timings.jsonl").lines() {
        let timing: serde_json::Value = serde_json::from_str(line).expect("a timing");
        let seconds = |key: &str| timing[key].as_f64().expect("seconds");
        assert!(seconds("waited_for_data") > 0.0, "{timing}");
        assert!(seconds("waited_for_data") < seconds("seconds"), "{timing}");
    }
}

#[test]
fn a_resumed_run_gives_the_same_bits_as_an_uninterrupted_one() {
    let _alone = alone();
    let folder = folder();
    synthesise_burns(folder.path(), 16, "1");
    let (go, stop) = (AtomicBool::new(false), AtomicBool::new(true));
    train(&options(folder.path(), "whole"), &go).expect("trained");

    // Interrupted from the start: each training stops at its first update, in the middle of an epoch.
    let mut options = options(folder.path(), "parts");
    for _ in 0..3 {
        let error = train(&options, &stop).expect_err("interrupted");
        assert_eq!(error.exit_code, 130, "{error}");
        options.resume = Some(Resume::from_newest(folder.path().join("parts")));
        assert!(!folder.path().join("parts/summary.json").exists());
    }
    // A run cannot be resumed with different images.
    fs::create_dir(folder.path().join("other")).expect("a folder");
    synthesise_burns(&folder.path().join("other"), 12, "1");
    options.data = Some(folder.path().join("other/burns"));
    let error = train(&options, &go).expect_err("different images");
    assert!(error.message().contains("split.json"), "{error}");
    options.data = Some(folder.path().join("burns"));
    train(&options, &go).expect("trained");

    let [whole, parts] = ["whole", "parts"].map(|name| folder.path().join(name));
    assert_eq!(text(&whole, "scores.jsonl"), text(&parts, "scores.jsonl"));
    assert_eq!(
        text(&whole, "last/state.toml"),
        text(&parts, "last/state.toml")
    );
    assert_eq!(text(&whole, "summary.json"), text(&parts, "summary.json"));
    for file in ["images.npz", "last/images.f32", "cases.csv"] {
        assert!(bytes(&whole, file) == bytes(&parts, file), "{file}");
    }
    assert!(bits(&whole) == bits(&parts));
}

#[test]
fn an_extreme_learning_rate_stops_training_with_an_explanation() {
    let folder = folder();
    let output = selvedge(
        folder.path(),
        &[
            "train",
            "smoke",
            "--device",
            "cpu",
            "--out",
            "run",
            "--set",
            "optimizer.learning_rate=99.0",
            "--set",
            "optimizer.name=sgd",
            "--set",
            "optimizer.clip_norm=0.0",
            // Every step makes the weights a thousand times larger.
            "--set",
            "optimizer.weight_decay=10.0",
        ],
    );
    assert_eq!(output.code, 1, "{}", output.stderr);
    assert!(
        output.stderr.contains("learning_rate") && output.stderr.contains("help: "),
        "{}",
        output.stderr
    );
    assert!(!folder.path().join("run/summary.json").exists());
}

/// The error of a training that saves a checkpoint after its first epoch, and whose second epoch begins with `disturb`.
fn second_epoch_error(
    folder: &Path,
    interrupted: &AtomicBool,
    disturb: impl Fn(&mut Outputs),
) -> RunnerError {
    let _alone = alone();
    synthesise_burns(folder, 16, "0");
    let mut options = options(folder, "run");
    options.recipe.train.accumulate = 1;
    options.recipe.data.cache_mib = 0;
    let hook = |id: StepId, mut outputs: Outputs| {
        if (id.epoch, id.step) == (2, 0) {
            disturb(&mut outputs);
        }
        outputs
    };
    train_with_hook(&options, interrupted, &hook).expect_err("it is disturbed")
}

fn assert_reports_how_to_resume(error: &RunnerError, folder: &Path) {
    let run = folder.join("run").display().to_string();
    for fragment in ["the last checkpoint is whole", "train --resume", &run] {
        assert!(error.advice.contains(fragment), "{}", error.report());
    }
}

#[test]
fn an_error_of_the_validation_reports_how_to_resume() {
    let folder = folder();
    let here = folder.path();
    let error = second_epoch_error(here, &AtomicBool::new(false), |_| {
        let split: serde_json::Value =
            serde_json::from_str(&text(&here.join("run"), "split.json")).expect("JSON");
        let mut removed = 0;
        for image in fs::read_dir(here.join("burns/images")).expect("a folder") {
            let path = image.expect("an entry").path();
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            let mut images = split.as_array().expect("a list").iter();
            if images.any(|one| one["image"].as_str() == stem && one["split"] == "validation") {
                fs::remove_file(&path).expect("removed");
                removed += 1;
            }
        }
        assert!(removed > 0, "{split}");
    });
    assert!(error.message().contains("burns/images"), "{error}");
    assert_reports_how_to_resume(&error, here);
}

#[test]
fn an_error_of_the_step_before_an_interruption_reports_how_to_resume() {
    let folder = folder();
    let interrupted = AtomicBool::new(false);
    let error = second_epoch_error(folder.path(), &interrupted, |outputs| {
        for logits in &mut outputs.logits {
            *logits = logits.clone() * f32::NAN;
        }
        interrupted.store(true, Ordering::Relaxed);
    });
    assert!(error.message().starts_with("epoch 2, step 1: "), "{error}");
    assert_eq!(error.exit_code, 1, "{error}");
    assert_reports_how_to_resume(&error, folder.path());
}
