// One step of AdamW (Loshchilov and Hutter, arXiv 1711.05101) for one parameter, in one pass instead of sixteen. Parameter and means
// are changed in place.

@group(0) @binding(0) var<storage, read_write> parameter: array<f32>;
@group(0) @binding(1) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(2) var<storage, read_write> means: array<f32>;
@group(0) @binding(3) var<storage, read_write> squares: array<f32>;
@group(0) @binding(4) var<storage, read> settings: Step;

/// The order is that of `Step::settings` in crates/ops.
struct Step {
    count: u32,
    /// Decay rates of the running means of gradients and of squared gradients, and 1 minus each.
    kept_mean: f32,
    new_mean: f32,
    kept_square: f32,
    new_square: f32,
    /// Bias corrections 1 − βᵗ of the two means.
    mean_share: f32,
    square_share: f32,
    epsilon: f32,
    /// 1 − the weight decay times the learning rate.
    kept: f32,
    rate: f32,
}

const WORKGROUP = 64u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = workgroup_number(id, groups) * WORKGROUP + lane;
    let step = settings;
    if (index >= step.count) {
        return;
    }
    let slope = gradient[index];
    let before = parameter[index];
    let mean = means[index] * step.kept_mean + slope * step.new_mean;
    let square = squares[index] * step.kept_square + slope * slope * step.new_square;
    let change = (mean / step.mean_share) / (sqrt(square / step.square_share) + step.epsilon);
    means[index] = mean;
    squares[index] = square;
    parameter[index] = before * step.kept - change * step.rate;
}
