//! Every kernel, without a device: naga accepts it without extra capabilities except 16-bit floats in kernels that need them, it keeps
//! the rules of `shaders/README.md`, and naga translates it into the language of every graphics API.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use naga::back::{hlsl, msl, spv};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{AddressSpace, Module, ShaderStage, StorageAccess};

/// The folder of the loss, the only one whose kernels are launched outside crates/ops.
const ENVELOPE: &str = "envelope";

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shaders"))
}

/// The paths in a folder, in any order.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries
        .map(|entry| entry.expect("an entry").path())
        .collect()
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().expect("a name");
    name.to_string_lossy().into_owned()
}

/// The folders with kernels: those in `shaders` except `shared`.
fn folders() -> Vec<String> {
    let folders = entries(folder()).into_iter().filter(|path| path.is_dir());
    let mut found: Vec<String> = folders.map(|path| name_of(&path)).collect();
    found.retain(|name| name != "shared");
    assert!(!found.is_empty());
    found.sort();
    found
}

/// The WGSL files directly in a folder of `shaders`, as `folder/name`.
fn files_in(name: &str) -> Vec<String> {
    let files = entries(&folder().join(name)).into_iter();
    files
        .filter(|path| path.is_file())
        .map(|path| {
            let file = name_of(&path);
            let stem = file.strip_suffix(".wgsl").expect("nothing but WGSL");
            format!("{name}/{stem}")
        })
        .collect()
}

/// Every kernel file in `shaders`; shared texts are not kernels.
fn files() -> Vec<String> {
    let folders = folders();
    let mut found: Vec<String> = folders.iter().flat_map(|name| files_in(name)).collect();
    found.sort();
    found
}

/// The shared texts, as `folder/shared/name` or `shared/name`.
fn shared_texts() -> Vec<String> {
    let mut found = files_in("shared");
    for name in folders() {
        let shared = format!("{name}/shared");
        if folder().join(&shared).is_dir() {
            found.extend(files_in(&shared));
        }
    }
    found
}

fn text_of(name: &str) -> String {
    let path = folder().join(format!("{name}.wgsl"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Collects the Rust files in a folder and its subfolders, with their texts.
fn rust_files(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for path in entries(folder) {
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source file");
            found.push((path, text));
        }
    }
}

/// The Rust files that launch a folder's kernels.
fn launchers(folder: &str) -> Vec<(PathBuf, String)> {
    let crates = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../crates"));
    let mut found = Vec::new();
    if folder == ENVELOPE {
        rust_files(&crates.join("loss/src"), &mut found);
    } else {
        let source = crates.join("ops/src");
        rust_files(&source, &mut found);
        found.retain(|(path, _)| {
            let path = path.strip_prefix(&source).expect("below it");
            path.starts_with(folder) || path == Path::new(&format!("{folder}.rs"))
        });
    }
    assert!(!found.is_empty(), "shaders/{folder}: no Rust of this name");
    found
}

fn kernels() -> impl Iterator<Item = &'static ops::kernel::Kernel> {
    ops::KERNELS.into_iter().chain(loss::KERNELS)
}

/// What a kernel may use beyond plain WGSL: 16-bit floats, if it is a form in half precision.
pub(crate) fn capabilities(kernel: &ops::kernel::Kernel) -> Capabilities {
    if kernel.name.ends_with("_half") {
        Capabilities::SHADER_FLOAT16
    } else {
        Capabilities::empty()
    }
}

/// Each kernel's name, the workgroup size that the launcher uses, and its module.
pub(crate) fn modules() -> Vec<(&'static str, u32, Module, ModuleInfo)> {
    let check = |kernel: &'static ops::kernel::Kernel| {
        let text = kernel.text();
        let module = naga::front::wgsl::parse_str(&text)
            .unwrap_or_else(|error| panic!("{}: {}", kernel.name, error.emit_to_string(&text)));
        let info = Validator::new(ValidationFlags::all(), capabilities(kernel))
            .validate(&module)
            .unwrap_or_else(|error| panic!("{}: {error:?}", kernel.name));
        (kernel.name, kernel.workgroup, module, info)
    };
    kernels().map(check).collect()
}

#[test]
fn every_file_is_a_kernel_that_is_launched_unchanged() {
    let mut known: Vec<String> = kernels().map(|kernel| kernel.name.into()).collect();
    known.sort();
    let files = files();
    assert!(!files.is_empty());
    assert_eq!(files, known);
    for kernel in kernels() {
        assert!(
            kernel.text().starts_with(&text_of(kernel.name)),
            "{}",
            kernel.name
        );
        assert!(
            !kernel.text().contains("{{"),
            "{}: nothing is filled in",
            kernel.name
        );
    }
}

#[test]
fn kernels_are_declared_in_the_rust_folder_of_the_same_name() {
    for name in folders() {
        let launchers = launchers(&name);
        for file in files_in(&name) {
            let declared = launchers
                .iter()
                .any(|(_, text)| text.contains(&format!("\"{file}\"")));
            assert!(declared, "shaders/{file}.wgsl");
        }
    }
}

#[test]
fn shared_texts_are_in_the_folder_of_the_kernels_that_call_them() {
    for name in shared_texts() {
        let text = text_of(&name);
        let callers = kernels().filter(|kernel| kernel.sources[1..].contains(&text.as_str()));
        let mut folders: Vec<&str> = callers
            .filter_map(|kernel| kernel.name.split('/').next())
            .collect();
        folders.sort_unstable();
        folders.dedup();
        match name.split_once("/shared/") {
            Some((own, _)) => assert_eq!(folders, [own], "{name}"),
            None => assert!(folders.len() > 1, "{name}: called by {folders:?} alone"),
        }
    }
}

