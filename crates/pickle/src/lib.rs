//! Python's pickles as data.
//!
//! A pickle is a program for a small stack machine, and Python's own reader calls whatever functions it names. This reader calls
//! nothing: a call is a value like any other, with its function's name and its arguments ([`Kind::Object`]), which the caller
//! interprets or refuses. The opcodes are those of the protocols 0 to 5 (Python's `pickletools` describes each)
//! as NumPy and PyTorch write them; any other is an error that names it.
//!
//! The cost of a file is bounded whatever it contains. All values are in one list and refer to each other by number, so one
//! that is referenced a thousand times is stored once, a list may contain itself, and neither reading nor freeing recurses.
//! Strings stay in the given bytes. No file makes more than [`MAX_VALUES`] values, and a length is compared with the rest of
//! the file before it is used.
//!
//! ```
//! use selvedge_pickle::Pickle;
//!
//! // What `pickle.dumps({"sizes": [32, 64]}, protocol=2)` gives.
//! let bytes = b"\x80\x02}q\x00X\x05\x00\x00\x00sizesq\x01]q\x02(K K@es.";
//! let pickle = Pickle::parse(bytes)?;
//! let sizes = pickle.root().get("sizes").expect("an entry");
//! let sizes: Vec<_> = sizes.items().filter_map(|size| size.as_i64()).collect();
//! assert_eq!(sizes, [32, 64]);
//! # Ok::<(), selvedge_pickle::PickleError>(())
//! ```

mod error;
mod machine;
mod opcode;
mod scalar;
mod source;
mod stack;
mod text;
mod value;

pub use error::PickleError;
pub use stack::MAX_VALUES;
pub use value::{Kind, Made, Object, Pickle, Value};
