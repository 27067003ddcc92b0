//! Ctrl-C, a closed terminal, and a request to end: what is not saved yet is saved first, everything else ends at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::error::RunnerError;
use crate::terminal;

/// Signals that come so closely together are one event: a terminal that closes tells the program, and its shell tells it again.
const ONE_EVENT: Duration = Duration::from_millis(300);

/// Whether there are steps that no checkpoint has.
static UNSAVED: AtomicBool = AtomicBool::new(false);
/// Whether an interruption was asked for.
static ASKED: AtomicBool = AtomicBool::new(false);
/// How to go on, once everything is saved.
static WAY_ON: Mutex<Option<String>> = Mutex::new(None);

/// What leaves the disk as it was, where the end of the process drops nothing.
static LAST_WORK: Mutex<Option<LastWork>> = Mutex::new(None);

type LastWork = Box<dyn FnOnce() + Send>;

/// Has this done before an interruption ends the process, in place of what was to be done before.
pub(crate) fn before_exit(work: impl FnOnce() + Send + 'static) {
    if let Ok(mut last) = LAST_WORK.lock() {
        *last = Some(Box::new(work));
    }
}

fn last_work() -> Option<LastWork> {
    LAST_WORK.lock().ok()?.take()
}

/// Listens for interruptions. The flag that is given is set by the first; where there is nothing to save, that one ends the
/// process, and otherwise a second does.
///
/// # Errors
///
/// The system's.
pub(crate) fn listen() -> Result<Arc<AtomicBool>, RunnerError> {
    let flag = Arc::new(AtomicBool::new(false));
    let seen = flag.clone();
    let ignored = ignored::signals();
    let mut first: Option<Instant> = None;
    ctrlc::set_handler(move || {
        if first.is_some_and(|first| first.elapsed() < ONE_EVENT) {
            return;
        }
        let again = first.replace(Instant::now()).is_some();
        seen.store(true, Ordering::SeqCst);
        ASKED.store(true, Ordering::SeqCst);
        let unsaved = UNSAVED.load(Ordering::SeqCst);
        if again || !unsaved {
            if let Some(work) = last_work() {
                work();
            }
            let way_on = WAY_ON.lock().ok().and_then(|words| words.clone());
            let words = way_on.unwrap_or_else(|| "interrupted".into());
            terminal::say(&format!("{words}\n"));
            std::process::exit(130);
        }
        tracing::warn!("stopping after this step; once more to stop at once");
    })
    .map_err(|error| {
        RunnerError::failed(
            format!("Ctrl-C cannot be listened for: {error}"),
            "try again",
        )
    })?;
    ignored::ignore(&ignored);
    Ok(flag)
}

/// The time in which steps are taken that are saved when an interruption comes.
pub(crate) struct Steps(());

impl Steps {
    /// From here on an interruption waits.
    pub(crate) fn begin() -> Self {
        UNSAVED.store(true, Ordering::SeqCst);
        Self(())
    }

    /// From here on an interruption ends the process at once: everything is saved.
    ///
    /// # Errors
    ///
    /// `interrupted`, if one was asked for and has not been heeded yet; later ones say the same.
    pub(crate) fn end(self, interrupted: RunnerError) -> Result<(), RunnerError> {
        if let Ok(mut words) = WAY_ON.lock() {
            *words = Some(interrupted.report());
        }
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

/// What the caller of the program wants not to be listened to: `nohup` ignores the end of its terminal, a shell the Ctrl-C of
/// jobs in its background.
#[cfg(unix)]
mod ignored {
    use std::mem::MaybeUninit;
    use std::ptr;

    use libc::{SIG_IGN, SIGHUP, SIGINT, SIGTERM, c_int};

    /// Those of the listened-to signals that are ignored now.
    #[expect(unsafe_code, reason = "signals are the C library's")]
    pub(super) fn signals() -> Vec<c_int> {
        let is_ignored = |signal: &c_int| {
            let mut action = MaybeUninit::<libc::sigaction>::zeroed();
            // SAFETY: it changes nothing, and fills the action if it gives 0; zeroed, it is a sound one in any case.
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

    /// Has them ignored again, after a handler was set for all of them.
    #[expect(unsafe_code, reason = "signals are the C library's")]
    pub(super) fn ignore(signals: &[c_int]) {
        for signal in signals {
            // SAFETY: to ignore a signal runs no code of ours.
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
