//! The architecture as ARCHITECTURE.md describes it, checked in the manifests and the sources.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

mod modules;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

const CRATES: [&str; 8] = [
    "ops", "pickle", "loss", "models", "data", "metrics", "audit", "runner",
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
        ("audit", &["data", "metrics"]),
        (
            "runner",
            &["ops", "loss", "models", "data", "metrics", "audit"],
        ),
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
    for name in ["data", "metrics", "audit", "pickle"] {
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

/// The sources of all crates, without their tests.
fn production_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for name in CRATES {
        sources(&root().join("crates").join(name).join("src"), &mut files);
    }
    files.retain(|file| {
        file.file_stem().is_none_or(|stem| stem != "tests") && !from_root(file).contains("/tests/")
    });
    assert!(files.len() > 100, "the folder is the right one");
    files
}

/// The path as ARCHITECTURE.md would write it.
fn from_root(file: &Path) -> String {
    file.strip_prefix(root())
        .unwrap_or(file)
        .display()
        .to_string()
        .replace('\\', "/")
}

#[test]
fn files_have_at_most_400_lines() {
    let mut files = Vec::new();
    for folder in ["crates", "tests"] {
        sources(&root().join(folder), &mut files);
    }
    assert!(files.len() > 100, "the folders are the right ones");
    let long: Vec<String> = files
        .iter()
        .filter_map(|file| {
            let lines = fs::read_to_string(file)
                .expect("a source file")
                .lines()
                .count();
            (lines > 400).then(|| format!("{}: {lines} lines", from_root(file)))
        })
        .collect();
    assert!(long.is_empty(), "split these by concept: {long:#?}");
}

#[test]
fn files_of_a_crate_use_each_other_in_one_direction() {
    for name in CRATES {
        let found = modules::Crate::read(&root().join("crates").join(name).join("src"));
        assert!(!found.arrows.is_empty(), "{name} has modules");
        let circles = found.circles();
        assert!(
            circles.is_empty(),
            "{name}: what these files share wants a file of its own: {circles:#?}"
        );
    }
}

#[test]
fn types_are_imported_from_the_file_that_defines_them() {
    for file in production_files() {
        let text = fs::read_to_string(&file).expect("a source file");
        for path in modules::paths(&modules::code_of(&text)) {
            let from_the_crates_root = path[0] == "crate"
                && path[1].starts_with(|letter: char| letter.is_ascii_uppercase());
            assert!(
                !from_the_crates_root,
                "{}: write the module in {}",
                from_root(&file),
                path.join("::")
            );
        }
    }
}

#[test]
fn tests_stand_in_modules_and_folders_named_tests() {
    let mut inline = 0;
    for file in production_files() {
        let text = fs::read_to_string(&file).expect("a source file");
        for module in modules::test_modules(&text) {
            inline += usize::from(module.is_inline);
            let name = module.name;
            assert!(
                module.is_inline || name == "tests",
                "{}: call `mod {name}` tests",
                from_root(&file)
            );
        }
        let code = modules::without_tests(&text);
        assert!(
            !code.lines().any(|line| line.trim() == "#[test]"),
            "{}: move its tests into `mod tests`",
            from_root(&file)
        );
    }
    assert!(inline > 50, "modules are recognised");
}

#[test]
fn test_modules_are_recognised_under_every_condition() {
    let text = "fn a() {}\n#[cfg(all(test, unix))]\n#[expect(\n    unsafe_code\n)]\nmod tests {\n    #[test]\n";
    assert_eq!(modules::without_tests(text), "fn a() {}\n");
    for other in [
        "#[cfg(latest)]\nmod tests {\n",
        "#[cfg(test)]\nfn mode() {\n",
    ] {
        assert_eq!(modules::without_tests(other), other);
    }
    let found = modules::test_modules("#[cfg(test)]\npub(crate) mod parts;\n");
    assert!(found[0].name == "parts" && !found[0].is_inline);
}

#[test]
fn every_path_in_architecture_md_exists() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the page");
    let mut checked = 0;
    for word in page.split('`').skip(1).step_by(2) {
        let extension = Path::new(word).extension().and_then(|text| text.to_str());
        let is_path = word.contains('/') || matches!(extension, Some("md" | "toml"));
        if !is_path || word.contains(' ') {
            continue;
        }
        // `runner/cli.rs` is short for `crates/runner/src/cli.rs`.
        let in_a_crate = word
            .split_once('/')
            .map(|(name, inner)| root().join("crates").join(name).join("src").join(inner));
        assert!(
            root().join(word).exists() || in_a_crate.is_some_and(|path| path.exists()),
            "ARCHITECTURE.md names {word}, which is not there"
        );
        checked += 1;
    }
    assert!(checked > 20, "the page names its places");
}

#[test]
fn only_the_operations_and_the_fused_loss_name_backends() {
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
fn cpu_dependencies_are_built_for_vector_instructions() {
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
    // Without these a loop is compiled for every CPU of the architecture, and only a clock shows it.
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
