//! What a training writes to be watched: live.html, previews, scores.csv, event files, warnings.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::program::{folder, selvedge, synthesise_burns};
use crate::small_run::{resume, train};

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    entries
        .map(|entry| name(entry.expect("an entry")))
        .collect()
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).expect("text")
}

#[test]
fn a_training_can_be_watched_and_a_resumed_one_writes_the_same() {
    let folder = folder();
    let here = folder.path();
    synthesise_burns(here, 24, "0");
    let rule = ["--set", "loss.pixels=all_but_sigma"];
    train(
        here,
        "run",
        &[&rule[..], &["--log", "tensorboard"]].concat(),
    );
    let run = here.join("run");
    let page = text(&run.join("live.html"));
    for fragment in [
        "smoke: finished",
        "Dice on the validation images",
        "truth and prediction after epoch 2",
        "grade 1",
        "data:image/",
    ] {
        assert!(page.contains(fragment), "'{fragment}' in: {page}");
    }
    // It loads nothing, and no longer itself.
    for fragment in [
        "http-equiv=\"refresh\"",
        "<script",
        "src=\"http",
        "href=\"http",
    ] {
        assert!(!page.contains(fragment), "'{fragment}'");
    }
    assert!(page.len() < 2_000_000, "{} bytes", page.len());

    let table = text(&run.join("scores.csv"));
    assert!(
        table.starts_with("epoch,learning_rate,train_loss,validation_loss,")
            && table.contains(",dice grade 1,"),
        "{table}"
    );
    assert_eq!(table.lines().count(), 3, "{table}");

    let previews = names(&run.join("previews"));
    let expected = [
        "dropped-0001.png",
        "dropped-0002.png",
        "previews.json",
        "training-truth.png",
        "training.png",
        "validation-0001.png",
        "validation-0002.png",
        "validation-truth.png",
        "validation.png",
    ];
    assert_eq!(previews, expected.map(String::from).into());
    let list: serde_json::Value =
        serde_json::from_str(&text(&run.join("previews/previews.json"))).expect("JSON");
    let count = |kind: &str| list[kind].as_array().expect("names").len() as u32;
    assert!(count("validation") > 0 && count("training") == 6, "{list}");
    let size = |name: &str| {
        let image = image::open(run.join("previews").join(name)).expect("an image");
        [image.width(), image.height()]
    };
    assert_eq!(size("validation-0002.png"), [16, 16 * count("validation")]);
    assert_eq!(size("dropped-0001.png"), [16, 16 * 6]);
    assert_eq!(names(&run.join("tensorboard")).len(), 1);

    // Resumed for more epochs, with the event files continued, and the earlier previews unchanged.
    let before = fs::read(run.join("previews/validation-0002.png")).expect("a file");
    let output = resume(here, &["--epochs", "3"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert_eq!(
        fs::read(run.join("previews/validation-0002.png")).expect("a file"),
        before
    );
    assert!(run.join("previews/validation-0003.png").is_file());
    assert!(run.join("previews/dropped-0003.png").is_file());
    assert_eq!(names(&run.join("tensorboard")).len(), 2);
    assert_eq!(text(&run.join("scores.csv")).lines().count(), 4);
}

#[test]
fn without_previews_there_is_a_page_and_nothing_else_changes() {
    let folder = folder();
    let here = folder.path();
    synthesise_burns(here, 16, "0");
    train(here, "with", &[]);
    train(here, "without", &["--set", "train.previews=0"]);
    assert!(!here.join("without/previews").exists());
    assert!(!here.join("without/tensorboard").exists());
    assert!(!text(&here.join("without/live.html")).contains("data:image/"));
    for file in ["scores.jsonl", "scores.csv", "images.npz", "cases.csv"] {
        let [one, other] =
            ["with", "without"].map(|run| fs::read(here.join(run).join(file)).expect("a file"));
        assert!(one == other, "{file} does not depend on previews");
    }
    let arguments = [
        "train",
        "smoke",
        "--data",
        "burns",
        "--set",
        "train.previews=17",
    ];
    selvedge(here, &arguments).assert_user_error(&["train.previews", "0 to 16"]);
}

#[test]
fn a_loss_that_drops_no_pixels_has_no_previews_of_them() {
    let folder = folder();
    synthesise_burns(folder.path(), 16, "0");
    train(folder.path(), "run", &["--set", "loss.pixels=all"]);
    let previews = names(&folder.path().join("run/previews"));
    assert!(
        !previews
            .iter()
            .any(|name| name.contains("dropped") || name.contains("training"))
    );
    assert!(previews.contains("validation-0001.png"));
}

#[test]
fn a_name_with_markup_is_text_on_the_page() {
    let folder = folder();
    let here = folder.path();
    synthesise_burns(here, 16, "0");
    let name = "<img src=x onerror=alert(1)>";
    train(here, "run", &["--set", &format!("name={name}")]);
    let page = text(&here.join("run/live.html"));
    assert!(!page.contains("<img src=x"), "{page}");
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;"));
}

#[test]
fn predictions_that_are_all_background_are_warned_of_once_and_the_warning_stays_on_the_page() {
    let folder = folder();
    let here = folder.path();
    synthesise_burns(here, 16, "0");
    let mut arguments = vec![
        "train", "smoke", "--device", "cpu", "--data", "burns", "--out", "run",
    ];
    for setting in [
        "train.epochs=12",
        "train.batch_size=3",
        "train.evaluate_every=1",
        "data.size=[16, 16]",
        "data.overfit=0",
        "model.name=unet",
        "model.width=2",
        // Nothing but background is worth learning.
        "loss.class_weights=[1.0, 1e-6, 1e-6, 1e-6, 1e-6, 1e-6]",
    ] {
        arguments.extend(["--set", setting]);
    }
    let output = selvedge(here, &arguments);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let warning = "every validation pixel is predicted as background";
    let warned = output.stderr.matches(warning).count();
    assert_eq!(warned, 1, "{}", output.stderr);
    assert!(output.stderr.contains("loss.class_weights"));
    let page = text(&here.join("run/live.html"));
    assert!(page.contains(warning), "{page}");
}
