//! No command overwrites a file that it did not write.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory;

use crate::program::{folder, selvedge, train_small_run};

/// The tests below try each command with an `--out`; a new one must be added there.
#[test]
fn every_command_that_writes_is_listed_here() {
    fn with_out(command: &clap::Command, names: &str, found: &mut Vec<String>) {
        for below in command.get_subcommands() {
            let names = format!("{names} {}", below.get_name());
            if below
                .get_arguments()
                .any(|argument| argument.get_id() == "out")
            {
                found.push(names.trim().to_string());
            }
            with_out(below, &names, found);
        }
    }
    let mut found = Vec::new();
    with_out(&selvedge::cli::Cli::command(), "", &mut found);
    found.sort();
    let expected = [
        "audit",
        "audit apply",
        "audit correct",
        "audit score",
        "audit set",
        "audit train",
        "bench report",
        "data plant",
        "data show",
        "envelope",
        "experiment export",
        "experiment plan",
        "experiment run",
        "forward",
        "man",
        "predict",
        "synth acdc",
        "synth bamsi",
        "synth fasu",
        "train",
        "weights export",
        "weights import",
    ];
    assert_eq!(found, expected);
}

/// Every file below a folder, with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.append(&mut files(&path));
        } else {
            let bytes = fs::read(&path).expect("bytes");
            found.insert(path, bytes);
        }
    }
    found
}

#[test]
fn predictions_never_overwrite_photographs_or_foreign_labels() {
    let folder = folder();
    let path = folder.path();
    train_small_run(path);
    let before = files(path);
    let predict = |input: &str, out: &str| {
        selvedge(
            path,
            &["predict", "run", input, "--out", out, "--device", "cpu"],
        )
    };
    let mut paths = vec!["burns/images", "./burns/images/", "burns/../burns/images"];
    let absolute = path.join("burns/images").display().to_string();
    paths.push(&absolute);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("burns/images", path.join("link")).expect("a link");
        paths.push("link");
    }
    for same in paths {
        predict("burns/images", same).assert_user_error(&["nothing was written", "--out"]);
        predict(same, "burns/images").assert_user_error(&["nothing was written", "--out"]);
    }
    // A single photograph, and labels from somewhere else.
    let first = fs::read_dir(path.join("burns/images"))
        .expect("photographs")
        .next();
    let first = first.expect("one").expect("an entry").path();
    let first = first.to_str().expect("text");
    predict(first, "burns/images").assert_user_error(&[
        "nothing was written",
        first.rsplit('/').next().unwrap_or(first),
    ]);
    predict("burns/images", "burns/labels").assert_user_error(&["nothing was written", "more)"]);
    let mut after = files(path);
    after.retain(|file, _| !file.starts_with(path.join("link")));
    assert!(before == after, "nothing was changed");

    // Its own predictions are overwritten, unless one has been edited.
    assert_eq!(predict("burns/images", "labels").code, 0);
    assert_eq!(predict("burns/images", "labels").code, 0);
    let label = files(&path.join("labels"))
        .into_keys()
        .find(|file| file.extension().is_some_and(|ending| ending == "png"));
    let label = label.expect("a label image");
    fs::write(&label, "corrected by hand").expect("written");
    let name = label
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    predict("burns/images", "labels").assert_user_error(&[&name, "nothing was written"]);
}

#[test]
fn every_command_refuses_to_overwrite_foreign_files() {
    let folder = folder();
    let path = folder.path();
    train_small_run(path);
    fs::create_dir(path.join("taken")).expect("a folder");
    for name in [
        "audit.csv",
        "sheet.png",
        "selvedge-train.1",
        "x.npy",
        "x.npz",
        "w.safetensors",
    ] {
        fs::write(path.join("taken").join(name), "years of work").expect("written");
    }
    assert_eq!(
        selvedge(
            path,
            &["weights", "export", "run", "--out", "w.safetensors"]
        )
        .code,
        0
    );
    let import = |out: &'static str| {
        vec![
            "weights",
            "import",
            "w.safetensors",
            "--model",
            "unet3plus",
            "--width",
            "2",
            "--classes",
            "6",
            "--out",
            out,
        ]
    };
    let before = files(path);
    for command in [
        vec!["audit", "run", "--out", "taken"],
        vec![
            "synth", "bamsi", "--out", "taken", "--images", "8", "--size", "64",
        ],
        vec![
            "synth", "acdc", "--out", "taken", "--images", "8", "--size", "64",
        ],
        vec![
            "synth", "fasu", "--out", "taken", "--images", "8", "--size", "64",
        ],
        vec![
            "train", "smoke", "--data", "burns", "--out", "taken", "--device", "cpu",
        ],
        vec![
            "data", "show", "burns", "--recipe", "smoke", "--out", "taken",
        ],
        vec![
            "data", "plant", "bamsi", "burns", "--out", "taken", "--gross", "0.1",
        ],
        // `audit correct` is tried in tests/audit_proof.rs, where there is an audit.
        vec![
            "audit",
            "score",
            "burns",
            "--truth",
            "burns",
            "--out",
            "taken/x.npy",
        ],
        vec!["man", "--out", "taken"],
        vec!["weights", "export", "run", "--out", "taken/w.safetensors"],
        vec!["weights", "export", "run", "--out", "run/best"],
        import("taken/w.safetensors"),
        import("w.safetensors"),
        vec![
            "forward",
            "unet3plus",
            "--weights",
            "run",
            "--input",
            "taken/x.npy",
            "--out",
            "taken/x.npy",
            "--device",
            "cpu",
        ],
        vec![
            "envelope",
            "taken/x.npy",
            "taken/x.npy",
            "--out",
            "taken/x.npz",
            "--device",
            "cpu",
        ],
    ] {
        selvedge(path, &command)
            .assert_user_error(&["taken"][..usize::from(command.contains(&"taken"))]);
    }
    assert!(before == files(path), "nothing was changed");
}

