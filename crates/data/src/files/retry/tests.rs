use std::cell::Cell;

use super::*;

/// How often it is tried, where the first three tries fail so.
fn tries(error: impl Fn() -> io::Error) -> (usize, bool) {
    let tries = Cell::new(0);
    let result = retry_while_open(|| {
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
fn only_files_open_elsewhere_on_windows_are_retried() {
    assert_eq!(tries(|| io::ErrorKind::NotFound.into()), (1, false));
    let held = if cfg!(windows) { (4, true) } else { (1, false) };
    for code in HELD_OPEN {
        assert_eq!(tries(|| io::Error::from_raw_os_error(code)), held);
    }
}
