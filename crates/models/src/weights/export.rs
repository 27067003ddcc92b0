//! From a network into a file.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{DType, Tensor};
use serde_json::{Map, Value, json};

use super::canonical::canonical_name;
use crate::networks::Network;

/// PyTorch stores this integer next to the running variance of every batch normalisation. It is only used in training without
/// momentum, but a strict `load_state_dict` requires it.
const BATCHES: &str = "num_batches_tracked";

/// The network's weights as a safetensors file, by their canonical names, in 32 bits, with `metadata` in its header. The same
/// network and metadata give the same bytes.
///
/// The network must be in its evaluation form ([`Module::valid`], or never trained): only then does it contain the latest
/// running statistics.
#[must_use]
pub fn to_safetensors(network: &Network, metadata: &BTreeMap<String, String>) -> Vec<u8> {
    let mut tensors = Tensors::default();
    network.visit(&mut tensors);
    let Tensors { floats, .. } = tensors;
    let counts = floats
        .keys()
        .filter_map(|name| name.strip_suffix("running_var"))
        .map(|norm| format!("{norm}{BATCHES}"));

    // Sorted: the writer of the safetensors crate takes the metadata from a hash map, whose order changes from run to run.
    let mut header = Map::new();
    header.insert("__metadata__".to_string(), json!(metadata));
    let mut data: Vec<u8> = Vec::new();
    // Wider numbers first, so that all are aligned.
    for name in counts {
        let start = data.len();
        data.extend(0_i64.to_le_bytes());
        header.insert(name, entry("I64", &[], start, data.len()));
    }
    for (name, (shape, values)) in &floats {
        let start = data.len();
        data.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        header.insert(name.clone(), entry("F32", shape, start, data.len()));
    }
    let mut text = Value::Object(header).to_string().into_bytes();
    text.resize(text.len().next_multiple_of(8), b' ');
    let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
    bytes.append(&mut text);
    bytes.append(&mut data);
    bytes
}

fn entry(dtype: &str, shape: &[usize], from: usize, until: usize) -> Value {
    json!({"dtype": dtype, "shape": shape, "data_offsets": [from, until]})
}

/// Shape and numbers of every tensor by its canonical name.
#[derive(Default)]
struct Tensors {
    path: Vec<String>,
    floats: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

impl ModuleVisitor for Tensors {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, tensor: &Param<Tensor<D>>) {
        let values = tensor.val().cast(DType::F32).into_data().iter().collect();
        let name = canonical_name(&self.path.join("."));
        self.floats.insert(name, (tensor.dims().to_vec(), values));
    }
}
