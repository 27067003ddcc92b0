//! Malicious and meaningless bytes.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use selvedge_pickle::{Kind, MAX_VALUES, Pickle, PickleError, Value};

fn refused(bytes: &[u8]) -> PickleError {
    Pickle::parse(bytes).expect_err("no sound pickle")
}

#[test]
fn errors_name_the_position_and_what_was_expected() {
    let cases: [(&[u8], &str); 16] = [
        (
            b"",
            "byte 0, opcode STOP: expected the end of a pickle, found no more bytes",
        ),
        (
            b"\x80\x02K",
            "byte 2, opcode BININT1: expected 1 more bytes, found 0 until the end",
        ),
        (
            b"\x80\x06N.",
            "byte 0, opcode PROTO: expected protocol 0 to 5, found 6",
        ),
        (
            b"N0.",
            "byte 2, opcode STOP: expected a value on the stack, found none",
        ),
        (
            b"K\x01(.",
            "byte 3, opcode STOP: expected a value on the stack, found none",
        ),
        (
            b"Nt.",
            "byte 1, opcode TUPLE: expected an open mark, found none",
        ),
        (
            b"NK\x01a.",
            "byte 3, opcode APPEND: expected a list or an object, found None",
        ),
        (
            b"](K\x01u.",
            "byte 4, opcode SETITEMS: expected a dict or an object, found a list",
        ),
        (
            b"}(K\x01u.",
            "byte 4, opcode SETITEMS: expected a value for every key, found 1 values",
        ),
        (
            b"h\x07.",
            "byte 0, opcode BINGET: expected one of the 0 memoised values, found 7",
        ),
        (
            b"N)R.",
            "byte 2, opcode REDUCE: expected a function or class to call, found None",
        ),
        (
            b"}Nb.",
            "byte 2, opcode BUILD: expected an object without a state, found a dict",
        ),
        (
            b"KKK\x01\x93.",
            "byte 4, opcode STACK_GLOBAL: expected two texts, found an int",
        ),
        (
            b"X\xff\xff\xff\xffab.",
            "byte 0, opcode BINUNICODE: expected 4294967295 more bytes, found 3 until the end",
        ),
        (
            b"\x8e\xff\xff\xff\xff\xff\xff\xff\xff.",
            "byte 0, opcode BINBYTES8: expected 18446744073709551615 more bytes, found 1 until the end",
        ),
        (
            b"X\x02\x00\x00\x00\xff\xfe.",
            "byte 0, opcode BINUNICODE: expected text in UTF-8, found '\\xff\\xfe'",
        ),
    ];
    for (bytes, expected) in cases {
        assert_eq!(refused(bytes).to_string(), expected);
    }
}

#[test]
fn unsupported_opcodes_are_named() {
    for (code, name) in [
        (b'i', "INST"),
        (b'o', "OBJ"),
        (0x82, "EXT1"),
        (0x84, "EXT4"),
        (0x97, "NEXT_BUFFER"),
        (0xff, "0xff"),
    ] {
        let error = refused(&[0x80, 2, code, b'.']);
        assert_eq!(error.opcode, name);
        assert_eq!(error.position, 2);
    }
}

#[test]
fn nothing_is_called() {
    let bytes = b"\x80\x02cposix\nsystem\nX\x0b\x00\x00\x00touch pwned\x85R.";
    let pickle = Pickle::parse(bytes).expect("a pickle");
    let Kind::Object(object) = pickle.root().kind() else {
        panic!("{pickle:?}");
    };
    assert_eq!(object.function(), Some(("posix", "system")));
    let command = object.arguments().items().next();
    assert_eq!(command.and_then(Value::as_str), Some("touch pwned"));
    assert!(!std::path::Path::new("pwned").exists());
}

/// A list with ten references to the previous list, thirty times over: 10³⁰ strings for a reader that copies.
#[test]
fn a_value_with_many_references_is_stored_once() {
    let mut bytes = b"\x80\x04\x8c\x03lol\x94".to_vec();
    for level in 0_u8..30 {
        bytes.extend(b"](");
        bytes.extend([b'h', level].repeat(10));
        bytes.extend(b"e\x94");
    }
    bytes.push(b'.');
    let pickle = Pickle::parse(&bytes).expect("a pickle");
    assert_eq!(pickle.root().items().len(), 10);
    assert!(pickle.values().count() < 40);
}

#[test]
fn depth_costs_no_stack() {
    const DEPTH: usize = MAX_VALUES - 10;
    let lists = [b"]".repeat(DEPTH), b"a".repeat(DEPTH - 1), b".".to_vec()].concat();
    let tuples = [b"N".to_vec(), b"\x85".repeat(DEPTH), b".".to_vec()].concat();
    for bytes in [lists, tuples] {
        let pickle = Pickle::parse(&bytes).expect("a pickle");
        let mut value = pickle.root();
        let mut depth = 0;
        while let Some(inside) = value.items().next() {
            value = inside;
            depth += 1;
        }
        assert!(depth >= DEPTH - 1);
    }
}

