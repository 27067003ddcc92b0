//! Cardiac MRI through the whole program: training on slices, prediction and scoring of volumes.

use std::fs;
use std::path::Path;

use data::{LabelVolume, VolumeGrid, read_class_volume, read_volume, write_label_volume};

use crate::program::{folder, selvedge};

/// Writes a synthetic set of eight patients to `hearts`.
fn synthesise_hearts(folder: &Path) {
    let output = selvedge(
        folder,
        &[
            "synth", "acdc", "--out", "hearts", "--images", "8", "--size", "48",
        ],
    );
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(
        output.stdout.contains("16 volumes of 8 patients"),
        "{}",
        output.stdout
    );
}

#[test]
fn slices_train_and_volumes_are_scored_in_millimetres() {
    let folder = folder();
    let root = folder.path();
    synthesise_hearts(root);
    let report = selvedge(root, &["data", "check", "acdc", "hearts", "--json"]).json();
    assert_eq!(report["problems"].as_array().expect("a list").len(), 0);
    let train = [
        "train",
        "acdc-demo",
        "--data",
        "hearts",
        "--device",
        "cpu",
        "--out",
        "run",
        "--epochs",
        "1",
        "--set",
        "model.width=2",
        "--set",
        "data.size=[32,32]",
        "--json",
    ];
    let trained = selvedge(root, &train).json();
    // A fifth of eight patients, two volumes each.
    assert_eq!(trained["images"], 4);
    let evaluated = selvedge(root, &["evaluate", "run", "--device", "cpu", "--json"]).json();
    for figure in ["dice", "hd", "hd95", "clean"] {
        assert_eq!(evaluated[figure], trained[figure], "{figure}");
    }

    let predict = [
        "predict",
        "run",
        "hearts/training/patient003",
        "--out",
        "labels",
        "--device",
        "cpu",
        "--overlay",
        "--probabilities",
    ];
    let output = selvedge(root, &predict);
    assert_eq!(output.code, 0, "{}", output.stderr);
    fs::create_dir(root.join("truth")).expect("a folder");
    for entry in fs::read_dir(root.join("hearts/training/patient003")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let Some(stem) = name.strip_suffix("_gt.nii.gz") else {
            continue;
        };
        let image = read_volume(&path.with_file_name(format!("{stem}.nii.gz"))).expect("a volume");
        let (grid, labels) =
            read_class_volume(&root.join(format!("labels/{stem}.nii.gz"))).expect("labels");
        assert_eq!(grid.shape, image.grid.shape);
        assert!(grid.affine == image.grid.affine);
        assert_eq!(
            grid.spacing.map(f64::to_bits),
            image.grid.spacing.map(f64::to_bits)
        );
        assert!(labels.classes.iter().all(|class| *class < 4));
        assert!(root.join(format!("labels/{stem}.overlay.png")).is_file());
        let probabilities = root.join(format!("labels/{stem}.probabilities.npy"));
        let bytes = fs::metadata(probabilities).expect("written").len();
        assert_eq!(bytes, 128 + 16 * labels.classes.len() as u64);
        fs::copy(&path, root.join("truth").join(&name)).expect("copied");
    }
    let scored = selvedge(root, &["score", "labels", "truth", "--json"]).json();
    assert_eq!(scored["images"], 2);
    assert!(scored["hd"].as_f64().expect("a distance") > 0.0);

    assert!(!output.stderr.contains("trained on"), "{}", output.stderr);
    another_slice_direction_is_warned_about(root);
}

/// Predicts a sagittal volume with a run that was trained on axial volumes.
fn another_slice_direction_is_warned_about(root: &Path) {
    // Columns towards the back, rows downwards, slices to the right.
    let grid = VolumeGrid::new(Path::new("sagittal.nii"), [2, 40, 40], [5.0, 1.0, 1.0]);
    let path = root.join("sagittal.nii");
    let labels = LabelVolume {
        shape: [2, 40, 40],
        classes: (0..3200).map(|voxel| (voxel % 7) as u8).collect(),
    };
    write_label_volume(&path, &grid.expect("a grid"), &labels).expect("written");
    let mut bytes = fs::read(&path).expect("read");
    let affine = [
        [0.0, 0.0, 5.0, 0.0],
        [1.0, 0.0, 0.0, 0.0],
        [0.0, -1.0, 0.0, 0.0_f32],
    ];
    for (index, value) in affine.iter().flatten().enumerate() {
        bytes[280 + 4 * index..][..4].copy_from_slice(&value.to_le_bytes());
    }
    fs::write(&path, bytes).expect("written");
    let predict = [
        "predict",
        "run",
        "sagittal.nii",
        "--out",
        "cut",
        "--device",
        "cpu",
    ];
    let output = selvedge(root, &predict);
    assert_eq!(output.code, 0, "{}", output.stderr);
    for fragment in [
        "sagittal.nii",
        "towards AIR, cut in another direction",
        "trained on (LPS)",
    ] {
        assert!(output.stderr.contains(fragment), "{}", output.stderr);
    }
}

