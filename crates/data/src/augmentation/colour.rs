//! Colour changes.

#[cfg(test)]
mod tests;

/// The new value of each byte: brightness, contrast and gamma depend on one value only, so a table of 256 entries suffices.
///
/// The distance from `mean` is multiplied by `contrast`, `brightness` is added, and the result is raised to the power
/// `gamma`.
pub(super) fn tone(brightness: f32, contrast: f32, gamma: f32, mean: f32) -> [f32; 256] {
    std::array::from_fn(|byte| {
        let value = (byte as f32 / 255.0 - mean) * contrast + mean + brightness;
        value.clamp(0.0, 1.0).powf(gamma)
    })
}

/// Rotates the hue by `hue` degrees, then scales the distance from grey: one 3×3 matrix for all pixels.
pub(super) fn recolour(hue: f64, saturation: f32, values: &mut [f32]) {
    let matrix = colour_matrix(hue, saturation);
    let (red, rest) = values.split_at_mut(values.len() / 3);
    let (green, blue) = rest.split_at_mut(red.len());
    for ((red, green), blue) in red.iter_mut().zip(green).zip(blue) {
        let [new_red, new_green, new_blue] =
            matrix.map(|[r, g, b]| (r * *red + g * *green + b * *blue).clamp(0.0, 1.0));
        (*red, *green, *blue) = (new_red, new_green, new_blue);
    }
}

/// A rotation about the axis (1, 1, 1), then the distance from grey (the luma of Rec. 601) times `saturation`. Grey is
/// unchanged.
fn colour_matrix(degrees: f64, saturation: f32) -> [[f32; 3]; 3] {
    const LUMA: [f32; 3] = [0.299, 0.587, 0.114];
    let (sine, cosine) = degrees.to_radians().sin_cos();
    let own = (cosine + (1.0 - cosine) / 3.0) as f32;
    let next = ((1.0 - cosine) / 3.0 - sine / 3_f64.sqrt()) as f32;
    let before = ((1.0 - cosine) / 3.0 + sine / 3_f64.sqrt()) as f32;
    let hue = [
        [own, next, before],
        [before, own, next],
        [next, before, own],
    ];
    let grey: [f32; 3] =
        std::array::from_fn(|from| (0..3).map(|to| LUMA[to] * hue[to][from]).sum());
    hue.map(|row| std::array::from_fn(|from| grey[from] + saturation * (row[from] - grey[from])))
}
