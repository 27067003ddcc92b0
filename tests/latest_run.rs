//! `runs/latest`, wherever a command takes a run.

use std::collections::BTreeSet;
use std::fs;

use crate::program::{folder, selvedge, synthesise_burns};
use crate::small_run::train;

#[test]
fn the_newest_run_is_found_wherever_a_run_is_expected() {
    let folder = folder();
    let here = folder.path();
    synthesise_burns(here, 16, "0");
    selvedge(here, &["evaluate", "runs/latest"])
        .assert_user_error(&["no such folder", "train first"]);
    for run in ["runs/b", "runs/a"] {
        train(here, run, &["--set", "train.epochs=1"]);
    }
    let is_a = "runs/latest is runs/a";
    let commands: [&[&str]; 9] = [
        &["evaluate", "runs/latest", "--device", "cpu"],
        &["report", "runs/latest"],
        &["compare", "runs/b", "--baseline", "runs/latest"],
        &[
            "predict",
            "runs/latest",
            "burns/images",
            "--out",
            "predicted",
            "--device",
            "cpu",
        ],
        &["audit", "runs/latest", "--out", "audited"],
        &["weights", "export", "runs/latest"],
        &["watch", "runs/latest"],
        &["recipe", "show", "runs/latest", "--resolved"],
        &[
            "train",
            "--resume",
            "runs/latest",
            "--epochs",
            "2",
            "--device",
            "cpu",
        ],
    ];
    for command in commands {
        let output = selvedge(here, command);
        assert_eq!(output.code, 0, "{command:?}: {}", output.stderr);
        assert!(
            output.stderr.contains(is_a),
            "{command:?}: {}",
            output.stderr
        );
    }
    assert!(here.join("runs/a/report.html").is_file());
    let names: BTreeSet<_> = fs::read_dir(here.join("runs"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    // A folder of that name is what it says.
    fs::rename(here.join("runs/b"), here.join("runs/latest")).expect("renamed");
    let output = selvedge(here, &["watch", "runs/latest"]);
    assert!(!output.stderr.contains(is_a), "{}", output.stderr);
    assert!(
        output.stdout.contains("runs/latest: device"),
        "{}",
        output.stdout
    );
}
