//! What happens to gradients between the backward pass and the optimizer: all there, finite, not too long.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

/// Walks the parameters with their gradients.
struct SquaredNorm<'a> {
    gradients: &'a GradientsParams,
    sum: Option<Tensor<1>>,
    path: Vec<String>,
    missing: Vec<String>,
}

impl ModuleVisitor for SquaredNorm<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let name = self.path.last().map_or("", String::as_str);
        if name.starts_with("running_") {
            return;
        }
        let Some(gradient) = self.gradients.get::<D>(parameter.id) else {
            self.missing.push(self.path.join("."));
            return;
        };
        let square = gradient.powi_scalar(2).sum();
        self.sum = Some(match self.sum.take() {
            Some(sum) => sum + square,
            None => square,
        });
    }

    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }
}

/// The length of all gradients together, `[1]` on the device: nothing waits for it.
///
/// # Errors
///
/// The names of the parameters that got no gradient.
pub(crate) fn global_norm<M: Module>(
    module: &M,
    gradients: &GradientsParams,
) -> Result<Tensor<1>, Vec<String>> {
    let mut visitor = SquaredNorm {
        gradients,
        sum: None,
        path: Vec::new(),
        missing: Vec::new(),
    };
    module.visit(&mut visitor);
    match visitor.sum {
        Some(sum) if visitor.missing.is_empty() => Ok(sum.sqrt()),
        _ => Err(visitor.missing),
    }
}

/// Multiplies every gradient by one factor that lies on the device.
struct Scale<'a> {
    gradients: &'a mut GradientsParams,
    factor: Tensor<1>,
}

impl ModuleVisitor for Scale<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(parameter.id) {
            let factor = self.factor.clone().reshape([1; D]);
            self.gradients.register(parameter.id, gradient * factor);
        }
    }
}

/// Shortens gradients of length `norm` to `longest`, as one vector (Pascanu, Mikolov, Bengio, ICML 2013).
pub(crate) fn clip<M: Module>(
    module: &M,
    gradients: &mut GradientsParams,
    norm: &Tensor<1>,
    longest: f64,
) {
    let factor = (norm.clone().add_scalar(1e-6).recip() * longest).clamp_max(1.0);
    module.visit(&mut Scale { gradients, factor });
}
