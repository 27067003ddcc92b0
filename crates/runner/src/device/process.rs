//! Another process, which gets a limited time and whose output is read up to a limit: a driver may crash, hang, or print without end.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::sleep;
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(5);

/// What a process may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// From its start to its end.
    pub(crate) time: Duration,
    /// Bytes of its output, and of its messages, that are kept.
    pub(crate) output: u64,
    /// How long its output is waited for after its end: a child of it may still have the pipe.
    pub(crate) output_time: Duration,
}

/// A process that has ended by itself.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a command without input.
///
/// # Errors
///
/// Why it did not start, or that it was ended because its time was over.
pub(crate) fn run(command: &mut Command, limits: Limits) -> Result<Ended, String> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    let start = Instant::now();
    let stdout = read(child.stdout.take(), limits.output);
    let stderr = read(child.stderr.take(), limits.output);
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if start.elapsed() < limits.time => sleep(PAUSE),
            not_ended => {
                // A process that is stuck in its driver may not even end now, so it is not waited for.
                let _ = child.kill();
                return Err(match not_ended {
                    Err(error) => error.to_string(),
                    Ok(_) => format!("not done after {:.0} s", limits.time.as_secs_f64()),
                });
            }
        }
    };
    let [stdout, stderr] =
        [stdout, stderr].map(|output| output.recv_timeout(limits.output_time).unwrap_or_default());
    Ok(Ended {
        status,
        stdout,
        stderr,
    })
}

/// Reads to the end on a thread of its own, which ends with the pipe.
fn read(pipe: Option<impl Read + Send + 'static>, most: u64) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut output = Vec::new();
        if let Some(pipe) = pipe {
            let mut pipe = BufReader::new(pipe);
            let _ = pipe.by_ref().take(most).read_to_end(&mut output);
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
    use super::*;

    fn shell(script: &str, time: Duration) -> Result<Ended, String> {
        let limits = Limits {
            time,
            output: 1000,
            output_time: Duration::from_secs(2),
        };
        run(Command::new("/bin/sh").args(["-c", script]), limits)
    }

    #[test]
    fn both_outputs_are_read_up_to_the_limit_and_the_rest_does_not_block() {
        let script = "head -c 300000 /dev/zero | tr '\\0' x; echo error >&2; exit 7";
        let ended = shell(script, Duration::from_secs(20)).expect("ended");
        assert_eq!(ended.stdout, "x".repeat(1000));
        assert_eq!(ended.stderr, "error\n");
        assert_eq!(ended.status.code(), Some(7));
    }

    #[test]
    fn a_process_that_hangs_is_ended_and_one_that_is_missing_is_named() {
        let start = Instant::now();
        let error = shell("exec sleep 60", Duration::from_millis(100)).expect_err("hangs");
        assert_eq!(error, "not done after 0 s");
        assert!(start.elapsed() < Duration::from_secs(30));
        let limits = Limits {
            time: Duration::from_secs(1),
            output: 1,
            output_time: Duration::ZERO,
        };
        let error = run(&mut Command::new("/nowhere/selvedge"), limits).expect_err("missing");
        assert!(error.contains("/nowhere/selvedge"), "{error}");
    }

    #[test]
    fn a_child_that_keeps_the_pipe_is_not_waited_for() {
        let start = Instant::now();
        shell("sleep 60 & exit 0", Duration::from_secs(20)).expect("ended");
        assert!(start.elapsed() < Duration::from_secs(30));
    }
}
