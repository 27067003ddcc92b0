//! `selvedge bench`: results name what was measured, and impossible measurements are refused. No figure is judged.

mod launches;

use serde_json::{Value, json};

use crate::program::{folder, selvedge, synthesise_burns};

/// macOS has no software adapter; there the machine's own GPU does it.
const ADAPTER: &str = if cfg!(target_os = "macos") {
    "metal"
} else {
    "software"
};

fn measured(arguments: &[&str]) -> Value {
    let folder = folder();
    let mut all = vec!["bench"];
    all.extend(arguments);
    all.push("--json");
    selvedge(folder.path(), &all).json()
}

fn assert_has_figures(figures: &Value) {
    for figure in ["median_s", "first_s", "peak_mib"] {
        let value = figures[figure].as_f64();
        assert!(
            value.is_some_and(|value| value > 0.0),
            "{figure}: {figures}"
        );
    }
}

/// The part of the measured work with this name.
fn part<'a>(report: &'a Value, name: &str) -> &'a Value {
    let parts = report["parts"].as_array().expect("parts");
    parts
        .iter()
        .find(|part| part["part"] == name)
        .unwrap_or_else(|| panic!("{name} of {report}"))
}

#[test]
fn the_envelope_is_compared_with_burns_built_in_operations() {
    let report = measured(&[
        "envelope",
        "--device",
        "cpu",
        "--size",
        "24",
        "--repeats",
        "3",
        "--stock",
    ]);
    assert_has_figures(&report);
    assert_has_figures(&report["ours"]);
    assert_eq!(report["shape"], json!([4, 5, 24, 24]));
    assert_eq!(
        (&report["repeats"], &report["stock"]),
        (&json!(3), &json!(true))
    );
}

#[test]
fn a_step_is_compared_with_burns_built_in_operations() {
    for (model, device, note) in [("unet", "cpu", false), ("unet3plus", ADAPTER, true)] {
        let report = measured(&[
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
            (&report["work"], &report["model"]),
            (&json!("step"), &json!(model))
        );
        assert_has_figures(&report);
        assert_has_figures(&report["ours"]);
        // On GPUs Burn cannot train through a bilinear resize, which UNet3+ contains.
        assert_eq!(report["note"].is_string(), note, "{report}");
    }
}

#[test]
fn a_step_that_recomputes_takes_less_memory() {
    let step = |more: &[&str]| {
        let mut arguments = vec![
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
        arguments.extend(more);
        measured(&arguments)["peak_mib"].as_f64().expect("memory")
    };
    let (keeps, recomputes) = (step(&[]), step(&["--recompute"]));
    // Recomputing halves the maps. Both also store the weights, their gradients, the optimizer's moments, and a layer's
    // temporary tensors.
    assert!(recomputes < 0.8 * keeps, "{recomputes} of {keeps} MiB");
}

#[test]
fn every_loss_trains_with_recomputation() {
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
        let report = measured(&[
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
        assert_has_figures(&report);
    }
}

#[test]
fn a_convolution_is_measured_forward_and_backward_relative_to_the_peak() {
    for device in ["cpu", ADAPTER] {
        let report = measured(&[
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
        assert_eq!(report["shape"], json!([2, 4, 18, 18]));
        assert_eq!(
            (&report["kernel"], &report["groups"]),
            (&json!(5), &json!(2))
        );
        assert_has_figures(&report);
        for name in ["forward", "backward"] {
            for side in ["ours", "stock"] {
                let figures = &part(&report, name)[side];
                assert_has_figures(figures);
                assert!(figures["gflop_per_s"].is_number() && figures["of_peak"].is_number());
            }
        }
    }
}

#[test]
fn a_resize_is_compared_with_burn_where_burn_supports_it() {
    for (device, gradient) in [("cpu", true), (ADAPTER, false)] {
        let report = measured(&[
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
        assert_eq!(report["shape"], json!([1, 2, 7, 7]));
        assert_has_figures(&report);
        assert_has_figures(&part(&report, "forward")["stock"]);
        let backward = part(&report, "backward");
        assert!(backward["ours"]["gb_per_s"].is_number(), "{report}");
        assert_eq!(backward["stock"].is_object(), gradient, "{report}");
        assert_eq!(report["note"].is_string(), !gradient, "{report}");
    }
}

#[test]
fn data_loading_is_measured_from_memory_and_from_files() {
    let folder = folder();
    synthesise_burns(folder.path(), 12, "1");
    let arguments = [
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
    let with_json = [&arguments[..], &["--json"]].concat();
    let report = selvedge(folder.path(), &with_json).json();
    assert_eq!(report["size"], json!([32, 32]));
    assert_eq!(report["read_at"], json!([48, 64]));
    assert_eq!(
        (&report["batch"], &report["epochs"]),
        (&json!(2), &json!(2))
    );
    assert!(report["read_images_per_s"].as_f64().expect("a rate") > 0.0);
    for source in ["kept", "read_anew"] {
        let figures = &report[source];
        let figure = |name: &str| figures[name].as_f64().expect("a figure");
        assert!(figure("first_batch_s") > 0.0, "{report}");
        assert!(
            (figure("images_per_s") * figure("shortest_step_s") - 2.0).abs() < 1e-9,
            "{report}"
        );
    }
    let output = selvedge(folder.path(), &arguments);
    for fragment in ["crops of images of 48×64", "kept in memory", "read again"] {
        assert!(
            output.stdout.contains(fragment),
            "'{fragment}' in: {}",
            output.stdout
        );
    }
}

#[test]
fn the_peak_of_a_device_is_measured() {
    for device in ["cpu", ADAPTER] {
        let report = measured(&["peak", "--device", device]);
        assert_has_figures(&report);
        for figure in ["gflop_per_s", "gb_per_s"] {
            assert!(report[figure].as_f64().expect("a rate") > 0.0, "{report}");
        }
    }
}

#[test]
fn everything_is_measured_in_one_table() {
    let folder = folder();
    let arguments = [
        "bench",
        "all",
        "--device",
        "cpu",
        "--tiny",
        "--repeats",
        "1",
    ];
    let output = selvedge(folder.path(), &arguments);
    assert_eq!(output.code, 0, "{}", output.stderr);
    for fragment in [
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
        assert!(
            output.stdout.contains(fragment),
            "'{fragment}' in: {}",
            output.stdout
        );
    }
    let report = measured(&arguments[1..]);
    let device = &report["devices"][0];
    assert_eq!(device["requested"], "cpu");
    assert!(device["peak"]["gflop_per_s"].is_number());
    assert_eq!(device["rows"].as_array().expect("rows").len(), 8);
}

#[test]
fn impossible_measurements_are_refused_with_the_option_and_its_limits() {
    let folder = folder();
    for (arguments, expected) in [
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
        all.extend(arguments);
        selvedge(folder.path(), &all).assert_user_error(expected);
    }
    let output = selvedge(folder.path(), &["bench", "conv", "--kernel", "three"]);
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("three"), "{}", output.stderr);
}