#[test]
fn distances_of_volumes_use_the_spacing_of_their_headers() {
    let folder = folder();
    let shape = [4, 6, 5];
    let write = |name: &str, spacing: [f64; 3], slice: usize| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        let grid = VolumeGrid::new(&path, shape, spacing).expect("a grid");
        let mut labels = LabelVolume {
            shape,
            classes: vec![0; 120],
        };
        labels.classes[slice * 30 + 7] = 1;
        write_label_volume(&path, &grid, &labels).expect("written");
    };
    let spacing = [8.5, 1.5, 1.25];
    write("truth/a_gt.nii.gz", spacing, 0);
    write("predictions/a.nii", spacing, 2);
    let score = ["score", "predictions", "truth", "--json"];
    let report = selvedge(folder.path(), &score).json();
    // Two slices apart.
    assert_eq!(report["hd"], 17.0);
    assert_eq!(report["cases"][0]["image"], "a");
    selvedge(
        folder.path(),
        &["score", "predictions", "truth", "--spacing", "1,1"],
    )
    .assert_user_error(&["--spacing", "volumes"]);
    write("predictions/a.nii", [8.5, 1.5, 1.5], 2);
    selvedge(folder.path(), &score).assert_user_error(&["a.nii", "8.5×1.5×1.5 mm", "LPS"]);
    write("predictions/a.nii", spacing, 2);
    // Shift the volume by changing the fourth number of the sform's first row.
    let path = folder.path().join("predictions/a.nii");
    let sound = fs::read(&path).expect("read");
    let mut moved = sound.clone();
    moved[292..296].copy_from_slice(&200_f32.to_le_bytes());
    fs::write(&path, moved).expect("written");
    selvedge(folder.path(), &score).assert_user_error(&[
        "a.nii",
        "from (0, 0, 0)",
        "from (200, 0, 0)",
    ]);
    // The same voxels, with the slices stored in reverse order.
    let mut turned = sound.clone();
    turned[320..324].copy_from_slice(&(-8.5_f32).to_le_bytes());
    turned[324..328].copy_from_slice(&25.5_f32.to_le_bytes());
    let slices: Vec<&[u8]> = sound[352..].chunks(30).rev().collect();
    turned.truncate(352);
    turned.extend(slices.concat());
    fs::write(&path, turned).expect("written");
    let output = selvedge(folder.path(), &score);
    assert_eq!(output.json()["hd"], 17.0);
    assert!(
        output
            .stderr
            .contains("a.nii: axes towards LPI, turned to its partner's, LPS"),
        "{}",
        output.stderr
    );
    // Images among volumes are warned about, except overlays.
    for name in [
        "predictions/a.overlay.png",
        "predictions/b.png",
        "truth/b.png",
    ] {
        fs::write(folder.path().join(name), "").expect("written");
    }
    let output = selvedge(folder.path(), &score);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(
        output
            .stderr
            .contains("predictions/b.png and 1 more: an image among volumes"),
        "{}",
        output.stderr
    );
    fs::write(folder.path().join("predictions/a.nii"), "no volume").expect("written");
    selvedge(folder.path(), &score).assert_user_error(&["a.nii"]);
}

#[test]
fn a_folder_with_the_name_of_a_recipe_does_not_hide_the_recipe() {
    let folder = folder();
    let root = folder.path();
    let succeeds = |arguments: &[&str]| {
        let output = selvedge(root, arguments);
        assert_eq!(output.code, 0, "{arguments:?}: {}", output.stderr);
        output
    };
    let size = ["--images", "8", "--size", "48"];
    succeeds(&[&["synth", "acdc", "--out", "acdc"], &size[..]].concat());
    succeeds(&["data", "check", "acdc", "acdc"]);
    let small = ["--epochs", "1", "--device", "cpu", "--json"];
    let settings = ["model.width=2", "data.size=[32,32]", "train.batch_size=4"];
    let settings = settings.map(|setting| ["--set", setting]).concat();
    let trained = [&["train", "acdc", "--data", "acdc"], &small[..], &settings].concat();
    // The run's folder has the name of an embedded recipe, too.
    succeeds(&[&trained[..], &["--out", "smoke"]].concat());
    let base = "base = \"acdc\"\nname = \"mine\"\n";
    fs::write(root.join("mine.toml"), base).expect("written");
    let mine = succeeds(&["recipe", "show", "mine.toml", "--resolved"]).stdout;
    assert!(mine.contains("kind = \"acdc\""), "{mine}");
    let name_of = |recipe: &str| {
        let shown = succeeds(&["recipe", "show", recipe, "--resolved"]).stdout;
        shown.lines().next().map(String::from)
    };
    assert_eq!(name_of("smoke").as_deref(), Some("name = \"smoke\""));
    assert_eq!(
        name_of("./smoke").as_deref(),
        Some("name = \"acdc\""),
        "a path refers to the run"
    );
}
