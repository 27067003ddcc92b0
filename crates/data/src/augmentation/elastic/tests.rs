use super::*;

fn elastic(amplitude: f64, smoothness: f64) -> Elastic {
    Elastic {
        amplitude,
        smoothness,
        ..Elastic::default()
    }
}

fn field(settings: &Elastic, size: [usize; 2], seed: u64) -> Vec<Vec<[f64; 2]>> {
    let drawn = Displacement::draw(settings, size, seed);
    (0..size[0])
        .map(|row| {
            let mut line = Vec::new();
            drawn.row(row, &mut line);
            line
        })
        .collect()
}

#[test]
fn nothing_moves_further_than_the_amplitude_and_much_moves() {
    for (size, smoothness) in [([40, 70], 8.0), ([33, 33], 100.0), ([1, 5], 2.5)] {
        let settings = elastic(0.48 * smoothness, smoothness);
        for seed in 0..20 {
            let parts: Vec<f64> = field(&settings, size, seed).concat().concat();
            assert!(parts.iter().all(|part| part.abs() <= settings.amplitude));
            assert!(
                parts
                    .iter()
                    .any(|part| part.abs() > 0.05 * settings.amplitude)
            );
        }
    }
    let parts = field(&elastic(4.0, 10.0), [200, 200], 1).concat().concat();
    let square = parts.iter().map(|part| part * part).sum::<f64>() / parts.len() as f64;
    assert!(
        (0.2..0.35).contains(&(square.sqrt() / 4.0)),
        "{}",
        square.sqrt()
    );
}

#[test]
fn a_constant_displacement_moves_every_pixel_equally() {
    let mut drawn = Displacement::draw(&elastic(1.0, 7.0), [30, 20], 3);
    drawn.lattice.fill([0.5, -0.25]);
    let mut line = Vec::new();
    for row in 0..30 {
        drawn.row(row, &mut line);
        for [down, across] in &line {
            assert!((down - 0.5).abs() < 1e-12 && (across + 0.25).abs() < 1e-12);
        }
    }
}

#[test]
fn nothing_folds_over_at_the_largest_amplitude() {
    let settings = elastic(WITHOUT_FOLDS * 9.0, 9.0);
    settings.validate().expect("allowed");
    let mut smallest = f64::INFINITY;
    for seed in 0..30 {
        let field = field(&settings, [60, 60], seed);
        for row in 0..59 {
            for column in 0..59 {
                let [down, across] = field[row][column];
                let [below_down, below_across] = field[row + 1][column];
                let [beside_down, beside_across] = field[row][column + 1];
                let area = (1.0 + below_down - down) * (1.0 + beside_across - across)
                    - (beside_down - down) * (below_across - across);
                smallest = smallest.min(area);
            }
        }
    }
    // Random knots do not reach the worst case, which would come close to 0.
    assert!((0.0..0.5).contains(&smallest), "{smallest}");
}

#[test]
fn an_amplitude_that_could_fold_is_refused() {
    let error = elastic(5.0, 10.0).validate().expect_err("folds");
    assert!(
        error.key.starts_with("augment.elastic.amplitude"),
        "{error}"
    );
    let error = elastic(0.0, 0.0).validate().expect_err("no lattice");
    assert!(
        error.key.starts_with("augment.elastic.smoothness"),
        "{error}"
    );
}
