//! Checks Burn's files of tensors before Burn loads them.
//!
//! Burn accepts any optimizer file: tensors of another network are dropped, or fail in the next step. And a NaN spreads through a
//! network without an error.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Bytes, DType, Tensor};
use burn_pack::Reader;
use models::Network;

/// A network's floating-point tensors: their saved shapes by name, and their shapes in training by identifier.
#[derive(Default)]
struct Tensors {
    saved: BTreeMap<String, Vec<usize>>,
    trained: BTreeMap<u64, (String, Vec<usize>)>,
    path: Vec<String>,
}

impl ModuleVisitor for Tensors {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let name = self.path.join(".");
        let saved = parameter.transform_for_save().val().dims().to_vec();
        self.saved.insert(name.clone(), saved);
        if !self
            .path
            .last()
            .is_some_and(|last| last.starts_with("running_"))
        {
            let shape = parameter.val().dims().to_vec();
            self.trained.insert(parameter.id.val(), (name, shape));
        }
    }

    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }
}

impl Tensors {
    fn collect_from(network: &Network) -> Self {
        let mut tensors = Self::default();
        network.visit(&mut tensors);
        tensors
    }
}

/// Checks that a file contains the tensors of this network, with finite numbers.
///
/// # Errors
///
/// What was found, as text.
pub(super) fn check_network(bytes: Bytes, network: &Network) -> Result<(), String> {
    let Tensors { mut saved, .. } = Tensors::collect_from(network);
    for tensor in tensors(bytes)? {
        let name = tensor.name.clone();
        let Some(shape) = saved.remove(&name) else {
            return Err(format!(
                "a tensor '{}' that the network does not have",
                short(&name)
            ));
        };
        check_tensor(tensor, &name, &shape)?;
    }
    saved.keys().next().map_or(Ok(()), |name| {
        Err(format!("no tensor '{name}' ({} are missing)", saved.len()))
    })
}

/// Checks that a file contains an optimizer's state for this network's parameters: for all of them if training is under way.
///
/// # Errors
///
/// What was found, as text.
pub(super) fn check_optimizer(
    bytes: Bytes,
    network: &Network,
    is_under_way: bool,
) -> Result<(), String> {
    let Tensors { trained, .. } = Tensors::collect_from(network);
    let mut without = trained.clone();
    for tensor in tensors(bytes)? {
        let owner = tensor.param_id.and_then(|id| Some((id, trained.get(&id)?)));
        let Some((id, (parameter, shape))) =
            owner.filter(|(id, _)| tensor.name.starts_with(&format!("{id}.")))
        else {
            return Err(format!(
                "'{}', which belongs to no parameter of this checkpoint's network",
                short(&tensor.name)
            ));
        };
        without.remove(&id);
        check_tensor(tensor, &format!("state of {parameter}"), shape)?;
    }
    match without.values().next() {
        Some((parameter, _)) if is_under_way => Err(format!(
            "no state of {parameter} ({} parameters have none)",
            without.len()
        )),
        _ => Ok(()),
    }
}

fn tensors(bytes: Bytes) -> Result<Vec<burn_pack::Tensor>, String> {
    let reader = Reader::from_bytes(bytes).map_err(|error| error.to_string())?;
    reader.into_tensors().map_err(|error| error.to_string())
}

fn check_tensor(tensor: burn_pack::Tensor, name: &str, expected: &[usize]) -> Result<(), String> {
    if tensor.dtype != DType::F32 {
        return Err(format!("{name} as {:?} in place of F32", tensor.dtype));
    }
    let shape: Vec<usize> = tensor.shape.iter().copied().collect();
    if shape != expected {
        return Err(format!(
            "{name} of shape {shape:?} in place of {expected:?}"
        ));
    }
    let bytes = tensor.into_bytes().map_err(|error| error.to_string())?;
    let wrong = bytes
        .chunks_exact(size_of::<f32>())
        .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        .find(|value| !value.is_finite());
    wrong.map_or(Ok(()), |value| Err(format!("{value} in {name}")))
}

/// A name from a file, which may be any text, shortened for messages.
fn short(name: &str) -> String {
    const MOST: usize = 80;
    let mut short: String = name.chars().take(MOST).collect();
    if short.len() < name.len() {
        short.push('…');
    }
    short
}
