//! Every kernel, without a device: naga reads it with no extra capability, keeps the rules of `shaders/README.md`, and says
//! it in the language of every graphics API.

use std::fs;
use std::path::Path;

use naga::back::{hlsl, msl, spv};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{AddressSpace, Module, ShaderStage, StorageAccess};

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shaders"))
}

/// The files below `shaders`, as `folder/name`, without the shared texts, which are no kernels.
fn files() -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder()).expect("the folder of shaders") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if !path.is_dir() || name == "shared" {
            continue;
        }
        for entry in fs::read_dir(&path).expect("a folder") {
            let path = entry.expect("an entry").path();
            let file = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            if file == "shared" {
                continue;
            }
            let stem = file.strip_suffix(".wgsl").expect("nothing but WGSL");
            found.push(format!("{name}/{stem}"));
        }
    }
    found.sort();
    found
}

fn kernels() -> impl Iterator<Item = &'static ops::kernel::Kernel> {
    ops::KERNELS.into_iter().chain(loss::KERNELS)
}

/// Each kernel's name, what the launcher takes for its workgroup, and its module.
fn modules() -> Vec<(&'static str, u32, Module, ModuleInfo)> {
    let check = |kernel: &'static ops::kernel::Kernel| {
        let text = kernel.text();
        let module = naga::front::wgsl::parse_str(&text)
            .unwrap_or_else(|error| panic!("{}: {}", kernel.name, error.emit_to_string(&text)));
        let info = Validator::new(ValidationFlags::all(), Capabilities::empty())
            .validate(&module)
            .unwrap_or_else(|error| panic!("{}: {error:?}", kernel.name));
        (kernel.name, kernel.workgroup, module, info)
    };
    kernels().map(check).collect()
}

#[test]
fn every_file_is_a_kernel_that_is_launched_as_it_stands() {
    let mut known: Vec<String> = kernels().map(|kernel| kernel.name.into()).collect();
    known.sort();
    let files = files();
    assert!(!files.is_empty());
    assert_eq!(files, known);
    for kernel in kernels() {
        let text = fs::read_to_string(folder().join(format!("{}.wgsl", kernel.name)));
        assert!(
            kernel.text().starts_with(&text.expect("a file")),
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
fn kernels_keep_to_what_every_adapter_has() {
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
                    // The layout is made of what is used: an unused binding would shift the others.
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
            // Tensors may be parts of one buffer, which cannot be bound for reading and for writing at once.
            let writes = access.contains(StorageAccess::STORE);
            assert_eq!(writes, place < last, "{name}: binding {place}");
        }
    }
}

#[test]
fn kernels_are_said_in_the_language_of_every_api() {
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
