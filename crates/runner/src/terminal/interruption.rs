//! Ctrl-C, a closed terminal, or a request to end: unsaved steps are saved first; everything else ends at once.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::error::RunnerError;
use crate::terminal::streams::write_stderr;

/// Signals within this time are one event: when a terminal closes, both the system and its shell send a signal.
const ONE_EVENT: Duration = Duration::from_millis(300);

/// Whether there are steps that no checkpoint contains.
static UNSAVED: AtomicBool = AtomicBool::new(false);
/// Whether an interruption was requested.
static ASKED: AtomicBool = AtomicBool::new(false);
/// The exit code of an interruption.
static EXIT_CODE: AtomicU8 = AtomicU8::new(130);
/// How to resume, once everything is saved.
static RESUME_HINT: Mutex<Option<String>> = Mutex::new(None);

/// Cleans up the disk where the end of the process runs no destructors.
static LAST_WORK: Mutex<Option<LastWork>> = Mutex::new(None);

type LastWork = Box<dyn FnOnce() + Send>;

/// Runs `work` before an interruption ends the process, in place of earlier work.
pub(crate) fn before_exit(work: impl FnOnce() + Send + 'static) {
    if let Ok(mut last) = LAST_WORK.lock() {
        *last = Some(Box::new(work));
    }
}

fn last_work() -> Option<LastWork> {
    LAST_WORK.lock().ok()?.take()
}

/// Listens for interruptions, and returns the flag that the first one sets. If there is nothing to save, the first one ends the
/// process; otherwise the second does.
///
/// # Errors
///
/// The system's error.
pub(crate) fn listen() -> Result<Arc<AtomicBool>, RunnerError> {
    let flag = Arc::new(AtomicBool::new(false));
    let seen = flag.clone();
    let ignored = ignored::signals();
    let mut last: Option<Instant> = None;
    ctrlc::set_handler(move || {
        if last.is_some_and(|last| last.elapsed() < ONE_EVENT) {
            return;
        }
        last = Some(Instant::now());
        interrupt(&seen);
    })
    .map_err(|error| {
        RunnerError::failed(format!("Ctrl-C cannot be handled: {error}"), "try again")
            .caused_by(error)
    })?;
    ignored::ignore(&ignored);
    Ok(flag)
}

/// Handles a request to end, as a signal does: `flag` is that of [`listen`].
pub(crate) fn interrupt(flag: &AtomicBool) {
    flag.store(true, Ordering::SeqCst);
    let again = ASKED.swap(true, Ordering::SeqCst);
    let unsaved = UNSAVED.load(Ordering::SeqCst);
    if again || !unsaved {
        if let Some(work) = last_work() {
            work();
        }
        let resume_hint = RESUME_HINT.lock().ok().and_then(|hint| hint.clone());
        let message = resume_hint.unwrap_or_else(|| "interrupted".into());
        write_stderr(&format!("{message}\n"));
        std::process::exit(EXIT_CODE.load(Ordering::SeqCst).into());
    }
    tracing::warn!("stopping after this step; interrupt again to stop at once");
}

/// What an interruption that ends the process at once prints from here on.
pub(crate) fn announce(interrupted: &RunnerError) {
    if let Ok(mut hint) = RESUME_HINT.lock() {
        *hint = Some(interrupted.report());
    }
}

/// The exit code of an interruption that ends the process at once; 130 unless a command says otherwise.
pub(crate) fn exit_with(code: u8) {
    EXIT_CODE.store(code, Ordering::SeqCst);
}

/// While it exists, an interruption first saves the steps.
pub(crate) struct Steps(());

impl Steps {
    /// From here on, an interruption waits until the steps are saved.
    pub(crate) fn begin() -> Self {
        UNSAVED.store(true, Ordering::SeqCst);
        Self(())
    }

    /// From here on, an interruption ends the process at once: everything is saved.
    ///
    /// # Errors
    ///
    /// `interrupted`, if one was requested and has not been handled yet; later ones print the same.
    pub(crate) fn end(self, interrupted: RunnerError) -> Result<(), RunnerError> {
        announce(&interrupted);
        drop(self);
        if ASKED.load(Ordering::SeqCst) {
            return Err(interrupted);
        }
        Ok(())
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        UNSAVED.store(false, Ordering::SeqCst);
    }
}

/// Signals that the caller of the program wants ignored: `nohup` ignores the end of its terminal, a shell the Ctrl-C of its
/// background jobs.
#[cfg(unix)]
mod ignored {
    use std::mem::MaybeUninit;
    use std::ptr;

    use libc::{SIG_IGN, SIGHUP, SIGINT, SIGTERM, c_int};

    /// Those of the handled signals that are ignored now.
    #[expect(unsafe_code, reason = "signals are the C library's")]
    pub(super) fn signals() -> Vec<c_int> {
        let is_ignored = |signal: &c_int| {
            let mut action = MaybeUninit::<libc::sigaction>::zeroed();
            // SAFETY: it changes nothing, and fills the action if it returns 0; a zeroed action is valid in any case.
            let action = unsafe {
                libc::sigaction(*signal, ptr::null(), action.as_mut_ptr());
                action.assume_init()
            };
            action.sa_sigaction == SIG_IGN
        };
        [SIGHUP, SIGINT, SIGTERM]
            .into_iter()
            .filter(is_ignored)
            .collect()
    }

    /// Ignores them again, after a handler was set for all of them.
    #[expect(unsafe_code, reason = "signals are the C library's")]
    pub(super) fn ignore(signals: &[c_int]) {
        for signal in signals {
            // SAFETY: ignoring a signal runs no code of ours.
            unsafe {
                libc::signal(*signal, SIG_IGN);
            }
        }
    }
}

#[cfg(not(unix))]
mod ignored {
    pub(super) fn signals() -> [i32; 0] {
        []
    }

    pub(super) fn ignore(_: &[i32]) {}
}
