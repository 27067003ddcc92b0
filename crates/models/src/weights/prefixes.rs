//! Prefixes that wrappers add to the names of a network's tensors.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::stored::StoredTensor;

/// Tensors by name.
type Tensors = BTreeMap<String, StoredTensor>;

/// Strips the prefixes that `torch.nn.DataParallel` and similar wrappers, `torch.compile` and trainers add to every name.
pub(super) fn without_usual(mut tensors: Tensors) -> Tensors {
    const USUAL: [&str; 3] = ["module.", "_orig_mod.", "model."];
    while let Some(prefix) = USUAL
        .into_iter()
        .find(|prefix| !tensors.is_empty() && tensors.keys().all(|name| name.starts_with(prefix)))
    {
        tensors = (tensors.into_iter())
            .map(|(name, tensor)| (name[prefix.len()..].to_string(), tensor))
            .collect();
    }
    tensors
}

/// The prefix that a trainer added to the names of its network, such as `net.`, and the tensors without it; empty if any name
/// fits unchanged. Tensors without the prefix keep their names.
///
/// `wanted` are the names of the network, or of a part of it, one list for each convention. A prefix is accepted if stripping
/// it yields a quarter of one list; fewer names could match by chance.
pub(super) fn without_hidden<'a>(
    wanted: &[Vec<String>],
    tensors: &'a Tensors,
) -> (String, Cow<'a, Tensors>) {
    /// Maximum number of a prefix's dotted parts.
    const DEEPEST: usize = 4;
    /// Maximum number of prefixes to try.
    const MOST: usize = 1000;
    let count = |prefix: &str, names: &[String]| {
        names
            .iter()
            .filter(|name| tensors.contains_key(&format!("{prefix}{name}")))
            .count()
    };
    if wanted.iter().any(|names| count("", names) > 0) {
        return (String::new(), Cow::Borrowed(tensors));
    }
    let mut prefixes: BTreeSet<&str> = BTreeSet::new();
    for name in tensors.keys() {
        let ends = name.match_indices('.').map(|(place, _)| place + 1);
        prefixes.extend(ends.take(DEEPEST).map(|end| &name[..end]));
        if prefixes.len() > MOST {
            break;
        }
    }
    let fitting = prefixes.into_iter().filter_map(|prefix| {
        let counts = wanted.iter().map(|names| (count(prefix, names), names));
        let enough = counts.filter(|(count, names)| *count > 0 && 4 * count >= names.len());
        Some((enough.map(|(count, _)| count).max()?, prefix))
    });
    match fitting.max() {
        None => (String::new(), Cow::Borrowed(tensors)),
        Some((_, prefix)) => {
            let plain = |name: &String| name.strip_prefix(prefix).unwrap_or(name).to_string();
            let renamed = tensors.iter();
            let renamed = renamed.map(|(name, tensor)| (plain(name), tensor.clone()));
            (prefix.to_string(), Cow::Owned(renamed.collect()))
        }
    }
}
