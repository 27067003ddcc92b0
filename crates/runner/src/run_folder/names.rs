//! Names of run folders.

use std::path::PathBuf;
use std::time::SystemTime;

use crate::text::time::calendar;

/// `runs/<recipe>-<time>`, then the same with a number, for runs that begin in the same second.
pub(super) fn default_names(recipe: &str) -> impl Iterator<Item = PathBuf> {
    let [year, month, day, hour, minute, second] = calendar(SystemTime::now());
    let recipe = portable(recipe);
    let base = format!("runs/{recipe}-{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}");
    let numbered = base.clone();
    std::iter::once(PathBuf::from(base))
        .chain((2..).map(move |number: u64| PathBuf::from(format!("{numbered}-{number}"))))
}

/// Replaces the characters that Windows does not allow in file names: a run's folder may move to any system.
fn portable(name: &str) -> String {
    name.chars()
        .map(|letter| {
            if letter.is_control() || r#"<>:"/\|?*"#.contains(letter) {
                '-'
            } else {
                letter
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_valid_on_every_system() {
        for (recipe, name) in [
            ("burns σ=2.5 (all)", "burns σ=2.5 (all)"),
            ("loss: erm", "loss- erm"),
            (r#"a/b\c<d>"e"|f?*"#, "a-b-c-d--e--f--"),
            ("two\nlines", "two-lines"),
        ] {
            assert_eq!(portable(recipe), name);
        }
    }
}
