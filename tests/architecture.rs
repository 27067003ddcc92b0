//! The house as ARCHITECTURE.md describes it, read from the manifests and the sources.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

const CRATES: [&str; 7] = [
    "ops", "pickle", "loss", "models", "data", "metrics", "runner",
];

fn dependencies(name: &str) -> Vec<String> {
    let path = root().join("crates").join(name).join("Cargo.toml");
    let manifest: toml::Table = fs::read_to_string(path)
        .expect("a manifest")
        .parse()
        .expect("TOML");
    manifest["dependencies"]
        .as_table()
        .expect("a table")
        .keys()
        .cloned()
        .collect()
}

#[test]
fn arrows_point_one_way() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("ops", &[][..]),
        ("loss", &["ops"]),
        ("pickle", &[]),
        ("models", &["ops", "pickle"]),
        ("data", &["pickle"]),
        ("metrics", &[]),
        ("runner", &["ops", "loss", "models", "data", "metrics"]),
    ]);
    for name in CRATES {
        for dependency in dependencies(name) {
            let ours = CRATES.contains(&dependency.as_str());
            assert!(
                !ours || allowed[name].contains(&dependency.as_str()),
                "{name} → {dependency}"
            );
        }
    }
    for name in ["data", "metrics", "pickle"] {
        assert!(
            !dependencies(name).contains(&"burn".to_string()),
            "{name} knows no tensors"
        );
    }
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn only_the_operations_know_what_lies_under_the_tensors() {
    for name in CRATES.into_iter().filter(|name| *name != "ops") {
        let mut files = Vec::new();
        sources(&root().join("crates").join(name).join("src"), &mut files);
        assert!(!files.is_empty());
        // The passes of the loss are an operation of their own, and this is where they are launched.
        for file in ["backend", "flex", "graphics", "node"] {
            files.retain(|path| !path.ends_with(format!("loss/src/fused/{file}.rs")));
        }
        for file in files {
            let text = fs::read_to_string(&file).expect("a source file");
            for word in [
                "cubecl::",
                "wgpu::",
                "burn_wgpu",
                "burn_autodiff",
                "burn::backend",
            ] {
                assert!(!text.contains(word), "{}: {word}", file.display());
            }
        }
    }
}

#[test]
fn kernels_stay_wgsl_on_every_api() {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--workspace",
            "--edges",
            "features",
            "--invert",
            "cubecl-wgpu",
            "--offline",
            "--locked",
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let tree = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(tree.contains("cubecl-wgpu"), "the tree is the right one");
    for feature in [
        "spirv",
        "msl",
        "burn feature \"vulkan\"",
        "burn feature \"metal\"",
    ] {
        assert!(
            !tree.contains(feature),
            "'{feature}' replaces WGSL by another language"
        );
    }
}

#[test]
fn what_computes_on_the_processor_is_built_for_its_vectors() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--package", "selvedge", "--edges", "normal"])
        .args(["--prefix", "none", "--format", "{p}|{f}"])
        .args(["--target", "all", "--offline", "--locked"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree = String::from_utf8_lossy(&output.stdout);
    // Without these a loop is compiled for any processor of the architecture, and nothing but the clock notices.
    for (package, features) in [
        ("pulp", &["std", "x86-v3", "x86-v4"][..]),
        ("gemm", &["std", "rayon", "x86-v4"]),
        ("gemm-common", &["std", "rayon", "x86-v4"]),
        ("gemm-f32", &["std", "rayon", "x86-v4"]),
        ("burn-flex", &["std", "rayon", "simd", "x86-v4"]),
        ("macerator", &["std", "avx512"]),
        ("zune-jpeg", &["std", "x86", "neon"]),
        ("simd-adler32", &["std"]),
        ("memchr", &["std"]),
        ("crc32fast", &["std"]),
    ] {
        let start = format!("{package} v");
        let line = tree.lines().find(|line| line.starts_with(&start));
        let line = line.unwrap_or_else(|| panic!("{package} is in the program"));
        let (_, found) = line.split_once('|').expect("package and features");
        let found: Vec<&str> = found.trim_end_matches(" (*)").split(',').collect();
        for feature in features {
            assert!(
                found.contains(feature),
                "{package} without {feature}: {found:?}"
            );
        }
    }
}
