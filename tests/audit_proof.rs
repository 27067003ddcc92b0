//! `data plant`, `audit score` and `audit correct`: known errors are measured, and corrected in a copy.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use data::{
    Corruption, DataOptions, Dataset, LayoutName, PixelBox, Split, image_name, read_corruptions,
};

use crate::program::{CommandOutput, folder, selvedge};

/// Draws a set with gross errors in `set`.
fn synthesise(folder: &Path, layout: &str, images: &str) {
    let output = selvedge(
        folder,
        &[
            "synth", layout, "--out", "set", "--images", images, "--size", "64", "--gross", "0.2",
            "--noise", "1.5",
        ],
    );
    assert_eq!(output.code, 0, "{output:?}");
    assert!(output.stdout.contains("gross errors in"), "{output:?}");
}

fn dataset(root: &Path, layout: LayoutName) -> Dataset {
    let options = DataOptions {
        kind: layout,
        ..DataOptions::default()
    };
    Dataset::open(root, &options).expect("a set")
}

fn errors(root: &Path) -> BTreeMap<String, Corruption> {
    let list = read_corruptions(&root.join("corruptions.json")).expect("notes");
    list.into_iter()
        .map(|one| (one.image.clone(), one))
        .collect()
}

/// Writes the folder of an audit that knows everything: its default and `softmin` are how wrong each label is, its loss says
/// nothing, and its places are the noted ones.
fn write_audit(folder: &Path, layout: LayoutName, root: &Path) {
    let set = dataset(root, layout);
    let noted = errors(root);
    let mut rows = Vec::new();
    let mut places =
        "rank,patient,image,class,kind,score,area,x0,y0,x1,y1,suggestion\n".to_string();
    for case in Split::ALL.iter().flat_map(|split| set.cases(*split)) {
        let labels = set.load_label_volume(case).expect("labels");
        let clean = set
            .load_clean_volume(case)
            .expect("labels")
            .expect("clean ones");
        for slice in 0..labels.shape[0] {
            let name = image_name(&case.stem, slice, labels.shape[0]);
            let (one, other) = (labels.slice(slice), clean.slice(slice));
            let wrong = one
                .classes
                .iter()
                .zip(&other.classes)
                .filter(|(one, other)| one != other);
            let error = &noted[&name];
            let doubt = wrong.count() as f64 + if error.gross.is_some() { 1e6 } else { 0.0 };
            rows.push((doubt, name.clone(), case.patient.clone()));
            let mut add = |kind: &str, place: PixelBox, area: usize| {
                let PixelBox { x0, y0, x1, y1 } = place;
                let line = format!(
                    "1,{},\"{name}\",1,{kind},{doubt},{area},{x0},{y0},{x1},{y1},look\n",
                    case.patient
                );
                places += &line;
            };
            // Smaller places do not count.
            for missed in error.missed.iter().filter(|missed| missed.area >= 4) {
                add("missed", missed.place, missed.area);
            }
            for swapped in &error.swapped {
                add("class", swapped.place, swapped.area);
            }
        }
    }
    rows.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut images = HEADER.to_string();
    for (rank, (doubt, name, patient)) in (1..).zip(&rows) {
        let loss = (rank * 7919) % 101;
        writeln!(
            images,
            "\"{name}\",{patient},0,{doubt},,,,,,{loss},,,{rank}"
        )
        .expect("text");
    }
    let audit = folder.join("audit");
    fs::create_dir_all(&audit).expect("a folder");
    fs::write(audit.join("images.csv"), images).expect("written");
    fs::write(audit.join("audit.csv"), places).expect("written");
    write_note(&audit, layout.as_str(), root, "");
}

/// Writes the description of an audit.
fn write_note(audit: &Path, layout: &str, root: &Path, checksum: &str) {
    let note = serde_json::json!({
        "version": "0.1.0", "commit": "", "source": "folds", "data": root, "data_sha256": checksum,
        "options": {"kind": layout}, "classes": ["background", "x"], "ignore": 255, "recipe": "x", "folds": 5,
        "score": ["softmin"],
    });
    fs::write(audit.join("audit.json"), note.to_string()).expect("written");
}

const HEADER: &str = "image,patient,fold,softmin,confident,component,border,margin,loss,final_loss,dropped,weight,rank\n";

fn score(folder: &Path, more: &[&str]) -> CommandOutput {
    selvedge(folder, &[&["audit", "score", "audit"], more].concat())
}

