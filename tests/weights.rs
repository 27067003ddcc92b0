//! Import and export of weights, and forward passes on arrays.

use std::fs;
use std::path::Path;

use crate::program::{folder, selvedge};

/// Writes numbers as numpy.save does.
fn write_npy(path: &Path, shape: &str, values: &[f32]) {
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    let header = format!("{header:<117}\n");
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    fs::write(path, file).expect("written");
}

/// The header and the numbers of a file of 32-bit floating-point numbers.
fn read_npy(path: &Path) -> (String, Vec<f32>) {
    let bytes = fs::read(path).expect("a file");
    let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let (header, data) = bytes[10..].split_at(length);
    let (numbers, rest) = data.as_chunks::<4>();
    assert!(rest.is_empty());
    let header = String::from_utf8(header.to_vec()).expect("text");
    (
        header,
        numbers
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes))
            .collect(),
    )
}

const SMALL: [&str; 6] = [
    "train",
    "smoke",
    "--device",
    "cpu",
    "--set",
    "model.width=2",
];

#[test]
fn exported_weights_are_imported_bit_for_bit() {
    let folder = folder();
    let path = folder.path();
    let train = |more: &[&str]| selvedge(path, &[&SMALL[..], more].concat());
    assert_eq!(train(&["--epochs", "1", "--out", "run"]).code, 0);
    let output = selvedge(
        path,
        &["weights", "export", "run", "--out", "run.safetensors"],
    );
    assert_eq!(output.code, 0, "{output:?}");
    assert_eq!(output.stdout.trim(), "run.safetensors");

    // A network with the same options accepts the file, and exports the same tensors.
    let report = selvedge(
        path,
        &[
            "weights",
            "import",
            "run.safetensors",
            "--model",
            "unet3plus",
            "--width",
            "2",
            "--out",
            "again.safetensors",
            "--json",
        ],
    )
    .json();
    assert_eq!(
        report["files"][0]["missing"].as_array().map(Vec::len),
        Some(0)
    );
    let data = |name: &str| {
        let bytes = fs::read(path.join(name)).expect("a file");
        let length = u64::from_le_bytes(bytes[..8].try_into().expect("8 bytes")) as usize;
        bytes[8 + length..].to_vec()
    };
    assert!(data("run.safetensors") == data("again.safetensors"));

    // The run and the file give the same logits, and so do two images in one batch or one after the other.
    let images: Vec<f32> = (0..2 * 3 * 32 * 48)
        .map(|k| (0.37 * k as f32).sin())
        .collect();
    write_npy(&path.join("x.npy"), "(2, 3, 32, 48)", &images);
    write_npy(
        &path.join("second.npy"),
        "(1, 3, 32, 48)",
        &images[3 * 32 * 48..],
    );
    let forward = |weights: &str, input: &str| {
        let output = selvedge(
            path,
            &[
                "forward",
                "unet3plus",
                "--weights",
                weights,
                "--width",
                "2",
                "--input",
                input,
                "--out",
                "y.npy",
                "--device",
                "cpu",
            ],
        );
        assert_eq!(output.code, 0, "{output:?}");
        let array = read_npy(&path.join("y.npy"));
        // An existing file would be refused next time.
        fs::remove_file(path.join("y.npy")).expect("removed");
        array
    };
    let (header, logits) = forward("run", "x.npy");
    assert!(header.contains("(2, 6, 32, 48"), "{header}");
    assert!(logits.iter().all(|logit| logit.is_finite()));
    assert_eq!(forward("run.safetensors", "x.npy").1, logits);
    assert_eq!(forward("run", "second.npy").1, logits[6 * 32 * 48..]);

    // A run that starts from this file records its checksum, and training from that run's recipe requires the same file.
    let pretrained = ["--set", "model.pretrained=run.safetensors"];
    let output = train(&[&pretrained[..], &["--epochs", "1", "--out", "second"]].concat());
    assert_eq!(output.code, 0, "{output:?}");
    assert!(
        output.stderr.contains("run.safetensors"),
        "{}",
        output.stderr
    );
    let text = fs::read_to_string(path.join("second/environment.json")).expect("a file");
    let environment: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(
        environment["pretrained"]["sha256"],
        report["files"][0]["sha256"]
    );
    fs::copy(path.join("again.safetensors"), path.join("run.safetensors")).expect("copied");
    selvedge(
        path,
        &["train", "second", "--device", "cpu", "--out", "third"],
    )
    .assert_user_error(&["run.safetensors", "pretrained_sha256"]);
    assert!(!path.join("third").exists());
    // Resuming no longer needs the file.
    fs::remove_file(path.join("run.safetensors")).expect("removed");
    let output = selvedge(path, &["train", "--resume", "second", "--device", "cpu"]);
    assert_eq!(output.code, 0, "{output:?}");
}

