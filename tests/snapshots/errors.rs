//! What the program prints about bad input, and its exit codes.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use data::{LabelMap, LabelVolume, VolumeGrid, write_label_png, write_label_volume};

use crate::envelope::arrays;
use crate::program::{folder, train_small_run};

/// Commands that end with an error, in a folder with the [`files`]. `NAME=VALUE` before a command sets an environment variable.
const COMMANDS: [&str; 78] = [
    // The command line and the environment.
    "trian smoke",
    "train smoke --resume run",
    "train smoke --epochs many",
    "doctor --device cuda",
    "bench trial --device cpu",
    "bench conv --device cpu --groups 3",
    "bench resize --device cpu --factor 1",
    "SELVEDGE_LOG=selvedge=loud doctor --device cpu",
    "SELVEDGE_WITHOUT=directx doctor --device gpu",
    "SELVEDGE_WITHOUT=vulkan doctor --device vulkan",
    // Recipes.
    "recipe show bamsy",
    "train smok",
    "train nowhere.toml",
    "train misspelt.toml",
    "train broken.toml",
    "train circle.toml",
    "train based.toml",
    "train smoke --set train.epochs",
    "train smoke --set train.epoch=3",
    "train smoke --set train.epochs=many",
    // Settings.
    "train smoke --set train.batch_size=0",
    "train smoke --set optimizer.learning_rate=0.0",
    "train smoke --set loss.kept_images=1.5",
    "train smoke --set loss.ignore=7",
    "train smoke --set loss.skip_below=0.1 --set model.name=deeplabv3",
    "train smoke --set model.width=0",
    "train smoke --set model.pvt=b0",
    "train smoke --set data.size=[30,32]",
    "train smoke --set model.name=deeplabv3 --set train.batch_size=7",
    "train smoke --set data.normalise.deviation=[0.0,1.0,1.0]",
    "train smoke --set augment.noise.probability=1.5",
    "train smoke --set augment.blur.sigma=[3.0,1.0]",
    "train smoke --set augment.crop.from=[32,64]",
    "train smoke --set augment.elastic.amplitude=20.0",
    // Data sets.
    "train bamsi",
    "train folder --data nowhere",
    "train folder --data empty",
    "train folder --data grey --out new --device cpu",
    "train smoke --data damaged --out new --device cpu",
    "data check bamsi damaged",
    "data check folder grey",
    "data show burns --recipe smoke --out new --images 0",
    "data show burns --recipe smoke --out new --set data.homogenise=3.0",
    "data show burns --recipe smoke --out new --set data.validation_share=0.9 --set data.test_share=0.9",
    "data show burns --recipe smoke --out new --set data.folds=1",
    "data show burns --recipe smoke --out new --set data.split_file=nowhere.csv",
    "data check folder unclear",
    "train folder --data unclear --device cpu --out new --set data.images=drawings",
    "data check folder ambiguous",
    "data check folder classes-apart",
    "data check nnunet contradiction",
    "data check folder contradiction",
    // Runs.
    "train smoke --data burns --device cpu --out taken",
    "train --resume nowhere",
    "train --resume run --device cpu --epochs 9 --data empty",
    "train --resume shortened --device cpu",
    "evaluate empty",
    "evaluate shortened --device cpu",
    "weights export nowhere",
    // Inputs and outputs.
    "synth bamsi --out taken",
    "predict run nowhere --out predicted --device cpu",
    "predict run empty --out new --device cpu",
    "predict run burns/images --out burns/images --device cpu",
    "predict run damaged/images --out partly --device cpu",
    "score nowhere truth",
    "score small truth",
    "score classes truth",
    "score volumes volumes --spacing 1,1",
    "score junk volumes",
    // Weights and arrays.
    "weights import nowhere.pth --model unet --out new.safetensors",
    "weights import junk.pth --model unet --out new.safetensors",
    "weights import junk.safetensors --model unet5 --out new.safetensors",
    "model show unet --width 8 --size 100",
    "forward unet --weights junk.pth --device cpu --width 2 --input labels.npy --out new.npy",
    "envelope logits.npy labels.npy --device cpu --set sigma=-1",
    "envelope logits.npy junk.npy --device cpu",
    "envelope labels.npy logits.npy --device cpu",
    "envelope logits.npy logits.npy --device cpu",
];

fn label_map(size: usize, class: u8) -> LabelMap {
    LabelMap {
        height: size,
        width: size,
        classes: vec![class; size * size],
    }
}

/// Cuts a file in half.
fn shorten(path: &Path) {
    let bytes = fs::read(path).expect("a file");
    fs::write(path, &bytes[..bytes.len() / 2]).expect("written");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &copied);
        } else {
            fs::copy(path, copied).expect("copied");
        }
    }
}

