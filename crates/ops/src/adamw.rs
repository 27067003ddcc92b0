//! `AdamW` (Loshchilov and Hutter, arXiv 1711.05101), with the step of a parameter as one operation.
//!
//! Burn's own optimizer makes some sixteen passes over each parameter; on a GPU they are most of the launches of a small network's
//! training step. State and records are Burn's, so that a run can be resumed with either optimizer.

mod backend;
mod cpu;
mod formula;
pub(crate) mod graphics;
mod step;

use burn::backend::Dispatch;
use burn::optim::LearningRate;
use burn::optim::{AdamWConfig, AdamWState, Optimizer};
use burn::tensor::{Device, Tensor};

use backend::AdamWBackend;
use step::Step;

/// The optimizer. β₁ is 0.9, β₂ 0.999, ε 1e-8.
#[derive(Clone)]
pub struct AdamW {
    stock: burn::optim::AdamW,
    weight_decay: f32,
}

const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.999;
const EPSILON: f32 = 1e-8;

impl AdamW {
    /// With this weight decay, which is multiplied by the learning rate.
    #[must_use]
    pub fn new(weight_decay: f32) -> Self {
        let stock = AdamWConfig::new()
            .with_beta_1(BETA_1)
            .with_beta_2(BETA_2)
            .with_epsilon(EPSILON)
            .with_weight_decay(weight_decay)
            .build();
        Self {
            stock,
            weight_decay,
        }
    }
}

impl Optimizer for AdamW {
    type State<const D: usize> = AdamWState<D>;

    fn step<const D: usize>(
        &self,
        rate: LearningRate,
        parameter: Tensor<D>,
        gradient: Tensor<D>,
        state: Option<Self::State<D>>,
    ) -> (Tensor<D>, Option<Self::State<D>>) {
        let Some(mut state) = state else {
            return self.stock.step(rate, parameter, gradient, None);
        };
        let moments = &mut state.momentum;
        moments.time += 1;
        let step = Step {
            betas: [BETA_1, BETA_2],
            corrections: [BETA_1, BETA_2].map(|beta| 1.0 - beta.powi(moments.time as i32)),
            epsilon: EPSILON,
            decay: rate * f64::from(self.weight_decay),
            rate,
        };
        // Moved out of the state, so that nobody else refers to them and they can be changed in place.
        let moment_1 = std::mem::replace(&mut moments.moment_1, gradient.clone());
        let moment_2 = std::mem::replace(&mut moments.moment_2, gradient.clone());
        let (parameter, moment_1, moment_2) = <Dispatch as AdamWBackend>::adamw(
            parameter.into_dispatch(),
            gradient.into_dispatch(),
            moment_1.into_dispatch(),
            moment_2.into_dispatch(),
            step,
        );
        moments.moment_1 = Tensor::from_dispatch(moment_1);
        moments.moment_2 = Tensor::from_dispatch(moment_2);
        (Tensor::from_dispatch(parameter), Some(state))
    }

    fn to_device<const D: usize>(state: Self::State<D>, device: &Device) -> Self::State<D> {
        <burn::optim::AdamW as Optimizer>::to_device(state, device)
    }
}

#[cfg(test)]
mod tests;
