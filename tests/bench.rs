//! `selvedge bench`: what is measured is named, and what cannot be measured is refused. No figure is looked at.

use serde_json::{Value, json};

use crate::program::{burns, folder, selvedge};

/// macOS has no software adapter; there the machine's own GPU does it.
const ADAPTER: &str = if cfg!(target_os = "macos") {
    "metal"
} else {
    "software"
};

fn measured(words: &[&str]) -> Value {
    let folder = folder();
    let mut all = vec!["bench"];
    all.extend(words);
    all.push("--json");
    selvedge(folder.path(), &all).json()
}

fn has_figures(figures: &Value) {
    for figure in ["median_s", "first_s", "peak_mib"] {
        let value = figures[figure].as_f64();
        assert!(
            value.is_some_and(|value| value > 0.0),
            "{figure}: {figures}"
        );
    }
}

/// A part of the work by name.
fn part<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let parts = answer["parts"].as_array().expect("parts");
    parts
        .iter()
        .find(|part| part["part"] == name)
        .unwrap_or_else(|| panic!("{name} of {answer}"))
}

#[test]
fn the_envelope_is_measured_beside_burns_own() {
    let answer = measured(&[
        "envelope",
        "--device",
        "cpu",
        "--size",
        "24",
        "--repeats",
        "3",
        "--stock",
    ]);
    has_figures(&answer);
    has_figures(&answer["ours"]);
    assert_eq!(answer["shape"], json!([4, 5, 24, 24]));
    assert_eq!(
        (&answer["repeats"], &answer["stock"]),
        (&json!(3), &json!(true))
    );
}

#[test]
fn a_step_is_measured_with_a_network_of_burns_own_operations() {
    for (model, device, note) in [("unet", "cpu", false), ("unet3plus", ADAPTER, true)] {
        let answer = measured(&[
            "step",
            "--model",
            model,
            "--width",
            "2",
            "--size",
            "16",
            "--batch",
            "1",
            "--repeats",
            "1",
            "--device",
            device,
            "--stock",
        ]);
        assert_eq!(
            (&answer["work"], &answer["model"]),
            (&json!("step"), &json!(model))
        );
        has_figures(&answer);
        has_figures(&answer["ours"]);
        // On graphics adapters burn cannot train through a bilinear resize, of which the one network has some.
        assert_eq!(answer["note"].is_string(), note, "{answer}");
    }
}

#[test]
fn a_step_that_recomputes_takes_less_memory() {
    let step = |more: &[&str]| {
        let mut words = vec![
            "step",
            "--device",
            "cpu",
            "--width",
            "8",
            "--size",
            "128",
            "--batch",
            "2",
            "--repeats",
            "1",
        ];
        words.extend(more);
        measured(&words)["peak_mib"].as_f64().expect("memory")
    };
    let (keeps, recomputes) = (step(&[]), step(&["--recompute"]));
    // Half of the maps, beside what both hold: weights, their gradients, the optimizer's moments, and what a layer needs
    // for a moment.
    assert!(recomputes < 0.8 * keeps, "{recomputes} of {keeps} MiB");
}

#[test]
fn every_loss_can_be_trained_with_while_recomputing() {
    for loss in [
        "envelope",
        "cross_entropy",
        "dice_cross_entropy",
        "focal",
        "unified_focal",
        "pixel_top_k",
        "ohem",
    ] {
        let name = format!("loss.name={loss}");
        let answer = measured(&[
            "step",
            "--model",
            "unet",
            "--width",
            "2",
            "--size",
            "16",
            "--batch",
            "1",
            "--repeats",
            "1",
            "--device",
            "cpu",
            "--recompute",
            "--stock",
            "--set",
            &name,
        ]);
        has_figures(&answer);
    }
}

#[test]
fn a_convolution_is_measured_forward_and_backward_as_a_share_of_the_peak() {
    for device in ["cpu", ADAPTER] {
        let answer = measured(&[
            "conv",
            "--device",
            device,
            "--kernel",
            "5",
            "--stride",
            "2",
            "--dilation",
            "2",
            "--groups",
            "2",
            "--inputs",
            "4",
            "--outputs",
            "6",
            "--size",
            "18",
            "--batch",
            "2",
            "--repeats",
            "1",
            "--stock",
        ]);
        assert_eq!(answer["shape"], json!([2, 4, 18, 18]));
        assert_eq!(
            (&answer["kernel"], &answer["groups"]),
            (&json!(5), &json!(2))
        );
        has_figures(&answer);
        for name in ["forward", "backward"] {
            for side in ["ours", "stock"] {
                let figures = &part(&answer, name)[side];
                has_figures(figures);
                assert!(figures["gflop_per_s"].is_number() && figures["of_peak"].is_number());
            }
        }
    }
}

#[test]
fn a_resize_is_measured_as_far_as_burn_has_one() {
    for (device, gradient) in [("cpu", true), (ADAPTER, false)] {
        let answer = measured(&[
            "resize",
            "--device",
            device,
            "--factor",
            "3",
            "--channels",
            "2",
            "--size",
            "7",
            "--repeats",
            "1",
            "--stock",
        ]);
        assert_eq!(answer["shape"], json!([1, 2, 7, 7]));
        has_figures(&answer);
        has_figures(&part(&answer, "forward")["stock"]);
        let backward = part(&answer, "backward");
        assert!(backward["ours"]["gb_per_s"].is_number(), "{answer}");
        assert_eq!(backward["stock"].is_object(), gradient, "{answer}");
        assert_eq!(answer["note"].is_string(), !gradient, "{answer}");
    }
}

