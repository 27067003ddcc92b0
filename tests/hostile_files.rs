//! Pipes, devices and huge files in place of a file are refused by name, quickly, and without exhausting memory.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::program::{CommandOutput, bash, folder, selvedge, synthesise_burns, train_small_run};

/// Far longer than any of these commands takes.
const SOON: Duration = Duration::from_secs(20);

/// Runs the program with two gigabytes of memory.
fn run(folder: &Path, arguments: &str) -> CommandOutput {
    let start = Instant::now();
    let line = format!("ulimit -v 2000000; exec timeout 60 \"$SELVEDGE\" {arguments}");
    let output = bash(folder, &line);
    assert!(start.elapsed() < SOON, "{arguments}: {output:?}");
    assert!(!output.stderr.contains("memory"), "{arguments}: {output:?}");
    output
}

/// A sparse file of this many bytes: `start`, then zeros.
fn sparse(path: &Path, start: &[u8], bytes: u64) {
    fs::write(path, start).expect("written");
    let file = fs::OpenOptions::new()
        .write(true)
        .open(path)
        .expect("a file");
    file.set_len(bytes).expect("a longer file");
}

/// The header of a NumPy file.
fn npy(kind: &str, shape: &str) -> Vec<u8> {
    let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}");
    let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    bytes.extend(format!("{header:<117}\n").as_bytes());
    bytes
}

#[test]
fn a_pipe_a_device_or_a_huge_file_is_refused_as_a_recipe() {
    let folder = folder();
    let path = folder.path();
    assert_eq!(
        bash(path, "mkfifo pipe.toml; ln -s /dev/zero zero.toml").code,
        0
    );
    fs::write(path.join("on-zero.toml"), "base = \"zero.toml\"\n").expect("written");
    sparse(&path.join("large.toml"), b"name = \"x\"\n", 4 << 30);
    for (name, found) in [
        (
            "pipe.toml",
            "pipe.toml: could not be read: a pipe or a device",
        ),
        (
            "zero.toml",
            "zero.toml: could not be read: a pipe or a device",
        ),
        (
            "on-zero.toml",
            "zero.toml: could not be read: a pipe or a device",
        ),
        (
            "large.toml",
            "large.toml: could not be read: more than 1 MiB",
        ),
    ] {
        run(path, &format!("train {name} --device cpu")).assert_user_error(&[found]);
    }
}

