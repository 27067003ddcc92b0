//! Optimizers whose state is loaded on the CPU.
//!
//! Burn loads a checkpoint's state on its default device, and then moves it to the device of each parameter. The default device is
//! a GPU, which a machine may lack, or which may not be the requested one.

use burn::optim::{LearningRate, Optimizer, RecordState, StateSink, StateSource};
use burn::tensor::{Device, Tensor};

/// An optimizer whose state is loaded on the CPU.
#[derive(Clone)]
pub(crate) struct ReadOnCpu<O>(pub(crate) O);

/// Its state, with the same records.
#[derive(Clone)]
pub(crate) struct State<S>(S);

impl<S: RecordState> RecordState for State<S> {
    fn state_flatten(&self, prefix: &str, out: &mut StateSink) {
        self.0.state_flatten(prefix, out);
    }

    fn state_unflatten(prefix: &str, source: &mut StateSource, _: &Device) -> Option<Self> {
        S::state_unflatten(prefix, source, &Device::flex()).map(Self)
    }
}

impl<O: Optimizer> Optimizer for ReadOnCpu<O> {
    type State<const D: usize> = State<O::State<D>>;

    fn step<const D: usize>(
        &self,
        rate: LearningRate,
        parameter: Tensor<D>,
        gradient: Tensor<D>,
        state: Option<Self::State<D>>,
    ) -> (Tensor<D>, Option<Self::State<D>>) {
        let state = state.map(|state| state.0);
        let (parameter, state) = self.0.step(rate, parameter, gradient, state);
        (parameter, state.map(State))
    }

    fn to_device<const D: usize>(state: Self::State<D>, device: &Device) -> Self::State<D> {
        State(O::to_device(state.0, device))
    }
}
