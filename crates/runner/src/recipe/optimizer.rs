//! The `[optimizer]` section, and the optimizer that it describes.

use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{ModuleOptimizer, SgdConfig};
use serde::{Deserialize, Serialize};

use crate::recipe::read_on_cpu::ReadOnCpu;

/// Names of optimizers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptimizerName {
    /// Adam with decoupled weight decay (Loshchilov, Hutter, ICLR 2019).
    #[default]
    AdamW,
    /// Stochastic gradient descent with momentum.
    Sgd,
}

/// The `[optimizer]` section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OptimizerConfig {
    /// Which.
    pub name: OptimizerName,
    /// The largest learning rate.
    pub learning_rate: f64,
    /// Decay of the weights, per unit of learning rate.
    pub weight_decay: f64,
    /// Momentum of `sgd`.
    pub momentum: f64,
    /// Largest norm of the gradients of an update, over all parameters; 0 for no limit.
    pub clip_norm: f64,
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self {
            name: OptimizerName::default(),
            learning_rate: 1e-3,
            weight_decay: 1e-4,
            momentum: 0.9,
            clip_norm: 0.0,
        }
    }
}

impl OptimizerConfig {
    /// The optimizer, before its first step.
    pub fn build(&self) -> ModuleOptimizer {
        match self.name {
            OptimizerName::AdamW => ReadOnCpu(ops::AdamW::new(self.weight_decay as f32)).into(),
            OptimizerName::Sgd => {
                let sgd = SgdConfig::new()
                    .with_weight_decay(Some(WeightDecayConfig::new(self.weight_decay as f32)))
                    .with_momentum(Some(
                        MomentumConfig::new()
                            .with_momentum(self.momentum)
                            .with_dampening(0.0),
                    ))
                    .build();
                ReadOnCpu(sgd).into()
            }
        }
    }
}
