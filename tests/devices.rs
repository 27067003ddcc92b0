//! Environment variables for devices, colours and the log are respected, and mistakes in them are reported.

use ops::InstructionSet;
use serde_json::json;

use crate::envelope::arrays;
use crate::program::{CommandOutput, folder, selvedge_with};

/// macOS has no software adapter; there the machine's own GPU does it.
const ADAPTER: &str = if cfg!(target_os = "macos") {
    "metal"
} else {
    "software"
};

/// Opens a device and does almost nothing on it.
const MINIMAL: [&str; 3] = ["envelope", "logits.npy", "labels.npy"];

/// The message when `auto` chooses the CPU.
const NO_GPU: &str = "no GPU found";

/// Runs the program in a folder that contains the two arrays of [`MINIMAL`].
fn run(arguments: &[&str], environment: &[(&str, Option<&str>)]) -> CommandOutput {
    let folder = folder();
    arrays(folder.path());
    selvedge_with(folder.path(), arguments, environment)
}

#[test]
fn an_excluded_graphics_api_is_not_used() {
    let all = [("SELVEDGE_WITHOUT", Some("vulkan,metal,dx12"))];
    let report = run(&["doctor", "--device", "cpu", "--json"], &all).json();
    assert_eq!(report["left_out"], json!(["vulkan", "metal", "dx12"]));
    assert_eq!(report["adapters"], json!([]));
    // Case is ignored, and an excluded API is reported differently from a missing one.
    for api in ["vulkan", "metal", "dx12"] {
        let capitals = api.to_uppercase();
        run(
            &["bench", "peak", "--device", api],
            &[("SELVEDGE_WITHOUT", Some(capitals.as_str()))],
        )
        .assert_user_error(&["is excluded", "SELVEDGE_WITHOUT", api]);
    }
    run(&["bench", "peak", "--device", "gpu:3"], &all).assert_user_error(&[
        "no graphics adapter",
        "SELVEDGE_WITHOUT excludes vulkan, metal, dx12",
    ]);
}

#[test]
fn the_device_reports_the_chosen_instruction_set_and_an_unusable_one_is_refused() {
    let bench = [
        "bench", "conv", "--device", "cpu", "--size", "8", "--inputs", "2", "--json",
    ];
    for set in InstructionSet::available() {
        let chosen = [("SELVEDGE_INSTRUCTIONS", Some(set.as_str()))];
        let report = run(&bench, &chosen).json();
        let device = report["device"].as_str().expect("a device");
        assert!(device.ends_with(&format!(", {set}")), "{set:?}: {device}");
    }
    let unknown = [("SELVEDGE_INSTRUCTIONS", Some("sse9"))];
    run(&bench, &unknown).assert_user_error(&[
        "SELVEDGE_INSTRUCTIONS",
        "found 'sse9'",
        "portable, neon, avx2, avx512",
    ]);
    let foreign = if cfg!(target_arch = "aarch64") {
        "avx2"
    } else {
        "neon"
    };
    let foreign = [("SELVEDGE_INSTRUCTIONS", Some(foreign))];
    run(&bench, &foreign).assert_user_error(&["SELVEDGE_INSTRUCTIONS", "this CPU has no"]);
}

/// The Vulkan loader logs to stderr, so silence there means that it was not loaded.
#[cfg(target_os = "linux")]
#[test]
fn the_library_of_an_excluded_api_is_not_loaded() {
    let loud = ("VK_LOADER_DEBUG", Some("all"));
    let software = [&MINIMAL[..], &["--device", "software"]].concat();
    let with = run(&software, &[loud, ("SELVEDGE_WITHOUT", None)]);
    assert_eq!(with.code, 0, "{with:?}");
    assert!(with.stderr.contains("Vulkan Loader"), "{}", with.stderr);
    let vulkan = ("SELVEDGE_WITHOUT", Some("vulkan"));
    let without = run(&software, &[loud, vulkan]);
    without.assert_user_error(&["found no graphics adapter"]);
    // `auto` does not load it either, and chooses the CPU.
    let auto = run(&MINIMAL, &[loud, vulkan]);
    assert!(auto.code == 0 && auto.stderr.contains(NO_GPU), "{auto:?}");
    for output in [without, auto] {
        assert!(
            !output.stderr.contains("Vulkan Loader"),
            "{}",
            output.stderr
        );
    }
}

#[test]
fn an_unknown_api_is_refused_with_the_known_ones() {
    for arguments in [
        &["doctor"][..],
        &["bench", "peak", "--device", "cpu"],
        &["bench", "trial", "--device", ADAPTER],
    ] {
        let output = run(
            arguments,
            &[
                ("SELVEDGE_WITHOUT", Some("vulkan,directx")),
                ("VK_LOADER_DEBUG", Some("all")),
            ],
        );
        output.assert_user_error(&["SELVEDGE_WITHOUT", "vulkan, metal, dx12", "'directx'"]);
        assert!(
            !output.stderr.contains("Vulkan Loader"),
            "{}",
            output.stderr
        );
    }
}

