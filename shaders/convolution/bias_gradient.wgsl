// The gradient with respect to the bias: each workgroup sums a chunk of one map of the gradient with respect to the output.

/// `[image, output, pixel]`.
@group(0) @binding(0) var<storage, read_write> gradient: array<f32>;
/// `[image, chunk, output]`.
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;
@group(0) @binding(2) var<storage, read> settings: Settings;

struct Settings {
    batch: u32,
    outputs: u32,
    pixels: u32,
    chunks: u32,
}

const WORKGROUP = 64u;
const CHUNK = 4096u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let number = workgroup_number(id, groups);
    let outputs = settings.outputs;
    let chunks = settings.chunks;
    let pixels = settings.pixels;
    let inside = number < settings.batch * outputs * chunks;
    let chunk = number / outputs % chunks;
    let image = number / (outputs * chunks);
    let map = (image * outputs + number % outputs) * pixels;
    let end = select(0u, min((chunk + 1u) * CHUNK, pixels), inside);
    var sum = 0.0;
    for (var pixel = chunk * CHUNK + lane; pixel < end; pixel += WORKGROUP) {
        sum += gradient[map + pixel];
    }
    sum = total(lane, sum);
    if (inside && lane == 0u) {
        sums[number] = sum;
    }
}
