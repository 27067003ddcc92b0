//! Folders as people have them: checked, shown, trained on, evaluated and audited without a recipe of their own.

use std::fs;
use std::path::Path;

use image::{GrayImage, Luma, Rgb, RgbImage};

use crate::program::{CommandOutput, folder, selvedge};

/// Photographs of 32×32 pixels with a bright square, and the masks of the square, at paths made of `NAME`.
fn squares(root: &Path, image: &str, masks: &[&str]) {
    for index in 0..8_u32 {
        let inside = |x: u32, y: u32| (index..index + 16).contains(&x) && (8..24).contains(&y);
        let photograph = RgbImage::from_fn(32, 32, |x, y| {
            Rgb([if inside(x, y) { 220 } else { 40 }, 60, index as u8])
        });
        let mask = GrayImage::from_fn(32, 32, |x, y| Luma([u8::from(inside(x, y))]));
        let place = |path: &str| {
            let path = root.join(path.replace("NAME", &format!("p{index}")));
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            path
        };
        photograph.save(place(image)).expect("written");
        for path in masks {
            mask.save(place(path)).expect("written");
        }
    }
}

/// Trains on `set` for an epoch.
fn train(folder: &Path, recipe: &str, more: &[&str]) -> CommandOutput {
    let mut arguments = vec!["train", recipe, "--data", "set", "--out", "run"];
    arguments.extend([
        "--device",
        "cpu",
        "--epochs",
        "1",
        "--set",
        "data.size=[32,32]",
    ]);
    arguments.extend(["--set", "model.width=2", "--set", "train.batch_size=2"]);
    arguments.extend(more);
    selvedge(folder, &arguments)
}

fn assert_sound(output: &CommandOutput) {
    assert_eq!(output.code, 0, "{output:?}");
}

#[test]
fn masks_next_to_their_images_need_no_recipe() {
    let folder = folder();
    let path = folder.path();
    squares(&path.join("set"), "NAME.png", &["NAME_mask.png"]);
    let check = selvedge(path, &["data", "check", "folder", "set"]);
    assert_sound(&check);
    assert!(
        check
            .stdout
            .contains("understood: set: labels are the files NAME_mask"),
        "{check:?}"
    );
    let trained = train(path, "folder", &[]);
    assert_sound(&trained);
    let said = trained
        .stderr
        .matches("labels are the files NAME_mask")
        .count();
    assert_eq!(said, 1, "{trained:?}");
    for arguments in [
        &["evaluate", "run", "--device", "cpu"][..],
        &["audit", "run"],
        &[
            "data", "show", "set", "--recipe", "folder", "--out", "shown",
        ],
        &[
            "data", "plant", "folder", "set", "--out", "planted", "--gross", "0.2",
        ],
    ] {
        assert_sound(&selvedge(path, arguments));
    }
}

#[test]
fn masks_of_each_class_are_trained_on_and_not_written_again() {
    let folder = folder();
    let path = folder.path();
    squares(
        &path.join("set"),
        "images/NAME.png",
        &["masks/one/NAME.png", "masks/two/NAME.png"],
    );
    let classes = [
        "--set",
        "data.classes=[\"background\",\"one\",\"two\"]",
        "--set",
        "data.label_files={ one = \"masks/one/\", two = \"masks/two/\" }",
    ];
    let trained = train(path, "folder", &classes);
    assert_sound(&trained);
    assert!(
        trained.stderr.contains("masks of two classes overlap"),
        "{trained:?}"
    );
    assert_sound(&selvedge(path, &["evaluate", "run", "--device", "cpu"]));
    assert_sound(&selvedge(path, &["audit", "run", "--out", "audit"]));
    selvedge(
        path,
        &[
            "audit", "apply", "audit", "--top", "10%", "--as", "ignore", "--out", "new",
        ],
    )
    .assert_user_error(&["one file for each image"]);
    let plant = [
        "data", "plant", "folder", "set", "--out", "new", "--gross", "0.2",
    ];
    selvedge(path, &[&plant[..], &classes].concat()).assert_user_error(&["2 masks of"]);
}

#[test]
fn a_set_of_nnunet_is_trained_on() {
    let folder = folder();
    let path = folder.path();
    squares(
        &path.join("set"),
        "imagesTr/NAME_0000.png",
        &["labelsTr/NAME.png"],
    );
    let description = r#"{"channel_names": {"0": "R", "1": "G", "2": "B"}, "labels": {"background": 0, "square": 1},
        "numTraining": 8, "file_ending": ".png"}"#;
    fs::write(path.join("set/dataset.json"), description).expect("written");
    assert_sound(&train(path, "nnunet", &[]));
    assert_sound(&selvedge(path, &["evaluate", "run", "--device", "cpu"]));
    let plant = [
        "data", "plant", "nnunet", "set", "--out", "planted", "--gross", "0.3",
    ];
    assert_sound(&selvedge(path, &plant));
    assert_sound(&selvedge(path, &["data", "check", "nnunet", "planted"]));
}
