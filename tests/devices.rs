//! What the environment says of devices and of the terminal is heeded, and a mistake in it is told.

use ops::InstructionSet;
use serde_json::json;

use crate::envelope::arrays;
use crate::program::{Said, folder, selvedge_with};

/// macOS has no software adapter; there the machine's own GPU does it.
const ADAPTER: &str = if cfg!(target_os = "macos") {
    "metal"
} else {
    "software"
};

/// Opens a device and does next to nothing on it.
const LITTLE: [&str; 3] = ["envelope", "logits.npy", "labels.npy"];

/// `auto`'s word for the processor.
const PROCESSOR: &str = "no GPU found";

fn said(arguments: &[&str], environment: &[(&str, Option<&str>)]) -> Said {
    let folder = folder();
    arrays(folder.path());
    selvedge_with(folder.path(), arguments, environment)
}

#[test]
fn a_graphics_api_that_is_left_out_is_not_asked_for() {
    let all = [("SELVEDGE_WITHOUT", Some("vulkan,metal,dx12"))];
    let answer = said(&["doctor", "--device", "cpu", "--json"], &all).json();
    assert_eq!(answer["left_out"], json!(["vulkan", "metal", "dx12"]));
    assert_eq!(answer["adapters"], json!([]));
    // In any capitals, and what is asked for by name is told apart from what is not there.
    for api in ["vulkan", "metal", "dx12"] {
        let capitals = api.to_uppercase();
        said(
            &["bench", "peak", "--device", api],
            &[("SELVEDGE_WITHOUT", Some(capitals.as_str()))],
        )
        .mendable(&["is excluded", "SELVEDGE_WITHOUT", api]);
    }
    said(&["bench", "peak", "--device", "gpu:3"], &all).mendable(&[
        "no graphics adapter",
        "SELVEDGE_WITHOUT excludes vulkan, metal, dx12",
    ]);
}

