// Partial sums of the numbers, or of the squares of the numbers, of six tensors: one for each part of a tensor, in their order.

@group(0) @binding(0) var<storage, read_write> first: array<f32>;
@group(0) @binding(1) var<storage, read_write> second: array<f32>;
@group(0) @binding(2) var<storage, read_write> third: array<f32>;
@group(0) @binding(3) var<storage, read_write> fourth: array<f32>;
@group(0) @binding(4) var<storage, read_write> fifth: array<f32>;
@group(0) @binding(5) var<storage, read_write> sixth: array<f32>;
@group(0) @binding(6) var<storage, read_write> sums: array<f32>;
@group(0) @binding(7) var<storage, read> settings: Six;

/// The order is that of `sums` in crates/ops.
struct Six {
    /// 1 for sums of squares.
    squared: u32,
    /// Numbers of each tensor.
    counts: array<u32, 6>,
    /// The workgroup after the last of each tensor.
    ends: array<u32, 6>,
}

const WORKGROUP = 256u;
/// Numbers per workgroup.
const NUMBERS = 16384u;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let number = workgroup_number(id, groups);
    var tensor = 0u;
    var before = 0u;
    for (var next = 0u; next < 5u; next++) {
        let is_later = number >= settings.ends[next];
        tensor += select(0u, 1u, is_later);
        before = select(before, settings.ends[next], is_later);
    }
    let begin = (number - before) * NUMBERS + lane;
    let end = min((number - before + 1u) * NUMBERS, settings.counts[tensor]);
    let squared = settings.squared != 0u;
    var sum = 0.0;
    switch tensor {
        case 0u: {
            for (var place = begin; place < end; place += WORKGROUP) {
                sum += counted(first[place], squared);
            }
        }
        case 1u: {
            for (var place = begin; place < end; place += WORKGROUP) {
                sum += counted(second[place], squared);
            }
        }
        case 2u: {
            for (var place = begin; place < end; place += WORKGROUP) {
                sum += counted(third[place], squared);
            }
        }
        case 3u: {
            for (var place = begin; place < end; place += WORKGROUP) {
                sum += counted(fourth[place], squared);
            }
        }
        case 4u: {
            for (var place = begin; place < end; place += WORKGROUP) {
                sum += counted(fifth[place], squared);
            }
        }
        default: {
            for (var place = begin; place < end; place += WORKGROUP) {
                sum += counted(sixth[place], squared);
            }
        }
    }
    sum = total(lane, sum);
    if (lane == 0u && number < max(settings.ends[5], 1u)) {
        sums[number] = sum;
    }
}

fn counted(value: f32, squared: bool) -> f32 {
    return select(value, value * value, squared);
}
