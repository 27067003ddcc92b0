// The gradient with respect to the weight for groups with few outputs, such as depthwise ones. One invocation per number of the
// weight and part of the rows.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
/// With respect to the convolution's output.
@group(0) @binding(1) var<storage, read_write> gradient: array<f32>;
/// `[part, group · output, channel, tap]`.
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;
@group(0) @binding(3) var<storage, read> settings: Convolution;

const WORKGROUP = 64u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = (settings.first + workgroup_number(id, workgroups)) * WORKGROUP + lane;
    let groups = settings.groups;
    let channels = settings.channels;
    let outputs = settings.outputs;
    let kernel = settings.kernel;
    let size = settings.size;
    let output_size = settings.output_size;
    let stride = settings.stride;
    let taps = kernel.x * kernel.y;
    let part = index / (groups * outputs * channels * taps);
    if (part >= settings.parts) {
        return;
    }
    let tap = vec2(index % kernel.x, index / kernel.x % kernel.y);
    let channel = index / taps % channels;
    let of_all = index / (taps * channels) % (groups * outputs);
    let group = of_all / outputs;
    let shift = tap * settings.dilation + settings.offset - settings.back;
    let begin = part * settings.share;
    let end = min(begin + settings.share, settings.batch * output_size.y);
    var sum = 0.0;
    for (var line = begin; line < end; line++) {
        let image = line / output_size.y;
        let row = line % output_size.y;
        let slopes = ((image * groups * outputs + of_all) * output_size.y + row) * output_size.x;
        let seen_row = row * stride.y + shift.y;
        let seen = (((image * groups + group) * channels + channel) * size.y + seen_row) * size.x;
        for (var column = 0u; column < output_size.x; column++) {
            let seen_column = column * stride.x + shift.x;
            let inside = seen_row < size.y && seen_column < size.x;
            let value = input[select(0u, seen + seen_column, inside)];
            sum += gradient[slopes + column] * select(0.0, value, inside);
        }
    }
    sums[index] = sum;
}
