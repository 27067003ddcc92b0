//! Compiles every kernel for AMD GPUs that are not there, with Mesa's driver RADV.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use naga::ShaderStage;
use naga::back::spv;
use naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy};
use naga::valid::{ValidationFlags, Validator};

use crate::shaders::capabilities;
use ops::kernel::Kernel;

/// A GPU to compile for.
pub(super) struct Gpu {
    pub(super) name: &'static str,
    /// What RADV calls it, which depends on its version.
    families: &'static [&'static str],
    /// Whether a wave of 64 lanes issues additions and products of floats at twice the rate.
    pub(super) is_dual: bool,
}

pub(super) const GPUS: [Gpu; 3] = [
    Gpu {
        name: "RDNA2 (Navi 21)",
        families: &["NAVI21"],
        is_dual: false,
    },
    Gpu {
        name: "RDNA3 (Navi 31)",
        families: &["NAVI31", "GFX1100"],
        is_dual: true,
    },
    Gpu {
        name: "RDNA3 APU (Phoenix)",
        families: &["PHOENIX", "GFX1103_R1"],
        is_dual: true,
    },
];

/// What the driver reports about one kernel.
#[derive(Debug)]
pub(super) struct Code {
    statistics: BTreeMap<String, u64>,
    pub(super) assembly: String,
}

impl Code {
    /// A statistic by the driver's name of it.
    pub(super) fn statistic(&self, name: &str) -> u64 {
        let found = self.statistics.get(name);
        *found.unwrap_or_else(|| panic!("'{name}' in {:?}", self.statistics))
    }
}

/// The kernels' code for one GPU, and the driver's version.
pub(super) struct Compiled {
    pub(super) driver: String,
    pub(super) codes: BTreeMap<&'static str, Code>,
}

/// The file that describes RADV to the Vulkan loader.
pub(super) fn manifest() -> Option<PathBuf> {
    ["/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"]
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.to_string_lossy().contains("radeon_icd"))
}

/// The kernel's SPIR-V as wgpu writes it for a shader without runtime checks.
fn spirv(kernel: &Kernel) -> Vec<u8> {
    let text = kernel.text();
    let module = naga::front::wgsl::parse_str(&text).expect("WGSL");
    let info = Validator::new(ValidationFlags::all(), capabilities(kernel))
        .validate(&module)
        .expect("valid");
    let unchecked = BoundsCheckPolicy::Unchecked;
    let options = spv::Options {
        lang_version: (1, 6),
        flags: spv::WriterFlags::LABEL_VARYINGS | spv::WriterFlags::FORCE_POINT_SIZE,
        bounds_check_policies: BoundsCheckPolicies {
            index: unchecked,
            buffer: unchecked,
            image_load: unchecked,
            binding_array: unchecked,
        },
        zero_initialize_workgroup_memory: spv::ZeroInitializeWorkgroupMemoryMode::None,
        force_loop_bounding: false,
        emit_int_div_checks: false,
        ..spv::Options::default()
    };
    let pipeline = spv::PipelineOptions {
        shader_stage: ShaderStage::Compute,
        entry_point: "main".into(),
    };
    let words = spv::write_vec(&module, &info, &options, Some(&pipeline)).expect("SPIR-V");
    words.into_iter().flat_map(u32::to_le_bytes).collect()
}

/// Compiles the kernels for a GPU by the first of its names that RADV knows.
pub(super) fn compile(kernels: &[&'static Kernel], gpu: &Gpu, manifest: &Path) -> Compiled {
    let folder = tempfile::tempdir().expect("a folder");
    let place = |kernel: &Kernel| folder.path().join(kernel.name.replace('/', "."));
    let file = |kernel: &Kernel, extension: &str| {
        let mut name = place(kernel).into_os_string();
        name.push(format!(".{extension}"));
        PathBuf::from(name)
    };
    for kernel in kernels {
        fs::write(file(kernel, "spv"), spirv(kernel)).expect("written");
    }
    let mut failures = Vec::new();
    for family in gpu.families {
        let output = Command::new(env!("CARGO_BIN_EXE_radv"))
            .arg(folder.path())
            .env("RADV_FORCE_FAMILY", family)
            .env("VK_DRIVER_FILES", manifest)
            .env("VK_ICD_FILENAMES", manifest)
            .env("MESA_SHADER_CACHE_DISABLE", "true")
            .env("XDG_RUNTIME_DIR", folder.path())
            .output()
            .expect("started");
        if !output.status.success() {
            failures.push(format!("{family}: {output:?}"));
            continue;
        }
        let code = |kernel: &&'static Kernel| {
            let read = |extension| fs::read_to_string(file(kernel, extension)).expect("a report");
            let statistics = read("statistics")
                .lines()
                .filter_map(|line| line.split_once('\t'))
                .map(|(name, value)| (name.to_string(), value.parse().expect("a number")))
                .collect();
            let assembly = read("assembly");
            (
                kernel.name,
                Code {
                    statistics,
                    assembly,
                },
            )
        };
        return Compiled {
            driver: String::from_utf8_lossy(&output.stdout).trim().to_string(),
            codes: kernels.iter().map(code).collect(),
        };
    }
    panic!(
        "RADV compiles for none of {:?}: {failures:#?}",
        gpu.families
    );
}
