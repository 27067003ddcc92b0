//! Pickles made by Python, NumPy and PyTorch with `assets/reference/pickles/generate.py`.

use selvedge_pickle::{Kind, Pickle, Value};

fn read(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
    std::fs::read(format!("{folder}/{name}")).expect("the committed file")
}

fn hexadecimal(bytes: impl IntoIterator<Item = u8>) -> String {
    let digits = bytes.into_iter().map(|byte| format!("{byte:02x}"));
    digits.collect()
}

/// One line of text for a value, as the generator writes it for the value that it pickles.
fn described(value: Value<'_>) -> String {
    let list = |[left, right]: [&str; 2], value: Value<'_>| {
        let items: Vec<String> = value.items().map(described).collect();
        format!("{left}{}{right}", items.join(","))
    };
    match value.kind() {
        Kind::None => "none".to_string(),
        Kind::Bool(value) => value.to_string(),
        Kind::Int(value) => value.to_string(),
        Kind::BigInt(bytes) => {
            // Text protocols write all digits, which are read as 128 bits.
            let sign = bytes[bytes.len() - 1];
            let mut shortest = bytes;
            while let [.., before, last] = shortest
                && *last == sign
                && (sign == 0 || sign == 0xff)
                && (before ^ sign) < 0x80
            {
                shortest = &shortest[..shortest.len() - 1];
            }
            format!("int:{}", hexadecimal(shortest.iter().copied()))
        }
        Kind::Float(value) => format!("float:{}", hexadecimal(value.to_be_bytes())),
        Kind::Text(text) => format!("text:{}", hexadecimal(text.bytes())),
        Kind::Bytes(bytes) => format!("bytes:{}", hexadecimal(bytes.iter().copied())),
        Kind::List => list(["[", "]"], value),
        Kind::Tuple => list(["(", ")"], value),
        Kind::Set => list(["<", ">"], value),
        Kind::Dict => {
            let entries = value
                .entries()
                .map(|(key, value)| format!("{}={}", described(key), described(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
        Kind::Object(object) => {
            // Older protocols write values without an opcode as calls.
            let argument = object.arguments().items().next();
            match object.function() {
                Some(("_codecs", "encode")) => {
                    let text = argument.and_then(Value::as_str).expect("Latin-1 as text");
                    format!("bytes:{}", hexadecimal(text.chars().map(|byte| byte as u8)))
                }
                Some(("__builtin__", "bytes")) => "bytes:".to_string(),
                Some(("__builtin__" | "builtins", "set" | "frozenset")) => {
                    list(["<", ">"], argument.expect("a list"))
                }
                other => panic!("no such call: {other:?}"),
            }
        }
        other => panic!("not a plain value: {other:?}"),
    }
}

#[test]
fn plain_values_of_every_protocol_come_back() {
    let expected = String::from_utf8(read("plain.txt")).expect("text");
    for protocol in 0..=5 {
        let bytes = read(&format!("plain-{protocol}.pkl"));
        let pickle = Pickle::parse(&bytes).expect("a pickle");
        assert_eq!(pickle.end(), bytes.len());
        assert_eq!(
            described(pickle.root()),
            expected.trim(),
            "protocol {protocol}"
        );
        let shared = pickle.root().get("shared").expect("an entry");
        let both: Vec<u32> = shared.items().map(Value::identity).collect();
        assert_eq!(both[0], both[1], "one list, mentioned twice");
    }
}

#[test]
fn a_list_may_contain_itself() {
    let bytes = read("cyclic.pkl");
    let pickle = Pickle::parse(&bytes).expect("a pickle");
    let root = pickle.root();
    let items: Vec<Value<'_>> = root.items().collect();
    assert_eq!(items[0].as_str(), Some("itself"));
    let inside = items[1].get("list").expect("an entry");
    assert_eq!(inside.identity(), root.identity());
    assert_eq!(items[2].identity(), root.identity());
}

/// Module (without the part that differs between NumPy 1 and 2) and name of the function that would create a value.
fn function(value: Value<'_>) -> (String, &str) {
    let Kind::Object(object) = value.kind() else {
        panic!("expected a call, found {value:?}");
    };
    let (module, name) = object.function().expect("a function by name");
    (module.replace("numpy._core", "numpy.core"), name)
}

#[test]
fn arrays_of_objects_are_calls_with_a_state() {
    for protocol in [2, 4, 5] {
        let bytes = read(&format!("numpy-objects-{protocol}.pkl"));
        let pickle = Pickle::parse(&bytes).expect("a pickle");
        let root = pickle.root();
        assert_eq!(
            function(root),
            ("numpy.core.multiarray".into(), "_reconstruct")
        );
        let Kind::Object(array) = root.kind() else {
            panic!("{root:?}");
        };
        assert_eq!(
            array.arguments().items().next().map(Value::type_name),
            Some("numpy.ndarray".to_string())
        );
        let state: Vec<Value<'_>> = array.state().expect("a state").items().collect();
        let [version, shape, kind, columns_first, values] = state[..] else {
            panic!("{state:?}");
        };
        assert_eq!(version.as_i64(), Some(1));
        let shape: Vec<_> = shape.items().map(Value::as_i64).collect();
        assert_eq!(shape, [Some(4)]);
        assert_eq!(function(kind), ("numpy".into(), "dtype"));
        assert_eq!(columns_first.as_bool(), Some(false));
        let values: Vec<Value<'_>> = values.items().collect();
        assert_eq!(values[0].get("name").and_then(Value::as_str), Some("wound"));
        assert_eq!(values[1].as_str(), Some("text"));
        assert!(matches!(values[2].kind(), Kind::None));
        assert!(matches!(values[3].kind(), Kind::Float(2.5)));
    }
    let bytes = read("numpy-dict.pkl");
    let pickle = Pickle::parse(&bytes).expect("a pickle");
    let Kind::Object(array) = pickle.root().kind() else {
        panic!("{pickle:?}");
    };
    let state = array.state().expect("a state");
    let values = state.items().nth(4).expect("its values");
    let entry = values.items().next().expect("one value");
    let Some(Kind::Object(image)) = entry.get("image").map(Value::kind) else {
        panic!("{entry:?}");
    };
    let pixels = image.state().expect("a state").items().nth(4);
    assert_eq!(
        pixels.and_then(Value::as_bytes),
        Some(&[0, 1, 2, 3, 4, 5][..])
    );
    let mean = entry.get("mean").expect("an entry");
    assert_eq!(function(mean), ("numpy.core.multiarray".into(), "scalar"));
}

/// Name, storage, offset, shape and strides of a tensor.
type Tensor = (String, String, i64, Vec<i64>, Vec<i64>);

/// All tensors of the state dict.
fn tensors(states: Value<'_>) -> Vec<Tensor> {
    let integers = |value: Value<'_>| -> Vec<i64> {
        let numbers = value.items().map(|item| item.as_i64().expect("a number"));
        numbers.collect()
    };
    let describe_tensor = |(name, value): (Value<'_>, Value<'_>)| {
        let name = name.as_str().expect("a name").to_string();
        let Kind::Object(mut object) = value.kind() else {
            panic!("{name}: {value:?}");
        };
        if object.function() == Some(("torch._utils", "_rebuild_parameter")) {
            let Some(Kind::Object(inside)) = object.arguments().items().next().map(Value::kind)
            else {
                panic!("{name}");
            };
            object = inside;
        }
        assert_eq!(
            object.function(),
            Some(("torch._utils", "_rebuild_tensor_v2"))
        );
        let arguments: Vec<Value<'_>> = object.arguments().items().collect();
        let Kind::PersistentId(storage) = arguments[0].kind() else {
            panic!("{name}: {:?}", arguments[0]);
        };
        let storage: Vec<Value<'_>> = storage.items().collect();
        assert_eq!(storage[0].as_str(), Some("storage"));
        let offset = arguments[1].as_i64().expect("an offset");
        let kind = storage[1].type_name();
        (
            name,
            kind,
            offset,
            integers(arguments[2]),
            integers(arguments[3]),
        )
    };
    states.entries().map(describe_tensor).collect()
}

#[test]
fn state_dicts_of_pytorch_are_calls_with_storages() {
    let single = "torch.FloatStorage".to_string();
    let expected = vec![
        ("weight".into(), single.clone(), 0, vec![3, 4], vec![4, 1]),
        (
            "transposed".into(),
            single.clone(),
            0,
            vec![4, 3],
            vec![1, 4],
        ),
        ("view".into(), single.clone(), 4, vec![4], vec![1]),
        (
            "half".into(),
            "torch.HalfStorage".into(),
            0,
            vec![2],
            vec![1],
        ),
        (
            "count".into(),
            "torch.LongStorage".into(),
            0,
            vec![],
            vec![],
        ),
        ("parameter".into(), single, 0, vec![2], vec![1]),
    ];
    let bytes = read("torch.pkl");
    let pickle = Pickle::parse(&bytes).expect("a pickle");
    let root = pickle.root();
    assert_eq!(function(root), ("collections".into(), "OrderedDict"));
    assert_eq!(tensors(root), expected);

    // Consecutive pickles: a magic number, the protocol, the system, the values, the storages' names.
    let bytes = read("torch-legacy.pth");
    let mut rest = &bytes[..];
    let mut next = || {
        let pickle = Pickle::parse(rest).expect("a pickle");
        rest = &rest[pickle.end()..];
        pickle
    };
    let magic = next();
    let Kind::BigInt(magic) = magic.root().kind() else {
        panic!("{magic:?}");
    };
    assert_eq!(
        hexadecimal(magic.iter().rev().copied()),
        "1950a86a20f9469cfc6c"
    );
    assert_eq!(next().root().as_i64(), Some(1001));
    let system = next();
    let little = system.root().get("little_endian").and_then(Value::as_bool);
    assert_eq!(little, Some(true));
    let values = next();
    assert_eq!(values.root().get("epoch").and_then(Value::as_i64), Some(3));
    let states = values.root().get("state_dict").expect("an entry");
    assert_eq!(tensors(states), expected);
    assert_eq!(next().root().items().len(), 4);
}