#[test]
fn an_instruction_set_has_a_name_that_the_device_bears_or_is_refused() {
    let bench = [
        "bench", "conv", "--device", "cpu", "--size", "8", "--inputs", "2", "--json",
    ];
    for level in InstructionSet::available() {
        let chosen = [("SELVEDGE_INSTRUCTIONS", Some(level.as_str()))];
        let answer = said(&bench, &chosen).json();
        let device = answer["device"].as_str().expect("a device");
        assert!(
            device.ends_with(&format!(", {level}")),
            "{level:?}: {device}"
        );
    }
    let unknown = [("SELVEDGE_INSTRUCTIONS", Some("sse9"))];
    said(&bench, &unknown).mendable(&[
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
    said(&bench, &foreign).mendable(&["SELVEDGE_INSTRUCTIONS", "this CPU has no"]);
}

/// The loader of Vulkan says on stderr what it does; where it is not loaded it says nothing.
#[cfg(target_os = "linux")]
#[test]
fn the_library_of_what_is_left_out_is_not_loaded() {
    let loud = ("VK_LOADER_DEBUG", Some("all"));
    let software = [&LITTLE[..], &["--device", "software"]].concat();
    let with = said(&software, &[loud, ("SELVEDGE_WITHOUT", None)]);
    assert_eq!(with.code, 0, "{with:?}");
    assert!(with.stderr.contains("Vulkan Loader"), "{}", with.stderr);
    let vulkan = ("SELVEDGE_WITHOUT", Some("vulkan"));
    let without = said(&software, &[loud, vulkan]);
    without.mendable(&["found no graphics adapter"]);
    // Nor for `auto`, which then takes the processor.
    let auto = said(&LITTLE, &[loud, vulkan]);
    assert!(
        auto.code == 0 && auto.stderr.contains(PROCESSOR),
        "{auto:?}"
    );
    for said in [without, auto] {
        assert!(!said.stderr.contains("Vulkan Loader"), "{}", said.stderr);
    }
}

#[test]
fn an_unknown_api_is_refused_with_the_known_ones() {
    for arguments in [
        &["doctor"][..],
        &["bench", "peak", "--device", "cpu"],
        &["bench", "trial", "--device", ADAPTER],
    ] {
        let said = said(
            arguments,
            &[
                ("SELVEDGE_WITHOUT", Some("vulkan,directx")),
                ("VK_LOADER_DEBUG", Some("all")),
            ],
        );
        said.mendable(&["SELVEDGE_WITHOUT", "vulkan, metal, dx12", "'directx'"]);
        assert!(!said.stderr.contains("Vulkan Loader"), "{}", said.stderr);
    }
}

#[test]
fn a_gpu_is_tried_beside_the_processor() {
    let answer = said(&["bench", "trial", "--device", ADAPTER, "--json"], &[]).json();
    for seconds in ["gpu_s", "cpu_s"] {
        let value = answer[seconds].as_f64();
        assert!(value.is_some_and(|seconds| seconds > 0.0), "{answer}");
    }
    assert_ne!(answer["device"]["kind"], "cpu");
    for device in ["auto", "cpu"] {
        said(&["bench", "trial", "--device", device], &[]).mendable(&["expected a GPU", device]);
    }
}

/// Where there is no GPU, the software adapter is there all the same.
#[cfg(target_os = "linux")]
#[test]
fn a_software_adapter_is_not_what_auto_takes() {
    let gpu = said(&[&LITTLE[..], &["--device", "gpu"]].concat(), &[]);
    let auto = said(&LITTLE, &[]);
    assert_eq!(auto.code, 0, "{}", auto.stderr);
    let processor = auto.stderr.contains(PROCESSOR);
    assert!(processor || gpu.code == 0, "{auto:?}");
}

/// Without such a folder libraries below lavapipe complain of it.
#[cfg(target_os = "linux")]
#[test]
fn drivers_say_nothing_of_a_missing_runtime_folder() {
    for named in [None, Some(""), Some("not/absolute")] {
        let said = said(
            &[&LITTLE[..], &["--device", "software"]].concat(),
            &[("XDG_RUNTIME_DIR", named)],
        );
        assert_eq!(said.code, 0, "{}", said.stderr);
        assert!(!said.stderr.contains("XDG_RUNTIME_DIR"), "{}", said.stderr);
    }
}

#[test]
fn colours_are_there_when_they_are_wanted() {
    // Neither of the streams is a terminal here.
    let coloured = |words: &str| words.contains('\u{1b}');
    let plain: [(&str, Option<&str>); 3] = [
        ("NO_COLOR", None),
        ("CLICOLOR_FORCE", None),
        ("CLICOLOR", None),
    ];
    let without = Some("1");
    for (arguments, environment, expected) in [
        (&[][..], &plain[..], false),
        (&["--color", "always"], &plain, true),
        (&["--color=always"], &[("NO_COLOR", without)], true),
        (&["--color", "never"], &[("CLICOLOR_FORCE", without)], false),
        (
            &[],
            &[("NO_COLOR", None), ("CLICOLOR_FORCE", without)],
            true,
        ),
        (
            &[],
            &[("NO_COLOR", without), ("CLICOLOR_FORCE", without)],
            false,
        ),
    ] {
        let about = |words: &str| format!("{arguments:?}, {environment:?}: {words}");
        // A line of the log; help; and a refusal of the command line.
        let no_gpu = [("SELVEDGE_WITHOUT", Some("vulkan,metal,dx12"))];
        let log = said(
            &[&LITTLE[..], arguments].concat(),
            &[environment, &no_gpu].concat(),
        );
        assert!(log.stderr.contains(PROCESSOR), "{log:?}");
        assert_eq!(coloured(&log.stderr), expected, "{}", about(&log.stderr));
        let help = said(
            &[&["doctor", "--help"][..], arguments].concat(),
            environment,
        );
        assert_eq!(coloured(&help.stdout), expected, "{}", about(&help.stdout));
        let refused = said(&[arguments, &["doctor", "--devise"]].concat(), environment);
        assert_eq!(refused.code, 2);
        assert_eq!(
            coloured(&refused.stderr),
            expected,
            "{}",
            about(&refused.stderr)
        );
    }
    let wrong = said(&["doctor", "--color", "loud"], &[]);
    assert_eq!(wrong.code, 2);
    assert!(
        wrong.stderr.contains("auto, always, never"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn the_log_is_filtered_as_the_environment_says() {
    let no_gpu = ("SELVEDGE_WITHOUT", Some("vulkan,metal,dx12"));
    let log = |ours: Option<&str>, others: Option<&str>| {
        said(
            &LITTLE,
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
        let said = log(ours, others);
        assert_eq!(said.code, 0, "{}", said.stderr);
        assert_eq!(
            said.stderr.contains(PROCESSOR),
            expected,
            "{ours:?} {others:?}: {}",
            said.stderr
        );
    }
    log(Some("selvedge=loud"), None).mendable(&["SELVEDGE_LOG", "selvedge=loud", "selvedge=debug"]);
    log(None, Some("selvedge=loud")).mendable(&["RUST_LOG", "selvedge=loud"]);
}
