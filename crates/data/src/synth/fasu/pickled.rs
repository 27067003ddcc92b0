//! Pickled dictionaries of arrays, as `numpy.save` writes a dictionary: a NumPy file of one object.

/// An array of bytes, with the first index varying slowest.
pub(super) struct Bytes<'a> {
    pub(super) shape: &'a [usize],
    pub(super) values: &'a [u8],
}

/// The NumPy file of `{"image": image, "structures": {name: mask}}`, by pickle protocol 3, with elements of type `uint8`.
pub(super) fn file(image: &Bytes<'_>, structures: &[(&str, Bytes<'_>)]) -> Vec<u8> {
    let mut bytes = header();
    bytes.extend(*b"\x80\x03");
    // The array of one object, whose only element is the dictionary.
    array_head(&mut bytes);
    bytes.extend(*b"(K\x01)");
    dtype(&mut bytes, "O8", "|", 63);
    bytes.extend(*b"\x89]}(");
    text(&mut bytes, "image");
    array(&mut bytes, image);
    text(&mut bytes, "structures");
    bytes.push(b'}');
    if !structures.is_empty() {
        bytes.push(b'(');
        for (name, mask) in structures {
            text(&mut bytes, name);
            array(&mut bytes, mask);
        }
        bytes.push(b'u');
    }
    bytes.extend(*b"uatb.");
    bytes
}

/// Magic bytes, version 1.0, and the description of an array of one object, padded so that the data begin at a multiple of
/// 64 bytes.
fn header() -> Vec<u8> {
    let text = "{'descr': '|O', 'fortran_order': False, 'shape': (), }";
    let before = 10;
    let padded = (before + text.len() + 1).next_multiple_of(64) - before;
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((padded as u16).to_le_bytes());
    bytes.extend(text.bytes());
    bytes.resize(before + padded - 1, b' ');
    bytes.push(b'\n');
    bytes
}

fn array(bytes: &mut Vec<u8>, array: &Bytes<'_>) {
    array_head(bytes);
    bytes.extend(*b"(K\x01(");
    for side in array.shape {
        integer(bytes, *side as u32);
    }
    bytes.push(b't');
    dtype(bytes, "u1", "|", 0);
    // Not in Fortran order; then the values.
    bytes.extend(*b"\x89B");
    bytes.extend((array.values.len() as u32).to_le_bytes());
    bytes.extend(array.values);
    bytes.extend(*b"tb");
}

/// `_reconstruct(ndarray, (0,), b"b")`: an empty array, which a state fills.
fn array_head(bytes: &mut Vec<u8>) {
    bytes.extend(*b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R");
}

/// `dtype(name, False, True)` with its state `(3, order, None, None, None, -1, -1, flags)`.
fn dtype(bytes: &mut Vec<u8>, name: &str, order: &str, flags: u8) {
    bytes.extend(*b"cnumpy\ndtype\n");
    text(bytes, name);
    bytes.extend(*b"\x89\x88\x87R(K\x03");
    text(bytes, order);
    bytes.extend(*b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK");
    bytes.push(flags);
    bytes.extend(*b"tb");
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    bytes.push(b'X');
    bytes.extend((text.len() as u32).to_le_bytes());
    bytes.extend(text.bytes());
}

fn integer(bytes: &mut Vec<u8>, value: u32) {
    bytes.push(b'J');
    bytes.extend(value.to_le_bytes());
}
