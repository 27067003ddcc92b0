//! What a release consists of: a program that says where it comes from, completions, manual pages, archives and workflows.

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

/// Every command below `command`, itself among them, by its words parted by `-`.
fn commands(command: &Command, words: &str, found: &mut Vec<(String, Command)>) {
    found.push((words.to_string(), command.clone()));
    for below in command.get_subcommands() {
        commands(below, &format!("{words}-{}", below.get_name()), found);
    }
}

fn all_commands() -> Vec<(String, Command)> {
    let mut found = Vec::new();
    commands(&Cli::command(), "selvedge", &mut found);
    assert!(found.len() > 20, "{}", found.len());
    found
}

/// The long names of a command's options, without those that are for tests alone.
fn options(command: &Command) -> impl Iterator<Item = &str> {
    command
        .get_arguments()
        .filter(|option| !option.is_hide_set())
        .filter_map(|option| option.get_long())
}

#[test]
fn the_version_names_commit_target_and_features() {
    let folder = folder();
    let said = selvedge(folder.path(), &["--version"]).stdout;
    let lines: Vec<&str> = said.lines().collect();
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
    assert!(lines[1].starts_with(&format!("commit {commit}")), "{said}");
    assert!(lines[2].starts_with("target "), "{said}");
    assert!(lines[2].contains(std::env::consts::ARCH), "{said}");
    assert!(lines[3].starts_with("features "), "{said}");
    assert_eq!(lines.len(), 4, "{said}");
    let short = selvedge(folder.path(), &["-V"]).stdout;
    assert_eq!(short.trim_end(), lines[0]);
}

#[test]
fn every_command_has_a_manual_page_with_its_options() {
    let folder = folder();
    let said = selvedge(folder.path(), &["man", "--out", "new/man1"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let pages = folder.path().join("new/man1");
    let all = all_commands();
    for (words, command) in &all {
        let page = fs::read_to_string(pages.join(format!("{words}.1"))).expect(words);
        let source = concat!("\"selvedge ", env!("CARGO_PKG_VERSION"), "\"");
        assert!(page.contains(source), "{words}.1 names the program");
        for option in options(command) {
            let written = format!("\\-\\-{}", option.replace('-', "\\-"));
            assert!(page.contains(&written), "--{option} in {words}.1");
        }
    }
    let files = fs::read_dir(pages).expect("a folder");
    let names = files.map(|file| file.expect("a file").file_name());
    // The program's note of what it wrote lies hidden among them.
    let shown = names.filter(|name| !name.to_string_lossy().starts_with('.'));
    assert_eq!(shown.count(), all.len());
}

#[test]
fn manual_pages_that_cannot_be_written_are_told_of() {
    let folder = folder();
    fs::write(folder.path().join("taken"), "a file").expect("written");
    selvedge(folder.path(), &["man", "--out", "taken"])
        .mendable(&["taken", "could not be written"]);
}

#[test]
fn completions_know_every_command_and_option_in_every_shell() {
    let folder = folder();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let said = selvedge(folder.path(), &["completions", shell]);
        assert_eq!(said.code, 0, "{}", said.stderr);
        let script = said.stdout;
        let known: BTreeSet<&str> = script
            .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-')
            .collect();
        for (words, command) in all_commands() {
            assert!(known.contains(command.get_name()), "{words} in {shell}");
            for option in options(&command) {
                // Fish writes an option without its dashes.
                let written = known.contains(format!("--{option}").as_str())
                    || script.contains(&format!("-l {option} "));
                assert!(written, "{words} --{option} in {shell}");
            }
        }
    }
    let said = selvedge(folder.path(), &["completions", "tcsh"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("powershell"), "{}", said.stderr);
}

#[test]
fn archives_are_where_cargo_binstall_looks_for_them() {
    let dist = table("dist-workspace.toml");
    let archive = |key: &str| dist["dist"][key].as_str().expect("a text").to_string();
    let manifest = table("crates/runner/Cargo.toml");
    let binstall = &manifest["package"]["metadata"]["binstall"];
    let url = |place: &toml::Value| place["pkg-url"].as_str().expect("a text").to_string();
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
fn archives_hold_licences_and_what_the_program_writes() {
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

/// A tag can be moved to other code, a commit cannot; the tag in the comment is for people.
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