#[test]
fn an_audit_that_knows_everything_is_perfect() {
    for (name, layout, images) in [
        ("bamsi", LayoutName::Bamsi, "40"),
        ("fasu", LayoutName::Fasu, "24"),
        ("acdc", LayoutName::Acdc, "6"),
    ] {
        let folder = folder();
        let here = folder.path();
        synthesise(here, name, images);
        write_audit(here, layout, &here.join("set"));
        let report = score(here, &["--truth", "set", "--json"]).json();
        let scores = report["gross"]["scores"].as_array().expect("scores");
        assert_eq!(scores[0]["score"], "default");
        assert_eq!(scores[0]["auroc"], 1.0, "{name}");
        assert_eq!(scores[1]["average_precision"], 1.0, "{name}");
        let against = &scores[0]["against_loss"]["average_precision"];
        assert!(
            against["ci95"][0].as_f64().expect("an interval") > 0.0,
            "{against}"
        );
        assert_eq!(scores.last().expect("scores")["score"], "random");
        let missed = &report["missed"];
        assert_eq!(missed["hits"], missed["wrong"], "{name}: {missed}");
        assert!(report["doubt"][0]["spearman"].as_f64().expect("a number") > 0.3);
        let curve = &report["gross_curves"][0]["points"];
        assert_eq!(curve[0], serde_json::json!([0.0, 0.0]));

        // Text and a page say the same.
        let output = score(here, &["--truth", "set", "--out", "effort.html"]);
        assert_eq!(output.code, 0, "{output:?}");
        assert!(
            output.stdout.contains("AUROC by kind of error"),
            "{output:?}"
        );
        let page = fs::read_to_string(here.join("effort.html")).expect("a page");
        assert!(page.contains("<svg") && page.contains("softmin"), "{name}");
        score(here, &["--truth", "set", "--out", "effort.html"])
            .assert_user_error(&["effort.html"]);
    }
}

#[test]
fn without_notes_the_errors_are_found_by_comparison() {
    let folder = folder();
    let here = folder.path();
    synthesise(here, "bamsi", "40");
    write_audit(here, LayoutName::Bamsi, &here.join("set"));
    fs::remove_file(here.join("set/corruptions.json")).expect("removed");
    for truth in ["set", "set/clean"] {
        let report = score(here, &["--truth", truth, "--json"]).json();
        assert!(report["notes"].is_null());
        assert!(
            report["gross"]["wrong"].as_u64().expect("a number") > 0,
            "{report}"
        );
        assert!(
            report["gross"]["scores"][0]["auroc"]
                .as_f64()
                .expect("a number")
                > 0.6
        );
        assert!(report["border"].is_null());
    }
}

#[test]
fn correcting_the_worst_repairs_the_gross_errors_in_a_copy() {
    for (name, layout, images) in [
        ("bamsi", LayoutName::Bamsi, "40"),
        ("fasu", LayoutName::Fasu, "24"),
        ("acdc", LayoutName::Acdc, "6"),
    ] {
        let folder = folder();
        let here = folder.path();
        synthesise(here, name, images);
        write_audit(here, layout, &here.join("set"));
        let correct = |more: &[&str]| {
            selvedge(
                here,
                &[&["audit", "correct", "audit", "--truth", "set"], more].concat(),
            )
        };
        let output = correct(&["--top", "30%", "--out", "worst"]);
        assert_eq!(output.code, 0, "{output:?}");
        let (before, after) = (errors(&here.join("set")), errors(&here.join("worst")));
        let gross = |list: &BTreeMap<String, Corruption>| {
            list.values().filter(|one| one.gross.is_some()).count()
        };
        assert!(gross(&before) > 1 && gross(&after) == 0, "{name}");
        // The labels are what the notes say: equal to the clean ones if the image was looked at, else as before.
        let (old, new) = (
            dataset(&here.join("set"), layout),
            dataset(&here.join("worst"), layout),
        );
        let mut corrected = 0;
        for split in Split::ALL {
            for (old_case, case) in old.cases(split).iter().zip(new.cases(split)) {
                assert_eq!(old_case.stem, case.stem);
                let was = old.load_label_volume(old_case).expect("labels");
                let is = new.load_label_volume(case).expect("labels");
                let clean = new
                    .load_clean_volume(case)
                    .expect("labels")
                    .expect("clean ones");
                assert_eq!(
                    Some(&clean),
                    old.load_clean_volume(old_case).expect("labels").as_ref()
                );
                for slice in 0..is.shape[0] {
                    let (was, is) = (was.slice(slice), is.slice(slice));
                    if is != was {
                        assert_eq!(is, clean.slice(slice), "{}", case.stem);
                        corrected += 1;
                    }
                }
            }
        }
        assert!(corrected >= gross(&before), "{name}: {corrected}");

        let output = correct(&["--random", "--seed", "3", "--out", "any"]);
        assert_eq!(output.code, 0, "{output:?}");
        assert!(gross(&errors(&here.join("any"))) <= gross(&before));
        correct(&["--out", "any"]).assert_user_error(&["any"]);
        correct(&["--out", "set/inside"]).assert_user_error(&["set"]);
        correct(&["--by", "nothing", "--out", "x"])
            .assert_user_error(&["default, softmin, final_loss"]);
        let refused = correct(&["--top", "0", "--out", "x"]);
        assert!(
            refused.code == 2 && refused.stderr.contains("such as 10%"),
            "{refused:?}"
        );
        assert!(!here.join("x").exists());
    }
}

