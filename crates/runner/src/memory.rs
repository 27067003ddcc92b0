//! How much memory the process holds, and how much it held at most.

use std::fs;

/// Forgets the most that the process has held so far; from here on [`peak_bytes`] counts anew. Linux only.
pub(crate) fn forget_peak() {
    // Where it is refused, the peak stays that of the whole process.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// The most bytes that the process has held in memory. None outside Linux.
pub(crate) fn peak_bytes() -> Option<u64> {
    status("VmHWM:")
}

/// The bytes that the process holds in memory now. None outside Linux.
pub(crate) fn resident_bytes() -> Option<u64> {
    status("VmRSS:")
}

fn status(key: &str) -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_large_block_shows_in_the_peak_and_no_longer_once_it_is_forgotten() {
        let before = resident_bytes().expect("a line of that name");
        let block = vec![1_u8; 64 << 20];
        assert!(block.contains(&1));
        drop(block);
        assert!(peak_bytes().expect("a line of that name") >= before + (60 << 20));
        forget_peak();
        assert!(peak_bytes().expect("a line of that name") < before + (60 << 20));
    }
}
