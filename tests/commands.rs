//! The commands and what they print.

use std::fs;

use data::{LabelMap, write_label_png};

use crate::program::{burns, folder, selvedge};

#[test]
fn help_and_version_are_there_for_every_command() {
    let folder = folder();
    for command in [
        &["--help"][..],
        &["--version"],
        &["train", "--help"],
        &["evaluate", "--help"],
        &["predict", "--help"],
        &["score", "--help"],
        &["synth", "bamsi", "--help"],
        &["synth", "fasu", "--help"],
        &["data", "check", "--help"],
        &["recipe", "--help"],
        &["model", "--help"],
        &["envelope", "--help"],
        &["bench", "step", "--help"],
        &["doctor", "--help"],
    ] {
        let said = selvedge(folder.path(), command);
        assert_eq!(said.code, 0, "{command:?}");
        assert!(said.stdout.contains("selvedge"), "{command:?}");
    }
}

#[test]
fn recipes_are_listed_and_shown_and_a_shown_recipe_can_be_used() {
    let folder = folder();
    let list = selvedge(folder.path(), &["recipe", "list"]).stdout;
    for name in [
        "bamsi",
        "bamsi-demo",
        "fasu",
        "fasu-demo",
        "folder",
        "smoke",
    ] {
        assert!(list.contains(name));
    }
    let shown = selvedge(folder.path(), &["recipe", "show", "smoke"]).stdout;
    fs::write(folder.path().join("mine.toml"), shown).expect("written");
    let said = selvedge(
        folder.path(),
        &[
            "train",
            "mine.toml",
            "--device",
            "cpu",
            "--out",
            "run",
            "--epochs",
            "1",
            "--set",
            "model.width=2",
            "--json",
        ],
    );
    assert!(said.json()["images"].is_number());
}

#[test]
fn networks_have_their_published_parameters() {
    let folder = folder();
    for (arguments, parameters) in [
        (&["unet3plus", "--classes", "5"][..], 26_983_301),
        (
            &["unet3plus", "--classes", "5", "--deep-supervision"],
            27_072_601,
        ),
        (&["unet", "--classes", "2"], 39_396_610),
        (
            &["deeplabv3", "--classes", "4", "--auxiliary-head"],
            41_995_336,
        ),
    ] {
        let mut all = vec!["model", "show", "--json"];
        all.extend(arguments);
        assert_eq!(
            selvedge(folder.path(), &all).json()["parameters"],
            parameters,
            "{arguments:?}"
        );
    }
}

#[test]
fn a_network_says_what_an_image_costs() {
    let folder = folder();
    for name in ["unet", "unet3plus"] {
        let said = |size: &str| {
            let words = [
                "model", "show", name, "--width", "8", "--json", "--size", size,
            ];
            let answer = selvedge(folder.path(), &words).json();
            [
                "multiply_adds",
                "activation_bytes",
                "activation_bytes_recomputing",
            ]
            .map(|figure| answer[figure].as_u64().expect("a number"))
        };
        let (small, large) = (said("64"), said("128"));
        assert_eq!(large[0], 4 * small[0], "{name}");
        // Four times the maps, and a little that does not grow.
        let grown = large[1] as f64 / small[1] as f64;
        assert!((3.5..4.1).contains(&grown), "{name}: {grown}");
        assert!(large[2] < large[1], "{name}: {large:?}");
        if name == "unet3plus" {
            assert!(2 * large[2] < large[1], "{name}: {large:?}");
        }
    }
    let wrong = ["model", "show", "unet", "--width", "8", "--size", "100"];
    selvedge(folder.path(), &wrong).mendable(&["multiples of 16", "100×100"]);
    let words = ["model", "show", "unet", "--width", "8"];
    assert!(
        !selvedge(folder.path(), &words)
            .stdout
            .contains("multiply-adds")
    );
}

