//! How many kernels a step launches.

use super::measured;

/// A step of UNet3+ of full width launches this many kernels, with this many different settings. Both are counted on an adapter
/// that computes nothing, so that this costs no time.
#[test]
fn a_step_of_unet3plus_has_few_launches() {
    let report = measured(&[
        "step",
        "--device",
        "noop",
        "--model",
        "unet3plus",
        "--width",
        "64",
        "--size",
        "64",
        "--batch",
        "1",
        "--repeats",
        "1",
    ]);
    let launches = &report["launches"];
    let most = |key: &str, most: u64| {
        let count = launches[key].as_u64();
        assert!(
            count.is_some_and(|count| count > 0 && count <= most),
            "{key}: {launches}"
        );
    };
    // 1105 when each running statistic, pooling and bias was a matter of Burn's operations.
    most("total", 660);
    most("settings", 400);
}
