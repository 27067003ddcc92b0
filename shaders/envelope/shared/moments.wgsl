// Mean and spread of losses, merged pair by pair.

/// Deviations are measured from the running mean (Chan, Golub, LeVeque 1983): sums of squares of the losses would cancel, and
/// equal losses have a spread of exactly 0.
struct Moments {
    count: f32,
    mean: f32,
    /// Σ (ℓ − mean)².
    spread: f32,
    least: f32,
}

const NO_MOMENTS = Moments(0.0, 0.0, 0.0, 3.0e38);

fn with_loss(moments: Moments, loss: f32) -> Moments {
    let count = moments.count + 1.0;
    let distance = loss - moments.mean;
    let mean = moments.mean + distance / count;
    return Moments(count, mean, moments.spread + distance * (loss - mean), min(moments.least, loss));
}

/// With those of four losses that count, in their order.
fn with_losses(before: Moments, losses: vec4<f32>, counts: vec4<bool>) -> Moments {
    var moments = before;
    if (counts.x) {
        moments = with_loss(moments, losses.x);
    }
    if (counts.y) {
        moments = with_loss(moments, losses.y);
    }
    if (counts.z) {
        moments = with_loss(moments, losses.z);
    }
    if (counts.w) {
        moments = with_loss(moments, losses.w);
    }
    return moments;
}

fn merged(left: Moments, right: Moments) -> Moments {
    if (right.count == 0.0) {
        return left;
    }
    let count = left.count + right.count;
    let share = right.count / count;
    let distance = right.mean - left.mean;
    return Moments(
        count,
        left.mean + distance * share,
        left.spread + right.spread + distance * distance * left.count * share,
        min(left.least, right.least),
    );
}
