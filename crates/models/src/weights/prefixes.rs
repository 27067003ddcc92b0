//! What wrappers put before the names of a network's tensors.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::stored::StoredTensor;

/// Tensors by name.
type Tensors = BTreeMap<String, StoredTensor>;

/// Takes off what stands before every name: `torch.nn.DataParallel` and its kin, `torch.compile`, trainers.
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

/// What a trainer put before the names of its network, such as `net.`, and the tensors without it; nothing where a name fits as
/// it is. Tensors that do not have it keep their names.
///
/// `wanted` are the names of the network, or of a part of it, one list for each way of naming them. A prefix counts without
/// which a quarter of such a list is there: fewer names may be alike by chance.
pub(super) fn without_hidden<'a>(
    wanted: &[Vec<String>],
    tensors: &'a Tensors,
) -> (String, Cow<'a, Tensors>) {
    /// Parts of a name that may be a prefix.
    const DEEPEST: usize = 4;
    /// Prefixes that are tried.
    const MOST: usize = 1000;
    let there = |prefix: &str, names: &[String]| {
        names
            .iter()
            .filter(|name| tensors.contains_key(&format!("{prefix}{name}")))
            .count()
    };
    if wanted.iter().any(|names| there("", names) > 0) {
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
        let counts = wanted.iter().map(|names| (there(prefix, names), names));
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
