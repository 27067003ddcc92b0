//! What Mesa's RADV makes of the kernels for AMD GPUs, none of which needs to be there: registers, spills, instructions, and the
//! loops that compute sums of products. `just isa` writes the tables in docs/performance.md.

mod assembly;
mod driver;

use std::fs;

use self::assembly::{SumLoop, loading_loops, sum_loop};
use self::driver::{Code, Compiled, GPUS, Gpu, compile, manifest};
use ops::kernel::Kernel;

/// A convolution's kernel that loads stages into shared memory.
struct Stage {
    kernel: &'static str,
    /// Multiply-adds of an invocation per stage.
    products: f64,
    /// The least part of the peak that the instructions of a stage must leave to them: on GPUs that issue a product of 32-bit floats
    /// at a time, and on those that issue two.
    least: [f64; 2],
}

const fn stage(kernel: &'static str, products: f64, least: f64) -> Stage {
    Stage {
        kernel,
        products,
        least: [least; 2],
    }
}

/// Products of pairs of 16-bit floats: twice as many as of 32-bit floats on the former GPUs, no more on the latter.
const fn half_stage(kernel: &'static str, products: f64) -> Stage {
    Stage {
        kernel,
        products,
        least: [1.45, 0.7],
    }
}

/// Eight outputs of eight pixels or nine taps; a stage has 36, 16 or 8 rows of weights, or 32, 16 or 8 pixels of each
/// invocation.
const STAGES: [Stage; 19] = [
    stage("convolution/patch_64", 2304.0, 0.85),
    stage("convolution/patch_64_low", 2304.0, 0.85),
    stage("convolution/patch_32", 2304.0, 0.85),
    stage("convolution/patch_16", 2304.0, 0.85),
    stage("convolution/weight_patch", 2304.0, 0.85),
    stage("convolution/weight_patch_16", 1152.0, 0.85),
    stage("convolution/tiles_1x1", 1024.0, 0.85),
    stage("convolution/weight_1x1", 1024.0, 0.85),
    stage("convolution/winograd_products", 1024.0, 0.85),
    // Any kernel: the position of each pixel is a part of the work.
    stage("convolution/tiles", 512.0, 0.7),
    stage("convolution/weight_tiles", 512.0, 0.7),
    half_stage("convolution/patch_64_half", 2304.0),
    half_stage("convolution/patch_64_low_half", 2304.0),
    half_stage("convolution/patch_32_half", 2304.0),
    half_stage("convolution/patch_16_half", 2304.0),
    half_stage("convolution/weight_patch_half", 2304.0),
    half_stage("convolution/weight_patch_16_half", 1152.0),
    half_stage("convolution/tiles_1x1_half", 1024.0),
    half_stage("convolution/weight_1x1_half", 1024.0),
];

/// Passes over pixels, whose loops load several numbers before they wait for any.
const PASSES: [&str; 8] = [
    "batch_norm/input_gradient",
    "batch_norm/moments",
    "batch_norm/normalise",
    "batch_norm/parameter_gradients",
    "envelope/gradient",
    "envelope/histogram",
    "envelope/kept_sums",
    "envelope/pixel_loss",
];

/// Registers of a convolution that leave room for enough waves to hide the waits.
const MOST_REGISTERS: u64 = 128;
/// Waits for memory per stage.
const MOST_WAITS: f64 = 2.0;

/// The kernels that run on GPUs: `convolution/registers*` are for software adapters.
fn kernels() -> Vec<&'static Kernel> {
    let mut kernels: Vec<_> = ops::KERNELS.into_iter().chain(loss::KERNELS).collect();
    kernels.retain(|kernel| !kernel.name.contains("registers"));
    kernels.sort_by_key(|kernel| kernel.name);
    kernels
}

/// Every kernel's code on each GPU; `None` without the driver.
fn compiled() -> Option<[Compiled; 3]> {
    let Some(manifest) = manifest() else {
        eprintln!(
            "\n*** SKIPPED: the machine code of kernels is NOT checked, because Mesa's driver RADV is not installed: on Debian and \
             Ubuntu, apt-get install libvulkan1 mesa-vulkan-drivers ***\n"
        );
        return None;
    };
    Some(
        GPUS.each_ref()
            .map(|gpu| compile(&kernels(), gpu, &manifest)),
    )
}

fn of_stage(stage: &Stage, code: &Code, gpu: &Gpu) -> SumLoop {
    sum_loop(&code.assembly, stage.products, gpu.is_dual)
        .unwrap_or_else(|| panic!("{}: no loop", stage.kernel))
}

#[test]
fn every_convolution_that_loads_stages_is_listed() {
    for kernel in kernels() {
        let listed = STAGES.iter().any(|stage| stage.kernel == kernel.name);
        let loads = kernel.name.starts_with("convolution/")
            && kernel.text().contains("var<workgroup>")
            && !kernel.text().contains("scratch");
        assert_eq!(listed, loads, "{}", kernel.name);
    }
}

