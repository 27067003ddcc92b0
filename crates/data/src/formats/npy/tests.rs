use crate::formats::npy::header::{ElementKind, NpyHeader};
use crate::formats::npy::numbers::{Number, Numbers};
use crate::formats::npy::write::write_npy;

fn header(text: &str) -> std::io::Result<NpyHeader> {
    let mut bytes = b"\x93NUMPY\x01\0".to_vec();
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.as_bytes());
    NpyHeader::read(&mut &bytes[..])
}

fn of_type(element: &str) -> NpyHeader {
    header(&format!(
        "{{'descr': {element}, 'fortran_order': False, 'shape': (2,), }}\n"
    ))
    .unwrap()
}

#[test]
fn a_header_is_read_in_any_order_and_spacing() {
    let expected = NpyHeader {
        element: "'<f4'".into(),
        columns_first: true,
        shape: vec![3, 5],
    };
    for text in [
        "{'descr': '<f4', 'fortran_order': True, 'shape': (3, 5), }          \n",
        "{\"shape\":(3,5,),\"fortran_order\":True,\"descr\":\"<f4\"}",
    ] {
        assert_eq!(header(text).unwrap(), expected, "{text}");
    }
    let scalar = "{'descr': '|O', 'fortran_order': False, 'shape': ()}";
    let scalar = header(scalar).unwrap();
    assert_eq!(
        (scalar.kind(), scalar.count()),
        (ElementKind::Object, Some(1))
    );
}

#[test]
fn invalid_headers_are_refused() {
    for text in [
        "",
        "{",
        "{}",
        "[]",
        "{'descr': '<f4', 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (18446744073709551616,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} more",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
        "{'descr': [('a', '<f4'), 'fortran_order': False, 'shape': (1,)}",
        "{'descr': ']', 'fortran",
        "{'descr': [)",
        "{'descr': é, 'fortran_order': False, 'shape': (1,)}",
    ] {
        let error = header(text).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidData, "{text}");
    }
}

#[test]
fn types_that_are_not_numbers_are_named() {
    for element in [
        "'<f2'",
        "'<f16'",
        "'<c8'",
        "'|b1'",
        "'<U4'",
        "'|S3'",
        "'<M8[ns]'",
        "'|f4'",
        "'=f4'",
        "'<u3'",
        "'é'",
        "''",
        "[('a', '<f4'), ('](', '<i2', (2, 3))]",
    ] {
        let header = of_type(element);
        assert_eq!(header.element, element);
        assert_eq!(header.kind(), ElementKind::Other, "{element}");
        assert!(Numbers::new(&header, std::io::empty()).is_none());
    }
}

#[test]
fn numbers_of_every_type_are_exact() {
    let cases: [(&str, &[u8], [Number; 2]); 8] = [
        ("'|u1'", &[0, 255], [0, 255].map(Number::Whole)),
        ("'|i1'", &[128, 127], [-128, 127].map(Number::Whole)),
        ("'>i2'", &[1, 0, 0xff, 0xfe], [256, -2].map(Number::Whole)),
        (
            "'<u2'",
            &[0, 1, 0xff, 0xff],
            [256, 65535].map(Number::Whole),
        ),
        (
            "'<i8'",
            &[0, 0, 0, 0, 0, 0, 0, 0x80, 1, 0, 0, 0, 0, 0, 0, 0],
            [i64::MIN.into(), 1].map(Number::Whole),
        ),
        (
            "'>u8'",
            &[
                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 2,
            ],
            [u64::MAX.into(), 2].map(Number::Whole),
        ),
        (
            "'>f4'",
            &[0x3f, 0xc0, 0, 0, 0xff, 0x80, 0, 0],
            [1.5, f64::NEG_INFINITY].map(Number::Float),
        ),
        (
            "'<f8'",
            &[0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 1, 0, 0, 0, 0, 0, 0, 0],
            [1.5, f64::from_bits(1)].map(Number::Float),
        ),
    ];
    for (element, bytes, expected) in cases {
        let numbers = Numbers::new(&of_type(element), bytes).unwrap();
        let numbers: Vec<Number> = numbers.map(Result::unwrap).collect();
        assert_eq!(numbers, expected, "{element}");
    }
}

#[test]
fn numbers_end_with_the_array_or_the_file() {
    let header = of_type("'<i2'");
    let numbers = |bytes: &'static [u8]| Numbers::new(&header, bytes).unwrap();
    assert_eq!(numbers(&[0; 9]).count(), 2);
    let cut: Vec<bool> = numbers(&[0; 3]).map(|number| number.is_ok()).collect();
    assert_eq!(cut, [true, false]);
}

#[test]
fn written_arrays_are_read_back() {
    let mut bytes = Vec::new();
    write_npy(&mut bytes, &[2, 1], [1.5_f32, -0.0]).unwrap();
    assert_eq!(bytes.len(), 128 + 8);
    let mut reader = &bytes[..];
    let header = NpyHeader::read(&mut reader).unwrap();
    assert_eq!(
        (header.columns_first, &header.shape[..]),
        (false, &[2, 1][..])
    );
    let numbers = Numbers::new(&header, reader).unwrap();
    let bits = numbers.map(|number| number.unwrap().to_f64().to_bits());
    assert!(bits.eq([1.5_f64.to_bits(), (-0.0_f64).to_bits()]));

    let mut bytes = Vec::new();
    write_npy(&mut bytes, &[], [true]).unwrap();
    assert_eq!((bytes.len(), bytes[128]), (129, 1));
    assert!(write_npy(&mut Vec::new(), &[2], [1.0_f32]).is_err());
}
