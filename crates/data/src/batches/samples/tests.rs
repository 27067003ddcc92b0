use std::path::Path;
use std::sync::{Arc, Mutex};

use super::*;

fn sample(index: usize) -> Sample {
    Sample {
        height: 1,
        width: 1,
        image: vec![index as u8; 3],
        labels: vec![0],
    }
}

#[test]
fn the_first_images_are_read_once_and_the_others_each_time() {
    let reads = Arc::new(Mutex::new([0; 10]));
    let counted = reads.clone();
    let read = move |index| {
        counted.lock().expect("no panic")[index] += 1;
        Ok(vec![sample(index)])
    };
    let mut samples = Samples::new(photographs(10), Box::new(read));
    let reported = AtomicUsize::new(0);
    samples
        .read_all(4, 255, &|done| {
            reported.fetch_max(done, Ordering::Relaxed);
        })
        .expect("read");
    assert_eq!(
        [samples.len(), samples.kept(), reported.into_inner()],
        [10, 4, 10]
    );
    for _ in 0..2 {
        for index in 0..10 {
            assert_eq!(*samples.get(index).expect("read"), sample(index));
        }
    }
    assert_eq!(
        *reads.lock().expect("no panic"),
        [1, 1, 1, 1, 3, 3, 3, 3, 3, 3]
    );
}

#[test]
fn slices_are_kept_up_to_the_memory_limit_and_read_beyond_it() {
    let groups: Vec<ImageGroup> = [3, 1, 4]
        .into_iter()
        .map(|images| ImageGroup {
            stem: String::new(),
            images,
            spacing: [1.0; 3],
        })
        .collect();
    for room in 0..10 {
        let read = |case| match case {
            0 => Ok((0..3).map(sample).collect()),
            1 => Ok(vec![sample(3)]),
            _ => Ok((4..8).map(sample).collect()),
        };
        let mut samples = Samples::new(groups.clone(), Box::new(read));
        samples.read_all(room, 255, &|_| ()).expect("read");
        assert_eq!([samples.len(), samples.kept()], [8, room.min(8)]);
        for index in 0..8 {
            assert_eq!(*samples.get(index).expect("read"), sample(index));
        }
    }
}

#[test]
fn images_beyond_the_memory_limit_are_checked_too() {
    let read = |index| match index {
        7 => Err(DataError::new(
            Path::new("seven.png"),
            "an image",
            "none",
            "",
        )),
        _ => Ok(vec![sample(index)]),
    };
    for room in [0, 4, 100] {
        let error = Samples::new(photographs(10), Box::new(read)).read_all(room, 255, &|_| ());
        assert!(error.expect_err("seven").file.ends_with("seven.png"));
    }
}
