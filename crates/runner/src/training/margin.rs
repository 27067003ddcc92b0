//! By how much the logit of the label exceeds every other one, which `audit` averages over the epochs.
//!
//! The margin of Pleiss et al., arXiv 2001.10528, equation 1: z(label) − max over the other classes k of z(k). Its mean over the
//! epochs is the area under the margin: of a wrong label it stays low, since the network first learns what most labels agree on.

use burn::tensor::{Int, Slice, Tensor};

/// Margins are read in every fourth row and column: a sixteenth of the pixels has nearly the mean of all, at a sixteenth of the
/// cost.
const STEP: usize = 4;

/// Below every logit, and within the range of 16 bits.
const BELOW_ALL: f32 = -6e4;

/// Sums of the margins by image and label, and numbers of the pixels in them: `[image, class]` each, for logits
/// `[image, class, height, width]` and labels `[image, height, width]` without gradients. Labels that are no class do not count.
pub(super) fn margin_sums(logits: Tensor<4>, labels: Tensor<3, Int>) -> [Tensor<2>; 2] {
    let [_, _, height, width] = logits.dims();
    let sampled = |side: usize| Slice::new((STEP / 2).min(side - 1) as isize, None, STEP as isize);
    let (rows, columns) = (sampled(height), sampled(width));
    let logits = logits.slice([Slice::full(), Slice::full(), rows, columns]);
    let labels = labels.slice([Slice::full(), rows, columns]);
    let shape = logits.dims();
    let classes = shape[1];
    let numbers: Tensor<1, Int> =
        Tensor::arange(0..classes as i64, (&labels.device(), labels.dtype()));
    let numbers: Tensor<4, Int> = numbers.reshape([1, classes, 1, 1]).expand(shape);
    let own = labels.unsqueeze_dim::<4>(1).expand(shape).equal(numbers);
    let other = own.clone().bool_not();
    let of_label = logits.clone().mask_fill(other.clone(), 0.0).sum_dim(1);
    let of_others = logits.mask_fill(own.clone(), BELOW_ALL).max_dim(1);
    let margins = (of_label - of_others).expand(shape).mask_fill(other, 0.0);
    [margins, own.float()].map(|pixels| pixels.sum_dims_squeeze::<2, usize>(&[2, 3]))
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;

    #[test]
    fn the_margin_is_to_the_largest_other_logit_and_ignored_pixels_do_not_count() {
        // Rows of four pixels of which the third is read; three classes.
        let mut logits = vec![0.0_f32; 3 * 4];
        for (class, logit) in [1.5, -0.5, 2.0].into_iter().enumerate() {
            logits[class * 4 + 2] = logit;
        }
        let sums = |label: i32| {
            let device = Device::flex();
            let logits = TensorData::new(logits.clone(), [1, 3, 1, 4]);
            let labels = TensorData::new(vec![9, 9, label, 9], [1, 1, 4]);
            margin_sums(
                Tensor::from_data(logits, &device),
                Tensor::from_data(labels, &device),
            )
            .map(|sums| sums.into_data().try_to_vec::<f32>().expect("numbers"))
        };
        assert_eq!(sums(0), [[-0.5, 0.0, 0.0], [1.0, 0.0, 0.0]]);
        assert_eq!(sums(2), [[0.0, 0.0, 0.5], [0.0, 0.0, 1.0]]);
        assert_eq!(sums(255), [[0.0; 3]; 2]);
    }
}