#[test]
fn a_pipe_a_device_or_a_huge_file_is_refused_as_weights() {
    let folder = folder();
    let path = folder.path();
    synthesise_burns(path, 8, "0");
    assert_eq!(bash(path, "mkfifo pipe.pth").code, 0);
    let tensor = r#"{"x":{"dtype":"F32","shape":[1073741824],"data_offsets":[0,4294967296]}}"#;
    let mut start = (tensor.len() as u64).to_le_bytes().to_vec();
    start.extend(tensor.as_bytes());
    sparse(
        &path.join("large.safetensors"),
        &start,
        (4 << 30) + start.len() as u64,
    );
    sparse(
        &path.join("header.safetensors"),
        &[0, 0, 0, 0x80, 0, 0, 0, 0, b'{'],
        4 << 30,
    );
    let names: Vec<String> = (0..150_000)
        .map(|name| format!(r#""{name}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#))
        .collect();
    let header = format!("{{{}}}", names.join(","));
    let mut many = (header.len() as u64).to_le_bytes().to_vec();
    many.extend(header.as_bytes());
    fs::write(path.join("many.safetensors"), many).expect("written");
    let twice = r#"{"x":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"x":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#;
    let mut repeated = (twice.len() as u64).to_le_bytes().to_vec();
    repeated.extend(twice.as_bytes());
    fs::write(path.join("twice.safetensors"), repeated).expect("written");
    sparse(&path.join("large.pth"), b"PK\x03\x04", 4 << 30);
    for (name, found) in [
        ("pipe.pth", "a pipe or a device"),
        ("/dev/zero", "a pipe or a device"),
        ("large.safetensors", "no tensor fits the network"),
        ("header.safetensors", "a header of 2147483648 bytes"),
        ("many.safetensors", "more than 100000 tensors"),
        ("twice.safetensors", "two tensors called 'x'"),
        ("large.pth", "expected an archive"),
    ] {
        let import = format!("weights import {name} --model unet --width 2 --out out.safetensors");
        run(path, &import).assert_user_error(&[name, found]);
        let train = format!(
            "train smoke --data burns --device cpu --set model.name=unet --set model.width=2 --set model.pretrained={name}"
        );
        run(path, &train).assert_user_error(&[name, found]);
    }
}

#[test]
fn arrays_with_too_large_or_wrong_shapes_are_refused() {
    let folder = folder();
    let path = folder.path();
    assert_eq!(bash(path, "mkfifo pipe.npy").code, 0);
    sparse(
        &path.join("large.npy"),
        &npy("<f4", "(600, 3, 1024, 1024)"),
        8 << 30,
    );
    sparse(
        &path.join("wide.npy"),
        &npy("<f4", "(60, 3, 1000, 1000)"),
        1 << 30,
    );
    sparse(
        &path.join("logits.npy"),
        &npy("<f4", "(60, 3, 1024, 1024)"),
        1 << 30,
    );
    sparse(&path.join("labels.npy"), &npy("|u1", "(60, 8, 8)"), 4096);
    let forward = |input: &str| {
        let arguments = "--weights nowhere.pth --device cpu --width 2 --out y.npy --input";
        run(path, &format!("forward unet {arguments} {input}"))
    };
    forward("pipe.npy").assert_user_error(&["pipe.npy", "a pipe or a device"]);
    forward("large.npy").assert_user_error(&["large.npy", "expected at most 268435456 numbers"]);
    forward("wide.npy").assert_user_error(&["nowhere.pth"]);
    run(path, "envelope logits.npy labels.npy --device cpu")
        .assert_user_error(&["labels.npy", "[60, 8, 8]"]);
}

#[test]
fn a_pipe_or_a_huge_file_is_refused_in_a_run_folder() {
    let folder = folder();
    let path = folder.path();
    train_small_run(path);
    for (name, command) in [
        ("environment.json", "evaluate run --device cpu"),
        ("last/state.toml", "train --resume run --device cpu"),
        ("split.json", "train --resume run --device cpu"),
        ("recipe.toml", "evaluate run --device cpu"),
        ("best/model.bpk", "evaluate run --device cpu"),
        ("last/optimizer.bpk", "train --resume run --device cpu"),
    ] {
        let file = path.join("run").join(name);
        let kept = fs::read(&file).expect("a file");
        sparse(&file, &kept[..1], 4 << 30);
        let output = run(path, command);
        assert_eq!(output.code, 2, "{name}: {output:?}");
        fs::remove_file(&file).expect("removed");
        assert_eq!(bash(path, &format!("mkfifo run/{name}")).code, 0);
        let output = run(path, command);
        assert_eq!(output.code, 2, "{name}: {output:?}");
        fs::remove_file(&file).expect("removed");
        fs::write(&file, kept).expect("written");
    }
}

/// Where the allocator can report a failure, the program reports it.
#[test]
fn too_little_memory_is_an_error_with_a_message() {
    let folder = folder();
    let line = "ulimit -v 3000000; exec \"$SELVEDGE\" model show unet --size 4096";
    let output = bash(folder.path(), line);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(
        output.stderr.starts_with("error: too little memory: "),
        "{output:?}"
    );
    assert!(output.stderr.contains("help: "), "{output:?}");
    selvedge(
        folder.path(),
        &["model", "show", "unet", "--size", "1000000000"],
    )
    .assert_user_error(&["--size 1000000000", "8192"]);
}

#[test]
fn a_thin_image_takes_no_more_memory_than_its_pixels_need() {
    let folder = folder();
    let path = folder.path();
    train_small_run(path);
    fs::create_dir(path.join("thin")).expect("a folder");
    for [width, height] in [[20_000, 1], [1, 20_000], [4000, 5]] {
        let image = image::RgbImage::from_pixel(width, height, image::Rgb([120, 80, 60]));
        let name = path.join(format!("thin/{width}x{height}.png"));
        image.save(name).expect("written");
    }
    let output = run(
        path,
        "predict run thin --out out --overlay --probabilities --device cpu",
    );
    assert_eq!(output.code, 0, "{output:?}");
    assert_eq!(
        image::image_dimensions(path.join("out/20000x1.png")).expect("labels"),
        (20_000, 1)
    );
}

#[test]
fn control_characters_in_names_are_not_printed() {
    let folder = folder();
    let path = folder.path();
    synthesise_burns(path, 8, "0");
    let harmful = "\u{1b}]0;OWNED\u{7}\u{9b}2J";
    fs::create_dir(path.join(harmful)).expect("a folder");
    fs::write(path.join("x.toml"), format!("[loss]\n\"{harmful}\" = 1\n")).expect("written");
    fs::write(path.join("long.toml"), "[".repeat(200_000)).expect("written");
    for arguments in [
        vec!["data", "check", "folder", harmful],
        vec!["train", "folder", "--data", harmful],
        vec!["train", harmful],
        vec!["train", "x.toml"],
        vec!["train", "long.toml"],
        vec!["recipe", "show", harmful],
        vec!["predict", harmful, "burns", "--out", "out"],
    ] {
        let output = selvedge(path, &arguments);
        assert_ne!(output.code, 0, "{arguments:?}");
        let all = output.stdout + &output.stderr;
        let raw = |letter: char| letter.is_control() && letter != '\n';
        assert!(!all.contains(raw), "{arguments:?}: {all:?}");
        assert!(all.len() < 12_000, "{arguments:?}: {} bytes", all.len());
    }
}
