//! Errors name the file and what to do, and leave nothing behind that looks complete.

use std::fs;
use std::path::Path;

use crate::program::{folder, selvedge, synthesise_burns};

#[test]
fn a_misspelt_key_is_reported_with_the_nearest_one() {
    let folder = folder();
    selvedge(folder.path(), &["train", "smoke", "--set", "train.epoch=3"])
        .assert_user_error(&["train.epoch", "train.epochs"]);
    fs::write(
        folder.path().join("mine.toml"),
        "[loss]\nkept_image = 0.5\n",
    )
    .expect("written");
    selvedge(folder.path(), &["train", "mine.toml"])
        .assert_user_error(&["mine.toml, line 2", "loss.kept_images"]);
    selvedge(
        folder.path(),
        &["train", "smoke", "--set", "train.recomputes=true"],
    )
    .assert_user_error(&["train.recomputes", "train.recompute"]);
    selvedge(folder.path(), &["train", "smok"]).assert_user_error(&["smok", "smoke"]);
}

#[test]
fn settings_out_of_range_are_refused_before_anything_is_written() {
    let folder = folder();
    for (setting, fragment) in [
        ("data.size=[30, 32]", "multiples of 16"),
        ("train.batch_size=0", "train.batch_size"),
        ("loss.kept_images=1.5", "kept_images"),
        ("model.deep_supervision=7", "deep_supervision"),
        ("model.width=0", "model.width"),
        ("train.recompute=1", "recompute"),
        ("train.recompute=maybe", "recompute"),
        ("train.precision=half", "mixed"),
        ("model.output_stride=16", "deeplabv3"),
        ("model.output_stride=4", "8 or 16"),
        ("model.backbone=resnet18", "resnet101"),
        ("model.aggregation=concatenation", "pvtgcascade"),
        ("model.head_losses=sum", "pvtgcascade"),
        ("model.pvt=b0", "pvtgcascade"),
        ("model.pvt=b9", "b5"),
        ("model.name=pvtgcascade", "at least 128"),
        ("model.name=meritgcascade", "multiples of 256"),
        ("data.normalise.deviation=[0.0, 1.0, 1.0]", "deviation"),
        ("augment.crop.from=[32, 64]", "augment.crop.from"),
        ("augment.crop.from=[72, 64]", "multiples of 16"),
        ("augment.blur.sigma=[3.0, 1.0]", "augment.blur.sigma"),
        ("augment.noise.probability=1.5", "augment.noise.probability"),
        ("augment.elastic.amplitude=20.0", "nothing folds over"),
        ("augment.elastics.amplitude=2.0", "augment.elastic"),
        ("data.cache_mib=-1", "cache_mib"),
    ] {
        selvedge(
            folder.path(),
            &["train", "smoke", "--out", "run", "--set", setting],
        )
        .assert_user_error(&[fragment]);
        for written in ["run", "data"] {
            assert!(
                !folder.path().join(written).exists(),
                "{setting}: {written}"
            );
        }
    }
}

#[test]
fn a_batch_of_one_image_is_refused_where_the_network_cannot_train_on_it() {
    let folder = folder();
    for (setting, fragment) in [
        ("train.batch_size=1", "2 would do"),
        ("train.batch_size=7", "8 would do"),
        ("loss.skip_below=0.1", "loss.skip_below"),
    ] {
        let mut arguments = vec!["train", "smoke", "--out", "run"];
        arguments.extend(["--set", "model.name=deeplabv3", "--set", "model.width=2"]);
        arguments.extend(["--set", setting]);
        selvedge(folder.path(), &arguments).assert_user_error(&[fragment]);
        assert!(!folder.path().join("run").exists(), "{setting}");
    }
}

#[test]
fn an_impossible_sheet_is_refused() {
    let folder = folder();
    synthesise_burns(folder.path(), 8, "0");
    for (more, fragments) in [
        (&["--images", "0"][..], &["--images"][..]),
        (&["--draws", "100000"], &["--draws", "million pixels"]),
        (&["--set", "data.homogenise=3.0"], &["data.homogenise"]),
        (&["--set", "augment.elastic=3"], &["elastic"]),
    ] {
        let mut all = vec![
            "data", "show", "burns", "--recipe", "smoke", "--out", "shown",
        ];
        all.extend(more);
        selvedge(folder.path(), &all).assert_user_error(fragments);
        assert!(!folder.path().join("shown").exists(), "{more:?}");
    }
}

#[test]
fn missing_data_is_named() {
    let folder = folder();
    selvedge(folder.path(), &["train", "bamsi"]).assert_user_error(&["--data"]);
    selvedge(folder.path(), &["train", "folder", "--data", "nowhere"])
        .assert_user_error(&["nowhere"]);
    selvedge(folder.path(), &["train", "--resume", "nowhere"])
        .assert_user_error(&["nowhere", "folder of a run"]);
    fs::create_dir(folder.path().join("empty")).expect("a folder");
    selvedge(folder.path(), &["train", "folder", "--data", "empty"])
        .assert_user_error(&["empty", "images/"]);
}

#[test]
fn a_recipe_and_a_run_to_resume_are_refused_together() {
    let folder = folder();
    let output = selvedge(folder.path(), &["train", "smoke", "--resume", "run"]);
    assert_eq!(output.code, 2, "{output:?}");
    for fragment in ["[RECIPE]", "--resume <RUN>", "cannot be used with"] {
        assert!(
            output.stderr.contains(fragment),
            "'{fragment}' in: {}",
            output.stderr
        );
    }
    let help = selvedge(folder.path(), &["train"]);
    assert_eq!(help.code, 2, "one of the two is needed: {help:?}");
}

