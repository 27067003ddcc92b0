//! The commands and what they print.

use std::collections::BTreeSet;
use std::fs;

use clap::CommandFactory;
use data::{LabelMap, write_label_png};

#[cfg(unix)]
use crate::program::bash;
use crate::program::{folder, selvedge, selvedge_with, synthesise_burns};

#[test]
fn every_command_has_help_and_the_program_a_version() {
    let folder = folder();
    for command in [
        &["--help"][..],
        &["--version"],
        &["train", "--help"],
        &["evaluate", "--help"],
        &["compare", "--help"],
        &["predict", "--help"],
        &["score", "--help"],
        &["synth", "bamsi", "--help"],
        &["synth", "fasu", "--help"],
        &["data", "check", "--help"],
        &["data", "show", "--help"],
        &["recipe", "--help"],
        &["model", "--help"],
        &["weights", "import", "--help"],
        &["weights", "export", "--help"],
        &["forward", "--help"],
        &["envelope", "--help"],
        &["bench", "step", "--help"],
        &["bench", "trial", "--help"],
        &["doctor", "--help"],
    ] {
        let output = selvedge(folder.path(), command);
        assert_eq!(output.code, 0, "{command:?}");
        assert!(output.stdout.contains("selvedge"), "{command:?}");
    }
}

/// Adds the name of a command, as a list of words, and the names of all its subcommands.
fn add_names(command: &clap::Command, name: &[String], found: &mut Vec<Vec<String>>) {
    found.push(name.to_vec());
    for below in command.get_subcommands() {
        let name = [name, &[below.get_name().to_string()]].concat();
        add_names(below, &name, found);
    }
}

#[test]
fn help_and_usage_errors_wrap_at_the_width_of_the_terminal() {
    const WIDTH: usize = 40;
    let folder = folder();
    let mut commands = Vec::new();
    add_names(&selvedge::cli::Cli::command(), &[], &mut commands);
    assert!(commands.len() > 20);
    let fits = |arguments: &[&str], code: i32| {
        let width = WIDTH.to_string();
        let narrow = ("COLUMNS", Some(&*width));
        let output = selvedge_with(folder.path(), arguments, &[narrow]);
        assert_eq!(output.code, code, "{output:?}");
        let text = output.stdout + &output.stderr;
        assert!(!text.is_empty(), "{arguments:?}");
        for line in text.lines() {
            assert!(line.chars().count() <= WIDTH, "{arguments:?}: {line}");
        }
        text
    };
    for command in &commands {
        let name: Vec<&str> = command.iter().map(String::as_str).collect();
        for (option, code) in [("--help", 0), ("-h", 0), ("--unknown-option", 2)] {
            let text = fits(&[&name[..], &[option]].concat(), code);
            // Only line breaks come between the words of the usage.
            let text: Vec<&str> = text.split_whitespace().collect();
            let usage = format!("selvedge-under-test {}", name.join(" "));
            assert!(text.join(" ").contains(usage.trim_end()), "{name:?}");
        }
    }
    fits(&["forward", "unet"], 2);
    fits(&["train", "smoke", "--epochs", "many many many many"], 2);
    // Other programs read the version line by line, so it never wraps.
    let output = selvedge_with(folder.path(), &["--version"], &[("COLUMNS", Some("10"))]);
    assert_eq!(output.stdout.lines().count(), 4, "{output:?}");
}

#[cfg(unix)]
#[test]
fn control_characters_in_arguments_are_escaped() {
    let folder = folder();
    let hostile = r"$(printf '\033]0;OWNED\007\377\n.')";
    let refused = |arguments: &str| {
        let line = format!("\"$SELVEDGE\" --color always {arguments} \"{hostile}\"");
        let output = bash(folder.path(), &line);
        assert_eq!(output.code, 2, "{output:?}");
        output
    };
    let (unknown, no_text) = (refused("train one"), refused("doctor --device"));
    for output in [unknown, no_text] {
        assert!(output.stderr.contains("\x1b[1m"), "in colours: {output:?}");
        assert!(!output.stderr.contains(['\x07', '\u{fffd}']), "{output:?}");
        assert!(!output.stderr.contains("\x1b]"), "{output:?}");
        assert!(
            output.stderr.contains("\\u{1b}]0;OWNED\\u{7}\\xff\\n."),
            "{output:?}"
        );
    }
}

