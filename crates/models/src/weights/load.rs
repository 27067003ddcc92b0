//! From a file into a network.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};
use serde::Serialize;

use super::canonical::{canonical_name, conventions, is_head, is_stem, name_by};
use super::convention::Convention;
use super::error::WeightsError;
use super::file::{Format, WeightsFile};
use super::prefixes::without_hidden;
use super::stored::StoredTensor;
use crate::networks::Network;

/// What came of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LoadReport {
    /// The file.
    pub file: PathBuf,
    /// The SHA-256 of its bytes.
    pub sha256: String,
    /// How it keeps its tensors.
    pub format: Format,
    /// What stood before the names of its network and was taken off; empty where nothing did.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// Whose names it uses; those of an encoder alone leave all else at its initial weights.
    pub names: &'static str,
    /// Tensors that were taken.
    pub loaded: usize,
    /// Tensors of the network outside the encoder, where the file is of an encoder alone; at their initial weights.
    pub outside: usize,
    /// Tensors of the file that no network needs: counts of batches, classifiers of an encoder, constants.
    pub ignored: usize,
    /// Canonical names of tensors that the file lacks; at their initial weights.
    pub missing: Vec<String>,
    /// Tensors whose shape is another in the file; at their initial weights.
    pub misshapen: Vec<String>,
    /// Tensors of the file that the network has no place for.
    pub unused: Vec<String>,
    /// Whether a first convolution for grey images was spread over the three colours, a third to each: a grey image is seen as
    /// it was there.
    pub grey_stem: bool,
}

impl LoadReport {
    /// Whether every tensor had its counterpart.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.misshapen.is_empty() && self.unused.is_empty()
    }

    /// What did not fit: the first dozen of each kind and a count.
    #[must_use]
    pub fn differences(&self) -> String {
        let kinds = [
            ("missing", &self.missing),
            ("of another shape", &self.misshapen),
            ("unused", &self.unused),
        ];
        let told: Vec<String> = kinds
            .into_iter()
            .filter(|(_, names)| !names.is_empty())
            .map(|(what, names)| format!("{} {what} ({})", names.len(), listed(names)))
            .collect();
        told.join("; ")
    }
}

fn listed(names: &[String]) -> String {
    const MOST: usize = 12;
    let more = if names.len() > MOST { ", …" } else { "" };
    format!("{}{more}", names[..names.len().min(MOST)].join(", "))
}

/// The network with the weights of a file.
///
/// In strict mode every tensor of the network, or of its encoder where the file is of one alone, must come from the file, in
/// its shape, and the file must hold nothing else. Otherwise what does not fit stays at its initial weights, and the report
/// names it.
///
/// # Errors
///
/// No tensor fits; in strict mode, any that does not; a tensor that is not of floating-point numbers.
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
        return Err(file.error(
            format!(
                "expected the weights of this network ({}), found differences: {}",
                convention.what,
                report.differences()
            ),
            "choose the network's options and classes as the file has them, or take what fits with pretrained_strict = false",
        ));
    }
    if plan.is_empty() {
        return Err(nothing_fits(file, &report.differences()));
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

/// Checks the storages of these tensors against the checksums that the file has of them.
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
            return Err(file.error(
                format!("expected the bytes {start} to {end} of their checksum, found others"),
                "fetch the file again: it is damaged or not whole",
            ));
        }
    }
    Ok(())
}

/// A first convolution that sees one channel where the network's sees three.
fn is_grey(found: &[usize], shape: &[usize]) -> bool {
    matches!((found, shape), ([a, 1, b @ ..], [c, 3, d @ ..]) if a == c && b == d)
}

/// The convention of which the file has most names.
fn convention(
    known: &'static [Convention],
    wanted: &[Vec<String>],
    tensors: &BTreeMap<String, StoredTensor>,
    file: &WeightsFile,
) -> Result<&'static Convention, WeightsError> {
    let there = |names: &[String]| {
        let found = names.iter().filter(|name| tensors.contains_key(*name));
        found.count()
    };
    let counts = known
        .iter()
        .zip(wanted)
        .map(|(way, names)| (there(names), way));
    // Of equals the first, which is that of the whole network.
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
    let expected = whose.join(", or of the ");
    Err(nothing_fits(
        file,
        &format!("expected names of the {expected}; found {names}, …"),
    ))
}

fn nothing_fits(file: &WeightsFile, why: &str) -> WeightsError {
    file.error(
        format!("no tensor fits the network: {why}"),
        "give weights of this network, or choose the network that they are of",
    )
}

/// Whether nobody needs a tensor: how many batches a normalisation has seen, positions that are computed anew, and what the
/// convention says.
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
    /// The ways of naming this network's tensors.
    fn conventions(&self) -> &'static [Convention] {
        conventions(self.shapes.first().map_or("", |(path, _)| path.as_str()))
    }

    /// The names that one of them has.
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

/// Puts the planned tensors in their places.
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
            (
                format!("floating-point numbers, found {found}"),
                "save the weights as 16, 32 or 64-bit floating-point numbers",
            )
        });
        let values = match values.and_then(finite) {
            Ok(values) => values,
            Err((found, advice)) => {
                let message = format!("'{}': expected {found}", canonical_name(&path));
                let error = self.file.error(message, advice);
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

/// The same numbers, if every one of them is one.
fn finite(values: Vec<f32>) -> Result<Vec<f32>, (String, &'static str)> {
    let count = values.iter().filter(|value| !value.is_finite()).count();
    match values.iter().find(|value| !value.is_finite()) {
        None => Ok(values),
        Some(value) => Err((
            format!(
                "finite numbers, found {value} ({count} of {} are not)",
                values.len()
            ),
            "the training that wrote them has failed: take a checkpoint from before, or other weights",
        )),
    }
}

/// Kernels on one channel, `outputs` of them, as kernels on three of which each has a third: the same for a grey image.
fn over_three_channels(values: &[f32], outputs: usize) -> Vec<f32> {
    let third = |kernel: &[f32]| -> Vec<f32> { kernel.iter().map(|value| value / 3.0).collect() };
    values
        .chunks(values.len() / outputs)
        .flat_map(|kernel| third(kernel).repeat(3))
        .collect()
}
