//! `selvedge audit`: lists of doubtful labels, and what is done with them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::program::{CommandOutput, folder, selvedge, synthesise_burns};
use crate::small_run::{folder_with_a_run, with_content};

/// Settings of a training that takes a second.
const SMALL: [&str; 7] = [
    "train.epochs=2",
    "train.batch_size=4",
    "data.size=[16, 16]",
    "data.overfit=0",
    "model.name=unet",
    "model.width=2",
    "train.evaluate_every=1",
];

fn small(folder: &Path, arguments: &[&str]) -> CommandOutput {
    let mut all = arguments.to_vec();
    all.extend(["--device", "cpu", "--quiet"]);
    for setting in SMALL {
        all.extend(["--set", setting]);
    }
    selvedge(folder, &all)
}

fn lines(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("a table");
    text.lines().map(String::from).collect()
}

/// The bytes of every file directly in a folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    entries
        .filter(|entry| entry.path().is_file())
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).expect("bytes"))
        })
        .collect()
}

#[test]
fn a_run_is_audited_by_what_its_training_noted() {
    let folder = folder_with_a_run();
    let path = folder.path();
    let audit = || selvedge(path, &["audit", "run", "--json"]);
    let images = audit().json();
    let images = images.as_array().expect("images");
    let split = fs::read_to_string(path.join("run/split.json")).expect("a split");
    let trained = split.matches("\"train\"").count();
    assert_eq!(images.len(), trained);
    for image in images {
        assert!(
            image["margin"].is_number() && image["loss"].is_number(),
            "{image}"
        );
        assert!(image["softmin"].is_null(), "{image}");
    }
    let table = lines(&path.join("run-audit/images.csv"));
    assert_eq!(table.len(), trained + 1);
    assert!(
        table[1].ends_with(",1"),
        "the most doubtful first: {}",
        table[1]
    );
    let list = lines(&path.join("run-audit/audit.csv"));
    assert!(
        list[1].starts_with("1,") && list[1].contains(",image,"),
        "{list:?}"
    );
    let page = fs::read_to_string(path.join("run-audit/audit.html")).expect("a page");
    assert!(page.contains("A distrusted label is a place to look, not a mistake."));
    assert!(page.contains("data:image/") && !page.contains("://"));

    // Its own files are written again; files of others are not.
    assert_eq!(audit().code, 0);
    fs::write(path.join("run-audit/audit.csv"), "marked by hand").expect("written");
    audit().assert_user_error(&["audit.csv", "nothing was written"]);
}

#[test]
fn an_audit_of_changed_data_or_without_records_is_refused() {
    let folder = folder_with_a_run();
    let path = folder.path();
    let audit = || selvedge(path, &["audit", "run", "--out", "audit"]);
    let labels = fs::read_dir(path.join("burns/labels")).expect("labels");
    let mut labels: Vec<_> = labels.flatten().map(|entry| entry.path()).collect();
    labels.sort();
    let other = fs::read(&labels[1]).expect("labels");
    with_content(&labels[0], &other, || {
        audit().assert_user_error(&["checksum", "other images or labels"]);
    });
    with_content(&path.join("run/images.npz"), b"PK damaged", || {
        audit().assert_user_error(&["images.npz"]);
    });
    fs::remove_file(path.join("run/images.npz")).expect("removed");
    audit().assert_user_error(&["images.npz", "selvedge audit train"]);
    assert!(!path.join("audit").exists());
}