#[test]
fn a_folder_of_masks_keeps_its_values_and_the_clean_labels() {
    let folder = folder();
    let here = folder.path();
    for name in ["images", "masks"] {
        fs::create_dir_all(here.join("set").join(name)).expect("a folder");
    }
    for index in 0..20_u32 {
        let photograph = image::RgbImage::from_fn(48, 32, |x, y| {
            image::Rgb([(x * 5) as u8, (y * 7) as u8, index as u8])
        });
        let mask = image::GrayImage::from_fn(48, 32, |x, y| {
            let inside =
                |left: u32, top: u32| (left..left + 8).contains(&x) && (top..top + 8).contains(&y);
            image::Luma([if inside(2 + index, 4) || inside(30, 20) {
                255
            } else {
                0
            }])
        });
        let place = |part: &str| here.join("set").join(part).join(format!("{index:02}.png"));
        photograph.save(place("images")).expect("written");
        mask.save(place("masks")).expect("written");
    }
    let plant = |out: &str, more: &[&str]| {
        let command = ["data", "plant", "folder", "set", "--out", out];
        selvedge(here, &[&command[..], more].concat())
    };
    for (out, more, fragment) in [
        ("spoilt", ["--missed", "0"], "above 0"),
        ("spoilt", ["--missed", "0.6"], "0 to 0.5"),
        ("spoilt", ["--swapped", "0.1"], "two foreground classes"),
        ("set/inside", ["--missed", "0.1"], "outside of"),
    ] {
        plant(out, &more).assert_user_error(&[fragment]);
    }
    let output = plant("spoilt", &["--gross", "0.2", "--missed", "0.3"]);
    assert_eq!(output.code, 0, "{output:?}");
    let check = selvedge(here, &["data", "check", "folder", "spoilt"]);
    assert_eq!(check.code, 0, "{check:?}");
    let noted = errors(&here.join("spoilt"));
    let wrong = noted
        .values()
        .filter(|one| one.gross.is_some() || !one.missed.is_empty());
    assert!(wrong.count() >= 4);
    // The clean labels are those of the original, and an audit of the copy finds them by itself.
    let set = dataset(&here.join("spoilt"), LayoutName::Folder);
    let mut images = HEADER.to_string();
    for (rank, case) in (1..).zip(Split::ALL.iter().flat_map(|split| set.cases(*split))) {
        writeln!(images, "{},,0,{rank},,,,,,,,,{rank}", case.stem).expect("text");
        let name = case.labels.file_name().expect("a name");
        let kept = fs::read(here.join("spoilt/clean").join(name)).expect("kept");
        assert_eq!(
            kept,
            fs::read(here.join("set/masks").join(name)).expect("the original")
        );
    }
    fs::create_dir(here.join("audit")).expect("a folder");
    fs::write(here.join("audit/images.csv"), images).expect("written");
    let header = "rank,patient,image,class,kind,score,area,x0,y0,x1,y1,suggestion\n";
    fs::write(here.join("audit/audit.csv"), header).expect("written");
    let audit = here.join("audit");
    write_note(&audit, "folder", &here.join("spoilt"), "");
    for truth in ["spoilt", "set", "spoilt/clean"] {
        let report = score(here, &["--truth", truth, "--json"]).json();
        assert_eq!(report["images"], 20, "{truth}");
        assert_eq!(report["patients"], 20);
        assert!(
            report["agreement"].as_f64().expect("a number") < 1.0,
            "{truth}"
        );
    }
    score(here, &["--truth", "audit"]).assert_user_error(&["20 images without one", "--truth"]);
    fs::write(here.join("spoilt/corruptions.json"), "{}").expect("written");
    score(here, &["--truth", "spoilt"]).assert_user_error(&["corruptions.json"]);
    write_note(&audit, "folder", &here.join("spoilt"), "0123");
    score(here, &["--truth", "spoilt"]).assert_user_error(&["checksum", "0123"]);
    fs::write(audit.join("audit.json"), "{}").expect("written");
    score(here, &["--truth", "spoilt"]).assert_user_error(&["audit.json"]);
}
