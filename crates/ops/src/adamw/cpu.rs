//! The step on the CPU: one pass on all cores, in place. The order of operations is that of Burn's optimizer, so the bits are the
//! same.

use rayon::prelude::*;

use super::step::Step;
use crate::cpu::vectorised::vectorised;

/// Numbers per piece of work.
const CHUNK: usize = 16 * 1024;

pub(super) fn adamw([parameter, means, squares]: [&mut [f32]; 3], gradient: &[f32], step: Step) {
    parameter
        .par_chunks_mut(CHUNK)
        .zip(means.par_chunks_mut(CHUNK))
        .zip(squares.par_chunks_mut(CHUNK))
        .zip(gradient.par_chunks(CHUNK))
        .for_each(|(((parameter, means), squares), gradient)| {
            let [mean, square] = step.betas;
            let (rest_of_mean, rest_of_square) = (1.0 - mean, 1.0 - square);
            let [correction, correction_of_squares] = step.corrections;
            let (kept, rate) = ((1.0 - step.decay) as f32, step.rate as f32);
            vectorised(|| {
                let numbers = parameter.iter_mut().zip(means).zip(squares).zip(gradient);
                for (((parameter, m), v), g) in numbers {
                    *m = *m * mean + g * rest_of_mean;
                    *v = *v * square + g * g * rest_of_square;
                    let size = (*v / correction_of_squares).sqrt() + step.epsilon;
                    *parameter = *parameter * kept - *m / correction / size * rate;
                }
            });
        });
}