#[test]
fn kernels_keep_within_the_registers_and_cycles_of_gpus() {
    let Some(all) = compiled() else { return };
    write_page(&all);
    let mut violations = Vec::new();
    for (gpu, compiled) in GPUS.iter().zip(&all) {
        let mut expect = |holds: bool, kernel: &str, what: String| {
            if !holds {
                violations.push(format!("{kernel} on {}: {what}", gpu.name));
            }
        };
        for (kernel, code) in &compiled.codes {
            let spills = code.statistic("Spilled VGPRs") + code.statistic("Spilled SGPRs");
            expect(
                spills == 0,
                kernel,
                format!("expected no spills, found {spills}"),
            );
            let registers = code.statistic("VGPRs");
            let is_convolution = kernel.starts_with("convolution/");
            expect(
                !is_convolution || registers <= MOST_REGISTERS,
                kernel,
                format!("expected at most {MOST_REGISTERS} vector registers, found {registers}"),
            );
        }
        for stage in &STAGES {
            let code = &compiled.codes[stage.kernel];
            if code.assembly.is_empty() {
                eprintln!(
                    "\n*** SKIPPED: the loops of {} are NOT checked: this build of Mesa prints no assembly ***\n",
                    stage.kernel
                );
                continue;
            }
            let found = of_stage(stage, code, gpu);
            expect(
                found.counts.waits <= MOST_WAITS,
                stage.kernel,
                format!(
                    "expected at most {MOST_WAITS} waits per stage, found {}",
                    found.counts.waits
                ),
            );
            let least = stage.least[usize::from(gpu.is_dual)];
            expect(
                found.of_peak >= least,
                stage.kernel,
                format!(
                    "expected at least {least:.2} of the peak, found {:.3}",
                    found.of_peak
                ),
            );
        }
    }
    assert!(violations.is_empty(), "{violations:#?}");
}

/// The two tables, in Markdown.
fn page(all: &[Compiled]) -> String {
    let version = all[0].driver.split("; ").nth(1).unwrap_or("unknown");
    let head: Vec<String> = GPUS.iter().map(|gpu| format!(" {} |", gpu.name)).collect();
    let head = head.concat();
    let mut page = format!(
        "{version}. Each cell: vector registers / scalar registers / spills / waves of 32 lanes / instructions; shared memory in \
         bytes.\n\n| kernel | shared |{head}\n|---|---|---|---|---|\n"
    );
    for kernel in kernels() {
        let codes = all.iter().map(|compiled| &compiled.codes[kernel.name]);
        let cells: Vec<String> = codes
            .map(|code| {
                let spills = code.statistic("Spilled VGPRs") + code.statistic("Spilled SGPRs");
                format!(
                    " {} / {} / {spills} / {} / {} |",
                    code.statistic("VGPRs"),
                    code.statistic("SGPRs"),
                    code.statistic("Subgroups per SIMD"),
                    code.statistic("Instructions"),
                )
            })
            .collect();
        let shared = all[0].codes[kernel.name].statistic("LDS size");
        page += &format!("| `{}` | {shared} |{}\n", kernel.name, cells.concat());
    }
    page += &format!(
        "\nThe loop over stages. Each cell: the part of the peak rate of multiply-adds of 32-bit floats that the vector instructions \
         leave, and waits per stage.\n\n| kernel | multiply-adds |{head}\n|---|---|---|---|---|\n"
    );
    for stage in &STAGES {
        let codes = all.iter().map(|compiled| &compiled.codes[stage.kernel]);
        let cells: Vec<String> = codes
            .zip(&GPUS)
            .map(|(code, gpu)| {
                let found = of_stage(stage, code, gpu);
                format!(" {:.1} %, {} |", 100.0 * found.of_peak, found.counts.waits)
            })
            .collect();
        page += &format!(
            "| `{}` | {} |{}\n",
            stage.kernel,
            stage.products,
            cells.concat()
        );
    }
    page += &format!(
        "\nThe loops of passes over pixels that load, in their order. Each cell: loads / waits of one turn of each, without its \
         inner loops.\n\n| kernel |{head}\n|---|---|---|---|\n"
    );
    for kernel in PASSES {
        let cells: Vec<String> = all
            .iter()
            .map(|compiled| {
                let loops = loading_loops(&compiled.codes[kernel].assembly);
                let each: Vec<String> = loops
                    .iter()
                    .map(|turn| format!("{} / {}", turn.loads, turn.waits))
                    .collect();
                format!(" {} |", each.join(", "))
            })
            .collect();
        page += &format!("| `{kernel}` |{}\n", cells.concat());
    }
    page
}

/// With `SELVEDGE_WRITE_DOCS`, prints the tables and replaces those in docs/performance.md.
fn write_page(all: &[Compiled]) {
    const BEGIN: &str = "<!-- Begin of the tables that `just isa` writes. -->\n";
    const END: &str = "<!-- End of the tables that `just isa` writes. -->\n";
    if std::env::var_os("SELVEDGE_WRITE_DOCS").is_none() {
        return;
    }
    let page = page(all);
    println!("{page}");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/performance.md");
    let text = fs::read_to_string(path).expect("the page");
    let (before, rest) = text.split_once(BEGIN).expect("where the tables begin");
    let (_, after) = rest.split_once(END).expect("where the tables end");
    fs::write(path, format!("{before}{BEGIN}\n{page}\n{END}{after}")).expect("written");
}