#[test]
fn values_marks_and_memos_are_limited() {
    let many = MAX_VALUES + 1;
    let memo: Vec<u8> = std::iter::once(b'N')
        .chain((0..many as u32).flat_map(|key| {
            let [a, b, c, d] = key.to_le_bytes();
            [b'r', a, b, c, d]
        }))
        .collect();
    for (bytes, what) in [
        (b"N".repeat(many), "values on the stack"),
        (b"]0".repeat(many), "values"),
        (b"(".repeat(many), "open marks"),
        (memo, "memoised values"),
    ] {
        let expected = format!("at most {MAX_VALUES} {what}");
        assert_eq!(refused(&bytes).expected, expected);
    }
    // A large memo number is a key, not a size.
    let pickle = Pickle::parse(b"Nr\xff\xff\xff\xff0j\xff\xff\xff\xff.").expect("a pickle");
    assert!(matches!(pickle.root().kind(), Kind::None));
}

fn corpus() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("the committed folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|kind| kind != "txt"))
        .collect();
    paths.sort();
    assert!(paths.len() > 10);
    paths
        .into_iter()
        .map(|path| std::fs::read(path).expect("a file"))
        .collect()
}

/// Opcodes in the order of their numbers, for mutations that remain programs.
const OPCODES: &[u8] = b"(.012FIJKLMNPQRSTUVX]abcde}ghjlpqrstu)GBC\x80\x81\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x90\x91\x92\x93\x94\x95\x96";

fn mutate(random: &mut ChaCha8Rng, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = corpus[random.random_range(0..corpus.len())].clone();
    for _ in 0..random.random_range(1..=4) {
        let place = random.random_range(0..=bytes.len());
        let length = random.random_range(0..=(bytes.len() - place).min(24));
        let range = place..place + length;
        match random.random_range(0..6) {
            0 => bytes.truncate(place),
            1 => drop(bytes.drain(range)),
            2 => {
                for byte in &mut bytes[range] {
                    *byte ^= 1 << random.random_range(0..8);
                }
            }
            3 => {
                let other = &corpus[random.random_range(0..corpus.len())];
                let from = random.random_range(0..other.len());
                let until = other.len().min(from + random.random_range(1..64));
                drop(bytes.splice(range, other[from..until].iter().copied()));
            }
            4 => {
                let opcode = OPCODES[random.random_range(0..OPCODES.len())];
                drop(bytes.splice(range, [opcode]));
            }
            _ => {
                let number: u64 = random.random::<u64>() >> random.random_range(0..64);
                drop(bytes.splice(range, number.to_le_bytes()));
            }
        }
    }
    bytes
}

/// Reads a mutated pickle and visits every value; returns whether it is valid.
fn try_one(bytes: &[u8]) -> bool {
    let Ok(pickle) = Pickle::parse(bytes) else {
        return false;
    };
    assert!(pickle.end() <= bytes.len());
    // Every value except the four that always exist costs at least a byte, and so does every reference to one.
    let count = pickle.values().count();
    assert!(count <= bytes.len() + 4, "{count} of {}", bytes.len());
    let mut references = 0;
    for value in pickle.values() {
        references += value.items().len() + 2 * value.entries().len();
        let text = format!("{value:?} {}", value.type_name());
        assert!(!text.is_empty());
        if let Kind::Object(object) = value.kind() {
            let _ = (object.callable(), object.arguments(), object.keywords());
            references += usize::from(object.state().is_some());
        }
    }
    assert!(references <= bytes.len());
    true
}

#[test]
fn mutated_pickles_are_read_or_refused() {
    let corpus = corpus();
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let sound = (0..6000)
        .filter(|_| try_one(&mutate(&mut random, &corpus)))
        .count();
    // Both outcomes occur often.
    assert!((300..5700).contains(&sound), "{sound}");
}

#[test]
#[ignore = "runs for SELVEDGE_FUZZ_SECONDS"]
fn mutated_pickles_for_long() {
    let seconds = std::env::var("SELVEDGE_FUZZ_SECONDS");
    let seconds = seconds.map_or(10, |text| text.parse().expect("a number of seconds"));
    let end = Instant::now() + Duration::from_secs(seconds);
    let corpus = corpus();
    let time = SystemTime::now().duration_since(UNIX_EPOCH);
    let seed = time.expect("a clock after 1970").as_secs();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (mut tried, mut sound) = (0_u64, 0_u64);
    while Instant::now() < end {
        let bytes = mutate(&mut random, &corpus);
        let read = std::panic::catch_unwind(|| try_one(&bytes));
        sound += u64::from(read.unwrap_or_else(|_| panic!("{}", bytes.escape_ascii())));
        tried += 1;
    }
    eprintln!("seed {seed}: {tried} tried, {sound} of them sound");
}
