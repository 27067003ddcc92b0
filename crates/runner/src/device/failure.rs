//! What a device says when it has too little memory or is gone, as an error that says what to do.

use crate::error::RunnerError;

/// What ends a lost device and memory that is too small alike: other programs, and what the training itself needs.
const LESS_MEMORY: &str = "close other programs that use it, or lower train.batch_size (and raise train.accumulate by as much), \
                           set train.recompute = true, or lower data.size or model.width; with `selvedge bench`, --batch, \
                           --recompute, --size or --width";

/// The error for a library's message, if the message means that the device has too little memory or is lost.
pub(super) fn device_failure(message: &str) -> Option<RunnerError> {
    let lower = message.to_lowercase();
    let says = |texts: &[&str]| texts.iter().any(|text| lower.contains(text));
    let detail = first_line(message);
    if says(&[
        "out of memory",
        "outofmemory",
        "not enough memory",
        "memory allocation",
    ]) {
        return Some(RunnerError::failed(
            format!("the device has too little free memory: {detail}"),
            LESS_MEMORY,
        ));
    }
    let lost = [
        "device is lost",
        "device lost",
        "devicelost",
        "device was lost",
    ];
    if says(&lost) {
        return Some(RunnerError::failed(
            format!("the device was lost while it worked: {detail}"),
            format!(
                "its driver was reset or updated, it was switched off, or a step took too long or too much memory: look at the \
                 system's log, then {LESS_MEMORY}; or use `--device cpu`"
            ),
        ));
    }
    None
}

/// The first line without paths of source files: what follows is where in the library it happened.
fn first_line(message: &str) -> String {
    let text = without_places(message);
    text.lines().next().unwrap_or_default().trim().to_string()
}

/// A library's message without paths of source files, which mean something only to developers; the log has them.
pub(crate) fn without_places(message: &str) -> String {
    let is_place = |word: &&str| {
        let word = word.replace('\\', "/");
        word.contains(".rs:") || word.contains("/registry/src/") || word.contains("/rustc/")
    };
    let lines = message.lines().map(|line| {
        let kept: Vec<&str> = line.split(' ').filter(|word| !is_place(word)).collect();
        kept.join(" ")
    });
    let lines: Vec<String> = lines.filter(|line| !line.trim().is_empty()).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_memory_and_a_lost_device_are_recognised() {
        for (message, what) in [
            ("wgpu error: Out of Memory\n", "too little free memory"),
            ("Not enough memory left.", "too little free memory"),
            (
                "wgpu error: Validation Error\n\nCaused by:\n  In Device::create_buffer\n    Parent device is lost\n",
                "was lost",
            ),
            ("the wgpu device was lost (Unknown): reset", "was lost"),
        ] {
            let error = device_failure(message).expect(message);
            assert!(error.message().contains(what), "{error}");
            for advice in ["train.batch_size", "train.recompute"] {
                assert!(error.advice.contains(advice), "{}", error.advice);
            }
            assert!(!error.message().contains('\n'), "{error}");
        }
        assert!(device_failure("index 4 is out of range for 3 numbers").is_none());
    }
}
