//! `selvedge compare`, and the records that it reads.

use std::fs;
use std::path::Path;

use selvedge::recipe::Recipe;

use crate::program::{folder, selvedge, synthesise_burns};

/// A folder with the recipe and the cases of a run, whose patients have these values.
fn write_run(folder: &Path, name: &str, settings: &[&str], values: impl Iterator<Item = f64>) {
    let run = folder.join(name);
    fs::create_dir(&run).expect("a new folder");
    let settings: Vec<String> = settings.iter().map(ToString::to_string).collect();
    let recipe = Recipe::load("smoke", &settings).expect("a good recipe");
    fs::write(run.join("recipe.toml"), recipe.to_toml().expect("text")).expect("written");
    let mut table = "split,truth,patient,image,class,metric,value,rule\n".to_string();
    for (patient, value) in values.enumerate() {
        table += &format!("test,noisy,P{patient},{patient},lesion,dice,{value},-\n");
        table += &format!(
            "test,noisy,P{patient},{patient},lesion,hd95,{},-\n",
            10.0 * value
        );
    }
    fs::write(run.join("cases.csv"), table).expect("written");
}

/// Values between 0.5 and 0.7 with a gain, which varies a little over the patients.
fn values(count: usize, gain: f64) -> impl Iterator<Item = f64> {
    (0..count).map(move |patient| {
        let spread = (patient * 7 % 13) as f64 / 65.0;
        0.5 + spread + gain * (1.0 + (patient * 5 % 7) as f64 / 7.0)
    })
}

#[test]
fn runs_are_compared_with_a_baseline_by_patient() {
    let folder = folder();
    let path = folder.path();
    for seed in 1..=3 {
        let of_seed = format!("train.seed={seed}");
        write_run(path, &format!("plain-{seed}"), &[&of_seed], values(24, 0.0));
        let gained = [&*of_seed, "loss.sigma=3.0"];
        write_run(path, &format!("gained-{seed}"), &gained, values(24, 0.01));
        let same = [&*of_seed, "loss.sigma=1.0"];
        write_run(path, &format!("same-{seed}"), &same, values(24, 0.0));
    }
    let arguments = [
        "compare",
        "gained-1",
        "gained-2",
        "same-1",
        "gained-3",
        "--metric",
        "dice,hd95",
        "--baseline",
        "plain-1",
        "plain-2",
        "plain-3",
    ];
    let text = selvedge(path, &arguments);
    assert_eq!(text.code, 0, "{}", text.stderr);
    for fragment in [
        "gained-1 (3 runs): dice over foreground classes",
        "on 24 patients",
        "better than the baseline. Wilcoxon's signed-rank test",
        "after Holm's correction for 4 comparisons",
        "Better in 3 of 3 seeds",
        "worse than the baseline",
        "undecided, since the interval contains 0",
    ] {
        assert!(
            text.stdout.contains(fragment),
            "{fragment} in {}",
            text.stdout
        );
    }
    let report = selvedge(path, &[&arguments[..], &["--json"]].concat()).json();
    let comparisons = report["comparisons"].as_array().expect("a list");
    assert_eq!(comparisons.len(), 4, "two recipes and two metrics");
    let gained = &comparisons[0];
    assert_eq!(gained["runs"].as_array().map(Vec::len), Some(3));
    assert_eq!(gained["patients"], 24);
    assert_eq!(gained["verdict"], "better");
    assert_eq!(gained["wins"]["won"], 3);
    assert_eq!(gained["baseline_score"]["runs"], 3);
    let sd = gained["score"]["sd"].as_f64().expect("three runs");
    assert!(sd < 1e-12, "every seed has the same values: {sd}");
    let [low, high] = [0, 1].map(|side| gained["ci95"][side].as_f64().expect("a number"));
    let difference = gained["difference"].as_f64().expect("a number");
    assert!(0.01 < low && low < difference && difference < high && high < 0.02);
    let p = |key: &serde_json::Value| key.as_f64().expect("a probability");
    assert!(p(&gained["wilcoxon"]["p"]) <= p(&gained["p_holm"]));
    assert_eq!(comparisons[1]["verdict"], "worse", "a larger distance");
    assert_eq!(comparisons[2]["verdict"], "undecided");
}

#[test]
fn few_patients_have_an_interval_and_no_p_value() {
    let folder = folder();
    let path = folder.path();
    write_run(path, "plain", &[], values(19, 0.0));
    write_run(path, "gained", &["loss.sigma=3.0"], values(19, 0.01));
    let arguments = ["compare", "gained", "--baseline", "plain"];
    let text = selvedge(path, &arguments);
    assert_eq!(text.code, 0, "{}", text.stderr);
    assert!(
        text.stdout
            .contains("no p-value: with fewer than 20 patients")
    );
    assert!(!text.stdout.contains("p ="), "{}", text.stdout);
    let report = selvedge(path, &[&arguments[..], &["--json"]].concat()).json();
    let compared = &report["comparisons"][0];
    assert!(compared["wilcoxon"].is_null() && compared["p_holm"].is_null());
    assert!(compared["no_p_value"].is_string());
    assert!(compared["ci95"].is_array());
}