#[test]
fn training_and_the_check_name_a_damaged_photograph() {
    let folder = folder();
    synthesise_burns(folder.path(), 8, "1");
    let images = folder.path().join("burns/images");
    let mut files: Vec<_> = fs::read_dir(images)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let bytes = fs::read(&files[3]).expect("bytes");
    fs::write(&files[3], &bytes[..bytes.len() / 2]).expect("written");
    let name = files[3]
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    let arguments = [
        "train", "smoke", "--data", "burns", "--out", "run", "--device", "cpu",
    ];
    selvedge(folder.path(), &arguments).assert_user_error(&[&name]);
    assert!(!folder.path().join("run").exists());
    let check = selvedge(folder.path(), &["data", "check", "bamsi", "burns"]);
    assert_eq!(check.code, 1);
    assert!(check.stdout.contains(&name), "{}", check.stdout);
}

#[test]
fn a_run_folder_is_never_overwritten() {
    let folder = folder();
    fs::create_dir(folder.path().join("run")).expect("a folder");
    fs::write(folder.path().join("run/thesis.txt"), "years of work").expect("written");
    selvedge(
        folder.path(),
        &["train", "smoke", "--device", "cpu", "--out", "run"],
    )
    .assert_user_error(&["run", "--resume"]);
    selvedge(folder.path(), &["evaluate", "run"]).assert_user_error(&["recipe.toml"]);
    selvedge(folder.path(), &["synth", "bamsi", "--out", "run"]).assert_user_error(&["run"]);
    assert_eq!(
        fs::read_dir(folder.path().join("run"))
            .expect("a folder")
            .count(),
        1
    );
}

/// Twelve photographs with black and white masks, split by folder.
fn masks(root: &Path) {
    for split in ["train", "validation", "test"] {
        for name in ["images", "labels"] {
            fs::create_dir_all(root.join(split).join(name)).expect("a folder");
            for index in 0..4 {
                let disc = |x: u32, y: u32| x.abs_diff(20 + index).pow(2) + y.abs_diff(30).pow(2);
                let white = |x, y| image::Luma([255 * u8::from(disc(x, y) < 150)]);
                let file = root.join(format!("{split}/{name}/{split}{index}.png"));
                image::GrayImage::from_fn(64, 64, white)
                    .save(file)
                    .expect("written");
            }
        }
    }
}

#[test]
fn bad_labels_and_test_images_are_refused_before_training() {
    let folder = folder();
    let cache = folder.path().join("cache");
    let cache = cache.to_str().expect("Unicode");
    let train = |more: &[&str]| {
        let mut arguments = vec![
            "train", "folder", "--data", "data", "--device", "cpu", "--out", "run", "--epochs", "1",
        ];
        arguments.extend(["--set", "data.size=[32, 32]", "--set", "model.width=4"]);
        arguments.extend(more);
        let variables = ["XDG_CACHE_HOME", "HOME", "LOCALAPPDATA"];
        let environment = variables.map(|name| (name, Some(cache)));
        crate::program::selvedge_with(folder.path(), &arguments, &environment)
    };
    let data = folder.path().join("data");
    masks(&data);
    let line = r#"{ "0-127" = 0, "128-255" = 1 }"#;
    for split in ["train", "validation", "test"] {
        let path = data.join(format!("{split}/labels/{split}2.png"));
        let sound = fs::read(&path).expect("bytes");
        let mut grey = image::open(&path).expect("an image").into_luma8();
        for x in 0..84 {
            grey.put_pixel(x % 64, x / 64, image::Luma([32]));
        }
        grey.save(&path).expect("written");
        let name = format!("{split}2.png");
        train(&[]).assert_user_error(&[&name, "32 (84 pixels)", line]);
        assert!(!folder.path().join("run").exists(), "{split}");
        fs::write(&path, sound).expect("written");
    }
    let path = data.join("test/images/test1.png");
    let sound = fs::read(&path).expect("bytes");
    fs::write(&path, &sound[..sound.len() / 2]).expect("written");
    train(&[]).assert_user_error(&["test1.png"]);
    assert!(!folder.path().join("run").exists());
    fs::write(&path, sound).expect("written");
    let label_values = format!("data.label_values={line}");
    let output = train(&["--set", &label_values]);
    assert_eq!(output.code, 0, "{}", output.stderr);
}

#[test]
fn a_missing_device_is_reported_with_the_available_ones() {
    let folder = folder();
    selvedge(folder.path(), &["doctor", "--device", "gpu:9"])
        .assert_user_error(&["gpu:9", "--device cpu"]);
    let output = selvedge(folder.path(), &["doctor", "--device", "cuda"]);
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("vulkan[:N]"), "{}", output.stderr);
}

/// A limit on file sizes simulates a full disk: writing fails in the same place.
#[cfg(unix)]
#[test]
fn a_full_disk_is_an_error_and_leaves_no_run_that_looks_complete() {
    let folder = folder();
    synthesise_burns(folder.path(), 8, "0");
    let line = "trap '' XFSZ; ulimit -f 16; exec \"$SELVEDGE\" train smoke --data burns --device cpu --out run --epochs 1";
    let output = crate::program::bash(folder.path(), line);
    output.assert_user_error(&["could not be written", "free space"]);
    assert!(!folder.path().join("run/summary.json").exists());
    assert!(!folder.path().join("run/best").exists());
}
