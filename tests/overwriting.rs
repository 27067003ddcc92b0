//! No command writes over a file that it did not make.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory;

use crate::program::{folder, selvedge, trained};

/// Commands with an `--out`, each of which is tried below: one that is new belongs there.
#[test]
fn every_command_that_writes_is_known_here() {
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
        "data show",
        "envelope",
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
fn photographs_are_never_taken_for_the_place_of_their_labels() {
    let folder = folder();
    let path = folder.path();
    trained(path);
    let before = files(path);
    let predict = |input: &str, out: &str| {
        selvedge(
            path,
            &["predict", "run", input, "--out", out, "--device", "cpu"],
        )
    };
    let mut places = vec!["burns/images", "./burns/images/", "burns/../burns/images"];
    let absolute = path.join("burns/images").display().to_string();
    places.push(&absolute);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("burns/images", path.join("link")).expect("a link");
        places.push("link");
    }
    for place in places {
        predict("burns/images", place).mendable(&["nothing was written", "--out"]);
        predict(place, "burns/images").mendable(&["nothing was written", "--out"]);
    }
    // A photograph alone, and labels that somebody else made.
    let first = fs::read_dir(path.join("burns/images"))
        .expect("photographs")
        .next();
    let first = first.expect("one").expect("an entry").path();
    let first = first.to_str().expect("text");
    predict(first, "burns/images").mendable(&[
        "nothing was written",
        first.rsplit('/').next().unwrap_or(first),
    ]);
    predict("burns/images", "burns/labels").mendable(&["nothing was written", "more)"]);
    let mut after = files(path);
    after.retain(|file, _| !file.starts_with(path.join("link")));
    assert!(before == after, "nothing was changed");

    // Its own are written anew, until somebody has worked on one.
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
    predict("burns/images", "labels").mendable(&[&name, "nothing was written"]);
}

#[test]
fn every_command_refuses_a_place_that_is_taken() {
    let folder = folder();
    let path = folder.path();
    trained(path);
    fs::create_dir(path.join("taken")).expect("a folder");
    for name in [
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
        selvedge(path, &command).mendable(&["taken"][..usize::from(command.contains(&"taken"))]);
    }
    assert!(before == files(path), "nothing was changed");
}

#[test]
fn what_a_command_wrote_it_writes_anew() {
    let folder = folder();
    let path = folder.path();
    trained(path);
    // What lies beside a set's place is nobody else's business.
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
        let said = selvedge(path, command);
        assert_eq!(said.code, 0, "{command:?}: {said:?}");
    }
    assert!(path.join("set.partial/thesis.txt").is_file());
}

#[test]
fn one_bad_photograph_does_not_stop_the_others() {
    let folder = folder();
    let path = folder.path();
    trained(path);
    let mut photographs: Vec<PathBuf> = files(&path.join("burns/images")).into_keys().collect();
    photographs.sort();
    fs::write(&photographs[2], "no photograph").expect("written");
    let said = selvedge(
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
    assert_eq!(said.code, 1, "{said:?}");
    let name = photographs[2]
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    assert!(
        said.stderr.contains(&name) && said.stderr.contains("1 of 8 inputs"),
        "{said:?}"
    );
    let labels = files(&path.join("labels"));
    let pictures = labels
        .keys()
        .filter(|file| file.extension().is_some_and(|ending| ending == "png"));
    assert_eq!(pictures.count(), 7);

    // Nor does a name that another has already.
    let name = photographs[3].with_extension("jpg");
    fs::copy(&photographs[3], &name).expect("copied");
    fs::copy(&photographs[3], &photographs[2]).expect("copied");
    let said = selvedge(
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
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.stderr.contains("1 of 9 inputs"), "{said:?}");
    fs::remove_file(&name).expect("removed");

    // Those that are there are scored against the labels of all, and what was left out is said.
    let said = selvedge(path, &["score", "labels", "burns/labels", "--json"]);
    let answer = said.json();
    assert_eq!(answer["cases"].as_array().map(Vec::len), Some(7));
    assert_eq!(
        answer["without_prediction"].as_array().map(Vec::len),
        Some(1)
    );
    assert!(
        said.stderr
            .contains("left out of burns/labels, since no prediction has their name: 1 of 8 files"),
        "{said:?}"
    );
    fs::create_dir(path.join("others")).expect("a folder");
    fs::copy(path.join(&photographs[3]), path.join("others/x.png")).expect("copied");
    selvedge(path, &["score", "labels", "others"]).mendable(&["others/x.png", "same names"]);
}
