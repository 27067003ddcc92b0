//! Provides a folder for drivers' sockets and locks, if the system does not.
//!
//! Desktops set `XDG_RUNTIME_DIR`; a server, a container or a job of a scheduler often does not, and libraries of a graphics driver
//! then print a warning that the user cannot act on.

#[cfg(target_os = "linux")]
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
#[cfg(target_os = "linux")]
use std::path::{Path, PathBuf};

/// Sets `XDG_RUNTIME_DIR` to a private folder if it has no usable value, on Linux. Must be called before another thread starts;
/// later it does nothing.
pub fn provide() {
    #[cfg(target_os = "linux")]
    {
        const VARIABLE: &str = "XDG_RUNTIME_DIR";
        let named = std::env::var_os(VARIABLE).unwrap_or_default();
        // Libraries ignore a relative path.
        if Path::new(&named).is_absolute() || !is_the_only_thread() {
            return;
        }
        let Some(folder) = folder(&std::env::temp_dir()) else {
            return;
        };
        #[expect(unsafe_code, reason = "the environment is shared between threads")]
        // SAFETY: there is no other thread that could read the environment meanwhile.
        unsafe {
            std::env::set_var(VARIABLE, folder);
        }
    }
}

#[cfg(target_os = "linux")]
fn is_the_only_thread() -> bool {
    std::fs::read_dir("/proc/self/task").is_ok_and(|threads| threads.count() == 1)
}

/// The system's folder for this user, or else a folder of this program, which stays for the next run; none if another user could
/// write there.
#[cfg(target_os = "linux")]
fn folder(temporary: &Path) -> Option<PathBuf> {
    let user = std::fs::metadata("/proc/self").ok()?.uid();
    let of_the_system = PathBuf::from(format!("/run/user/{user}"));
    if is_private(&of_the_system, user) {
        return Some(of_the_system);
    }
    let own = temporary.join(format!("selvedge-{user}"));
    // It may exist already; its owner is checked next.
    let _ = std::fs::DirBuilder::new().mode(0o700).create(&own);
    (own.is_absolute() && is_private(&own, user)).then_some(own)
}

/// Whether it is a folder, not a link to one, that belongs to the user and that no other user may enter.
#[cfg(target_os = "linux")]
fn is_private(folder: &Path, user: u32) -> bool {
    let described = std::fs::symlink_metadata(folder);
    described
        .is_ok_and(|about| about.is_dir() && about.uid() == user && about.mode() & 0o777 == 0o700)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_private_folder_is_made_once_and_others_are_refused() {
        let temporary = tempfile::tempdir().expect("a folder");
        let Some(first) = folder(temporary.path()) else {
            panic!("no folder");
        };
        let user = fs::metadata(temporary.path()).expect("a folder").uid();
        assert!(is_private(&first, user), "{}", first.display());
        assert_eq!(folder(temporary.path()), Some(first.clone()));
        assert!(!is_private(&first, user + 1));
        if first.starts_with(temporary.path()) {
            fs::set_permissions(&first, fs::Permissions::from_mode(0o755)).expect("changed");
            assert_eq!(folder(temporary.path()), None);
            fs::remove_dir(&first).expect("removed");
            let elsewhere = temporary.path().join("elsewhere");
            fs::create_dir(&elsewhere).expect("a folder");
            fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o700)).expect("changed");
            symlink(&elsewhere, &first).expect("a link");
            assert_eq!(folder(temporary.path()), None);
        }
    }

    #[test]
    fn the_environment_is_not_changed_once_there_are_threads() {
        // The test itself runs on a separate thread.
        assert!(!is_the_only_thread());
    }
}
