//! The neighbours of one run given to another, for comparisons in 32 bits.
//!
//! Where two references are as far from a node, rounding decides which of them it gets, and everything behind is another
//! number. So a network in 32 bits is compared with the neighbours that it has in 64, and its own choice by the distances of
//! what it chose.

use std::cell::RefCell;
use std::collections::VecDeque;

use burn::tensor::{DType, Int, Tensor, TensorData};

/// Of what two references may differ in distance and yet be taken for each other in 32 bits: ten times of what the maps may
/// differ from PyTorch's, since distances are of the order of 1 and come from the maps of several layers.
const TIE: f64 = 1e-3;

enum Mode {
    Record(VecDeque<TensorData>),
    Replay(VecDeque<TensorData>),
}

thread_local! {
    static MODE: RefCell<Option<Mode>> = const { RefCell::new(None) };
}

/// Runs something, and gives the neighbours that its graphs had, in their order.
pub(crate) fn record(work: impl FnOnce()) -> VecDeque<TensorData> {
    MODE.set(Some(Mode::Record(VecDeque::new())));
    work();
    match MODE.take() {
        Some(Mode::Record(neighbours)) => neighbours,
        _ => unreachable!("set above"),
    }
}

/// Runs something whose graphs get these neighbours.
pub(crate) fn replay(neighbours: VecDeque<TensorData>, work: impl FnOnce()) {
    assert!(!neighbours.is_empty(), "there is a graph");
    MODE.set(Some(Mode::Replay(neighbours)));
    work();
    let Some(Mode::Replay(left)) = MODE.take() else {
        unreachable!("set above");
    };
    assert!(left.is_empty(), "both runs have as many graphs");
}

/// The neighbours that a graph gets, of those `found` by these distances `[b, n, m]`.
pub(crate) fn settle(distances: &Tensor<3>, found: Tensor<3, Int>) -> Tensor<3, Int> {
    MODE.with_borrow_mut(|mode| match mode {
        None => found,
        Some(Mode::Record(neighbours)) => {
            neighbours.push_back(found.clone().into_data());
            found
        }
        Some(Mode::Replay(neighbours)) => {
            let given = neighbours.pop_front().expect("as many graphs as before");
            let given: Tensor<3, Int> = Tensor::from_data(given, &found.device());
            let far = |chosen: &Tensor<3, Int>| -> Vec<f64> {
                let chosen = distances.clone().gather(2, chosen.clone());
                chosen.cast(DType::F64).into_data().iter().collect()
            };
            for (own, given) in far(&found).iter().zip(far(&given)) {
                assert!(
                    (own - given).abs() < TIE,
                    "a neighbour at {own}, where in 64 bits it is one at {given}"
                );
            }
            given
        }
    })
}
