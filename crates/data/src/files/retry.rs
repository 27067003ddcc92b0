//! Retrying what Windows refuses while another program has a file open.

#[cfg(test)]
mod tests;

use std::io;
use std::thread::sleep;
use std::time::Duration;

/// Windows' error codes for a file that is open elsewhere: "Access is denied", also for moving a folder that contains such
/// a file; "is being used by another process"; "the directory is not empty", since a removed file disappears only when it
/// is closed.
const HELD_OPEN: [i32; 3] = [5, 32, 145];
/// Each pause is twice as long as the previous one; together they take about ten seconds.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LAST_PAUSE: Duration = Duration::from_millis(5120);

/// Retries `act` for about ten seconds while Windows refuses to open, move or remove a file because another program, such
/// as a virus scanner, has it open. Other systems do not refuse for that reason, so nothing is retried there.
///
/// # Errors
///
/// The last error of `act`.
pub fn retry_while_open<T>(act: impl Fn() -> io::Result<T>) -> io::Result<T> {
    let mut pause = FIRST_PAUSE;
    loop {
        match act() {
            Err(error) if pause <= LAST_PAUSE && is_held_open(&error) => {
                sleep(pause);
                pause *= 2;
            }
            result => return result,
        }
    }
}

fn is_held_open(error: &io::Error) -> bool {
    cfg!(windows)
        && error
            .raw_os_error()
            .is_some_and(|code| HELD_OPEN.contains(&code))
}
