//! Runs a measurement's process, for a limited time.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::device::process::{Ended, Limits, run};

/// Bytes of a measurement's output that are read.
const MOST_OUTPUT: u64 = 1 << 24;

/// How long the rest of the output is waited for after the process has ended.
const OUTPUT_PATIENCE: Duration = Duration::from_secs(2);

/// What came of a process.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Finished {
    /// The JSON that it printed.
    pub(super) result: Option<Value>,
    /// Why there is none.
    pub(super) failure: Option<String>,
}

impl Finished {
    pub(super) fn failed(failure: impl Into<String>) -> Self {
        Self {
            result: None,
            failure: Some(failure.into()),
        }
    }
}

/// Runs `program` in `folder` for at most `most`, and parses the JSON that it prints.
pub(super) fn finished(
    program: &Path,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    folder: &Path,
    most: Duration,
) -> Finished {
    let limits = Limits {
        time: most,
        output: MOST_OUTPUT,
        output_time: OUTPUT_PATIENCE,
    };
    let ended = run(
        Command::new(program).args(arguments).current_dir(folder),
        limits,
    );
    let Ended {
        status,
        stdout,
        stderr,
    } = match ended {
        Ok(ended) => ended,
        Err(failure) => return Finished::failed(failure),
    };
    // `doctor` prints its diagnosis also if it is bad.
    if let Ok(result) = serde_json::from_str(&stdout) {
        return Finished {
            result: Some(result),
            failure: None,
        };
    }
    // The program's error is after this word; Python's is its last line.
    let line = stderr
        .lines()
        .find_map(|line| line.strip_prefix("error: "))
        .or_else(|| stderr.lines().rfind(|line| !line.trim().is_empty()));
    Finished::failed(line.map_or_else(|| status.to_string(), String::from))
}

#[cfg(all(test, unix))]
mod tests {
    use serde_json::json;

    use super::*;

    fn shell(script: &str, most: Duration) -> Finished {
        finished(Path::new("/bin/sh"), ["-c", script], Path::new("/"), most)
    }

    #[test]
    fn a_process_has_a_result_or_a_reason() {
        let patient = Duration::from_secs(20);
        let result = Some(json!({"a": 1}));
        for end in ["", "; exit 1"] {
            let found = shell(&format!("echo '{{\"a\": 1}}'{end}"), patient);
            assert_eq!(found.result, result);
        }
        for (script, reason) in [
            (
                "echo 'error: no such device\n  help: buy one' >&2; exit 2",
                "no such device",
            ),
            (
                "printf 'Traceback\\nImportError: no torch\\n' >&2; exit 1",
                "ImportError: no torch",
            ),
            ("kill -SEGV $$", "signal: 11"),
        ] {
            let failure = shell(script, patient).failure.expect("a reason");
            assert!(failure.contains(reason), "{failure}");
        }
    }

    #[test]
    fn a_process_that_hangs_is_ended() {
        let found = shell("exec sleep 60", Duration::from_millis(100));
        assert_eq!(found, Finished::failed("not done after 0 s"));
    }
}