#[test]
fn weights_next_to_a_recipe_are_found_from_any_folder() {
    let folder = folder();
    let path = folder.path();
    fs::create_dir(path.join("recipes")).expect("a folder");
    fs::write(
        path.join("recipes/mine.toml"),
        "[model]\nname = \"unet\"\nwidth = 2\npretrained = \"none.pth\"\n[data]\nkind = \"bamsi\"\nsize = [32, 32]\n[data.synthetic]\nimages = 12\nsize = 64\n",
    )
    .expect("written");
    let train = |more: &[&str]| {
        let command = [
            "train",
            "recipes/mine.toml",
            "--device",
            "cpu",
            "--out",
            "run",
        ];
        selvedge(path, &[&command[..], more].concat())
    };
    train(&[]).assert_user_error(&["recipes/none.pth", "could not be read"]);
    let output = train(&["--set", "model.pretrained=none.pth"]);
    output.assert_user_error(&["none.pth", "could not be read"]);
    assert!(
        !output.stderr.contains("recipes/none.pth"),
        "{}",
        output.stderr
    );
    assert!(!path.join("run").exists());
}

#[test]
fn weights_that_do_not_fit_are_refused_and_nothing_is_written() {
    let folder = folder();
    let path = folder.path();
    let saved = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../assets/reference/networks/weights/deeplab-1.pth");
    fs::copy(saved, path.join("saved.pth")).expect("copied");
    let import = |more: &[&str]| {
        let command = [
            "weights",
            "import",
            "saved.pth",
            "--width",
            "1",
            "--out",
            "new.safetensors",
            "--model",
        ];
        selvedge(path, &[&command[..], more].concat())
    };
    import(&["deeplabv3", "--classes", "5"])
        .assert_user_error(&["saved.pth", "a head of 3 classes instead of 5"]);
    import(&["unet"]).assert_user_error(&["saved.pth", "no tensor fits"]);
    import(&["unet5"]).assert_user_error(&["unet5", "unet3plus"]);
    assert!(!path.join("new.safetensors").exists());
    let report = import(&["deeplabv3", "--classes", "5", "--lenient", "--json"]).json();
    assert_eq!(
        report["files"][0]["misshapen"].as_array().map(Vec::len),
        Some(2)
    );
    assert!(path.join("new.safetensors").is_file());

    write_npy(&path.join("grey.npy"), "(1, 1, 8, 8)", &[0.0; 64]);
    selvedge(
        path,
        &[
            "forward",
            "deeplabv3",
            "--weights",
            "saved.pth",
            "--width",
            "1",
            "--classes",
            "3",
            "--input",
            "grey.npy",
            "--out",
            "y.npy",
            "--device",
            "cpu",
        ],
    )
    .assert_user_error(&["grey.npy", "[batch, 3, height, width]", "[1, 1, 8, 8]"]);
    selvedge(path, &["weights", "export", "nowhere"]).assert_user_error(&["nowhere"]);
}
