//! Loading a weights file into a network.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};
use serde::Serialize;

use super::canonical::{canonical_name, conventions, is_head, is_stem, name_by};
use super::convention::Convention;
use super::error::{Refusal, WeightsError};
use super::file::{Format, WeightsFile};
use super::prefixes::without_hidden;
use super::stored::StoredTensor;
use crate::networks::Network;

/// Outcome of loading a weights file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LoadReport {
    /// The file.
    pub file: PathBuf,
    /// The SHA-256 of its bytes.
    pub sha256: String,
    /// Its format.
    pub format: Format,
    /// The prefix that was stripped from the names of its network; empty if there was none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// The convention of its names; with that of an encoder, all other tensors keep their initial weights.
    pub names: &'static str,
    /// Number of tensors loaded.
    pub loaded: usize,
    /// Number of tensors outside the encoder, if the file is of only an encoder; they keep their initial weights.
    pub outside: usize,
    /// Number of the file's tensors that no network needs: counts of batches, classifiers of an encoder, constants.
    pub ignored: usize,
    /// Names of tensors that the file lacks; they keep their initial weights.
    pub missing: Vec<String>,
    /// Tensors that have another shape in the file; they keep their initial weights.
    pub misshapen: Vec<String>,
    /// Tensors of the file that the network has no place for.
    pub unused: Vec<String>,
    /// Whether a first convolution for grey images was spread over the three colours, a third to each, which gives the same
    /// result for a grey image.
    pub grey_stem: bool,
}

impl LoadReport {
    /// Whether every tensor had a counterpart.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.misshapen.is_empty() && self.unused.is_empty()
    }

    /// The tensors that did not fit: the first dozen of each kind and their number.
    #[must_use]
    pub fn differences(&self) -> String {
        let kinds = [
            ("missing", &self.missing),
            ("of another shape", &self.misshapen),
            ("unused", &self.unused),
        ];
        let lists: Vec<String> = kinds
            .into_iter()
            .filter(|(_, names)| !names.is_empty())
            .map(|(what, names)| format!("{} {what} ({})", names.len(), listed(names)))
            .collect();
        lists.join("; ")
    }
}

fn listed(names: &[String]) -> String {
    const MOST: usize = 12;
    let more = if names.len() > MOST { ", …" } else { "" };
    format!("{}{more}", names[..names.len().min(MOST)].join(", "))
}

/// The network with the weights of a file.
///
/// In strict mode every tensor of the network, or of its encoder if the file is of only an encoder, must come from the file
/// with the right shape, and the file must contain nothing else. Otherwise tensors that do not fit keep their initial weights,
/// and the report names them.
///
/// # Errors
///
/// No tensor fits; in strict mode, a tensor does not fit; a tensor does not consist of floating-point numbers.
pub fn load(
    network: Network,
    file: &WeightsFile,
    strict: bool,
) -> Result<(Network, LoadReport), WeightsError> {
    let mut shapes = Shapes::default();
    network.visit(&mut shapes);
    let known = shapes.conventions();
    let wanted: Vec<Vec<String>> = known.iter().map(|way| shapes.names(way)).collect();
    let (prefix, tensors) = without_hidden(&wanted, &file.tensors);
    let convention = convention(known, &wanted, &tensors, file)?;
    let mut report = LoadReport {
        file: file.path().to_path_buf(),
        sha256: String::new(),
        prefix,
        format: file.format(),
        names: convention.what,
        loaded: 0,
        outside: 0,
        ignored: 0,
        missing: Vec::new(),
        misshapen: Vec::new(),
        unused: Vec::new(),
        grey_stem: false,
    };
    let mut plan: BTreeMap<String, &StoredTensor> = BTreeMap::new();
    let mut placed = BTreeSet::new();
    for (path, shape) in &shapes.shapes {
        let Some(name) = name_by(convention, path) else {
            report.outside += 1;
            continue;
        };
        match tensors.get(&name) {
            None => report.missing.push(name.clone()),
            Some(tensor) if tensor.shape == *shape => drop(plan.insert(path.clone(), tensor)),
            Some(tensor) if is_stem(path) && is_grey(&tensor.shape, shape) => {
                report.grey_stem = true;
                plan.insert(path.clone(), tensor);
            }
            Some(tensor) => {
                let found = &tensor.shape;
                let classes =
                    is_head(path) && shape.get(1..) == found.get(1..) && shape.len() == found.len();
                report.misshapen.push(if classes {
                    format!(
                        "{name}, a head of {} classes instead of {}",
                        found[0], shape[0]
                    )
                } else {
                    format!("{name} {found:?} instead of {shape:?}")
                });
            }
        }
        placed.insert(name);
    }
    for name in tensors.keys().filter(|name| !placed.contains(*name)) {
        if is_superfluous(name, convention) {
            report.ignored += 1;
        } else {
            report.unused.push(name.clone());
        }
    }
    report.loaded = plan.len();
    if strict && !report.is_complete() {
        return Err(file.error(Refusal::new(
            format!("the weights of this network ({})", convention.what),
            format!("differences: {}", report.differences()),
            "choose the network's options and classes as the file has them, or take what fits with pretrained_strict = false",
        )));
    }
    if plan.is_empty() {
        let expected = format!("the weights of this network ({})", convention.what);
        return Err(nothing_fits(file, expected, &report.differences()));
    }
    verified(file, plan.values().copied())?;
    let mut filler = Filler {
        file,
        plan,
        path: Vec::new(),
        error: None,
    };
    let network = network.map(&mut filler);
    if let Some(error) = filler.error {
        return Err(error);
    }
    report.sha256 = file.sha256()?.to_string();
    Ok((network, report))
}