fn constant(line: &str) -> Option<(&str, f64)> {
    let (_, rest) = line.split_once("const ")?;
    let (name, value) = rest.split_once('=')?;
    let name = name.split(':').next()?.trim();
    let value = value.trim().strip_suffix(';')?.replace('_', "");
    let digits = value.trim_end_matches(['u', 'f']);
    Some((name, digits.parse().ok()?))
}

/// The numeric constants of a text: `const NAME = VALUE;`, in Rust with a type.
fn constants(text: &str) -> BTreeMap<&str, f64> {
    text.lines().filter_map(constant).collect()
}

#[test]
fn constants_named_in_both_languages_are_equal() {
    let kernel = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/ops/src/kernel.rs");
    let kernel = fs::read_to_string(kernel).expect("a source file");
    let mut compared = Vec::new();
    for name in folders() {
        // On the CPU the same name may mean a different size.
        let mut rust = launchers(&name);
        rust.retain(|(path, _)| name == ENVELOPE || !path.iter().any(|part| part == "cpu"));
        rust.retain(|(path, _)| name == ENVELOPE || !path.ends_with("cpu.rs"));
        let mut in_rust = constants(&kernel);
        for (_, text) in &rust {
            in_rust.extend(constants(text));
        }
        let mut texts = files_in(&name);
        texts.extend(
            shared_texts().into_iter().filter(|text| {
                text.starts_with("shared/") || text.starts_with(&format!("{name}/"))
            }),
        );
        for file in texts {
            let text = text_of(&file);
            for (constant, value) in constants(&text) {
                // The sizes of workgroups depend on the kernel; a test of the convolution compares them.
                let of_kernel = ["PIXELS", "OUTPUTS"].contains(&constant);
                let Some(other) = in_rust.get(constant).filter(|_| !of_kernel) else {
                    continue;
                };
                assert!(
                    (value - other).abs() <= f64::EPSILON * value.abs(),
                    "{constant}: {value} in shaders/{file}.wgsl, {other} in Rust"
                );
                compared.push(constant.to_string());
            }
        }
    }
    for constant in ["CHUNK", "STEPS", "SMALLEST_MISS"] {
        assert!(compared.iter().any(|one| one == constant), "{constant}");
    }
}

#[test]
fn kernels_stay_within_the_limits_of_every_adapter() {
    for (name, workgroup, module, info) in modules() {
        let [entry] = &module.entry_points[..] else {
            panic!("{name}: one entry point");
        };
        assert_eq!(entry.name, "main", "{name}");
        assert_eq!(entry.workgroup_size, [workgroup, 1, 1], "{name}");
        assert!(workgroup <= 256, "{name}");
        let mut workgroup_bytes = 0;
        let mut bindings = Vec::new();
        for (handle, variable) in module.global_variables.iter() {
            match variable.space {
                AddressSpace::WorkGroup => {
                    workgroup_bytes += module.types[variable.ty].inner.size(module.to_ctx());
                }
                AddressSpace::Storage { access } => {
                    let binding = variable.binding.expect("storage is bound");
                    assert_eq!(binding.group, 0, "{name}");
                    // The layout contains used bindings only: an unused one would shift the others.
                    assert!(
                        !info.get_entry_point(0)[handle].is_empty(),
                        "{name}: unused"
                    );
                    bindings.push((binding.binding, access));
                }
                _ => {}
            }
        }
        assert!(
            workgroup_bytes <= 16 << 10,
            "{name}: {workgroup_bytes} bytes"
        );
        bindings.sort_by_key(|binding| binding.0);
        assert!(bindings.len() <= 8, "{name}: {} buffers", bindings.len());
        let last = bindings.len() - 1;
        for (place, (number, access)) in bindings.into_iter().enumerate() {
            assert_eq!(number as usize, place, "{name}: bindings without gaps");
            // Tensors may be parts of one buffer, which cannot be bound both for reading and for writing.
            let writes = access.contains(StorageAccess::STORE);
            assert_eq!(writes, place < last, "{name}: binding {place}");
        }
    }
}

#[test]
fn kernels_translate_into_the_language_of_every_api() {
    for (name, _, module, info) in modules() {
        let options = spv::Options {
            lang_version: (1, 3),
            ..spv::Options::default()
        };
        let words = spv::write_vec(&module, &info, &options, None);
        assert!(
            !words
                .unwrap_or_else(|error| panic!("{name}: {error}"))
                .is_empty()
        );

        let options = msl::Options {
            fake_missing_bindings: true,
            ..msl::Options::default()
        };
        let metal = msl::write_string(&module, &info, &options, &msl::PipelineOptions::default());
        let (metal, _) = metal.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(metal.contains("kernel void"), "{name}");

        let mut text = String::new();
        let options = hlsl::Options {
            fake_missing_bindings: true,
            ..hlsl::Options::default()
        };
        let pipeline = hlsl::PipelineOptions {
            entry_point: Some((ShaderStage::Compute, "main".into())),
        };
        hlsl::Writer::new(&mut text, &options, &pipeline)
            .write(&module, &info, None)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(text.contains("numthreads"), "{name}");
    }
}