/// Checks every command without subcommands.
#[test]
fn every_help_has_an_example() {
    fn check(command: &clap::Command, names: &str) {
        let names = format!("{names}{} ", command.get_name());
        if !command.has_subcommands() {
            let help = command.get_after_help().map(ToString::to_string);
            let example = format!("Example: {names}");
            assert!(
                help.is_some_and(|help| format!("{help} ").contains(&example)),
                "{example}"
            );
        }
        for below in command.get_subcommands() {
            check(below, &names);
        }
    }
    check(&selvedge::cli::Cli::command(), "");
}

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
fn two_folders_of_masks_are_scored() {
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
    // Like an overlay that `predict --overlay` writes next to the labels: not a label image.
    fs::write(folder.path().join("predictions/a.overlay.png"), "no labels").expect("written");
    let report = selvedge(
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
    assert!(close(&report["dice"], 2.0 * 32.0 / 80.0), "{report:#}");
    assert!(close(&report["miou"], 32.0 / 48.0));
    assert!(close(&report["hd"], 1.0), "two columns of half a unit");
    assert_eq!(report["cases"][0]["image"], "a");
}

#[test]
fn masks_with_the_value_255_are_scored_against_masks_with_the_value_1() {
    let folder = folder();
    let write = |name: &str, wide: u8, value: u8| {
        let path = folder.path().join(name);
        fs::create_dir_all(&path).expect("a folder");
        let labels = LabelMap {
            height: 8,
            width: 10,
            classes: (0..80)
                .map(|pixel| if pixel % 10 < wide { value } else { 0 })
                .collect(),
        };
        write_label_png(&path.join("a.png"), &labels).expect("written");
    };
    write("truth", 4, 255);
    for value in [1, 255] {
        write("predictions", 6, value);
        let output = selvedge(folder.path(), &["score", "predictions", "truth", "--json"]);
        let dice = output.json()["dice"].as_f64().expect("a number");
        assert!((dice - 0.8).abs() < 1e-9, "{dice}");
        assert!(
            output.stderr.contains("white is the structure"),
            "{}",
            output.stderr
        );
    }
    write("truth", 4, 128);
    let arguments = ["score", "predictions", "truth", "--json"];
    selvedge(folder.path(), &arguments)
        .assert_user_error(&["truth/a.png", r#""0" = 0, "128" = 1"#]);
    let values = r#"data.label_values={ "0" = 0, "128-255" = 1 }"#;
    let named = [&arguments[..], &["--set", values]].concat();
    let dice = &selvedge(folder.path(), &named).json()["dice"];
    assert!(
        (dice.as_f64().expect("a number") - 0.8).abs() < 1e-9,
        "{dice}"
    );
}

#[test]
fn a_sheet_shows_images_their_labels_and_their_augmentations() {
    let folder = folder();
    synthesise_burns(folder.path(), 12, "1");
    let shown = |out: &str, more: &[&str]| {
        let mut arguments = vec![
            "data", "show", "burns", "--recipe", "smoke", "--out", out, "--images", "3", "--json",
        ];
        arguments.extend(more);
        let report = selvedge(folder.path(), &arguments).json();
        let sheet = image::open(folder.path().join(out).join("sheet.png")).expect("an image");
        (report, sheet.into_rgb8())
    };
    let turned = ["--draws", "2", "--set", "augment.rotate_degrees=90.0"];
    let (report, sheet) = shown("turned", &turned);
    // Panels of 64², enlarged four times, with 4 pixels between them.
    assert_eq!(sheet.dimensions(), (4 * 256 + 3 * 4, 3 * 256 + 2 * 4));
    assert_eq!(report["rows"].as_array().expect("names").len(), 3);
    assert_eq!(report["classes"][0]["colour"], "#ff8c00");
    let legend = fs::read_to_string(folder.path().join("turned/legend.txt")).expect("a legend");
    for fragment in ["#ff8c00 grade 1", "in epoch 2"] {
        assert!(legend.contains(fragment), "'{fragment}' in: {legend}");
    }
    let column = |sheet: &image::RgbImage, column: u32| {
        image::imageops::crop_imm(sheet, column * 260, 0, 256, sheet.height()).to_image()
    };
    assert!(column(&sheet, 1) != column(&sheet, 2) && column(&sheet, 2) != column(&sheet, 3));

    // Without augmentation every epoch shows the unchanged image. The same seed draws the same augmentations.
    let (_, still) = shown("still", &["--draws", "1"]);
    assert!(column(&still, 1) == column(&still, 2) && column(&still, 0) == column(&sheet, 0));
    assert!(shown("again", &turned).1 == sheet);
    let other = [&turned[..], &["--seed", "7"]].concat();
    assert!(shown("other", &other).1 != sheet);
    let test = [&turned[..], &["--split", "test"]].concat();
    assert_eq!(shown("test", &test).1.width(), 2 * 256 + 4);
}

#[test]
fn a_sheet_names_the_slices_of_volumes_that_it_shows() {
    let folder = folder();
    let arguments = [
        "synth", "acdc", "--out", "hearts", "--images", "5", "--size", "64",
    ];
    assert_eq!(selvedge(folder.path(), &arguments).code, 0);
    let arguments = [
        "data", "show", "hearts", "--recipe", "acdc", "--out", "shown", "--images", "4", "--draws",
        "0", "--json",
    ];
    let report = selvedge(folder.path(), &arguments).json();
    let rows: BTreeSet<&str> = report["rows"]
        .as_array()
        .expect("names")
        .iter()
        .filter_map(|name| name.as_str()?.split(", slice ").next())
        .collect();
    assert_eq!(rows.len(), 4, "of four volumes: {report}");
    assert!(report.to_string().contains(", slice "), "{report}");
}

#[test]
fn nearly_black_photographs_on_a_sheet_are_warned_about() {
    let folder = folder();
    for name in ["images", "labels"] {
        fs::create_dir_all(folder.path().join("dim").join(name)).expect("a folder");
    }
    for index in 0..4 {
        let file = |name: &str| folder.path().join(format!("dim/{name}/{index}.png"));
        let photograph = image::GrayImage::from_fn(64, 64, |x, y| image::Luma([(x ^ y) as u8 / 4]));
        photograph.save(file("images")).expect("written");
        let labels = image::GrayImage::from_fn(64, 64, |x, _| image::Luma([u8::from(x > 30)]));
        labels.save(file("labels")).expect("written");
    }
    let arguments = [
        "data", "show", "dim", "--recipe", "folder", "--out", "shown", "--draws", "0", "--images",
        "1",
    ];
    let output = selvedge(folder.path(), &arguments);
    assert_eq!(output.code, 0, "{output:?}");
    assert!(output.stderr.contains("nearly black"), "{output:?}");
    let legend = fs::read_to_string(folder.path().join("shown/legend.txt")).expect("a legend");
    assert!(legend.contains("sheet.png: 1 train image\n"), "{legend}");
}

#[test]
fn homogenisation_changes_photographs_only_inside_the_burns() {
    let folder = folder();
    synthesise_burns(folder.path(), 8, "1");
    let sheet = |out: &str, strength: &str| {
        let setting = format!("data.homogenise={strength}");
        let arguments = [
            "data", "show", "burns", "--recipe", "smoke", "--out", out, "--draws", "0", "--set",
            &setting,
        ];
        assert_eq!(selvedge(folder.path(), &arguments).code, 0);
        let path = folder.path().join(out).join("sheet.png");
        image::open(path).expect("an image").into_rgb8()
    };
    let (old, new) = (sheet("old", "0.0"), sheet("new", "0.2"));
    let photograph = |sheet: &image::RgbImage, x: u32, y: u32| *sheet.get_pixel(x, y);
    let (mut inside, mut changed, mut outside) = (0, 0, 0);
    for y in 0..old.height() {
        for x in 0..256 {
            // The second column tints the pixels inside.
            let tinted = old.get_pixel(x, y) != old.get_pixel(x + 260, y);
            let same = photograph(&old, x, y) == photograph(&new, x, y);
            inside += usize::from(tinted);
            changed += usize::from(tinted && !same);
            outside += usize::from(!tinted && !same);
        }
    }
    assert!(
        inside > 1000 && 10 * changed > 9 * inside,
        "{changed} of {inside}"
    );
    assert_eq!(outside, 0);
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
