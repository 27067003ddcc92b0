//! Graphics APIs that are left out: there are drivers in which even the question for adapters ends the process.
//!
//! The variable names what to leave out rather than what to keep, since that is what one knows after such an end.

use std::error::Error;
use std::fmt;

use crate::api::Api;

/// The environment variable that names graphics APIs to leave out, with commas between them.
pub const WITHOUT: &str = "SELVEDGE_WITHOUT";

/// A name in [`WITHOUT`] that is no graphics API's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownApi {
    /// The name.
    pub found: String,
}

impl fmt::Display for UnknownApi {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = Api::ALL.map(Api::as_str).join(", ");
        write!(
            formatter,
            "{WITHOUT}: expected names of graphics APIs ({known}) with commas between them, found '{}'",
            self.found
        )
    }
}

impl Error for UnknownApi {}

/// The graphics APIs that [`WITHOUT`] names, none where it is not set.
///
/// # Errors
///
/// A name that is no API's.
pub fn left_out() -> Result<Vec<Api>, UnknownApi> {
    let text = std::env::var_os(WITHOUT).unwrap_or_default();
    read(&text.to_string_lossy())
}

fn read(text: &str) -> Result<Vec<Api>, UnknownApi> {
    let names = text.split(',').map(str::trim);
    names
        .filter(|name| !name.is_empty())
        .map(|name| {
            let api = Api::ALL
                .into_iter()
                .find(|api| api.as_str().eq_ignore_ascii_case(name));
            api.ok_or_else(|| UnknownApi { found: name.into() })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_with_commas_between_them() {
        for (text, expected) in [
            ("", &[][..]),
            (" , ", &[]),
            ("vulkan", &[Api::Vulkan]),
            ("dx12, Metal,", &[Api::Dx12, Api::Metal]),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected), "'{text}'");
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = read("vulkan,opengl").expect_err("no API of ours");
        let words = error.to_string();
        for part in ["SELVEDGE_WITHOUT", "vulkan, metal, dx12", "'opengl'"] {
            assert!(words.contains(part), "'{part}' in: {words}");
        }
    }
}
