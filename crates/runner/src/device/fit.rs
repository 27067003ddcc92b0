//! Checks that a device can bind a training's tensors.

use models::ModelConfig;

use crate::device::description::DeviceDescription;
use crate::error::RunnerError;

/// Refuses a training whose largest tensor the device cannot bind.
///
/// # Errors
///
/// The tensor by name, its size, and the device's limit.
pub(crate) fn check_fit(
    device: &DeviceDescription,
    model: &ModelConfig,
    classes: usize,
    batch_size: usize,
    size: [usize; 2],
) -> Result<(), RunnerError> {
    let Some(limit) = device.max_binding_bytes else {
        return Ok(());
    };
    let largest = model.largest_tensor(classes, batch_size, size);
    if largest.bytes() <= limit {
        return Ok(());
    }
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    Err(RunnerError::fixable(
        format!(
            "'{}' {:?} takes {:.0} MiB, expected at most {:.0} MiB, the largest that {} binds",
            largest.name,
            largest.shape,
            mib(largest.bytes()),
            mib(limit),
            device.name
        ),
        "lower train.batch_size (and raise train.accumulate by as much), data.size (augment.crop.from) or model.width; or use `--device cpu`",
    )
    .at(model.name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::description::cpu;
    use crate::device::request::DeviceRequest;
    use crate::recipe::Recipe;

    #[test]
    fn a_network_too_large_for_the_adapter_is_refused_by_the_tensors_name() {
        let recipe = Recipe::load("bamsi", &[]).expect("an embedded recipe");
        let (_, mut device) = cpu(DeviceRequest::Cpu);
        let fits = |device: &DeviceDescription| {
            let batch_size = recipe.train.batch_size;
            check_fit(device, &recipe.model, 6, batch_size, recipe.whole_size())
        };
        fits(&device).expect("a CPU has no such limit");
        device.max_binding_bytes = Some(320 << 20);
        fits(&device).expect("just fits");
        device.max_binding_bytes = Some((320 << 20) - 1);
        let error = fits(&device).expect_err("a byte too few").report();
        for part in [
            "five maps joined",
            "[4, 320, 256, 256]",
            "320 MiB",
            "batch_size",
        ] {
            assert!(error.contains(part), "{error}");
        }
    }
}