#[test]
fn labels_are_audited_out_of_fold_and_chosen_places_are_ignored() {
    let folder = folder();
    let path = folder.path();
    synthesise_burns(path, 16, "1");
    let train = |more: &[&str]| {
        let arguments = ["audit", "train", "smoke", "--data", "burns", "--folds", "2"];
        small(path, &[&arguments[..], &["--out", "audit"], more].concat())
    };
    let output = train(&[]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(output.stdout.contains("not a mistake"), "{}", output.stdout);
    let table = lines(&path.join("audit/images.csv"));
    assert_eq!(table.len(), 17, "every image, whatever its split");
    let header = "image,patient,fold,softmin,confident,component,border,margin,loss,final_loss,dropped,weight,rank";
    assert_eq!(table[0], header);
    for line in &table[1..] {
        // The others are empty for an image that no training saw: it validated whenever it was not held out.
        let cells: Vec<&str> = line.split(',').take(7).collect();
        assert!(cells.iter().all(|cell| !cell.is_empty()), "{line}");
    }
    for folder in ["maps", "suggested"] {
        assert_eq!(files(&path.join("audit").join(folder)).len(), 16);
    }
    for bytes in files(&path.join("audit/revisit")).values() {
        let read: serde_json::Value = serde_json::from_slice(bytes).expect("JSON");
        assert_eq!(read["type"], "FeatureCollection");
    }
    // Every patient is predicted by one network, and not trained on by it.
    for fold in 0..2 {
        let split = path.join(format!("audit/folds/fold-{fold}/split.json"));
        let split: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(split).expect("a split")).expect("JSON");
        let entries = split.as_array().expect("a list");
        let held_out: Vec<&serde_json::Value> = entries
            .iter()
            .filter(|entry| entry["split"] == "test")
            .map(|entry| &entry["patient"])
            .collect();
        let is_seen = |entry: &&serde_json::Value| {
            entry["split"] != "test" && held_out.contains(&&entry["patient"])
        };
        assert_eq!(entries.iter().filter(is_seen).count(), 0);
    }
    // The finished trainings are used again: the same bytes.
    let before = fs::read(path.join("audit/images.csv")).expect("a table");
    assert_eq!(train(&[]).code, 0);
    assert!(before == fs::read(path.join("audit/images.csv")).expect("a table"));
    train(&["--set", "train.seed=5"]).assert_user_error(&["plan.json", "another recipe"]);

    // A list in which somebody has written is not overwritten.
    let list = path.join("audit/audit.csv");
    let marked = [
        fs::read(&list).expect("a list"),
        b"checked by hand".to_vec(),
    ]
    .concat();
    with_content(&list, &marked, || {
        train(&[]).assert_user_error(&["audit.csv", "nothing was written"]);
    });

    let apply = |more: &[&str]| selvedge(path, &[&["audit", "apply", "audit"][..], more].concat());
    let originals = files(&path.join("burns/labels"));
    let ignoring = ["--top", "10%", "--as", "ignore", "--out"];
    for inside in ["burns", "burns/labels", "burns/new"] {
        apply(&[&ignoring[..], &[inside]].concat())
            .assert_user_error(&["outside the data set", "nothing was written"]);
    }
    let output = apply(&[&ignoring[..], &["labels-2"]].concat());
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(
        output.stdout.contains("data.label_values"),
        "{}",
        output.stdout
    );
    let changed = files(&path.join("labels-2/labels"));
    assert_eq!(changed.len(), originals.len());
    let pixels = |folder: &str, name: &str| {
        let image = image::open(path.join(folder).join(name)).expect("an image");
        image.into_luma8().into_raw()
    };
    let mut ignored = 0;
    for name in originals.keys() {
        let old = pixels("burns/labels", name);
        for (old, new) in old.iter().zip(pixels("labels-2/labels", name)) {
            assert!(*old == new || new == 255);
            ignored += usize::from(*old != new);
        }
    }
    assert!(ignored > 0);
    assert!(originals == files(&path.join("burns/labels")), "untouched");
    // Labels that were corrected by hand are not overwritten.
    let by_hand = path
        .join("labels-2/labels")
        .join(changed.keys().next().expect("a label"));
    fs::write(&by_hand, "corrected").expect("written");
    apply(&[&ignoring[..], &["labels-2"]].concat()).assert_user_error(&["nothing was written"]);
    let none = apply(&["--top", "0%", "--as", "ignore", "--out", "x"]);
    assert!(none.code == 2 && none.stderr.contains("5%"), "{none:?}");

    // A label that was changed since is not judged by the old audit.
    let first = originals.keys().next().expect("a label");
    let last = originals.values().last().expect("a label");
    with_content(&path.join("burns/labels").join(first), last, || {
        apply(&[&ignoring[..], &["labels-3"]].concat()).assert_user_error(&["checksum"]);
    });
}

#[test]
fn a_set_is_judged_by_what_ignoring_pixels_gains() {
    let folder = folder();
    let path = folder.path();
    synthesise_burns(path, 16, "0");
    let set = |recipe: &str| {
        let arguments = ["audit", "set", "burns", "--folds", "2", "--out", "rule"];
        small(path, &[&arguments[..], &["--recipe", recipe]].concat())
    };
    let output = set("smoke");
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(output.stdout.contains("95 % interval"), "{}", output.stdout);
    assert!(path.join("rule/folds/with-rule-1/summary.json").is_file());
    assert!(
        path.join("rule/folds/without-rule-0/summary.json")
            .is_file()
    );
}
