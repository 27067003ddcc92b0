//! Compares an integrated GPU with the CPU: a small training on both, in a separate process.
//!
//! A driver may crash, hang or compile for minutes. All of that is confined to the other process, which gets three seconds.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use ops::{Adapter, Api, WITHOUT};

use crate::device::kept_trials::{self, Key};
use crate::device::trial_result::{Outcome, Seconds, Trial};

/// For everything: the start of the process, the driver's compiler, and the steps on both devices.
const PATIENCE: Duration = Duration::from_secs(3);

/// Bytes of the process's output that are read.
const MOST_OUTPUT: u64 = 1 << 16;

/// The program that has the command `bench trial`, once it is known.
static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Registers the running program as one with this crate's command line, so that `auto` may run it for a trial. Without this, no
/// trial is made, and `auto` chooses the CPU.
pub(crate) fn run_by_this_program() {
    if let Ok(path) = std::env::current_exe() {
        PROGRAM.get_or_init(|| path);
    }
}

/// Tries the adapter at index `place` of `found`, or returns the stored result of this machine.
pub(super) fn try_out(found: &[Adapter], place: usize, processor: &str) -> Trial {
    let adapter = &found[place];
    let key = Key::new(adapter, processor);
    let kept = kept_trials::path();
    let known = kept
        .as_deref()
        .and_then(|path| kept_trials::find(path, &key));
    let outcome = match (known, PROGRAM.get()) {
        (Some(seconds), _) => Outcome::Measured(seconds),
        (None, None) => Outcome::Failed {
            failure: "this program cannot try it".into(),
        },
        (None, Some(program)) => {
            tracing::info!(
                "comparing {} with the CPU, once for this machine",
                adapter.name
            );
            // `vulkan:N` counts the adapters of one API.
            let number = found[..place]
                .iter()
                .filter(|other| other.api == adapter.api)
                .count();
            let outcome = measure(
                program,
                adapter.api,
                &format!("{}:{number}", adapter.api.as_str()),
                PATIENCE,
            );
            if let (Outcome::Measured(seconds), Some(path)) = (&outcome, &kept) {
                kept_trials::keep(path, key, *seconds);
            }
            outcome
        }
    };
    Trial {
        adapter: adapter.name.clone(),
        api: adapter.api.as_str().into(),
        outcome,
    }
}

/// Lets `program` measure `device`, for at most `patience`.
fn measure(program: &Path, api: Api, device: &str, patience: Duration) -> Outcome {
    let others: Vec<&str> = Api::ALL
        .into_iter()
        .filter(|other| *other != api)
        .map(Api::as_str)
        .collect();
    let child = Command::new(program)
        .args(["bench", "trial", "--json", "--quiet", "--device", device])
        .args(["--color", "never"])
        .env(WITHOUT, others.join(","))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let answer = child
        .map_err(|error| error.to_string())
        .and_then(|child| wait(child, patience));
    match answer {
        Ok(seconds) => Outcome::Measured(seconds),
        Err(failure) => Outcome::Failed { failure },
    }
}

fn wait(mut child: Child, patience: Duration) -> Result<Seconds, String> {
    let start = Instant::now();
    let stdout = read(child.stdout.take());
    let stderr = read(child.stderr.take());
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if start.elapsed() < patience => {
                std::thread::sleep(Duration::from_millis(5));
            }
            not_ended => {
                // A process that is stuck in its driver may not even end now, so it is not waited for.
                let _ = child.kill();
                return Err(match not_ended {
                    Err(error) => error.to_string(),
                    Ok(_) => format!("not done after {:.0} s", patience.as_secs_f64()),
                });
            }
        }
    };
    // Its output is available at once, unless a child of it has the pipe.
    let output_of = |output: Receiver<String>| {
        output
            .recv_timeout(Duration::from_millis(200))
            .unwrap_or_default()
    };
    if !status.success() {
        let stderr = output_of(stderr);
        let error = stderr.lines().find_map(|line| line.strip_prefix("error: "));
        return Err(error.map_or_else(|| status.to_string(), str::to_string));
    }
    let stdout = output_of(stdout);
    serde_json::from_str(&stdout)
        .ok()
        .filter(Seconds::are_sound)
        .ok_or_else(|| "its output was not a measurement".into())
}

