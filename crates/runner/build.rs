//! The program's origin, for `--version`: the commit, whether the sources differ from it, the target and the features.
//! Nothing of the build's time or place, so that the same sources give the same program.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// What enters the program, as git's path specifications from the root of the repository.
const SOURCES: [&str; 9] = [
    "Cargo.toml",
    "Cargo.lock",
    "assets/experiments",
    "assets/recipes",
    "crates",
    "shaders",
    ":(exclude,glob)crates/**/tests.rs",
    ":(exclude,glob)crates/**/tests/**",
    ":(exclude,glob)**/*.md",
];

/// A commit, and whether the sources differ from it.
struct Origin {
    commit: String,
    modified: bool,
}

fn main() {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("Cargo sets it"));
    println!("cargo::rerun-if-changed=build.rs");
    let origin = cloned(&package)
        .or_else(|| packaged(&package))
        .unwrap_or_else(|| Origin {
            commit: "unknown".into(),
            modified: false,
        });
    let mut features: Vec<String> = env::vars()
        .filter_map(|(name, _)| name.strip_prefix("CARGO_FEATURE_").map(str::to_lowercase))
        .filter(|feature| feature != "default")
        .map(|feature| feature.replace('_', "-"))
        .collect();
    features.sort();
    let changes = if origin.modified {
        ", with changes"
    } else {
        ""
    };
    let listed = if features.is_empty() {
        "none".into()
    } else {
        features.join(", ")
    };
    let target = env::var("TARGET").expect("Cargo sets it");
    for (name, value) in [
        ("COMMIT", origin.commit.as_str()),
        ("CHANGES", changes),
        ("TARGET", &target),
        ("FEATURES", &listed),
    ] {
        println!("cargo::rustc-env=SELVEDGE_{name}={value}");
    }
}

/// The commit of the clone that contains this package.
fn cloned(package: &Path) -> Option<Origin> {
    let root = package.ancestors().nth(2)?;
    let top = git(root, &["rev-parse", "--show-toplevel"])?;
    // A copy inside another repository does not belong to that repository's commits.
    if fs::canonicalize(top).ok()? != fs::canonicalize(root).ok()? {
        return None;
    }
    let commit = git(root, &["rev-parse", "--verify", "HEAD"])?;
    let among = |command: &[&str]| git(root, &[command, &["--"], &SOURCES].concat());
    let changed = among(&["status", "--porcelain", "--untracked-files=no"])?;
    watch(root, &among(&["ls-files", "-z"])?);
    Some(Origin {
        commit,
        modified: !changed.is_empty(),
    })
}

/// Runs this script again only if the commit or a source changes. A missing file would run it every time.
fn watch(root: &Path, sources: &str) {
    let place =
        |name: &str| git(root, &["rev-parse", "--git-path", name]).map(|path| root.join(path));
    // HEAD's log gets a line whenever HEAD moves; without a log, HEAD and the file that it refers to are watched.
    let heads = match place("logs/HEAD").filter(|path| path.is_file()) {
        Some(log) => vec![Some(log)],
        None => vec![
            place("HEAD"),
            place("packed-refs"),
            git(root, &["symbolic-ref", "--quiet", "HEAD"]).and_then(|branch| place(&branch)),
        ],
    };
    let sources = sources.split('\0').filter(|file| !file.is_empty());
    let files = heads
        .into_iter()
        .flatten()
        .chain(sources.map(|file| root.join(file)));
    for file in files.filter(|file| file.is_file()) {
        println!("cargo::rerun-if-changed={}", file.display());
    }
}

/// Git's output; `None` without git, without a repository, or if git does not trust it.
fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .arg("--no-optional-locks")
        .args(arguments)
        .current_dir(root)
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(
        String::from_utf8(output.stdout)
            .ok()?
            .trim_end()
            .to_string(),
    )
}

/// The commit that Cargo notes in a package.
fn packaged(package: &Path) -> Option<Origin> {
    let path = package.join(".cargo_vcs_info.json");
    let noted = fs::read_to_string(&path).ok()?;
    println!("cargo::rerun-if-changed={}", path.display());
    let (_, rest) = noted.split_once("\"sha1\": \"")?;
    let (commit, _) = rest.split_once('"')?;
    Some(Origin {
        commit: commit.to_string(),
        modified: noted.contains("\"dirty\": true"),
    })
}
