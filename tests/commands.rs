//! The commands `recipe`, `model`, `synth`, `data check`, `train` and `predict`, and what they print.

use std::fs;

use crate::program::{folder, selvedge, synthesise_burns};

#[test]
fn recipes_are_listed_and_shown_and_a_shown_recipe_can_be_trained() {
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
    let output = selvedge(
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
    assert!(output.json()["images"].is_number());
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
        (
            &["pvtgcascade", "--classes", "4", "--grey-input"],
            26_631_486,
        ),
        // Without the layer for grey images.
        (&["pvtgcascade", "--classes", "4"], 26_631_474),
        (
            &[
                "pvtgcascade",
                "--classes",
                "4",
                "--aggregation",
                "concatenation",
                "--grey-input",
            ],
            28_176_830,
        ),
        (
            &["meritgcascade", "--classes", "4", "--grey-input"],
            136_482_825,
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
fn the_cost_of_an_image_grows_with_its_size() {
    let folder = folder();
    for name in ["unet", "unet3plus"] {
        let cost = |size: &str| {
            let arguments = [
                "model", "show", name, "--width", "8", "--json", "--size", size,
            ];
            let report = selvedge(folder.path(), &arguments).json();
            [
                "multiply_adds",
                "activation_bytes",
                "activation_bytes_recomputing",
            ]
            .map(|figure| report[figure].as_u64().expect("a number"))
        };
        let (small, large) = (cost("64"), cost("128"));
        assert_eq!(large[0], 4 * small[0], "{name}");
        // Four times the maps, and a small constant part.
        let grown = large[1] as f64 / small[1] as f64;
        assert!((3.5..4.1).contains(&grown), "{name}: {grown}");
        assert!(large[2] < large[1], "{name}: {large:?}");
        if name == "unet3plus" {
            assert!(2 * large[2] < large[1], "{name}: {large:?}");
        }
    }
    let wrong = ["model", "show", "unet", "--width", "8", "--size", "100"];
    selvedge(folder.path(), &wrong).assert_user_error(&["multiples of 16", "100×100"]);
    let without_size = ["model", "show", "unet", "--width", "8"];
    assert!(
        !selvedge(folder.path(), &without_size)
            .stdout
            .contains("multiply-adds")
    );
}

#[test]
fn a_synthetic_set_is_the_same_for_the_same_seed_and_has_no_problems() {
    let folder = folder();
    synthesise_burns(folder.path(), 12, "1");
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
fn predictions_have_the_size_of_their_photographs() {
    let folder = folder();
    synthesise_burns(folder.path(), 8, "0");
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
    let output = selvedge(
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
    assert_eq!(output.code, 0, "{}", output.stderr);
    let labels = image::open(folder.path().join("labels/Fuß 1.png")).expect("a label image");
    assert_eq!((labels.width(), labels.height()), (70, 45));
    let probabilities = fs::metadata(folder.path().join("labels/Fuß 1.probabilities.npy"))
        .expect("written")
        .len();
    assert_eq!(probabilities, 128 + 6 * 70 * 45 * 4);
    assert!(folder.path().join("labels/Fuß 1.overlay.png").is_file());
}

#[test]
fn merit_gcascade_is_trained_and_evaluated() {
    let folder = folder();
    let mut arguments = vec!["train", "smoke", "--device", "cpu", "--out", "run"];
    arguments.extend(["--epochs", "1", "--json"]);
    for setting in [
        "model.name=meritgcascade",
        "model.width=8",
        "model.head_losses=sum",
        "data.size=[256, 256]",
        "data.overfit=2",
        "data.synthetic.images=8",
        "data.synthetic.size=256",
        "train.batch_size=2",
    ] {
        arguments.extend(["--set", setting]);
    }
    let output = selvedge(folder.path(), &arguments);
    assert!(output.json()["dice"].is_number());
}
