//! Experiments: a grid of trainings of a second each, interrupted in every way, and what is wrong with grids and data.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::program::{bash, folder, selvedge, selvedge_with, start, synthesise_burns};

/// Two rows, two seeds, two epochs.
const GRID: &str = r#"
name = "small"
description = "two rows"
data = "burns"
seeds = [1, 2]
metrics = ["dice", "hd95"]

[scales.demo]
base = "smoke"
set = { train.epochs = 2, train.batch_size = 2, data.size = [16, 16], data.overfit = 6 }

[[networks]]
name = "unet"
title = "UNet"
set = { model.name = "unet", model.width = 2 }

[[rows]]
name = "erm"
title = "ERM"
baseline = true
set = { loss.images = "erm" }

[[rows]]
name = "topk"
title = "Top-k"
set = { loss.images = "top_k_decreasing", loss.smoothing = "decreasing" }

[[missing]]
name = "another"
why = "not reproduced: unknown"

[[claims]]
number = 1
text = "Top-k is better."
expect = "better"
compare = [["topk", "erm"]]
"#;

const TABLES: [&str; 3] = ["table.md", "table.csv", "table.tex"];

fn write_grid(folder: &Path, text: &str) {
    fs::write(folder.join("small.toml"), text).expect("written");
}

pub(crate) fn arguments<'a>(command: &'a str, out: &'a str) -> Vec<&'a str> {
    vec![
        "experiment",
        command,
        "small.toml",
        "--device",
        "cpu",
        "--out",
        out,
    ]
}

pub(crate) fn tables(folder: &Path, out: &str) -> [Vec<u8>; 3] {
    TABLES.map(|name| fs::read(folder.join(out).join(name)).expect("a table"))
}

/// An experiment that nothing disturbs, in `whole`; returns how long it took.
pub(crate) fn undisturbed(folder: &Path) -> Duration {
    write_grid(folder, GRID);
    let start = Instant::now();
    let output = selvedge(folder, &arguments("run", "whole"));
    assert_eq!(output.code, 0, "{}", output.stderr);
    start.elapsed()
}

