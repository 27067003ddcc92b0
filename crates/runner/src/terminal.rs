//! Output to the terminal, and interruptions from it.

pub(crate) mod colour;
pub(crate) mod fit;
pub(crate) mod interruption;
mod log;
pub(crate) mod printing;
pub(crate) mod progress;
pub(crate) mod remarks;
pub(crate) mod score_table;
pub(crate) mod streams;

pub use colour::{Colour, choose_colours};
pub use fit::width;
pub use log::log;
pub use streams::{ParserMessage, print_parser_message, write_stderr};
