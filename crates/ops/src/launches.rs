//! Counts the kernels that some work launches on a graphics adapter, ours and Burn's: what a step costs the program before the
//! adapter computes anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use burn::cubecl::logging::{LaunchObservation, LaunchObserver};

/// The kernels that were launched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Launches {
    /// How often each kernel was launched: ours by the names of their files, Burn's by the names of their types.
    pub by_kernel: BTreeMap<String, usize>,
    /// The number of different settings of our kernels: each is uploaded into a buffer of its own.
    pub settings: usize,
}

impl Launches {
    /// The number of launches.
    #[must_use]
    pub fn total(&self) -> usize {
        self.by_kernel.values().sum()
    }
}

/// Whether launches are being counted.
static COUNTING: AtomicBool = AtomicBool::new(false);

/// Settings of our kernels since counting began, and our kernels by name.
static OURS: Mutex<Ours> = Mutex::new(Ours {
    by_kernel: BTreeMap::new(),
    settings: BTreeSet::new(),
});

struct Ours {
    by_kernel: BTreeMap<&'static str, usize>,
    settings: BTreeSet<Vec<u32>>,
}

/// Records a launch of one of our kernels, if launches are being counted.
pub(crate) fn record(kernel: &'static str, settings: &[u32]) {
    if COUNTING.load(Ordering::Relaxed) {
        let mut ours = locked(&OURS);
        *ours.by_kernel.entry(kernel).or_default() += 1;
        if !ours.settings.contains(settings) {
            ours.settings.insert(settings.to_vec());
        }
    }
}

/// All launches by the type of the kernel.
struct Counter<W> {
    by_type: Mutex<BTreeMap<&'static str, usize>>,
    watch: W,
}

impl<W: Fn() + Send + Sync> LaunchObserver for Counter<W> {
    fn launched(&self, kernel: &'static str) {
        *locked(&self.by_type).entry(kernel).or_default() += 1;
        (self.watch)();
    }
}

/// Counts the launches of this process, on all threads, while `work` runs; `watch` is called before each, and must not launch.
/// One count at a time.
pub fn count_launches<T>(
    watch: impl Fn() + Send + Sync + 'static,
    work: impl FnOnce() -> T,
) -> (T, Launches) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let one = locked(&ONE_AT_A_TIME);
    {
        let mut ours = locked(&OURS);
        ours.by_kernel.clear();
        ours.settings.clear();
    }
    let counter = Arc::new(Counter {
        by_type: Mutex::default(),
        watch,
    });
    let observation = LaunchObservation::new(counter.clone());
    COUNTING.store(true, Ordering::Relaxed);
    let result = work();
    COUNTING.store(false, Ordering::Relaxed);
    drop(observation);
    let ours = locked(&OURS);
    let named = ours
        .by_kernel
        .iter()
        .map(|(name, count)| ((*name).to_string(), *count));
    let mut by_kernel: BTreeMap<String, usize> = named.collect();
    for (name, count) in &*locked(&counter.by_type) {
        // Ours are all of one type, and counted above by file.
        if !name.contains("SourceKernel") {
            *by_kernel.entry(short(name)).or_default() += count;
        }
    }
    let settings = ours.settings.len();
    drop((ours, one));
    (
        result,
        Launches {
            by_kernel,
            settings,
        },
    )
}

/// The name of a type without the modules and parameters that it contains.
fn short(name: &str) -> String {
    let bare = name.split('<').next().unwrap_or(name);
    bare.rsplit("::").next().unwrap_or(bare).to_string()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Tensor;

    use super::*;
    use crate::testing::devices::{graphics, is_cpu_only};
    use crate::testing::own_process::alone;
    use crate::{Corners, resize_bilinear};

    #[test]
    fn our_kernels_and_those_of_burn_are_counted() {
        if is_cpu_only() {
            return;
        }
        alone(
            "launches::tests::our_kernels_and_those_of_burn_are_counted",
            || {
                let map = Tensor::<4>::ones([1, 2, 4, 4], &graphics());
                let (_, found) = count_launches(
                    || (),
                    || {
                        let wide = resize_bilinear(map.clone(), [8, 8], Corners::Aligned);
                        resize_bilinear(wide.exp(), [16, 16], Corners::Aligned).into_data()
                    },
                );
                assert_eq!(found.by_kernel["resize/axis"], 4, "{found:?}");
                assert_eq!(found.total(), 5, "{found:?}");
                assert_eq!(found.settings, 4, "{found:?}");
            },
        );
    }

    #[test]
    fn a_type_is_named_without_its_modules() {
        assert_eq!(short("a::b::Kernel<c::D<e::F>>"), "Kernel");
        assert_eq!(short("Kernel"), "Kernel");
    }
}