#[test]
fn a_finished_experiment_has_a_table_and_does_nothing_again() {
    let folder = folder();
    let path = folder.path();
    undisturbed(path);
    let before = tables(path, "whole");
    let text = String::from_utf8(before[0].clone()).expect("text");
    for part in [
        "| UNet | ERM | 2 |",
        "| UNet | Top-k | 2 |",
        "not reproduced: unknown",
        "(1) Top-k is better.",
        "Dice − baseline",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let lines = String::from_utf8(before[1].clone()).expect("text");
    assert_eq!(lines.lines().count(), 1 + 2 * 2, "{lines}");
    let output = selvedge(path, &arguments("run", "whole"));
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(
        output.stderr.contains("0 runs finished now, 4 before"),
        "{}",
        output.stderr
    );
    assert_eq!(tables(path, "whole"), before);
    let status = selvedge(path, &["experiment", "status", "whole"]);
    assert_eq!(status.stdout, "4 runs: 4 finished\n");
    // Each of its runs is an ordinary one.
    let run = fs::read_dir(path.join("whole/unet-erm"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .find(|path| path.is_dir())
        .expect("a run");
    let output = selvedge(
        path,
        &["evaluate", &run.display().to_string(), "--device", "cpu"],
    );
    assert_eq!(output.code, 0, "{}", output.stderr);
}

#[test]
fn figures_show_images_that_a_rule_has_chosen_with_the_dice_of_the_table() {
    let folder = folder();
    let path = folder.path();
    undisturbed(path);
    let figures =
        |more: &[&str]| selvedge(path, &[&["experiment", "figures", "whole"], more].concat());
    figures(&[]).assert_user_error(&["found none", "--row"]);
    figures(&["--row", "erm"]).assert_user_error(&["a row with a baseline"]);
    figures(&["--row", "topkk"]).assert_user_error(&["did you mean 'topk'?"]);
    let output = figures(&["--row", "topk"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    for part in [
        "largest gain |",
        "median gain |",
        "smallest gain |",
        "![UNet](unet-topk.png)",
        "Seed 1.",
    ] {
        assert!(output.stdout.contains(part), "{part} in {}", output.stdout);
    }
    let picture = fs::read(path.join("whole/figures/unet-topk.png")).expect("a figure");
    assert!(picture.starts_with(b"\x89PNG"));
    let captions = path.join("whole/figures/figures.md");
    assert_eq!(fs::read_to_string(captions).expect("text"), output.stdout);
    // The same runs give the same bytes.
    assert_eq!(figures(&["--row", "topk"]).code, 0);
    let again = fs::read(path.join("whole/figures/unet-topk.png")).expect("a figure");
    assert!(again == picture);
    // A prediction that was changed since is not shown with the old number.
    let found = bash(path, "ls -d whole/unet-topk/seed-1-*/predictions").stdout;
    let predictions = path.join(found.trim());
    for entry in fs::read_dir(&predictions).expect("a folder") {
        let file = entry.expect("an entry").path();
        if !file.display().to_string().ends_with(".overlay.png") {
            let size = image::image_dimensions(&file).expect("an image");
            let other = image::GrayImage::from_pixel(size.0, size.1, image::Luma([3]));
            other.save(&file).expect("written");
        }
    }
    figures(&["--row", "topk"]).assert_user_error(&["as they were scored", "another Dice of"]);
    fs::remove_dir_all(&predictions).expect("removed");
    figures(&["--row", "topk"]).assert_user_error(&["predictions", "no such file"]);
}

#[test]
fn a_killed_experiment_gives_the_same_table_to_the_byte() {
    let folder = folder();
    let path = folder.path();
    let time = undisturbed(path);
    for number in 0..3 {
        let mut process = start(path, &arguments("run", "disturbed"), Stdio::null());
        // From before the first run to within the last one.
        sleep(time.mul_f64(f64::from(1 + number) / 4.0));
        process.kill().expect("a process of ours");
        process.wait().expect("a process of ours");
    }
    let output = selvedge(path, &arguments("run", "disturbed"));
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert_eq!(tables(path, "disturbed"), tables(path, "whole"));
}

#[test]
fn work_items_of_an_exported_plan_give_the_same_table() {
    let folder = folder();
    let path = folder.path();
    undisturbed(path);
    let mut export = arguments("export", "sweep");
    export.extend(["--engine", "commands", "--threads", "1"]);
    let output = selvedge(path, &export);
    assert_eq!(output.code, 0, "{}", output.stderr);
    // One is interrupted, and says that it wants to be started again.
    let step = ["experiment", "step", "sweep/plan.json", "--index", "0"];
    let mut process = start(path, &step, Stdio::null());
    let scores = || bash(path, "cat sweep/unet-erm/seed-1-*/scores.jsonl").stdout;
    let begin = Instant::now();
    while scores().is_empty() && begin.elapsed() < Duration::from_mins(1) {
        sleep(Duration::from_millis(5));
    }
    bash(path, &format!("kill -TERM {}", process.id()));
    let code = process.wait().expect("a process of ours").code();
    assert!([Some(75), Some(0)].contains(&code), "{code:?}");
    let commands = fs::read_to_string(path.join("sweep/commands.txt")).expect("a file");
    assert_eq!(commands.lines().count(), 4);
    let output = bash(path, "sh sweep/commands.txt");
    assert_eq!(output.code, 0, "{}", output.stderr);
    let table = selvedge(path, &["experiment", "table", "sweep"]);
    assert_eq!(table.code, 0, "{}", table.stderr);
    assert_eq!(tables(path, "sweep"), tables(path, "whole"));
    let beyond = selvedge(path, &["experiment", "step", "sweep", "--index", "4"]);
    beyond.assert_user_error(&["from 0 to 3"]);
}

#[test]
fn a_work_item_has_the_threads_that_the_engine_gave_it() {
    let folder = folder();
    let path = folder.path();
    write_grid(path, GRID);
    let mut export = arguments("export", "sweep");
    export.extend(["--engine", "slurm"]);
    assert_eq!(selvedge(path, &export).code, 0);
    let output = selvedge_with(
        path,
        &["experiment", "step", "sweep", "--index", "1"],
        &[
            ("SLURM_CPUS_PER_TASK", Some("1")),
            ("RAYON_NUM_THREADS", None),
        ],
    );
    assert_eq!(output.code, 0, "{}", output.stderr);
    let environment = bash(path, "cat sweep/unet-topk/seed-1-*/environment.json").stdout;
    assert!(environment.contains("\"threads\": 1,"), "{environment}");
}

#[test]
fn a_failed_run_is_in_the_status_with_its_own_error_and_the_others_go_on() {
    let folder = folder();
    let path = folder.path();
    let grid = GRID.replace(
        "name = \"topk\"",
        "name = \"lost\"\ntitle = \"Lost\"\nset = { model.pretrained = \"nowhere.safetensors\" }\n\n[[rows]]\nname = \"topk\"",
    );
    write_grid(path, &grid);
    let mut arguments = arguments("run", "out");
    arguments.extend(["--only", "seed=1", "--jobs", "2"]);
    let output = selvedge(path, &arguments);
    assert_eq!(output.code, 1, "{}", output.stderr);
    assert!(output.stderr.contains("1 that failed"), "{}", output.stderr);
    let status = selvedge(path, &["experiment", "status", "out"]).stdout;
    assert!(status.contains("failed    unet lost seed 1: "), "{status}");
    assert!(status.contains("nowhere.safetensors"), "{status}");
    assert!(
        status.contains("2 finished, 1 failed, 3 missing"),
        "{status}"
    );
    let table = selvedge(path, &["experiment", "table", "out"]).stdout;
    assert!(table.contains("| Lost | 0 of 2, 1 failed |"), "{table}");
}

#[test]
fn data_that_lack_what_a_row_needs_are_refused_before_anything_runs() {
    let folder = folder();
    let path = folder.path();
    let plan = |arguments: &[&str]| {
        let output = selvedge(path, &[&["experiment", "plan"], arguments].concat());
        assert!(!path.join("experiments").exists(), "nothing is written");
        output
    };
    plan(&["table3", "--scale", "published"]).assert_user_error(&["--data ultrasound=DIR"]);
    plan(&["table3", "--data", "ultrasond=x"]).assert_user_error(&["did you mean 'ultrasound'?"]);
    plan(&["noise", "--data", "burns=x"]).assert_user_error(&["synthetic"]);
    plan(&["table1", "--only", "network=uent"]).assert_user_error(&["did you mean 'unet'?"]);
    plan(&["table1", "--seeds", "0"]).assert_user_error(&["--seeds 5"]);
    plan(&["tabel1"]).assert_user_error(&["did you mean 'table1'?"]);
    synthesise_burns(path, 8, "1");
    // Burns have six classes, and the grid weighs five.
    plan(&[
        "table3",
        "--data",
        "ultrasound=burns",
        "--set",
        "data.kind=bamsi",
    ])
    .assert_user_error(&["unet erm", "loss.class_weights", "6 classes"]);
    // A damaged file is reported once, and not by one training after another.
    let damaged = bash(
        path,
        "f=$(ls burns/labels/* | tail -1); truncate --size 30 $f; basename $f",
    );
    plan(&["table1", "--data", "burns=burns"])
        .assert_user_error(&["unet3plus erm-all", damaged.stdout.trim()]);
    let nowhere = plan(&["table1", "--data", "burns=nowhere"]);
    nowhere.assert_user_error(&["unet3plus erm-all", "nowhere"]);
}

#[test]
fn a_plan_tells_runs_hours_and_disk() {
    let folder = folder();
    let path = folder.path();
    write_grid(path, GRID);
    let output = selvedge(path, &arguments("plan", "out"));
    assert_eq!(output.code, 0, "{}", output.stderr);
    for part in [
        "   3  missing   unet topk seed 2",
        "4 runs, 0 of them finished",
        "time: about",
        "disk: ",
    ] {
        assert!(output.stdout.contains(part), "{part} in {}", output.stdout);
    }
    assert!(!path.join("out").exists(), "a plan trains nothing");
}