#[test]
fn a_gpu_is_compared_with_the_cpu() {
    let report = run(&["bench", "trial", "--device", ADAPTER, "--json"], &[]).json();
    for seconds in ["gpu_s", "cpu_s"] {
        let value = report[seconds].as_f64();
        assert!(value.is_some_and(|seconds| seconds > 0.0), "{report}");
    }
    assert_ne!(report["device"]["kind"], "cpu");
    for device in ["auto", "cpu"] {
        run(&["bench", "trial", "--device", device], &[])
            .assert_user_error(&["expected a GPU", device]);
    }
}

/// The software adapter is available even where there is no GPU.
#[cfg(target_os = "linux")]
#[test]
fn auto_never_chooses_a_software_adapter() {
    let gpu = run(&[&MINIMAL[..], &["--device", "gpu"]].concat(), &[]);
    let auto = run(&MINIMAL, &[]);
    assert_eq!(auto.code, 0, "{}", auto.stderr);
    let chose_cpu = auto.stderr.contains(NO_GPU);
    assert!(chose_cpu || gpu.code == 0, "{auto:?}");
}

/// Without such a folder, libraries that lavapipe uses print a complaint.
#[cfg(target_os = "linux")]
#[test]
fn drivers_do_not_complain_about_a_missing_runtime_folder() {
    for named in [None, Some(""), Some("not/absolute")] {
        let output = run(
            &[&MINIMAL[..], &["--device", "software"]].concat(),
            &[("XDG_RUNTIME_DIR", named)],
        );
        assert_eq!(output.code, 0, "{}", output.stderr);
        assert!(
            !output.stderr.contains("XDG_RUNTIME_DIR"),
            "{}",
            output.stderr
        );
    }
}

#[test]
fn colours_follow_the_option_and_the_environment() {
    // Neither of the streams is a terminal here.
    let coloured = |text: &str| text.contains('\u{1b}');
    let plain: [(&str, Option<&str>); 3] = [
        ("NO_COLOR", None),
        ("CLICOLOR_FORCE", None),
        ("CLICOLOR", None),
    ];
    let set = Some("1");
    for (arguments, environment, expected) in [
        (&[][..], &plain[..], false),
        (&["--color", "always"], &plain, true),
        (&["--color=always"], &[("NO_COLOR", set)], true),
        (&["--color", "never"], &[("CLICOLOR_FORCE", set)], false),
        (&[], &[("NO_COLOR", None), ("CLICOLOR_FORCE", set)], true),
        (&[], &[("NO_COLOR", set), ("CLICOLOR_FORCE", set)], false),
    ] {
        let about = |text: &str| format!("{arguments:?}, {environment:?}: {text}");
        // A line of the log, help, and a usage error.
        let no_gpu = [("SELVEDGE_WITHOUT", Some("vulkan,metal,dx12"))];
        let log = run(
            &[&MINIMAL[..], arguments].concat(),
            &[environment, &no_gpu].concat(),
        );
        assert!(log.stderr.contains(NO_GPU), "{log:?}");
        assert_eq!(coloured(&log.stderr), expected, "{}", about(&log.stderr));
        let help = run(
            &[&["doctor", "--help"][..], arguments].concat(),
            environment,
        );
        assert_eq!(coloured(&help.stdout), expected, "{}", about(&help.stdout));
        let refused = run(&[arguments, &["doctor", "--devise"]].concat(), environment);
        assert_eq!(refused.code, 2);
        assert_eq!(
            coloured(&refused.stderr),
            expected,
            "{}",
            about(&refused.stderr)
        );
    }
    let wrong = run(&["doctor", "--color", "loud"], &[]);
    assert_eq!(wrong.code, 2);
    assert!(
        wrong.stderr.contains("auto, always, never"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn the_environment_filters_the_log() {
    let no_gpu = ("SELVEDGE_WITHOUT", Some("vulkan,metal,dx12"));
    let log = |ours: Option<&str>, others: Option<&str>| {
        run(
            &MINIMAL,
            &[no_gpu, ("SELVEDGE_LOG", ours), ("RUST_LOG", others)],
        )
    };
    for (ours, others, expected) in [
        (None, None, true),
        (None, Some("error"), false),
        (Some(""), Some("error"), false),
        (Some("info"), Some("error"), true),
        (Some("error"), Some("info"), false),
    ] {
        let output = log(ours, others);
        assert_eq!(output.code, 0, "{}", output.stderr);
        assert_eq!(
            output.stderr.contains(NO_GPU),
            expected,
            "{ours:?} {others:?}: {}",
            output.stderr
        );
    }
    log(Some("selvedge=loud"), None).assert_user_error(&[
        "SELVEDGE_LOG",
        "selvedge=loud",
        "selvedge=debug",
    ]);
    log(None, Some("selvedge=loud")).assert_user_error(&["RUST_LOG", "selvedge=loud"]);
}
