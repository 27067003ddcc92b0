//! Whatever lies where a file is expected is refused by name, soon, and without taking the memory of the machine.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::program::{Said, bash, burns, folder, selvedge, trained};

/// Far more than any of these takes, and far less than waiting for ever.
const SOON: Duration = Duration::from_secs(20);

/// Runs the program with so much memory and no more.
fn run(folder: &Path, arguments: &str) -> Said {
    let start = Instant::now();
    let line = format!("ulimit -v 2000000; exec timeout 60 \"$SELVEDGE\" {arguments}");
    let said = bash(folder, &line);
    assert!(start.elapsed() < SOON, "{arguments}: {said:?}");
    assert!(!said.stderr.contains("memory"), "{arguments}: {said:?}");
    said
}

/// A file of so many bytes that begins so; the rest takes no room on the disk.
fn sparse(path: &Path, start: &[u8], bytes: u64) {
    fs::write(path, start).expect("written");
    let file = fs::OpenOptions::new()
        .write(true)
        .open(path)
        .expect("a file");
    file.set_len(bytes).expect("a longer file");
}

/// The head of an array of 32-bit numbers.
fn npy(kind: &str, shape: &str) -> Vec<u8> {
    let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}");
    let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    bytes.extend(format!("{header:<117}\n").as_bytes());
    bytes
}

#[test]
fn what_never_ends_or_begins_is_no_recipe() {
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
        run(path, &format!("train {name} --device cpu")).mendable(&[found]);
    }
}

#[test]
fn what_never_ends_or_begins_is_no_weights() {
    let folder = folder();
    let path = folder.path();
    burns(path, 8, "0");
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
        run(path, &import).mendable(&[name, found]);
        let train = format!(
            "train smoke --data burns --device cpu --set model.name=unet --set model.width=2 --set model.pretrained={name}"
        );
        run(path, &train).mendable(&[name, found]);
    }
}

#[test]
fn arrays_are_refused_by_their_shape() {
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
    forward("pipe.npy").mendable(&["pipe.npy", "a pipe or a device"]);
    forward("large.npy").mendable(&["large.npy", "expected at most 268435456 numbers"]);
    forward("wide.npy").mendable(&["nowhere.pth"]);
    run(path, "envelope logits.npy labels.npy --device cpu")
        .mendable(&["labels.npy", "[60, 8, 8]"]);
}

#[test]
fn what_never_ends_or_begins_is_no_note_of_a_run() {
    let folder = folder();
    let path = folder.path();
    trained(path);
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
        let said = run(path, command);
        assert_eq!(said.code, 2, "{name}: {said:?}");
        fs::remove_file(&file).expect("removed");
        assert_eq!(bash(path, &format!("mkfifo run/{name}")).code, 0);
        let said = run(path, command);
        assert_eq!(said.code, 2, "{name}: {said:?}");
        fs::remove_file(&file).expect("removed");
        fs::write(&file, kept).expect("written");
    }
}

/// Where the allocator can say that there is no more, the program says it.
#[test]
fn too_little_memory_is_an_error_in_words() {
    let folder = folder();
    let line = "ulimit -v 3000000; exec \"$SELVEDGE\" model show unet --size 4096";
    let said = bash(folder.path(), line);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.stderr.starts_with("error: too little memory: "),
        "{said:?}"
    );
    assert!(said.stderr.contains("help: "), "{said:?}");
    selvedge(
        folder.path(),
        &["model", "show", "unet", "--size", "1000000000"],
    )
    .mendable(&["--size 1000000000", "8192"]);
}

#[test]
fn a_thin_picture_takes_no_more_than_its_pixels() {
    let folder = folder();
    let path = folder.path();
    trained(path);
    fs::create_dir(path.join("thin")).expect("a folder");
    for [width, height] in [[20_000, 1], [1, 20_000], [4000, 5]] {
        let picture = image::RgbImage::from_pixel(width, height, image::Rgb([120, 80, 60]));
        let name = path.join(format!("thin/{width}x{height}.png"));
        picture.save(name).expect("written");
    }
    let said = run(
        path,
        "predict run thin --out out --overlay --probabilities --device cpu",
    );
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(
        image::image_dimensions(path.join("out/20000x1.png")).expect("labels"),
        (20_000, 1)
    );
}

#[test]
fn control_characters_of_names_stay_in_their_files() {
    let folder = folder();
    let path = folder.path();
    burns(path, 8, "0");
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
        let said = selvedge(path, &arguments);
        assert_ne!(said.code, 0, "{arguments:?}");
        let all = said.stdout + &said.stderr;
        let raw = |letter: char| letter.is_control() && letter != '\n';
        assert!(!all.contains(raw), "{arguments:?}: {all:?}");
        assert!(all.len() < 12_000, "{arguments:?}: {} bytes", all.len());
    }
}
