//! What `--device` asks for.

use std::fmt;
use std::str::FromStr;

use ops::Api;

/// What `--device` asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceRequest {
    /// A discrete GPU; otherwise another GPU or the CPU, whichever trains faster.
    #[default]
    Auto,
    /// Burn's flex backend, which needs no driver.
    Cpu,
    /// The n-th GPU, discrete ones first.
    Gpu(usize),
    /// The n-th GPU that an API reaches.
    On(Api, usize),
    /// A software adapter, for tests.
    Software,
    /// An adapter that computes nothing, to measure what a step costs the program; not in any help.
    Noop,
}

const SPELLINGS: &str = "auto, cpu, gpu, gpu:N, vulkan[:N], metal[:N], dx12[:N] or software";

impl FromStr for DeviceRequest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("expected {SPELLINGS}, found '{text}'");
        let (name, number) = match text.split_once(':') {
            Some((name, number)) => (name, Some(number.parse().map_err(|_| wrong())?)),
            None => (text, None),
        };
        match (name, number) {
            ("auto", None) => Ok(Self::Auto),
            ("cpu", None) => Ok(Self::Cpu),
            ("software", None) => Ok(Self::Software),
            ("noop", None) => Ok(Self::Noop),
            ("gpu", number) => Ok(Self::Gpu(number.unwrap_or(0))),
            ("vulkan", number) => Ok(Self::On(Api::Vulkan, number.unwrap_or(0))),
            ("metal", number) => Ok(Self::On(Api::Metal, number.unwrap_or(0))),
            ("dx12", number) => Ok(Self::On(Api::Dx12, number.unwrap_or(0))),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for DeviceRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => formatter.write_str("auto"),
            Self::Cpu => formatter.write_str("cpu"),
            Self::Gpu(number) => write!(formatter, "gpu:{number}"),
            Self::On(api, number) => write!(formatter, "{}:{number}", api.as_str()),
            Self::Software => formatter.write_str("software"),
            Self::Noop => formatter.write_str("noop"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_as_they_are_written() {
        for text in [
            "auto", "cpu", "gpu:1", "vulkan:0", "dx12:2", "metal:0", "software",
        ] {
            let request: DeviceRequest = text.parse().expect("a good request");
            assert_eq!(request.to_string(), text);
        }
        assert_eq!("gpu".parse(), Ok(DeviceRequest::Gpu(0)));
    }

    #[test]
    fn a_wrong_request_is_refused_with_the_right_ones() {
        for text in ["", "cuda", "gpu:", "gpu:x", "cpu:1", "software:0"] {
            let error = DeviceRequest::from_str(text).expect_err("a wrong request");
            assert!(error.contains("vulkan[:N]"), "{error}");
        }
    }
}