#[test]
fn a_command_overwrites_its_own_files() {
    let folder = folder();
    let path = folder.path();
    train_small_run(path);
    // A folder next to that of the set is left alone.
    fs::create_dir(path.join("set.partial")).expect("a folder");
    fs::write(path.join("set.partial/thesis.txt"), "years of work").expect("written");
    for command in [
        &[
            "synth", "bamsi", "--out", "set", "--images", "8", "--size", "64",
        ][..],
        &["weights", "export", "run"],
        &["weights", "export", "run"],
        &["man", "--out", "man"],
        &["man", "--out", "man"],
        &[
            "data", "show", "burns", "--recipe", "smoke", "--out", "shown",
        ],
        &[
            "data", "show", "burns", "--recipe", "smoke", "--out", "shown",
        ],
    ] {
        let output = selvedge(path, command);
        assert_eq!(output.code, 0, "{command:?}: {output:?}");
    }
    assert!(path.join("set.partial/thesis.txt").is_file());
}

#[test]
fn one_bad_photograph_does_not_stop_the_others() {
    let folder = folder();
    let path = folder.path();
    train_small_run(path);
    let mut photographs: Vec<PathBuf> = files(&path.join("burns/images")).into_keys().collect();
    photographs.sort();
    fs::write(&photographs[2], "no photograph").expect("written");
    let output = selvedge(
        path,
        &[
            "predict",
            "run",
            "burns/images",
            "--out",
            "labels",
            "--device",
            "cpu",
        ],
    );
    assert_eq!(output.code, 1, "{output:?}");
    let name = photographs[2]
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    assert!(
        output.stderr.contains(&name) && output.stderr.contains("1 of 8 inputs"),
        "{output:?}"
    );
    let labels = files(&path.join("labels"));
    let predictions = labels
        .keys()
        .filter(|file| file.extension().is_some_and(|ending| ending == "png"));
    assert_eq!(predictions.count(), 7);

    // Nor does a name that another photograph already has.
    let name = photographs[3].with_extension("jpg");
    fs::copy(&photographs[3], &name).expect("copied");
    fs::copy(&photographs[3], &photographs[2]).expect("copied");
    let output = selvedge(
        path,
        &[
            "predict",
            "run",
            "burns/images",
            "--out",
            "named",
            "--device",
            "cpu",
        ],
    );
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("1 of 9 inputs"), "{output:?}");
    fs::remove_file(&name).expect("removed");

    // The existing predictions are scored against all labels, and labels without a prediction are reported.
    let output = selvedge(path, &["score", "labels", "burns/labels", "--json"]);
    let report = output.json();
    assert_eq!(report["cases"].as_array().map(Vec::len), Some(7));
    assert_eq!(
        report["without_prediction"].as_array().map(Vec::len),
        Some(1)
    );
    assert!(
        output.stderr.contains(
            "omitted from burns/labels, since no prediction has their name: 1 of 8 files"
        ),
        "{output:?}"
    );
    fs::create_dir(path.join("others")).expect("a folder");
    fs::copy(path.join(&photographs[3]), path.join("others/x.png")).expect("copied");
    selvedge(path, &["score", "labels", "others"])
        .assert_user_error(&["others/x.png", "same names"]);
}

#[test]
fn experiments_and_reports_leave_foreign_files() {
    let folder = folder();
    let path = folder.path();
    // `experiment plan` writes nothing but synthetic images, into a folder of its own.
    for (command, file) in [
        (&["experiment", "run", "table4"][..], "plan.json"),
        (
            &["experiment", "export", "table4", "--engine", "commands"],
            "plan.json",
        ),
        (
            &["experiment", "export", "table4", "--engine", "commands"],
            "commands.txt",
        ),
        (
            &["bench", "report", "--tiny", "--device", "cpu"],
            "report.md",
        ),
        (
            &["bench", "report", "--tiny", "--device", "cpu"],
            "report.json",
        ),
    ] {
        let out = format!("{}-{file}", command[1]);
        fs::create_dir_all(path.join(&out)).expect("a folder");
        fs::write(path.join(&out).join(file), "mine").expect("written");
        let arguments = [command, &["--out", &out]].concat();
        selvedge(path, &arguments).assert_user_error(&["nothing was written", file]);
        let found = fs::read_to_string(path.join(&out).join(file)).expect("a file");
        assert_eq!(found, "mine", "{arguments:?}");
    }
}
