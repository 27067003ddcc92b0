//! Records the neighbours of one run and replays them in another, for comparisons in 32 bits.
//!
//! If two references are equally far from a node, rounding decides which one it gets, and everything after that differs. So a
//! network in 32 bits is compared with the neighbours that it has in 64 bits, and its own choice is only checked by the
//! distances of the references.

use std::cell::RefCell;
use std::collections::VecDeque;

use burn::tensor::{DType, Int, Tensor, TensorData};

use crate::decoders::gcascade::graph::SETTLE;

/// Difference in distance below which two references count as equally far in 32 bits: ten times the tolerance of maps, since
/// distances are of the order of 1 and depend on the maps of several layers.
const TIE: f64 = 1e-3;

enum Mode {
    Record(VecDeque<TensorData>),
    Replay(VecDeque<TensorData>),
}

thread_local! {
    static MODE: RefCell<Option<Mode>> = const { RefCell::new(None) };
}

/// Runs `work` and returns the neighbours of its graphs, in order.
pub(crate) fn record(work: impl FnOnce()) -> VecDeque<TensorData> {
    MODE.set(Some(Mode::Record(VecDeque::new())));
    SETTLE.set(Some(settle));
    work();
    SETTLE.set(None);
    match MODE.take() {
        Some(Mode::Record(neighbours)) => neighbours,
        _ => unreachable!("set above"),
    }
}

/// Runs `work` with these neighbours for its graphs.
pub(crate) fn replay(neighbours: VecDeque<TensorData>, work: impl FnOnce()) {
    assert!(!neighbours.is_empty(), "there is a graph");
    MODE.set(Some(Mode::Replay(neighbours)));
    SETTLE.set(Some(settle));
    work();
    SETTLE.set(None);
    let Some(Mode::Replay(left)) = MODE.take() else {
        unreachable!("set above");
    };
    assert!(left.is_empty(), "both runs have as many graphs");
}

/// The neighbours for a graph: those `found` by these distances `[b, n, m]`, or the replayed ones.
fn settle(distances: &Tensor<3>, found: Tensor<3, Int>) -> Tensor<3, Int> {
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
            for (chosen, given) in far(&found).iter().zip(far(&given)) {
                assert!(
                    (chosen - given).abs() < TIE,
                    "a neighbour at distance {chosen}, in 64 bits one at {given}"
                );
            }
            given
        }
    })
}