/// Reads to the end on a separate thread, which ends with the pipe.
fn read(pipe: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut output = Vec::new();
        if let Some(pipe) = pipe {
            let mut pipe = BufReader::new(pipe);
            let _ = pipe.by_ref().take(MOST_OUTPUT).read_to_end(&mut output);
            // The rest is discarded, so that the process does not block on a full pipe.
            while pipe.fill_buf().is_ok_and(|part| !part.is_empty()) {
                let length = pipe.buffer().len();
                pipe.consume(length);
            }
        }
        // The receiver may have timed out.
        let _ = sender.send(String::from_utf8_lossy(&output).into_owned());
    });
    receiver
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::sync::{Mutex, PoisonError};

    use super::*;

    /// Locked from writing a program until it ends: a process that another test starts meanwhile would inherit the open file, and
    /// a file that is open for writing cannot be run.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

    /// The result of a trial by a program that runs this script.
    fn tried(script: &str, patience: Duration) -> Outcome {
        let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("program");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).expect("written");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755))
            .expect("made executable");
        measure(&program, Api::Vulkan, "vulkan:1", patience)
    }

    fn failure(script: &str) -> String {
        match tried(script, Duration::from_secs(20)) {
            Outcome::Failed { failure } => failure,
            Outcome::Measured(seconds) => panic!("{script}: {seconds:?}"),
        }
    }

    #[test]
    fn the_result_of_the_other_process_is_read() {
        let script = r#"
            test "$*" = "bench trial --json --quiet --device vulkan:1 --color never" || exit 3
            test "$SELVEDGE_WITHOUT" = metal,dx12 || exit 4
            echo '{"gpu_s": 0.25, "cpu_s": 0.5, "device": "more"}'"#;
        let expected = Seconds {
            gpu_s: 0.25,
            cpu_s: 0.5,
        };
        assert_eq!(
            tried(script, Duration::from_secs(20)),
            Outcome::Measured(expected)
        );
    }

    #[test]
    fn a_crash_an_error_and_a_wrong_output_are_failures_with_a_reason() {
        assert!(failure("kill -SEGV $$").contains("signal: 11"));
        let error =
            failure("echo 'warning: loud' >&2; echo 'error: the driver panicked' >&2; exit 1");
        assert_eq!(error, "the driver panicked");
        assert!(failure("exit 7").contains('7'));
        for answer in [
            "",
            "{}",
            r#"{"gpu_s": 0, "cpu_s": 1}"#,
            r#"{"gpu_s": -1, "cpu_s": 1}"#,
        ] {
            assert_eq!(
                failure(&format!("echo '{answer}'")),
                "its output was not a measurement"
            );
        }
        let nowhere = measure(
            Path::new("/nowhere/selvedge"),
            Api::Vulkan,
            "vulkan:0",
            PATIENCE,
        );
        assert!(matches!(nowhere, Outcome::Failed { .. }));
    }

    #[test]
    fn a_driver_that_hangs_is_not_waited_for() {
        let start = Instant::now();
        let outcome = tried("exec sleep 60", Duration::from_millis(300));
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "{:?}",
            start.elapsed()
        );
        let failure = "not done after 0 s".to_string();
        assert_eq!(outcome, Outcome::Failed { failure });
    }

    #[test]
    fn a_verbose_driver_does_not_block() {
        let script =
            r#"head -c 300000 /dev/zero | tr '\0' 'x' >&2; echo '{"gpu_s": 1, "cpu_s": 2}'"#;
        let expected = Seconds {
            gpu_s: 1.0,
            cpu_s: 2.0,
        };
        assert_eq!(
            tried(script, Duration::from_secs(20)),
            Outcome::Measured(expected)
        );
    }
}
