//! Closed terminals, closed pipes and full disks behind stdout and stderr: the work continues, or is saved.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Read};
use std::os::fd::{FromRawFd, OwnedFd};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::program::{bash, folder, selvedge, start, synthesise_burns};

const TRAIN: [&str; 10] = [
    "train",
    "smoke",
    "--data",
    "burns",
    "--out",
    "run",
    "--device",
    "cpu",
    "--set",
    "model.width=2",
];

fn full() -> fs::File {
    OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("a device of every Linux")
}

fn code(child: &mut Child) -> Option<i32> {
    child.wait().expect("it exits").code()
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status()
        .expect("a command of every Unix");
    assert!(sent.success());
}

fn wait_for(path: &Path) {
    let start = Instant::now();
    while !path.exists() {
        assert!(
            start.elapsed() < Duration::from_mins(2),
            "{}",
            path.display()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_log_that_cannot_be_written_does_not_stop_the_program() {
    let folder = folder();
    synthesise_burns(folder.path(), 8, "0");
    let arguments = [&TRAIN[..], &["--epochs", "3"]].concat();
    let mut child = start(folder.path(), &arguments, Stdio::piped());
    drop(child.stderr.take());
    assert_eq!(code(&mut child), Some(0), "the reader has closed the pipe");
    assert!(folder.path().join("run/summary.json").is_file());
    #[cfg(target_os = "linux")]
    for (arguments, expected) in [
        (
            &[
                "predict",
                "run",
                "burns/images",
                "--out",
                "labels",
                "--device",
                "cpu",
            ][..],
            0,
        ),
        (&["evaluate", "run", "--device", "cpu"], 0),
        (&["recipe", "show", "nope"], 2),
        (&["recipe", "show"], 2),
        (&["data", "check", "folder", "nowhere"], 1),
    ] {
        let mut child = start(folder.path(), arguments, full());
        assert_eq!(code(&mut child), Some(expected), "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let folder = folder();
    for arguments in [
        "--help",
        "train --help",
        "--version",
        "recipe list",
        "completions bash",
    ] {
        let output = bash(
            folder.path(),
            &format!("\"$SELVEDGE\" {arguments} >/dev/full"),
        );
        assert_eq!(output.code, 1, "{arguments}: {output:?}");
        assert!(output.stderr.contains("error: stdout: "), "{output:?}");
        let output = bash(
            folder.path(),
            &format!("\"$SELVEDGE\" {arguments} | true; exit ${{PIPESTATUS[0]}}"),
        );
        assert_eq!(output.code, 0, "{arguments}: {output:?}");
    }
}

/// A terminal: its window, which is read until it is closed, and the end that the program writes to.
#[expect(unsafe_code, reason = "terminals are the C library's")]
fn terminal() -> (Window, OwnedFd) {
    let (mut window, mut program) = (-1, -1);
    let none = ptr::null_mut();
    // SAFETY: openpty fills the two numbers with new descriptors, which nothing else owns.
    let (window, program) = unsafe {
        let made = libc::openpty(
            &raw mut window,
            &raw mut program,
            none,
            none.cast(),
            none.cast(),
        );
        assert_eq!(made, 0, "a terminal");
        // The program must not inherit the window.
        libc::fcntl(window, libc::F_SETFD, libc::FD_CLOEXEC);
        (OwnedFd::from_raw_fd(window), OwnedFd::from_raw_fd(program))
    };
    let closed = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&closed);
    let reader = std::thread::spawn(move || {
        let mut window = fs::File::from(window);
        let mut bytes = [0; 1024];
        while !seen.load(Ordering::Relaxed) && window.read(&mut bytes).is_ok_and(|count| count > 0)
        {
        }
    });
    (Window { closed, reader }, program)
}

struct Window {
    closed: Arc<AtomicBool>,
    reader: JoinHandle<()>,
}

impl Window {
    /// Closes the window after the program's next output.
    fn close(self) {
        self.closed.store(true, Ordering::Relaxed);
        self.reader.join().expect("it exits");
    }
}

#[test]
fn training_saves_everything_and_stops_when_its_terminal_closes() {
    let folder = folder();
    synthesise_burns(folder.path(), 8, "0");
    let (window, program) = terminal();
    let mut child = start(
        folder.path(),
        &[&TRAIN[..], &["--epochs", "100000"]].concat(),
        program,
    );
    wait_for(&folder.path().join("run/last"));
    window.close();
    signal(&child, "-HUP");
    assert_eq!(code(&mut child), Some(130));
    let lines = || {
        let text = fs::read_to_string(folder.path().join("run/scores.jsonl")).expect("scores");
        text.lines().count()
    };
    let state = fs::read_to_string(folder.path().join("run/last/state.toml")).expect("a state");
    let state: toml::Table = state.parse().expect("TOML");
    let epoch = state["epoch"].as_integer().expect("an epoch");
    assert_eq!(epoch, lines() as i64 + 1, "saved where it stopped");
    // A window that closes without a signal does not stop the training.
    let (window, program) = terminal();
    let before = lines();
    let mut child = start(
        folder.path(),
        &["train", "--resume", "run", "--device", "cpu"],
        program,
    );
    window.close();
    let start = Instant::now();
    while lines() < before + 3 {
        assert!(start.elapsed() < Duration::from_mins(2));
        assert!(
            child.try_wait().expect("a process of ours").is_none(),
            "training continues"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    signal(&child, "-TERM");
    assert_eq!(code(&mut child), Some(130));
}

#[test]
fn a_signal_that_is_ignored_at_the_start_stays_ignored() {
    let folder = folder();
    synthesise_burns(folder.path(), 8, "0");
    let arguments = TRAIN.join(" ");
    let line = format!(
        "trap '' HUP INT; \"$SELVEDGE\" {arguments} --epochs 20 & \
         until [ -d run/last ]; do sleep 0.05; done; \
         kill -HUP $!; kill -INT $!; kill -HUP $!; wait $!"
    );
    let output = bash(folder.path(), &line);
    assert_eq!(output.code, 0, "{output:?}");
    assert!(folder.path().join("run/summary.json").is_file());
}

#[test]
fn a_run_interrupted_in_its_last_evaluation_stops_at_once_and_is_resumed() {
    let folder = folder();
    synthesise_burns(folder.path(), 40, "0");
    let arguments = [&TRAIN[..], &["--epochs", "1", "--set", "data.overfit=0"]].concat();
    let mut child = start(folder.path(), &arguments, Stdio::piped());
    wait_for(&folder.path().join("run/predictions"));
    signal(&child, "-INT");
    // A fast machine may have finished by then.
    let code = code(&mut child);
    assert!([Some(130), Some(0)].contains(&code), "{code:?}");
    let again = selvedge(
        folder.path(),
        &["train", "--resume", "run", "--device", "cpu"],
    );
    assert_eq!(again.code, 0, "{again:?}");
    assert!(folder.path().join("run/summary.json").is_file());
}

#[test]
fn an_interruption_while_files_are_read_stops_at_once() {
    const PHOTOGRAPHS: usize = 150;
    const SIDE: u32 = 1500;
    let folder = folder();
    for name in ["data", "data/images", "data/labels"] {
        fs::create_dir(folder.path().join(name)).expect("a folder");
    }
    let photograph = image::RgbImage::from_fn(SIDE, SIDE, |x, y| {
        image::Rgb([(x * y % 251) as u8, (x * x % 241) as u8, (x ^ y) as u8])
    });
    let labels = image::GrayImage::from_fn(SIDE, SIDE, |x, _| image::Luma([u8::from(x > 700)]));
    let file = |name: &str, number: usize| folder.path().join(format!("data/{name}/{number}.png"));
    photograph.save(file("images", 0)).expect("written");
    labels.save(file("labels", 0)).expect("written");
    for number in 1..PHOTOGRAPHS {
        for name in ["images", "labels"] {
            fs::hard_link(file(name, 0), file(name, number)).expect("one file of many names");
        }
    }
    let mut child = start(
        folder.path(),
        &[
            "train", "folder", "--data", "data", "--out", "run", "--device", "cpu",
        ],
        Stdio::piped(),
    );
    // This line is printed before reading begins.
    let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
    let device = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("device: ")));
    assert!(device.is_some());
    signal(&child, "-INT");
    let start = Instant::now();
    assert_eq!(code(&mut child), Some(130));
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
    assert!(!folder.path().join("run").exists());
}
