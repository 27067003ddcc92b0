//! Long lists, shortened.

/// The number of items and the first few of them; none if there are none.
pub(crate) fn some_of(what: &str, all: Vec<String>) -> Option<String> {
    const SHOWN: usize = 5;
    let count = all.len();
    let more = if count > SHOWN { ", …" } else { "" };
    let shown = all.into_iter().take(SHOWN).collect::<Vec<_>>().join(", ");
    (count > 0).then(|| format!("{count} {what}: {shown}{more}"))
}
