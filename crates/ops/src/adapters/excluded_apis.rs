//! Graphics APIs that are excluded: some drivers end the process when they are merely asked to list their adapters.
//!
//! The variable names the APIs to exclude, not those to keep, because that is what a user knows after such a crash.

use std::error::Error;
use std::fmt;

use crate::adapters::api::Api;

/// The environment variable that lists graphics APIs to exclude, separated by commas.
pub const WITHOUT: &str = "SELVEDGE_WITHOUT";

/// A name in [`WITHOUT`] that is not the name of a graphics API.
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
            "{WITHOUT}: expected names of graphics APIs ({known}) separated by commas, found '{}'",
            self.found
        )
    }
}

impl Error for UnknownApi {}

/// The graphics APIs that [`WITHOUT`] names; none if it is not set.
///
/// # Errors
///
/// When a name is not that of an API.
pub fn excluded_apis() -> Result<Vec<Api>, UnknownApi> {
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
    fn names_are_separated_by_commas() {
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
    fn an_unknown_name_is_refused_with_a_list_of_the_known_ones() {
        let error = read("vulkan,opengl").expect_err("an unknown API");
        let message = error.to_string();
        for part in ["SELVEDGE_WITHOUT", "vulkan, metal, dx12", "'opengl'"] {
            assert!(message.contains(part), "'{part}' in: {message}");
        }
    }
}