#[test]
fn runs_that_cannot_be_compared_are_refused() {
    let folder = folder();
    let path = folder.path();
    write_run(path, "one", &["train.seed=1"], values(5, 0.0));
    write_run(
        path,
        "other",
        &["train.seed=1", "loss.sigma=3.0"],
        values(5, 0.0),
    );
    write_run(path, "old", &["train.seed=2"], values(5, 0.0));
    fs::remove_file(path.join("old/cases.csv")).expect("removed");
    let refused = |arguments: &[&str], fragments: &[&str]| {
        selvedge(path, &[&["compare"], arguments].concat()).assert_user_error(fragments);
    };
    refused(
        &["one", "--baseline", "old"],
        &["old/cases.csv", "selvedge evaluate"],
    );
    refused(&["one", "--baseline", "none"], &["none"]);
    refused(
        &["one", "--baseline", "one", "other"],
        &["--baseline: expected runs of one recipe", "other"],
    );
    refused(
        &["one", "one", "--baseline", "other"],
        &["expected another train.seed"],
    );
    refused(
        &["one", "--baseline", "other", "--class", "spleen"],
        &["for the class 'spleen'", "'lesion'"],
    );
    for (arguments, fragment) in [
        (&["compare", "one"][..], "--baseline"),
        (
            &["compare", "one", "--baseline", "other", "--metric", "dise"],
            "dice, iou",
        ),
    ] {
        let output = selvedge(path, arguments);
        assert_eq!(output.code, 2, "{output:?}");
        assert!(output.stderr.contains(fragment), "{}", output.stderr);
    }
}

#[test]
fn a_run_has_records_and_an_earlier_version_gets_them_by_evaluate() {
    let folder = folder();
    let path = folder.path();
    synthesise_burns(path, 16, "1");
    let train = [
        "train",
        "smoke",
        "--data",
        "burns",
        "--device",
        "cpu",
        "--out",
        "run",
        "--set",
        "data.overfit=0",
        "--set",
        "train.epochs=1",
        "--set",
        "model.width=4",
    ];
    let output = selvedge(path, &train);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let read = |name: &str| fs::read(path.join("run").join(name)).expect("a file");
    let (cases, summary) = (read("cases.csv"), read("summary.json"));
    let text = String::from_utf8(cases.clone()).expect("text");
    for fragment in [
        "test,noisy,",
        "test,clean,",
        ",dice,",
        ",nsd,",
        ",accuracy,",
    ] {
        assert!(text.contains(fragment), "{fragment} in {text}");
    }
    assert!(read("images.npz").starts_with(b"PK"));
    let json: serde_json::Value = serde_json::from_slice(&summary).expect("JSON");
    assert_eq!(json["distances"]["nsd_tolerance"], 2.0);
    let statistics = json["statistics"].as_array().expect("a list");
    let of_dice = statistics
        .iter()
        .find(|one| one["metric"] == "dice" && one["class"].is_null() && one["truth"] == "clean");
    let of_dice = of_dice.expect("the foreground's Dice");
    let difference = of_dice["mean"].as_f64().expect("a number")
        - json["clean"]["dice"].as_f64().expect("a number");
    assert!(difference.abs() < 1e-12, "{of_dice}");
    let environment: serde_json::Value =
        serde_json::from_slice(&read("environment.json")).expect("JSON");
    let sum = environment["data_sha256"].as_str().expect("a checksum");
    assert_eq!(sum.len(), 64);

    // As an earlier version left it.
    fs::remove_file(path.join("run/cases.csv")).expect("removed");
    fs::write(path.join("run/summary.json"), "{}").expect("written");
    let evaluate = ["evaluate", "run", "--device", "cpu"];
    let validation = selvedge(path, &[&evaluate[..], &["--split", "validation"]].concat());
    assert_eq!(validation.code, 0, "{}", validation.stderr);
    assert!(!path.join("run/cases.csv").exists(), "another split");
    let output = selvedge(
        path,
        &[&evaluate[..], &["--cases", "of-evaluate.csv"]].concat(),
    );
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(read("cases.csv") == cases, "the same scores");
    let mut expected = json;
    for of_training in ["ended", "trained_epochs", "legs"] {
        let described = expected
            .as_object_mut()
            .and_then(|summary| summary.remove(of_training));
        assert!(described.is_some(), "{of_training}");
    }
    let written: serde_json::Value = serde_json::from_slice(&read("summary.json")).expect("JSON");
    assert_eq!(written, expected, "the same summary");
    // What it says about the training stays.
    fs::remove_file(path.join("run/cases.csv")).expect("removed");
    fs::write(path.join("run/summary.json"), &summary).expect("written");
    assert_eq!(selvedge(path, &evaluate).code, 0);
    assert!(read("summary.json") == summary, "the same summary");
    assert!(fs::read(path.join("of-evaluate.csv")).expect("a file") == cases);
    selvedge(
        path,
        &[&evaluate[..], &["--cases", "of-evaluate.csv"]].concat(),
    )
    .assert_user_error(&["of-evaluate.csv"]);
}
