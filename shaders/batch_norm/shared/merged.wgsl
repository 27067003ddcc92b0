// Mean and variance of a channel from those of its parts, merged in their order (Chan, Golub, LeVeque 1983). Needs `moments` and
// `settings`.

fn merged(channel: u32) -> vec2<f32> {
    let channels = settings.channels;
    let parts = settings.batch * settings.chunks;
    var count = 0.0;
    var mean = 0.0;
    var spread = 0.0;
    for (var number = 0u; number < parts; number++) {
        let part = part_of(number * channels + channel);
        let place = 2u * (number * channels + channel);
        let more = f32(part.end - part.begin);
        let share = more / (count + more);
        let distance = moments[place] - mean;
        mean += distance * share;
        spread += moments[place + 1u] + distance * distance * count * share;
        count += more;
    }
    return vec2<f32>(mean, spread / count);
}