/// Good and bad recipes, data sets, runs, labels, weights and arrays.
fn files(folder: &Path) {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("written");
    };
    write("misspelt.toml", "[loss]\nkept_image = 0.5\n");
    write("broken.toml", "[loss\n");
    write("circle.toml", "base = \"circle.toml\"\n");
    write("based.toml", "base = 3\n");
    for name in ["junk.pth", "junk.safetensors", "junk.npy", "junk/a.nii"] {
        write(name, "neither weights nor an array nor a volume");
    }
    write("taken/thesis.txt", "years of work");
    fs::create_dir(folder.join("empty")).expect("a folder");

    train_small_run(folder);
    copy(&folder.join("run"), &folder.join("shortened"));
    shorten(&folder.join("shortened/last/model.bpk"));
    shorten(&folder.join("shortened/best/state.toml"));
    shorten(&folder.join("shortened/best/model.bpk"));
    copy(&folder.join("burns"), &folder.join("damaged"));
    let images = fs::read_dir(folder.join("damaged/images")).expect("a folder");
    let images = images.map(|entry| entry.expect("an entry").path());
    shorten(&images.min().expect("an image"));

    fs::create_dir_all(folder.join("grey/images")).expect("a folder");
    for stem in ["a", "b", "c", "d"] {
        let image = image::RgbImage::from_pixel(32, 32, image::Rgb([200, 90, 60]));
        let path = folder.join(format!("grey/images/{stem}.png"));
        image.save(path).expect("written");
    }
    for (path, size, class) in [
        ("grey/labels/a.png", 32, 1),
        ("grey/labels/b.png", 32, 77),
        ("grey/labels/c.png", 30, 1),
        ("truth/a.png", 32, 1),
        ("small/a.png", 30, 1),
        ("classes/a.png", 32, 5),
    ] {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        write_label_png(&path, &label_map(size, class)).expect("written");
    }
    for path in [
        "unclear/camera/a.png",
        "unclear/camera/b.png",
        "unclear/camera/c.png",
        "unclear/camera/d.png",
        "unclear/drawn/a.png",
        "unclear/drawn/b.png",
        "ambiguous/a.png",
        "ambiguous/a_mask.png",
        "ambiguous/a_gt.png",
        "classes-apart/images/a.png",
        "classes-apart/masks/liver/a.png",
        "classes-apart/masks/vein/a.png",
        "contradiction/imagesTr/a_0000.png",
        "contradiction/imagesTr/b_0000.png",
        "contradiction/labelsTr/a.png",
        "contradiction/labelsTr/b.png",
    ] {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        write_label_png(&path, &label_map(8, 1)).expect("written");
    }
    write(
        "contradiction/dataset.json",
        r#"{"channel_names": {"0": "grey"}, "labels": {"background": 0, "wound": 1}, "numTraining": 3, "file_ending": ".png"}"#,
    );
    let shape = [2, 4, 4];
    let path = folder.join("volumes/a.nii");
    fs::create_dir(folder.join("volumes")).expect("a folder");
    let grid = VolumeGrid::new(&path, shape, [1.0; 3]).expect("a grid");
    let classes = vec![1; 32];
    write_label_volume(&path, &grid, &LabelVolume { shape, classes }).expect("written");
    arrays(folder);
}

/// Text with a word in place of each SHA-256: weights depend on the CPU's instruction set.
fn without_checksums(text: &str) -> String {
    let parts = text.split_inclusive(|letter: char| !letter.is_ascii_hexdigit());
    let replaced = parts.map(|part| {
        let digits = part.trim_end_matches(|letter: char| !letter.is_ascii_hexdigit());
        if digits.len() == 64 {
            part.replace(digits, "SHA-256")
        } else {
            part.to_string()
        }
    });
    replaced.collect()
}

/// Runs a command of [`COMMANDS`], and adds it and what it printed to `text`.
fn record(folder: &Path, line: &str, text: &mut String) {
    let (variables, words): (Vec<&str>, Vec<&str>) = {
        let words: Vec<&str> = line.split(' ').collect();
        let start = words.iter().take_while(|word| word.contains('=')).count();
        (words[..start].to_vec(), words[start..].to_vec())
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_selvedge-under-test"));
    command
        .arg0("selvedge")
        .args(&words)
        .current_dir(folder)
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
        // Without the line about this machine's CPU.
        .env("SELVEDGE_LOG", "warn");
    for name in ["CLICOLOR_FORCE", "SELVEDGE_WITHOUT"] {
        command.env_remove(name);
    }
    command.envs(variables.iter().filter_map(|word| word.split_once('=')));
    let output = command.output().expect("the program starts");
    let code = output.status.code().unwrap_or(-1);
    writeln!(text, "$ {line}\n[exit code {code}]").expect("a string");
    for bytes in [output.stdout, output.stderr] {
        let printed = String::from_utf8(bytes).expect("text");
        let printed = printed.replace(&*folder.to_string_lossy(), "FOLDER");
        text.push_str(&without_checksums(&printed));
    }
    text.push('\n');
    assert!(code == 1 || code == 2, "{text}");
    assert!(!folder.join("new").exists(), "{line}: nothing is written");
}

#[test]
fn the_errors_about_bad_input_are_those_of_the_snapshot() {
    let folder = folder();
    files(folder.path());
    let mut text = String::new();
    for line in COMMANDS {
        record(folder.path(), line, &mut text);
    }
    super::assert_unchanged("errors.txt", &text);
}
