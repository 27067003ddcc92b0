//! `selvedge score`: two folders of masks.

use std::fs;

use data::{LabelMap, write_label_png};

use crate::program::{folder, selvedge};

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
