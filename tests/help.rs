//! The help of every command, and how usage errors are shown.

use clap::CommandFactory;

#[cfg(unix)]
use crate::program::bash;
use crate::program::{folder, selvedge, selvedge_with};

#[test]
fn every_command_has_help_and_the_program_a_version() {
    let folder = folder();
    for command in [
        &["--help"][..],
        &["--version"],
        &["train", "--help"],
        &["evaluate", "--help"],
        &["compare", "--help"],
        &["predict", "--help"],
        &["score", "--help"],
        &["synth", "bamsi", "--help"],
        &["synth", "fasu", "--help"],
        &["data", "check", "--help"],
        &["data", "show", "--help"],
        &["recipe", "--help"],
        &["model", "--help"],
        &["weights", "import", "--help"],
        &["weights", "export", "--help"],
        &["forward", "--help"],
        &["envelope", "--help"],
        &["bench", "step", "--help"],
        &["bench", "trial", "--help"],
        &["doctor", "--help"],
    ] {
        let output = selvedge(folder.path(), command);
        assert_eq!(output.code, 0, "{command:?}");
        assert!(output.stdout.contains("selvedge"), "{command:?}");
    }
}

/// Adds the name of a command, as a list of words, and the names of all its subcommands.
fn add_names(command: &clap::Command, name: &[String], found: &mut Vec<Vec<String>>) {
    found.push(name.to_vec());
    for below in command.get_subcommands() {
        let name = [name, &[below.get_name().to_string()]].concat();
        add_names(below, &name, found);
    }
}

#[test]
fn help_and_usage_errors_wrap_at_the_width_of_the_terminal() {
    const WIDTH: usize = 40;
    let folder = folder();
    let mut commands = Vec::new();
    add_names(&selvedge::cli::Cli::command(), &[], &mut commands);
    assert!(commands.len() > 20);
    let fits = |arguments: &[&str], code: i32| {
        let width = WIDTH.to_string();
        let narrow = ("COLUMNS", Some(&*width));
        let output = selvedge_with(folder.path(), arguments, &[narrow]);
        assert_eq!(output.code, code, "{output:?}");
        let text = output.stdout + &output.stderr;
        assert!(!text.is_empty(), "{arguments:?}");
        for line in text.lines() {
            assert!(line.chars().count() <= WIDTH, "{arguments:?}: {line}");
        }
        text
    };
    for command in &commands {
        let name: Vec<&str> = command.iter().map(String::as_str).collect();
        for (option, code) in [("--help", 0), ("-h", 0), ("--unknown-option", 2)] {
            let text = fits(&[&name[..], &[option]].concat(), code);
            // Only line breaks come between the words of the usage.
            let text: Vec<&str> = text.split_whitespace().collect();
            let usage = format!("selvedge-under-test {}", name.join(" "));
            assert!(text.join(" ").contains(usage.trim_end()), "{name:?}");
        }
    }
    fits(&["forward", "unet"], 2);
    fits(&["train", "smoke", "--epochs", "many many many many"], 2);
    // Other programs read the version line by line, so it never wraps.
    let output = selvedge_with(folder.path(), &["--version"], &[("COLUMNS", Some("10"))]);
    assert_eq!(output.stdout.lines().count(), 4, "{output:?}");
}

#[cfg(unix)]
#[test]
fn control_characters_in_arguments_are_escaped() {
    let folder = folder();
    let hostile = r"$(printf '\033]0;OWNED\007\377\n.')";
    let refused = |arguments: &str| {
        let line = format!("\"$SELVEDGE\" --color always {arguments} \"{hostile}\"");
        let output = bash(folder.path(), &line);
        assert_eq!(output.code, 2, "{output:?}");
        output
    };
    let (unknown, no_text) = (refused("train one"), refused("doctor --device"));
    for output in [unknown, no_text] {
        assert!(output.stderr.contains("\x1b[1m"), "in colours: {output:?}");
        assert!(!output.stderr.contains(['\x07', '\u{fffd}']), "{output:?}");
        assert!(!output.stderr.contains("\x1b]"), "{output:?}");
        assert!(
            output.stderr.contains("\\u{1b}]0;OWNED\\u{7}\\xff\\n."),
            "{output:?}"
        );
    }
}

/// Checks every command without subcommands.
#[test]
fn every_help_has_an_example() {
    fn check(command: &clap::Command, names: &str) {
        let names = format!("{names}{} ", command.get_name());
        if !command.has_subcommands() {
            let help = command.get_after_help().map(ToString::to_string);
            let example = format!("Example: {names}");
            assert!(
                help.is_some_and(|help| format!("{help} ").contains(&example)),
                "{example}"
            );
        }
        for below in command.get_subcommands() {
            check(below, &names);
        }
    }
    check(&selvedge::cli::Cli::command(), "");
}
