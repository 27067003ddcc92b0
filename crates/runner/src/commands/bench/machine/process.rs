//! Runs a measurement's process, for a limited time.

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

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
    let child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => return Finished::failed(format!("{}: {error}", program.display())),
    };
    let stdout = child.stdout.take().map(read);
    let stderr = child.stderr.take().map(read);
    let start = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if start.elapsed() < most => std::thread::sleep(Duration::from_millis(10)),
            Ok(None) => {
                // A process that is stuck in its driver may not even end now, so it is not waited for.
                let _ = child.kill();
                return Finished::failed(format!("not done after {:.0} s", most.as_secs_f64()));
            }
            Err(error) => return Finished::failed(error.to_string()),
        }
    };
    let text = |thread: Option<std::thread::JoinHandle<String>>| {
        thread
            .and_then(|thread| thread.join().ok())
            .unwrap_or_default()
    };
    let (stdout, stderr) = (text(stdout), text(stderr));
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

/// Reads to the end on a thread of its own, so that the process never waits for a full pipe.
fn read(mut pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
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
