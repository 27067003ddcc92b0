//! The numbers of one step.

/// The numbers of one step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    /// Decay rates of the running means of gradients and of squared gradients.
    pub(super) betas: [f32; 2],
    /// Bias corrections 1 − βᵗ of the two means.
    pub(super) corrections: [f32; 2],
    pub(super) epsilon: f32,
    /// Fraction of the parameter that decays: the weight decay times the learning rate.
    pub(super) decay: f64,
    pub(super) rate: f64,
}

impl Step {
    /// The settings `Step` in `shaders/adamw/step.wgsl`.
    pub(super) fn settings(self, count: usize) -> [u32; 10] {
        let [mean, square] = self.betas;
        let numbers = [
            mean,
            1.0 - mean,
            square,
            1.0 - square,
            self.corrections[0],
            self.corrections[1],
            self.epsilon,
            (1.0 - self.decay) as f32,
            self.rate as f32,
        ];
        let mut words = [count as u32; 10];
        for (word, number) in words[1..].iter_mut().zip(numbers) {
            *word = number.to_bits();
        }
        words
    }
}