/// Checks the storages of these tensors against the file's checksums.
pub(super) fn verified<'a>(
    file: &WeightsFile,
    tensors: impl Iterator<Item = &'a StoredTensor>,
) -> Result<(), WeightsError> {
    let storages: BTreeMap<(usize, usize), u32> = tensors
        .filter_map(|tensor| {
            let (storage, checksum) = tensor.storage();
            Some(((storage.start, storage.end), checksum?))
        })
        .collect();
    for ((start, end), checksum) in storages {
        let mut found = crc32fast::Hasher::new();
        let read = file.bytes.pieces(start..end, |piece| found.update(piece));
        read.map_err(|error| file.unreadable(&error))?;
        if found.finalize() != checksum {
            return Err(file.error(Refusal::damaged(
                format!("the bytes {start} to {end} of their checksum"),
                "others",
            )));
        }
    }
    Ok(())
}

/// Whether a first convolution takes one channel where the network's takes three.
fn is_grey(found: &[usize], shape: &[usize]) -> bool {
    matches!((found, shape), ([a, 1, b @ ..], [c, 3, d @ ..]) if a == c && b == d)
}

/// The convention with the most names in the file.
fn convention(
    known: &'static [Convention],
    wanted: &[Vec<String>],
    tensors: &BTreeMap<String, StoredTensor>,
    file: &WeightsFile,
) -> Result<&'static Convention, WeightsError> {
    let count = |names: &[String]| {
        let found = names.iter().filter(|name| tensors.contains_key(*name));
        found.count()
    };
    let counts = known
        .iter()
        .zip(wanted)
        .map(|(way, names)| (count(names), way));
    // The first of equals, which is that of the whole network.
    let best = counts.rev().max_by_key(|(count, _)| *count);
    if let Some((1.., convention)) = best {
        return Ok(convention);
    }
    let names: Vec<String> = file.tensors.keys().take(3).cloned().collect();
    let names = if names.is_empty() {
        "none".to_string()
    } else {
        names.join(", ")
    };
    let whose: Vec<&str> = known.iter().map(|convention| convention.what).collect();
    Err(nothing_fits(
        file,
        format!("names of the {}", whose.join(", or of the ")),
        &format!("{names}, …"),
    ))
}

fn nothing_fits(file: &WeightsFile, expected: String, found: &str) -> WeightsError {
    file.error(Refusal::new(
        expected,
        format!("{found}: no tensor fits the network"),
        "give weights of this network, or choose the network that they belong to",
    ))
}

/// Whether a tensor is not needed: counts of batches, positions that are recomputed, and those listed by the convention.
fn is_superfluous(name: &str, convention: &Convention) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    matches!(last, "num_batches_tracked" | "relative_pos")
        || convention
            .superfluous
            .iter()
            .any(|start| name.starts_with(start))
}

/// Paths and shapes of all tensors, in the network's order.
#[derive(Default)]
struct Shapes {
    path: Vec<String>,
    shapes: Vec<(String, Vec<usize>)>,
}

impl Shapes {
    /// The naming conventions of this network.
    fn conventions(&self) -> &'static [Convention] {
        conventions(self.shapes.first().map_or("", |(path, _)| path.as_str()))
    }

    /// The tensors' names by one of them.
    fn names(&self, convention: &Convention) -> Vec<String> {
        let paths = self.shapes.iter();
        let names = paths.filter_map(|(path, _)| name_by(convention, path));
        names.collect()
    }
}

impl ModuleVisitor for Shapes {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, tensor: &Param<Tensor<D>>) {
        self.shapes
            .push((self.path.join("."), tensor.dims().to_vec()));
    }
}

/// Replaces the network's tensors by the planned ones.
struct Filler<'a> {
    file: &'a WeightsFile,
    plan: BTreeMap<String, &'a StoredTensor>,
    path: Vec<String>,
    error: Option<WeightsError>,
}

impl ModuleMapper for Filler<'_> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let path = self.path.join(".");
        let Some(stored) = self.plan.get(&path) else {
            return parameter;
        };
        let shape = parameter.dims();
        let values = stored.values(&self.file.bytes).map_err(|found| {
            Refusal::new(
                "floating-point numbers",
                found,
                "save the weights as 16, 32 or 64-bit floating-point numbers",
            )
        });
        let values = match values.and_then(finite) {
            Ok(values) => values,
            Err(refusal) => {
                let error = self.file.error(refusal.of_tensor(canonical_name(&path)));
                self.error.get_or_insert(error);
                return parameter;
            }
        };
        let values = if stored.shape == shape {
            values
        } else {
            over_three_channels(&values, shape[0])
        };
        parameter.map(|old| {
            let options = (&old.device(), old.dtype());
            let new = Tensor::from_data(TensorData::new(values, shape), options);
            new.set_require_grad(old.is_require_grad())
        })
    }
}

/// The same numbers, if all are finite.
fn finite(values: Vec<f32>) -> Result<Vec<f32>, Refusal> {
    let count = values.iter().filter(|value| !value.is_finite()).count();
    match values.iter().find(|value| !value.is_finite()) {
        None => Ok(values),
        Some(value) => Err(Refusal::new(
            "finite numbers",
            format!("{value} ({count} of {} are not)", values.len()),
            "the training that wrote them has diverged: use an earlier checkpoint, or other weights",
        )),
    }
}

/// `outputs` kernels on one channel as kernels on three channels with a third each, which give the same for a grey image.
fn over_three_channels(values: &[f32], outputs: usize) -> Vec<f32> {
    let third = |kernel: &[f32]| -> Vec<f32> { kernel.iter().map(|value| value / 3.0).collect() };
    values
        .chunks(values.len() / outputs)
        .flat_map(|kernel| third(kernel).repeat(3))
        .collect()
}