#[test]
fn a_synthetic_set_is_the_same_for_the_same_seed_and_has_no_problems() {
    let folder = folder();
    burns(folder.path(), 12, "1");
    let other = [
        "synth", "bamsi", "--out", "again", "--images", "12", "--size", "64",
    ];
    assert_eq!(selvedge(folder.path(), &other).code, 0);
    for part in ["images", "labels", "clean"] {
        for entry in fs::read_dir(folder.path().join("burns").join(part)).expect("a folder") {
            let path = entry.expect("an entry").path();
            let twin = folder
                .path()
                .join("again")
                .join(part)
                .join(path.file_name().expect("a name"));
            assert!(
                fs::read(&path).expect("bytes") == fs::read(&twin).expect("bytes"),
                "{}",
                path.display()
            );
        }
    }
    let report = selvedge(
        folder.path(),
        &["data", "check", "bamsi", "burns", "--json"],
    )
    .json();
    assert_eq!(report["images"], 12);
    assert_eq!(report["problems"].as_array().expect("a list").len(), 0);
}

#[test]
fn predictions_have_the_photographs_own_size() {
    let folder = folder();
    burns(folder.path(), 8, "0");
    let trained = selvedge(
        folder.path(),
        &[
            "train",
            "smoke",
            "--data",
            "burns",
            "--device",
            "cpu",
            "--out",
            "run",
            "--epochs",
            "1",
            "--set",
            "model.width=2",
        ],
    );
    assert_eq!(trained.code, 0, "{}", trained.stderr);
    let photograph =
        image::RgbImage::from_fn(70, 45, |x, y| image::Rgb([x as u8 * 3, y as u8 * 5, 90]));
    fs::create_dir(folder.path().join("photos")).expect("a folder");
    photograph
        .save(folder.path().join("photos/Fuß 1.JPG"))
        .expect("written");
    let said = selvedge(
        folder.path(),
        &[
            "predict",
            "run",
            "photos",
            "--out",
            "labels",
            "--overlay",
            "--probabilities",
            "--device",
            "cpu",
        ],
    );
    assert_eq!(said.code, 0, "{}", said.stderr);
    let labels = image::open(folder.path().join("labels/Fuß 1.png")).expect("a label image");
    assert_eq!((labels.width(), labels.height()), (70, 45));
    let probabilities = fs::metadata(folder.path().join("labels/Fuß 1.probabilities.npy"))
        .expect("written")
        .len();
    assert_eq!(probabilities, 128 + 6 * 70 * 45 * 4);
    assert!(folder.path().join("labels/Fuß 1.overlay.png").is_file());
}

#[test]
fn scores_of_two_folders_are_those_of_their_masks() {
    let folder = folder();
    for (name, wide) in [("truth", 4), ("predictions", 6)] {
        fs::create_dir(folder.path().join(name)).expect("a folder");
        let labels = LabelMap {
            height: 8,
            width: 10,
            classes: (0..80).map(|pixel| u8::from(pixel % 10 < wide)).collect(),
        };
        write_label_png(&folder.path().join(name).join("a.png"), &labels).expect("written");
    }
    // As `predict --overlay` leaves it there; a picture of something, and no label image.
    fs::write(folder.path().join("predictions/a.overlay.png"), "no labels").expect("written");
    let answer = selvedge(
        folder.path(),
        &[
            "score",
            "predictions",
            "truth",
            "--spacing",
            "2,0.5",
            "--json",
        ],
    )
    .json();
    let close = |value: &serde_json::Value, expected: f64| {
        (value.as_f64().expect("a number") - expected).abs() < 1e-9
    };
    assert!(close(&answer["dice"], 2.0 * 32.0 / 80.0), "{answer:#}");
    assert!(close(&answer["miou"], 32.0 / 48.0));
    assert!(close(&answer["hd"], 1.0), "two columns of half a unit");
    assert_eq!(answer["cases"][0]["image"], "a");
}
