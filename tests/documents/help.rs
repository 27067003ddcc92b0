//! The page of commands, which is copied from the program's help in a terminal of 100 columns.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Command as Process;

use clap::{Command, CommandFactory};
use selvedge::cli::Cli;

use super::{root, text};

const PAGE: &str = "docs/commands.md";

/// What follows it is copied from the program.
const MARK: &str = "<!-- From here on written by `just pages`, from the program's `--help`. -->\n";

fn help(words: &[&str]) -> String {
    let output = Process::new(env!("CARGO_BIN_EXE_selvedge-under-test"))
        .arg0("selvedge")
        .args(words)
        .arg("--help")
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
        .env_remove("CLICOLOR_FORCE")
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// Without the options that every command has.
fn own_options(help: &str, shared: &[String]) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut skipping = false;
    for line in help.lines().map(str::trim_end) {
        let depth = line.len() - line.trim_start().len();
        if (2..=6).contains(&depth) && line.trim_start().starts_with('-') {
            skipping = shared.iter().any(|name| {
                line.split([' ', ',', '.'])
                    .any(|word| word == format!("--{name}"))
            });
        } else if depth == 0 && !line.is_empty() {
            skipping = false;
            // A heading below which nothing was left.
            if kept.last() == Some(&"") && kept.iter().rev().nth(1) == Some(&"Options:") {
                kept.truncate(kept.len() - 2);
            }
        }
        let repeated = line.is_empty() && kept.last() == Some(&"");
        if !skipping && !repeated {
            kept.push(line);
        } else if skipping && kept.last() != Some(&"") {
            kept.push("");
        }
    }
    let text = kept.join("\n");
    let text = text.trim_end();
    text.strip_suffix("Options:")
        .unwrap_or(text)
        .trim_end()
        .to_string()
}

/// The help of `command` and of all commands below it, one section each.
fn sections(command: &Command, words: &[&str], shared: &[String], page: &mut String) {
    let help = help(words);
    let help = if words.is_empty() {
        help.lines()
            .map(str::trim_end)
            .collect::<Vec<_>>()
            .join("\n")
    } else {
        own_options(&help, shared)
    };
    let name = [&["selvedge"], words].concat().join(" ");
    page.push_str(&format!(
        "\n### {name}\n\n```text\n{}\n```\n",
        help.trim_end()
    ));
    for below in command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
    {
        sections(below, &[words, &[below.get_name()]].concat(), shared, page);
    }
}

#[test]
fn the_commands_page_shows_the_help_of_every_command() {
    let program = Cli::command();
    let shared: Vec<String> = program
        .get_arguments()
        .filter(|option| option.is_global_set())
        .filter_map(|option| option.get_long().map(String::from))
        .chain(["help".to_string(), "version".to_string()])
        .collect();
    let mut generated = String::new();
    sections(&program, &[], &shared, &mut generated);
    let page = text(PAGE);
    let by_hand = page.split(MARK).next().expect("a beginning");
    let expected = format!("{by_hand}{MARK}{generated}");
    if std::env::var_os("SELVEDGE_WRITE_DOCS").is_some() {
        fs::write(root().join(PAGE), &expected).expect("written");
    }
    let page = text(PAGE);
    for (number, (line, right)) in page.lines().zip(expected.lines()).enumerate() {
        assert_eq!(line, right, "{PAGE}:{}; `just pages` writes it", number + 1);
    }
    assert!(
        page == expected,
        "{PAGE} is longer or shorter: `just pages` writes it"
    );
}
