//! The program in a folder of its own, and what it said.

#[cfg(unix)]
use std::ffi::OsStr;
use std::path::Path;
#[cfg(unix)]
use std::process::{Child, Stdio};
use std::process::{Command, Output};

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// The answer of a command that must succeed and print one JSON object.
    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(self.code, 0, "{}", self.stderr);
        serde_json::from_str(&self.stdout).expect("one JSON object")
    }

    /// An error that the user can mend: exit code 2, no panic, and all of these words.
    pub(crate) fn mendable(&self, words: &[&str]) {
        assert_eq!(self.code, 2, "{self:?}");
        assert!(self.stderr.contains("help: "), "{}", self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        for word in words {
            assert!(self.stderr.contains(word), "'{word}' in: {}", self.stderr);
        }
    }
}

/// Runs the program in `folder`.
pub(crate) fn selvedge(folder: &Path, arguments: &[&str]) -> Said {
    selvedge_with(folder, arguments, &[])
}

/// Runs the program in `folder`, where these variables of the environment have a value or none.
pub(crate) fn selvedge_with(
    folder: &Path,
    arguments: &[&str],
    environment: &[(&str, Option<&str>)],
) -> Said {
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
    Said::of(&output)
}

/// Runs the training in which an operation fails, in `folder`.
pub(crate) fn failing_operation(folder: &Path, arguments: &[&str]) -> Said {
    let output = Command::new(env!("CARGO_BIN_EXE_failing-operation"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the program starts");
    Said::of(&output)
}

/// Runs the program on a disk that fails, or before whose use it is killed, at the step of this number.
#[cfg(unix)]
pub(crate) fn failing_disk(folder: &Path, step: usize, how: &str, arguments: &[&str]) -> Said {
    let output = Command::new(env!("CARGO_BIN_EXE_failing-disk"))
        .args([&step.to_string(), how])
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the program starts");
    Said::of(&output)
}

/// Starts the program in `folder`, with its stdout kept for [`said_by`], and waits for nothing.
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

/// What a program that was started came to.
#[cfg(unix)]
pub(crate) fn said_by(process: Child) -> Said {
    Said::of(&process.wait_with_output().expect("a process of ours"))
}

/// Runs a line of bash in `folder`, with the program's path as `$SELVEDGE`.
#[cfg(unix)]
pub(crate) fn bash(folder: &Path, line: &str) -> Said {
    let output = Command::new("bash")
        .args(["-c", line])
        .env("SELVEDGE", env!("CARGO_BIN_EXE_selvedge-under-test"))
        .current_dir(folder)
        .output()
        .expect("bash starts");
    Said::of(&output)
}

pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Eight synthetic photographs of 64² in `burns`.
pub(crate) fn burns(folder: &Path, images: usize, noise: &str) {
    let images = images.to_string();
    let arguments = [
        "synth", "bamsi", "--out", "burns", "--images", &images, "--size", "64", "--noise", noise,
    ];
    let said = selvedge(folder, &arguments);
    assert_eq!(said.code, 0, "{}", said.stderr);
}

/// The same eight photographs, and a small network in `run` that has seen them once.
pub(crate) fn trained(folder: &Path) {
    burns(folder, 8, "0");
    let said = selvedge(
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
    assert_eq!(said.code, 0, "{said:?}");
}
