//! From the pickle of a state dict to the places of its tensors.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use pickle::{Kind, Pickle, Value};

use super::super::error::{Refusal, SAVE_AGAIN};
use super::super::stored::{Dtype, MAX_TENSORS, StoredTensor};

/// Range of bytes in the file, and their checksum if the file has one.
pub(super) type Entry = (Range<usize>, Option<u32>);
/// Places of the storages, by key.
pub(super) type Storages = HashMap<String, Entry>;

/// Keys under which checkpoints store a state dict next to other objects.
const WRAPPERS: [&str; 5] = ["state_dict", "model_state_dict", "model", "network", "net"];

/// Whether a weights file may legitimately name this: what `torch.load` with `weights_only` allows, and what training scripts
/// store next to the weights. None of it is called; a file that names anything else is refused.
fn is_known(module: &str, name: &str) -> bool {
    match module {
        "torch"
        | "torch._utils"
        | "torch._tensor"
        | "torch.serialization"
        | "torch.storage"
        | "torch.nn.parameter"
        | "torch.torch_version" => name != "load",
        "collections" => matches!(name, "OrderedDict" | "defaultdict" | "Counter"),
        "builtins" | "__builtin__" => matches!(
            name,
            "bool"
                | "bytearray"
                | "bytes"
                | "complex"
                | "dict"
                | "float"
                | "frozenset"
                | "int"
                | "list"
                | "long"
                | "object"
                | "range"
                | "set"
                | "slice"
                | "str"
                | "tuple"
                | "unicode"
        ),
        "_codecs" => name == "encode",
        "argparse" => name == "Namespace",
        "copyreg" | "copy_reg" => name == "_reconstructor",
        "datetime" => true,
        "numpy" => matches!(name, "dtype" | "ndarray"),
        "numpy.core.multiarray" | "numpy._core.multiarray" => {
            matches!(name, "_reconstruct" | "scalar")
        }
        "pathlib" | "pathlib._local" => name.ends_with("Path"),
        _ => module.starts_with("numpy.dtypes"),
    }
}

fn refuse_unknown_names(pickle: &Pickle<'_>) -> Result<(), Refusal> {
    for value in pickle.values() {
        if let Kind::Global { module, name } = value.kind()
            && !is_known(module, name)
        {
            return Err(Refusal::new(
                "a state dict",
                format!(
                    "a pickle that names {module}.{name}, which belongs to none; nothing was called"
                ),
                "if you trust the file, save its weights alone in PyTorch: torch.save(model.state_dict(), \"weights.pth\"); if you don't, don't open it there",
            ));
        }
    }
    Ok(())
}

/// A storage as the pickle describes it.
pub(super) struct Storage<'p> {
    pub(super) key: &'p str,
    /// Its class, such as `FloatStorage`.
    pub(super) kind: &'p str,
}