#[test]
fn the_way_of_the_data_is_measured_from_memory_and_from_files() {
    let folder = folder();
    burns(folder.path(), 12, "1");
    let words = [
        "bench",
        "data",
        "--recipe",
        "bamsi",
        "--data",
        "burns",
        "--size",
        "32",
        "--batch",
        "2",
        "--epochs",
        "2",
        "--set",
        "augment.crop.from=[48, 64]",
    ];
    let json = [&words[..], &["--json"]].concat();
    let answer = selvedge(folder.path(), &json).json();
    assert_eq!(answer["size"], json!([32, 32]));
    assert_eq!(answer["read_at"], json!([48, 64]));
    assert_eq!(
        (&answer["batch"], &answer["epochs"]),
        (&json!(2), &json!(2))
    );
    assert!(answer["read_images_per_s"].as_f64().expect("a rate") > 0.0);
    for way in ["kept", "read_anew"] {
        let figures = &answer[way];
        let of = |name: &str| figures[name].as_f64().expect("a figure");
        assert!(of("first_batch_s") > 0.0, "{answer}");
        assert!(
            (of("images_per_s") * of("shortest_step_s") - 2.0).abs() < 1e-9,
            "{answer}"
        );
    }
    let said = selvedge(folder.path(), &words);
    for words in ["crops of images of 48×64", "kept in memory", "read again"] {
        assert!(said.stdout.contains(words), "'{words}' in: {}", said.stdout);
    }
}

#[test]
fn a_device_has_a_peak() {
    for device in ["cpu", ADAPTER] {
        let answer = measured(&["peak", "--device", device]);
        has_figures(&answer);
        for figure in ["gflop_per_s", "gb_per_s"] {
            assert!(answer[figure].as_f64().expect("a rate") > 0.0, "{answer}");
        }
    }
}

#[test]
fn everything_is_measured_in_one_table() {
    let folder = folder();
    let words = [
        "bench",
        "all",
        "--device",
        "cpu",
        "--tiny",
        "--repeats",
        "1",
    ];
    let said = selvedge(folder.path(), &words);
    assert_eq!(said.code, 0, "{}", said.stderr);
    for word in [
        "cpu: CPU",
        "stock/ours",
        "of the peak",
        "copy",
        "envelope",
        "resize ×2",
        "conv 3×3",
        "conv 1×1",
        "4 to 4 in 4 groups",
        "backward",
        "step of unet3plus",
    ] {
        assert!(said.stdout.contains(word), "'{word}' in: {}", said.stdout);
    }
    let answer = measured(&words[1..]);
    let device = &answer["devices"][0];
    assert_eq!(device["requested"], "cpu");
    assert!(device["peak"]["gflop_per_s"].is_number());
    assert_eq!(device["rows"].as_array().expect("rows").len(), 8);
}

#[test]
fn what_cannot_be_measured_is_refused_with_the_option_and_what_it_takes() {
    let folder = folder();
    for (words, expected) in [
        (
            &["envelope", "--size", "0"][..],
            &["--size", "at least 1, found 0"][..],
        ),
        (&["step", "--size", "40"], &["multiples of 16", "40×40"]),
        (&["step", "--model", "vnet"], &["vnet", "unet3plus"]),
        (
            &["conv", "--kernel", "0"],
            &["--kernel", "at least 1, found 0"],
        ),
        (&["conv", "--stride", "0"], &["--stride"]),
        (&["conv", "--dilation", "0"], &["--dilation"]),
        (&["conv", "--groups", "0"], &["--groups"]),
        (&["conv", "--inputs", "0"], &["--inputs"]),
        (&["conv", "--repeats", "0"], &["--repeats"]),
        (
            &["conv", "--groups", "3", "--inputs", "6"],
            &["--outputs", "multiple of --groups 3, found 64"],
        ),
        (
            &["conv", "--kernel", "2", "--dilation", "5", "--size", "1"],
            &["--size", "2×2", "found 1"],
        ),
        (
            &["resize", "--factor", "1"],
            &["--factor", "at least 2, found 1"],
        ),
        (&["resize", "--channels", "0"], &["--channels"]),
        (&["data", "--epochs", "0"], &["--epochs", "at least 1"]),
        (&["data", "--recipe", "folder"], &["--data"]),
        (&["data", "--batch", "0"], &["train.batch_size"]),
        (&["all", "--repeats", "0"], &["--repeats"]),
        (&["all", "--device", "gpu:9"], &["gpu:9"]),
        (
            &["conv", "--size", "65536", "--device", ADAPTER],
            &["MiB", "--size"],
        ),
    ] {
        let mut all = vec!["bench"];
        all.extend(words);
        selvedge(folder.path(), &all).mendable(expected);
    }
    let said = selvedge(folder.path(), &["bench", "conv", "--kernel", "three"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("three"), "{}", said.stderr);
}
