//! Weights in and out of the program, and a network on arrays.

use std::fs;
use std::path::Path;

use crate::program::{folder, selvedge};

/// Numbers as numpy.save writes them.
fn write_npy(path: &Path, shape: &str, values: &[f32]) {
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    let header = format!("{header:<117}\n");
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    fs::write(path, file).expect("written");
}

/// The numbers of a file of 32-bit floating-point numbers, and its header.
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
fn a_run_goes_out_and_in_again_to_the_bit() {
    let folder = folder();
    let path = folder.path();
    let train = |more: &[&str]| selvedge(path, &[&SMALL[..], more].concat());
    assert_eq!(train(&["--epochs", "1", "--out", "run"]).code, 0);
    let said = selvedge(
        path,
        &["weights", "export", "run", "--out", "run.safetensors"],
    );
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(said.stdout.trim(), "run.safetensors");

    // A network of the same options takes it, and writes the same tensors.
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

    // The run and the file give the same logits, two images as one after the other.
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
        let said = selvedge(
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
        assert_eq!(said.code, 0, "{said:?}");
        let answer = read_npy(&path.join("y.npy"));
        // The next one is written into a new file as well.
        fs::remove_file(path.join("y.npy")).expect("removed");
        answer
    };
    let (header, logits) = forward("run", "x.npy");
    assert!(header.contains("(2, 6, 32, 48"), "{header}");
    assert!(logits.iter().all(|logit| logit.is_finite()));
    assert_eq!(forward("run.safetensors", "x.npy").1, logits);
    assert_eq!(forward("run", "second.npy").1, logits[6 * 32 * 48..]);

    // A run that begins with it notes which file it was, and its own recipe holds to that file.
    let pretrained = ["--set", "model.pretrained=run.safetensors"];
    let said = train(&[&pretrained[..], &["--epochs", "1", "--out", "second"]].concat());
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.stderr.contains("run.safetensors"), "{}", said.stderr);
    let text = fs::read_to_string(path.join("second/environment.json")).expect("a file");
    let noted: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(noted["pretrained"]["sha256"], report["files"][0]["sha256"]);
    fs::copy(path.join("again.safetensors"), path.join("run.safetensors")).expect("copied");
    selvedge(
        path,
        &["train", "second", "--device", "cpu", "--out", "third"],
    )
    .mendable(&["run.safetensors", "pretrained_sha256"]);
    assert!(!path.join("third").exists());
    // Going on needs the file no more.
    fs::remove_file(path.join("run.safetensors")).expect("removed");
    let said = selvedge(path, &["train", "--resume", "second", "--device", "cpu"]);
    assert_eq!(said.code, 0, "{said:?}");
}

#[test]
fn weights_beside_a_recipe_are_found_from_anywhere() {
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
    train(&[]).mendable(&["recipes/none.pth", "could not be read"]);
    let said = train(&["--set", "model.pretrained=none.pth"]);
    said.mendable(&["none.pth", "could not be read"]);
    assert!(!said.stderr.contains("recipes/none.pth"), "{}", said.stderr);
    assert!(!path.join("run").exists());
}

#[test]
fn what_does_not_fit_is_said_and_writes_nothing() {
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
        .mendable(&["saved.pth", "a head of 3 classes instead of 5"]);
    import(&["unet"]).mendable(&["saved.pth", "no tensor fits"]);
    import(&["unet5"]).mendable(&["unet5", "unet3plus"]);
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
    .mendable(&["grey.npy", "[batch, 3, height, width]", "[1, 1, 8, 8]"]);
    selvedge(path, &["weights", "export", "nowhere"]).mendable(&["nowhere"]);
}
