use super::*;
use crate::files::lock::holder::Holder;

fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("lock");
    (folder, path)
}

#[test]
fn a_second_lock_is_refused_with_the_holders_name_until_the_first_is_released() {
    let (_folder, path) = place();
    let first = Lock::take(&path).expect("free");
    let refused = Lock::take(&path).expect_err("taken");
    let error = refused.error(Path::new("run"), &path);
    let process = format!("process {} on ", std::process::id());
    assert!(error.message().contains(&process), "{error}");
    assert!(error.message().contains("UTC"), "{error}");
    assert!(first.is_ours());
    drop(first);
    assert!(!path.exists());
    Lock::take(&path).expect("free again");
}

#[test]
fn the_lock_of_a_killed_process_of_this_machine_is_taken() {
    let (_folder, path) = place();
    let killed = Holder::this_process();
    // In another container, or before a restart of the machine.
    let elsewhere = Holder {
        host: "another".to_string(),
        ..killed.clone()
    };
    let earlier = Holder {
        boot: "another".to_string(),
        ..killed.clone()
    };
    let texts = [killed, earlier].map(|holder| toml::to_string(&holder).expect("text"));
    let mut texts = Vec::from(texts);
    if !elsewhere.boot.is_empty() {
        texts.push(toml::to_string(&elsewhere).expect("text"));
    }
    // Killed before it wrote its name.
    texts.push(String::new());
    for text in texts {
        fs::write(&path, &text).expect("written");
        Lock::take(&path).unwrap_or_else(|refused| panic!("{text}: {refused:?}"));
    }
}

#[test]
fn the_lock_of_another_machine_is_never_taken() {
    let (_folder, path) = place();
    let far = Holder {
        host: "node-7".to_string(),
        boot: "another".to_string(),
        process: 12,
        since: "2026-01-31 23:59:59 UTC".to_string(),
        lock: "1".to_string(),
    };
    let text = toml::to_string(&far).expect("text");
    for (text, word) in [
        (
            text.as_str(),
            "process 12 on node-7, since 2026-01-31 23:59:59 UTC",
        ),
        ("somebody's own file", "another process"),
    ] {
        fs::write(&path, text).expect("written");
        let error = Lock::take(&path)
            .expect_err("not ours")
            .error(Path::new("run"), &path);
        assert!(error.message().contains(word), "{error}");
        assert!(error.advice.contains("remove "), "{error}");
        assert_eq!(fs::read_to_string(&path).expect("there"), text);
    }
}

#[test]
#[cfg_attr(windows, ignore = "the file of a held lock cannot be removed there")]
fn a_lock_whose_file_was_removed_is_no_longer_ours() {
    let (_folder, path) = place();
    let lock = Lock::take(&path).expect("free");
    fs::remove_file(&path).expect("removed");
    assert!(!lock.is_ours());
    let second = Lock::take(&path).expect("free again");
    drop(lock);
    assert!(second.is_ours(), "the first one's end takes nothing away");
}

#[test]
fn one_of_many_threads_gets_the_lock() {
    let (_folder, path) = place();
    for _ in 0..20 {
        let got: usize = std::thread::scope(|scope| {
            let all: Vec<_> = (0..8).map(|_| scope.spawn(|| Lock::take(&path))).collect();
            let all: Vec<_> = all
                .into_iter()
                .map(|one| one.join().expect("ends"))
                .collect();
            all.iter().filter(|one| one.is_ok()).count()
        });
        assert_eq!(got, 1);
    }
}