/// A persistent id as PyTorch writes it: `("storage", class, key, device, count)`; the old format adds a view, usually None.
fn storage(id: Value<'_>) -> Result<Storage<'_>, Refusal> {
    let unknown = || Refusal::new("tensors in storages of PyTorch", "another kind", SAVE_AGAIN);
    let mut parts = id.items();
    let word = parts.next().and_then(Value::as_str);
    let class = parts.next().map(Value::kind);
    let key = parts.next().and_then(Value::as_str);
    let view = parts.nth(2).map(Value::kind);
    match (word, class, key, view) {
        (Some("storage"), Some(Kind::Global { name, .. }), Some(key), None | Some(Kind::None)) => {
            Ok(Storage { key, kind: name })
        }
        _ => Err(unknown()),
    }
}

/// Every storage that a pickle refers to.
pub(super) fn storages<'p>(pickle: &'p Pickle<'_>) -> Result<Vec<Storage<'p>>, Refusal> {
    pickle
        .values()
        .filter_map(|value| match value.kind() {
            Kind::PersistentId(id) => Some(storage(id)),
            _ => None,
        })
        .collect()
}

fn dtype(storage: &str) -> Dtype {
    match storage {
        "HalfStorage" => Dtype::F16,
        "BFloat16Storage" => Dtype::BF16,
        "FloatStorage" => Dtype::F32,
        "DoubleStorage" => Dtype::F64,
        "LongStorage" => Dtype::I64,
        other => Dtype::Other(element_bytes(other)),
    }
}

pub(super) fn element_bytes(storage: &str) -> usize {
    match storage {
        "HalfStorage" | "BFloat16Storage" | "ShortStorage" => 2,
        "FloatStorage" | "IntStorage" => 4,
        "DoubleStorage" | "LongStorage" | "ComplexFloatStorage" => 8,
        "ComplexDoubleStorage" => 16,
        _ => 1,
    }
}

/// The arguments of the call that creates a tensor: `_rebuild_tensor_v2`, possibly inside `_rebuild_parameter`.
fn rebuilt(value: Value<'_>) -> Option<Vec<Value<'_>>> {
    let Kind::Object(object) = value.kind() else {
        return None;
    };
    let arguments: Vec<Value<'_>> = object.arguments().items().collect();
    match object.function()? {
        ("torch._utils", "_rebuild_tensor_v2") => Some(arguments),
        ("torch._utils", "_rebuild_parameter") => match arguments.first()?.kind() {
            Kind::Object(inner)
                if inner.function() == Some(("torch._utils", "_rebuild_tensor_v2")) =>
            {
                Some(inner.arguments().items().collect())
            }
            _ => None,
        },
        _ => None,
    }
}

fn contains_tensors(value: Value<'_>) -> bool {
    value.entries().any(|(_, value)| rebuilt(value).is_some())
}

/// The state dict: the value itself, or its entry under one of the usual keys.
fn state_dict<'p>(pickle: &'p Pickle<'_>) -> Result<Value<'p>, Refusal> {
    let root = pickle.root();
    if contains_tensors(root) {
        return Ok(root);
    }
    let inside = WRAPPERS.into_iter().filter_map(|name| root.get(name));
    inside
        .clone()
        .find(|value| contains_tensors(*value))
        .ok_or_else(|| {
            let keys: Vec<&str> = root
                .entries()
                .filter_map(|(key, _)| key.as_str())
                .take(12)
                .collect();
            let found = if keys.is_empty() {
                format!("a {}", root.type_name())
            } else {
                format!("the keys {}", keys.join(", "))
            };
            Refusal::new(
                format!(
                    "tensors by name, or such under one of the keys {}",
                    WRAPPERS.join(", ")
                ),
                found,
                SAVE_AGAIN,
            )
        })
}

/// The tensors of the state dict in a pickle.
pub(super) fn tensors(
    pickle: &Pickle<'_>,
    storages: &Storages,
) -> Result<BTreeMap<String, StoredTensor>, Refusal> {
    refuse_unknown_names(pickle)?;
    let states = state_dict(pickle)?;
    if states.entries().len() > MAX_TENSORS {
        let found = states.entries().len();
        let expected = format!("at most {MAX_TENSORS} tensors");
        return Err(Refusal::damaged(expected, found.to_string()));
    }
    let mut tensors = BTreeMap::new();
    for (name, value) in states.entries() {
        let (Some(name), Some(arguments)) = (name.as_str(), rebuilt(value)) else {
            // Numbers and strings next to the tensors.
            continue;
        };
        let wrong =
            |found: &str| Refusal::damaged("a tensor in its storage", found).of_tensor(name);
        let [id, offset, shape, strides, ..] = arguments[..] else {
            return Err(wrong("a call without a tensor's arguments"));
        };
        let Kind::PersistentId(id) = id.kind() else {
            return Err(wrong("none"));
        };
        let storage = storage(id)?;
        let (range, checksum) = storages
            .get(storage.key)
            .ok_or_else(|| wrong(&format!("no storage '{}'", storage.key)))?;
        let (Some(offset), Some(shape), Some(strides)) =
            (size(offset), sizes(shape), sizes(strides))
        else {
            return Err(wrong("invalid sizes"));
        };
        let tensor = StoredTensor::new(dtype(storage.kind), shape, strides, offset, range.clone())
            .map_err(|found| wrong(&found))?
            .checked_by(*checksum);
        if tensors.insert(name.to_string(), tensor).is_some() {
            return Err(wrong("two with this name"));
        }
    }
    Ok(tensors)
}

fn size(value: Value<'_>) -> Option<usize> {
    usize::try_from(value.as_i64()?).ok()
}

fn sizes(value: Value<'_>) -> Option<Vec<usize>> {
    value.items().map(size).collect()
}
