//! The parts of a release: a program that reports its origin, completions, manual pages, archives and workflows.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command as Process;

use clap::{Command, CommandFactory};
use selvedge::cli::Cli;

use crate::program::{folder, selvedge};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn table(path: &str) -> toml::Table {
    fs::read_to_string(root().join(path))
        .expect(path)
        .parse()
        .expect(path)
}

/// Adds `command` and all its subcommands, by names whose words are joined by `-`.
fn add_commands(command: &Command, name: &str, found: &mut Vec<(String, Command)>) {
    found.push((name.to_string(), command.clone()));
    for below in command.get_subcommands() {
        add_commands(below, &format!("{name}-{}", below.get_name()), found);
    }
}

fn all_commands() -> Vec<(String, Command)> {
    let mut found = Vec::new();
    add_commands(&Cli::command(), "selvedge", &mut found);
    assert!(found.len() > 20, "{}", found.len());
    found
}

/// The long names of a command's options, without the hidden ones for tests.
fn options(command: &Command) -> impl Iterator<Item = &str> {
    command
        .get_arguments()
        .filter(|option| !option.is_hide_set())
        .filter_map(|option| option.get_long())
}

#[test]
fn the_version_names_commit_target_and_features() {
    let folder = folder();
    let version = selvedge(folder.path(), &["--version"]).stdout;
    let lines: Vec<&str> = version.lines().collect();
    assert_eq!(
        lines[0],
        concat!("selvedge ", env!("CARGO_PKG_VERSION")),
        "the package's version is the program's"
    );
    let head = Process::new("git")
        .args(["rev-parse", "--verify", "HEAD"])
        .current_dir(root())
        .output()
        .ok()
        .filter(|output| output.status.success() && root().join(".git").exists());
    let commit = match &head {
        Some(output) => String::from_utf8_lossy(&output.stdout).trim().to_string(),
        None => "unknown".to_string(),
    };
    assert!(
        lines[1].starts_with(&format!("commit {commit}")),
        "{version}"
    );
    assert!(lines[2].starts_with("target "), "{version}");
    assert!(lines[2].contains(std::env::consts::ARCH), "{version}");
    assert!(lines[3].starts_with("features "), "{version}");
    assert_eq!(lines.len(), 4, "{version}");
    let short = selvedge(folder.path(), &["-V"]).stdout;
    assert_eq!(short.trim_end(), lines[0]);
}

#[test]
fn every_command_has_a_manual_page_with_its_options() {
    let folder = folder();
    let output = selvedge(folder.path(), &["man", "--out", "new/man1"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let pages = folder.path().join("new/man1");
    let all = all_commands();
    for (name, command) in &all {
        let page = fs::read_to_string(pages.join(format!("{name}.1"))).expect(name);
        let source = concat!("\"selvedge ", env!("CARGO_PKG_VERSION"), "\"");
        assert!(page.contains(source), "{name}.1 names the program");
        for option in options(command) {
            let written = format!("\\-\\-{}", option.replace('-', "\\-"));
            assert!(page.contains(&written), "--{option} in {name}.1");
        }
    }
    let files = fs::read_dir(pages).expect("a folder");
    let names = files.map(|file| file.expect("a file").file_name());
    // Without the hidden list of written files.
    let pages = names.filter(|name| !name.to_string_lossy().starts_with('.'));
    assert_eq!(pages.count(), all.len());
}

#[test]
fn manual_pages_that_cannot_be_written_are_reported() {
    let folder = folder();
    fs::write(folder.path().join("taken"), "a file").expect("written");
    selvedge(folder.path(), &["man", "--out", "taken"])
        .assert_user_error(&["taken", "could not be written"]);
}

#[test]
fn completions_contain_every_command_and_option_in_every_shell() {
    let folder = folder();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = selvedge(folder.path(), &["completions", shell]);
        assert_eq!(output.code, 0, "{}", output.stderr);
        let script = output.stdout;
        let known: BTreeSet<&str> = script
            .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-')
            .collect();
        for (name, command) in all_commands() {
            assert!(known.contains(command.get_name()), "{name} in {shell}");
            for option in options(&command) {
                // Fish writes an option without its dashes.
                let written = known.contains(format!("--{option}").as_str())
                    || script.contains(&format!("-l {option} "));
                assert!(written, "{name} --{option} in {shell}");
            }
        }
    }
    let output = selvedge(folder.path(), &["completions", "tcsh"]);
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("powershell"), "{}", output.stderr);
}

#[test]
fn archives_are_where_cargo_binstall_looks_for_them() {
    let dist = table("dist-workspace.toml");
    let archive = |key: &str| dist["dist"][key].as_str().expect("a text").to_string();
    let manifest = table("crates/runner/Cargo.toml");
    let binstall = &manifest["package"]["metadata"]["binstall"];
    let url = |table: &toml::Value| table["pkg-url"].as_str().expect("a text").to_string();
    let file = |ending: &str| format!("/v{{ version }}/{{ name }}-{{ target }}{ending}");
    assert!(url(binstall).ends_with(&file(&archive("unix-archive"))));
    let windows = &binstall["overrides"]["x86_64-pc-windows-msvc"];
    assert!(url(windows).ends_with(&file(&archive("windows-archive"))));
    let workflow = fs::read_to_string(root().join(".github/workflows/release.yml")).expect("text");
    for target in dist["dist"]["targets"].as_array().expect("a list") {
        let target = target.as_str().expect("a text");
        assert!(workflow.contains(&format!("target: {target}")), "{target}");
    }
}

#[test]
fn archives_contain_licences_and_generated_pages() {
    let dist = table("dist-workspace.toml");
    let included: Vec<&str> = dist["dist"]["include"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(toml::Value::as_str)
        .collect();
    let script = fs::read_to_string(root().join(".ci/archive")).expect("text");
    for name in ["LICENSE-MIT", "LICENSE-APACHE", "README.md"] {
        assert!(included.contains(&name), "{name} in {included:?}");
        assert!(root().join(name).is_file(), "{name}");
    }
    for made in [
        "target/pages/LICENCES-OF-OTHERS.txt",
        "target/pages/man",
        "target/pages/completions",
    ] {
        assert!(included.contains(&made), "{made} in {included:?}");
        assert!(script.contains(made), "{made} in .ci/archive");
    }
}

#[test]
fn the_citation_names_the_version() {
    let citation = fs::read_to_string(root().join("CITATION.cff")).expect("text");
    let version = concat!("\nversion: ", env!("CARGO_PKG_VERSION"), "\n");
    assert!(citation.contains(version), "{citation}");
}

/// A tag can be moved to other code, a commit cannot; the tag in the comment is for readers.
#[test]
fn workflows_name_actions_by_commit() {
    let mut seen = 0;
    for entry in fs::read_dir(root().join(".github/workflows")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("text");
        for line in text.lines().filter(|line| line.contains("uses:")) {
            let (_, commit) = line.split_once('@').expect("an action and its commit");
            let (commit, tag) = commit.split_once(" # v").expect("a commit and its tag");
            let hexadecimal = commit.chars().all(|digit| digit.is_ascii_hexdigit());
            assert!(
                commit.len() == 40 && hexadecimal && tag.contains('.'),
                "{}: {line}",
                path.display()
            );
            seen += 1;
        }
    }
    assert!(seen >= 5, "{seen}");
}
