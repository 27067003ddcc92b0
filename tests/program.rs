//! Runs the program in a folder and collects its output.

#[cfg(unix)]
use std::ffi::OsStr;
use std::path::Path;
#[cfg(unix)]
use std::process::{Child, Stdio};
use std::process::{Command, Output};

/// Exit code and output of a command.
#[derive(Debug)]
pub(crate) struct CommandOutput {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl CommandOutput {
    fn new(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// Parses the output of a command that must succeed and print one JSON object.
    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(self.code, 0, "{}", self.stderr);
        serde_json::from_str(&self.stdout).expect("one JSON object")
    }

    /// Asserts an error that the user can fix: exit code 2, no panic, and a message with all of these fragments.
    pub(crate) fn assert_user_error(&self, fragments: &[&str]) {
        assert_eq!(self.code, 2, "{self:?}");
        assert!(self.stderr.contains("help: "), "{}", self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        for fragment in fragments {
            assert!(
                self.stderr.contains(fragment),
                "'{fragment}' in: {}",
                self.stderr
            );
        }
    }
}

/// Runs the program in `folder`.
pub(crate) fn selvedge(folder: &Path, arguments: &[&str]) -> CommandOutput {
    selvedge_with(folder, arguments, &[])
}

/// Runs the program in `folder` with these environment variables set, or removed where the value is `None`.
pub(crate) fn selvedge_with(
    folder: &Path,
    arguments: &[&str],
    environment: &[(&str, Option<&str>)],
) -> CommandOutput {
    let mut command = Command::new(env!("CARGO_BIN_EXE_selvedge-under-test"));
    for (name, value) in environment {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let output = command
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the program starts");
    CommandOutput::new(&output)
}

/// Runs the training in which an operation fails, in `folder`.
pub(crate) fn failing_operation(folder: &Path, arguments: &[&str]) -> CommandOutput {
    let output = Command::new(env!("CARGO_BIN_EXE_failing-operation"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the program starts");
    CommandOutput::new(&output)
}

/// Runs the program on a disk that fails at the given step, or kills the program before that step.
#[cfg(unix)]
pub(crate) fn failing_disk(
    folder: &Path,
    step: usize,
    how: &str,
    arguments: &[&str],
) -> CommandOutput {
    let output = Command::new(env!("CARGO_BIN_EXE_failing-disk"))
        .args([&step.to_string(), how])
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the program starts");
    CommandOutput::new(&output)
}

/// Starts the program in `folder` without waiting; [`wait_for_output`] collects its stdout.
#[cfg(unix)]
pub(crate) fn start<A: AsRef<OsStr>>(
    folder: &Path,
    arguments: &[A],
    stderr: impl Into<Stdio>,
) -> Child {
    Command::new(env!("CARGO_BIN_EXE_selvedge-under-test"))
        .args(arguments)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(stderr)
        .spawn()
        .expect("the program starts")
}

/// Waits for a program from [`start`] and collects its output.
#[cfg(unix)]
pub(crate) fn wait_for_output(process: Child) -> CommandOutput {
    CommandOutput::new(&process.wait_with_output().expect("a process of ours"))
}

/// Runs a line of bash in `folder`, with the program's path as `$SELVEDGE`.
#[cfg(unix)]
pub(crate) fn bash(folder: &Path, line: &str) -> CommandOutput {
    let output = Command::new("bash")
        .args(["-c", line])
        .env("SELVEDGE", env!("CARGO_BIN_EXE_selvedge-under-test"))
        .current_dir(folder)
        .output()
        .expect("bash starts");
    CommandOutput::new(&output)
}

pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Writes a synthetic set of `images` photographs of 64² pixels to `burns`.
pub(crate) fn synthesise_burns(folder: &Path, images: usize, noise: &str) {
    let images = images.to_string();
    let arguments = [
        "synth", "bamsi", "--out", "burns", "--images", &images, "--size", "64", "--noise", noise,
    ];
    let output = selvedge(folder, &arguments);
    assert_eq!(output.code, 0, "{}", output.stderr);
}

/// Writes eight photographs to `burns`, and trains a small network on them for one epoch in `run`.
pub(crate) fn train_small_run(folder: &Path) {
    synthesise_burns(folder, 8, "0");
    let output = selvedge(
        folder,
        &[
            "train",
            "smoke",
            "--data",
            "burns",
            "--out",
            "run",
            "--device",
            "cpu",
            "--epochs",
            "1",
            "--set",
            "model.width=2",
        ],
    );
    assert_eq!(output.code, 0, "{output:?}");
}
