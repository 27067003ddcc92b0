//! Checks that a device computes in a recipe's precision.

use crate::device::description::DeviceDescription;
use crate::error::RunnerError;
use crate::recipe::sections::PrecisionName;

/// Refuses mixed precision on a device without 16-bit floats.
///
/// # Errors
///
/// The key, and the device.
pub(crate) fn check_precision(
    device: &DeviceDescription,
    precision: PrecisionName,
) -> Result<(), RunnerError> {
    if precision == PrecisionName::Single || device.half_precision {
        return Ok(());
    }
    Err(RunnerError::mismatch(
        "a GPU that computes with 16-bit floats, for \"mixed\"",
        format!("{}, which does not", device.name),
        "set train.precision = \"single\", the default, or choose a GPU that has them with `--device`: `selvedge doctor` lists them",
    )
    .at("train.precision"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::description::cpu;
    use crate::device::request::DeviceRequest;

    #[test]
    fn mixed_precision_is_refused_where_there_are_no_16_bit_floats() {
        let (_, mut device) = cpu(DeviceRequest::Cpu);
        check_precision(&device, PrecisionName::Single).expect("any device");
        let error = check_precision(&device, PrecisionName::Mixed).expect_err("a CPU");
        let report = error.report();
        for part in [
            "train.precision",
            "16-bit floats",
            "CPU",
            "\"single\"",
            "doctor",
        ] {
            assert!(report.contains(part), "{report}");
        }
        device.half_precision = true;
        check_precision(&device, PrecisionName::Mixed).expect("has them");
    }
}
