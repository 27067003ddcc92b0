//! Hours and disk that an experiment will take.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::device::request::DeviceRequest;
use crate::error::RunnerError;
use crate::experiment::data_checks::counts;
use crate::experiment::item::Item;
use crate::experiment::measurement::{Cost, kind, measure, root_of};

/// What trainings will take.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Forecast {
    /// Seconds, if they run one after another.
    pub(crate) seconds: f64,
    /// Seconds of the longest.
    pub(crate) longest: f64,
    /// Bytes of their folders.
    pub(crate) bytes: u64,
}

/// Measures each kind of training once, and adds up.
///
/// # Errors
///
/// A measurement failed.
pub(crate) fn forecast(
    items: &[&Item],
    data: Option<&Path>,
    device: DeviceRequest,
    quiet: bool,
) -> Result<Forecast, RunnerError> {
    let mut costs: BTreeMap<String, Cost> = BTreeMap::new();
    let mut sum = Forecast::default();
    let mut largest = 0;
    for item in items {
        let recipe = item.recipe()?;
        let root = root_of(&recipe, data, quiet)?;
        let kind = kind(&recipe)?;
        let cost = if let Some(cost) = costs.get(&kind) {
            *cost
        } else {
            tracing::info!(
                "measuring a short training of {} {}",
                item.network,
                item.row
            );
            let cost = measure(&recipe, &root, device)?;
            costs.insert(kind, cost);
            cost
        };
        let images = counts(&recipe, &root)?;
        let seconds = cost.seconds(&recipe, images);
        sum.seconds += seconds;
        sum.longest = sum.longest.max(seconds);
        sum.bytes += cost.bytes(images);
        largest = largest.max(cost.checkpoints);
    }
    // While a checkpoint is replaced, the old one is still there.
    sum.bytes += largest / 2;
    Ok(sum)
}

/// Free bytes where `folder` is or will be; none where the system does not tell.
pub(crate) fn free_bytes(folder: &Path) -> Option<u64> {
    let folder = std::path::absolute(folder).ok()?;
    let there: PathBuf = folder.ancestors().find(|path| path.exists())?.to_path_buf();
    #[cfg(unix)]
    {
        let about = rustix::fs::statvfs(&there).ok()?;
        Some(about.f_bavail * about.f_frsize)
    }
    #[cfg(not(unix))]
    {
        let _ = there;
        None
    }
}

/// Refuses a disk without this many free bytes.
///
/// # Errors
///
/// It has fewer.
pub(crate) fn check_disk(folder: &Path, needed: u64, free: Option<u64>) -> Result<(), RunnerError> {
    match free {
        Some(free) if free < needed => Err(RunnerError::fixable(
            format!(
                "{}: expected {} of free disk, found {}",
                folder.display(),
                bytes(needed),
                bytes(free)
            ),
            "free some, choose another `--out`, or fewer runs with `--seeds` or `--only`",
        )),
        _ => Ok(()),
    }
}

/// A number of bytes for people.
pub(crate) fn bytes(count: u64) -> String {
    let mib = count as f64 / f64::from(1 << 20);
    if mib < 1.0 {
        format!("{:.0} KiB", mib * 1024.0)
    } else if mib < 1024.0 {
        format!("{mib:.0} MiB")
    } else {
        format!("{:.1} GiB", mib / 1024.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_is_too_small_is_refused_with_both_numbers() {
        let folder = Path::new("experiments/x");
        let error = check_disk(folder, 3 << 30, Some(1 << 20)).expect_err("too small");
        assert!(error.message().contains("3.0 GiB"), "{error}");
        assert!(error.message().contains("1 MiB"), "{error}");
        check_disk(folder, 1 << 20, Some(1 << 20)).expect("just enough");
        check_disk(folder, 1 << 20, None).expect("unknown");
    }
}
