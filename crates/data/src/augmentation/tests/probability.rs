//! How many images each change is applied to.

use super::{blocks, run};
use crate::augmentation::Augmentation;

type Change = fn(&mut Augmentation);

#[test]
fn a_probability_is_the_fraction_of_the_images_that_are_changed() {
    let sample = blocks(16, 16);
    let half = |change: Change| {
        let mut augmentation = Augmentation::default();
        change(&mut augmentation);
        let untouched = run(&Augmentation::default(), &sample, 0);
        (0..400)
            .filter(|seed| run(&augmentation, &sample, *seed) != untouched)
            .count()
    };
    let changes: [(&str, Change); 11] = [
        ("rotate", |of| {
            of.rotate_degrees = 40.0;
            of.probability.rotate = 0.5;
        }),
        ("scale", |of| {
            of.scale = [1.1, 1.5];
            of.probability.scale = 0.5;
        }),
        ("brightness", |of| {
            of.brightness = 0.5;
            of.probability.brightness = 0.5;
        }),
        ("contrast", |of| {
            of.contrast = 0.5;
            of.probability.contrast = 0.5;
        }),
        ("gamma", |of| {
            of.gamma = 1.0;
            of.probability.gamma = 0.5;
        }),
        ("saturation", |of| {
            of.saturation = 0.5;
            of.probability.saturation = 0.5;
        }),
        ("hue", |of| {
            of.hue_degrees = 50.0;
            of.probability.hue = 0.5;
        }),
        ("elastic", |of| {
            of.elastic.amplitude = 5.0;
            of.elastic.probability = 0.5;
        }),
        ("blur", |of| {
            of.blur.sigma = [1.0, 2.0];
            of.blur.probability = 0.5;
        }),
        ("low_resolution", |of| {
            of.low_resolution.factor = [1.5, 2.0];
            of.low_resolution.probability = 0.5;
        }),
        ("noise", |of| {
            of.noise.deviation = 0.2;
            of.noise.probability = 0.5;
        }),
    ];
    for (name, change) in changes {
        let changed = half(change);
        assert!((160..240).contains(&changed), "{name}: {changed} of 400");
    }
}
