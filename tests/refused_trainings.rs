//! Trainings that could not write their results are refused before they begin.

use std::fs;

use crate::program::{folder, selvedge, synthesise_burns};

#[test]
fn a_taken_or_unwritable_folder_is_refused_before_an_image_is_read() {
    let folder = folder();
    let here = folder.path();
    synthesise_burns(here, 8, "0");
    fs::create_dir(here.join("mine")).expect("a folder");
    fs::write(here.join("mine/file"), "").expect("a file");
    // Reading these images would fail first if they were read.
    for image in fs::read_dir(here.join("burns/images")).expect("images") {
        fs::write(image.expect("an image").path(), "none").expect("written");
    }
    for out in ["mine", "mine/file", "mine/file/run"] {
        let arguments = [
            "train", "smoke", "--data", "burns", "--device", "cpu", "--out", out,
        ];
        selvedge(here, &arguments).assert_user_error(&[out]);
        let arguments = [
            "train", "smoke", "--data", "burns", "--device", "cpu", "--out", "new/run",
        ];
        selvedge(here, &arguments).assert_user_error(&["burns"]);
        assert!(
            !here.join("new").exists(),
            "a refused training leaves nothing behind"
        );
    }
    assert_eq!(
        fs::read_dir(here.join("mine")).expect("a folder").count(),
        1
    );
}

#[test]
fn a_name_too_long_for_a_prediction_is_refused_before_training() {
    let folder = folder();
    let here = folder.path();
    synthesise_burns(here, 8, "0");
    let long = "x".repeat(246);
    let images = fs::read_dir(here.join("burns/images")).expect("images");
    let mut names: Vec<_> = images
        .map(|image| image.expect("an image").path())
        .collect();
    names.sort();
    let stem = names[0]
        .file_stem()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    for entry in fs::read_dir(here.join("burns")).expect("a set") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            for file in fs::read_dir(&path).expect("files") {
                let file = file.expect("a file").path();
                let name = file
                    .file_name()
                    .expect("a name")
                    .to_string_lossy()
                    .into_owned();
                if let Some(ending) = name.strip_prefix(&stem) {
                    fs::rename(&file, path.join(format!("{long}{ending}"))).expect("moved");
                }
            }
        } else if let Ok(text) = fs::read_to_string(&path) {
            fs::write(&path, text.replace(&stem, &long)).expect("written");
        }
    }
    let arguments = [
        "train", "smoke", "--data", "burns", "--device", "cpu", "--out", "run",
    ];
    selvedge(here, &arguments).assert_user_error(&["test image 'xxx", "shorten the name"]);
}

#[test]
fn mixed_precision_is_refused_on_the_cpu() {
    let folder = folder();
    let here = folder.path();
    let setting = ["--device", "cpu", "--set", "train.precision=mixed"];
    let train = [&["train", "smoke", "--out", "run"][..], &setting].concat();
    let bench = [&["bench", "step"][..], &setting].concat();
    for arguments in [train, bench] {
        selvedge(here, &arguments).assert_user_error(&[
            "train.precision",
            "16-bit floats",
            "`selvedge doctor`",
        ]);
    }
    assert!(!here.join("run").exists(), "nothing is left behind");
}
