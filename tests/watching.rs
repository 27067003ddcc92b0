//! `selvedge watch` without a terminal: runs that are trained meanwhile, were killed, or are none.

use crate::program::{folder, selvedge, synthesise_burns};
use crate::small_run::folder_with_a_run;

#[test]
fn a_finished_run_is_printed_and_left() {
    let folder = folder_with_a_run();
    let here = folder.path();
    let output = selvedge(here, &["watch", "run", "--lines"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(lines.len(), 5, "{lines:?}");
    assert!(lines[0].starts_with("run: device "), "{lines:?}");
    assert!(lines[1].starts_with("epoch   1/2   loss ") && lines[1].contains("   Dice "));
    assert!(lines[2].starts_with("epoch   2/2   loss "), "{lines:?}");
    assert!(lines[3].starts_with("Finished and evaluated. All 2 epochs are trained."));
    assert!(lines[3].contains(" trained. Best: epoch "), "{lines:?}");
    let longer = "To train longer: selvedge train --resume run --epochs 4";
    assert_eq!(lines[4], longer);
    selvedge(here, &["watch", "burns"]).assert_user_error(&["the folder of a run"]);
}

#[cfg(unix)]
#[test]
fn a_training_is_followed_to_its_end_and_one_that_was_killed_is_reported() {
    use std::process::Stdio;
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    use crate::program::{failing_disk, start, wait_for_output};

    let folder = folder();
    let here = folder.path();
    synthesise_burns(here, 16, "0");
    let arguments = [
        "train",
        "smoke",
        "--device",
        "cpu",
        "--quiet",
        "--data",
        "burns",
        "--out",
        "run",
        "--epochs",
        "4",
        "--set",
        "data.overfit=0",
        "--set",
        "data.size=[32, 32]",
        "--set",
        "model.width=2",
    ];
    let training = start(here, &arguments, Stdio::null());
    let begin = Instant::now();
    while !here.join("run/lock").exists() {
        assert!(begin.elapsed() < Duration::from_mins(1), "it starts");
        sleep(Duration::from_millis(5));
    }
    // While it reads its data.
    let watched = selvedge(here, &["watch", "run"]);
    assert_eq!(wait_for_output(training).code, 0);
    assert_eq!(watched.code, 0, "{watched:?}");
    for epoch in 1..=4 {
        let line = format!("\nepoch   {epoch}/4   loss ");
        assert_eq!(
            watched.stdout.matches(&line).count(),
            1,
            "{}",
            watched.stdout
        );
    }
    assert!(
        watched.stdout.contains("Finished and evaluated."),
        "{}",
        watched.stdout
    );

    // Killed after its first checkpoint.
    let mut killed = arguments;
    killed[8] = "killed";
    let mut step = 40;
    while !here.join("killed/last").is_dir() {
        assert!(step < 1000, "it saves something");
        let _ = std::fs::remove_dir_all(here.join("killed"));
        let output = failing_disk(here, step, "kill", &killed);
        assert_eq!(output.code, -1, "{}", output.stderr);
        step += 20;
    }
    let output = selvedge(here, &["watch", "killed"]);
    assert_eq!(output.code, 1, "{output:?}");
    for fragment in [
        "Stopped after ",
        "it was killed",
        "help: Resume it: selvedge train --resume killed",
    ] {
        assert!(
            output.stderr.contains(fragment),
            "{fragment} in {}",
            output.stderr
        );
    }
    let resumed = selvedge(
        here,
        &["train", "--resume", "killed", "--device", "cpu", "--quiet"],
    );
    assert_eq!(resumed.code, 0, "{}", resumed.stderr);
    assert!(!here.join("killed/live.json").exists());
    assert!(!here.join("killed/live.json.new").exists());
}
