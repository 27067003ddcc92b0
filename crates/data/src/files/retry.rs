//! Files that another program has open for a moment.

use std::io;
use std::thread::sleep;
use std::time::Duration;

/// What Windows answers for a file that is held open: "Access is denied", which it also says of moving a folder with such a file
/// in it; "is being used by another process"; "the directory is not empty", since a removed file goes away only when it is
/// closed.
const HELD_OPEN: [i32; 3] = [5, 32, 145];
/// From pause to pause the next one is twice as long; all of them together are some ten seconds.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LAST_PAUSE: Duration = Duration::from_millis(5120);

/// Opens, moves or removes what Windows refuses to while another program has it open, such as a virus scanner that looks at what
/// has just been written: tries anew for some ten seconds. Other systems refuse nothing for that reason, and nothing is tried
/// twice there.
///
/// # Errors
///
/// The last one of `act`.
pub fn patiently<T>(act: impl Fn() -> io::Result<T>) -> io::Result<T> {
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// How often it is tried, where the first three tries fail so.
    fn tries(error: impl Fn() -> io::Error) -> (usize, bool) {
        let tries = Cell::new(0);
        let result = patiently(|| {
            tries.set(tries.get() + 1);
            if tries.get() <= 3 {
                Err(error())
            } else {
                Ok(())
            }
        });
        (tries.get(), result.is_ok())
    }

    #[test]
    fn only_what_is_held_open_on_windows_is_tried_anew() {
        assert_eq!(tries(|| io::ErrorKind::NotFound.into()), (1, false));
        let held = if cfg!(windows) { (4, true) } else { (1, false) };
        for code in HELD_OPEN {
            assert_eq!(tries(|| io::Error::from_raw_os_error(code)), held);
        }
    }
}
