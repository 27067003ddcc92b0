use super::*;

fn folder() -> (tempfile::TempDir, RunWriter) {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let run = RunWriter::create("x", Some(&parent.path().join("run"))).expect("a new folder");
    (parent, run)
}

fn write(text: &'static str) -> impl Fn(&Path) -> Result<(), RunnerError> {
    move |path| {
        let path = path.join("state");
        disk::write_file(&path, text.as_bytes())
            .map_err(|error| RunnerError::unwritable(&path, error))
    }
}

fn read(run: &RunFolder) -> String {
    let state = run.checkpoint(LAST).expect("there").join("state");
    fs::read_to_string(state).expect("text")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let mut names: Vec<_> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// What a virus scanner does with files that have just been written.
#[cfg(windows)]
#[test]
fn a_file_that_is_open_for_a_moment_is_waited_for() {
    use std::os::windows::fs::OpenOptionsExt;
    use std::time::Duration;

    let (_parent, run) = folder();
    run.replace_checkpoint(LAST, write("bytes"))
        .expect("written");
    run.write_recipe("name = \"x\"").expect("written");
    let held = ["last/state", "recipe.toml"].map(|name| {
        let mut options = OpenOptions::new();
        // Opened exclusively.
        options.read(true).share_mode(0);
        options.open(run.path().join(name)).expect("opened")
    });
    let scanner = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        drop(held);
    });
    run.write_recipe("name = \"y\"").expect("written");
    run.replace_checkpoint(LAST, write("bytes"))
        .expect("written");
    scanner.join().expect("it ends");
}

#[test]
fn a_folder_that_is_not_empty_is_refused() {
    let (parent, run) = folder();
    fs::write(run.path().join("a"), "b").expect("a file");
    let error = RunWriter::create("x", Some(run.path())).expect_err("it is not empty");
    assert_eq!(error.exit_code, 2);
    let mine = parent.path().join("mine");
    fs::create_dir(&mine).expect("a folder");
    fs::write(mine.join("a"), "b").expect("a file");
    RunWriter::create("x", Some(&mine)).expect_err("it is not empty");
    assert_eq!(names(&mine), ["a"]);
}

#[test]
fn a_folder_with_only_the_lock_of_a_killed_process_is_accepted() {
    let (_parent, run) = folder();
    let path = run.path().to_path_buf();
    let error = RunWriter::create("x", Some(&path)).expect_err("it is reserved");
    assert!(error.message().contains("process"), "{error}");
    let lock = fs::read(path.join(LOCK)).expect("a lock");
    drop(run);
    assert!(!path.exists(), "nothing was written to it");
    fs::create_dir(&path).expect("a folder");
    fs::write(path.join(LOCK), lock).expect("written");
    RunWriter::create("x", Some(&path)).expect("its process has ended");
}

#[test]
fn a_failed_checkpoint_leaves_the_old_one() {
    let (_parent, run) = folder();
    run.replace_checkpoint(LAST, write("one")).expect("written");
    let refused = run.replace_checkpoint(LAST, |path| {
        write("half")(path)?;
        Err(RunnerError::failed("disk full", ""))
    });
    assert!(refused.is_err());
    assert_eq!(names(run.path()), ["last", "lock"]);
    assert_eq!(read(&run), "one");
    run.replace_checkpoint(LAST, write("two")).expect("written");
    assert_eq!(read(&run), "two");
    assert!(run.checkpoint(BEST).is_err());
}

#[test]
fn a_kill_between_two_renames_leaves_a_checkpoint_that_can_be_read_and_repaired() {
    let (_parent, run) = folder();
    run.write_recipe("").expect("written");
    run.replace_checkpoint(LAST, write("one")).expect("written");
    let path = run.path().to_path_buf();
    drop(run);
    fs::rename(path.join(LAST), path.join("last.old")).expect("renamed");
    fs::create_dir(path.join("last.new")).expect("half of the next one");
    let left = ["last.new", "last.old", "recipe.toml"];
    assert_eq!(read(&RunFolder::open(&path).expect("a run")), "one");
    assert_eq!(names(&path), left, "a reader changes nothing");
    let writer = RunWriter::resume(&path).expect("a run");
    assert_eq!(names(&path), ["last", "lock", "recipe.toml"]);
    assert_eq!(read(&writer), "one");
    drop(writer);
    // After the second rename, the old one remains.
    fs::create_dir(path.join("last.old")).expect("a folder");
    drop(RunWriter::resume(&path).expect("a run"));
    assert_eq!(names(&path), ["last", "recipe.toml"]);
}

#[test]
#[cfg_attr(windows, ignore = "the file of a held lock cannot be removed there")]
fn a_writer_without_its_lock_no_longer_writes() {
    let (_parent, run) = folder();
    fs::remove_file(run.path().join(LOCK)).expect("removed");
    let error = run
        .replace_checkpoint(LAST, write("one"))
        .expect_err("not ours");
    assert!(error.message().contains("lock"), "{error}");
    assert!(names(run.path()).is_empty());
}

#[test]
fn lines_of_later_epochs_can_be_removed() {
    let (_parent, run) = folder();
    for epoch in 1..=4 {
        let scores = EpochScores {
            epoch,
            ..EpochScores::default()
        };
        run.append_scores(&scores, EpochTiming::default())
            .expect("written");
    }
    run.truncate_scores_after(2).expect("written");
    let scores = run.read_scores().expect("read");
    let epochs: Vec<usize> = scores.iter().map(|line| line.epoch).collect();
    assert_eq!(epochs, [1, 2]);
}

#[test]
fn a_folder_that_is_not_a_run_is_named_in_the_error() {
    let (_parent, run) = folder();
    let error = RunFolder::open(run.path()).expect_err("no recipe yet");
    assert!(error.message().contains("recipe.toml"), "{error}");
    run.write_recipe("").expect("written");
    let error = RunFolder::open(run.path()).expect_err("no checkpoint yet");
    assert!(
        error.advice.contains("wait for its first checkpoint"),
        "{error}"
    );
}
