//! The resize on Burn's flex backend: map by map, rows in vectors.

use rayon::prelude::*;

use super::axis::{Axis, Place};

/// Maps `[plane, rows, columns]` resized along both axes.
pub(super) fn forward(input: &[f32], rows: Axis, columns: Axis) -> Vec<f32> {
    let (row_places, column_places) = (rows.places(), columns.places());
    let planes = input.len() / (rows.from * columns.from);
    let mut output = vec![0.0; planes * rows.to * columns.to];
    output
        .par_chunks_mut(rows.to * columns.to)
        .zip(input.par_chunks(rows.from * columns.from))
        .for_each_init(Vec::new, |wide, (output, input)| {
            // Columns first, so that the map that is read twice is the smaller one.
            wide.clear();
            for row in input.chunks_exact(columns.from) {
                wide.extend(column_places.iter().map(|place| between(row, place)));
            }
            for (row, place) in output.chunks_exact_mut(columns.to).zip(&row_places) {
                let line = |number: usize| &wide[number * columns.to..(number + 1) * columns.to];
                let (low, high) = (line(place.low), line(place.high));
                for ((value, low), high) in row.iter_mut().zip(low).zip(high) {
                    *value = (1.0 - place.weight) * low + place.weight * high;
                }
            }
        });
    output
}

fn between(row: &[f32], place: &Place) -> f32 {
    (1.0 - place.weight) * row[place.low] + place.weight * row[place.high]
}

/// The gradient with respect to the input, from that with respect to the output: the transpose of the resize.
pub(super) fn gradient(gradient: &[f32], rows: Axis, columns: Axis) -> Vec<f32> {
    let (row_places, column_places) = (rows.places(), columns.places());
    let planes = gradient.len() / (rows.to * columns.to);
    let mut output = vec![0.0; planes * rows.from * columns.from];
    output
        .par_chunks_mut(rows.from * columns.from)
        .zip(gradient.par_chunks(rows.to * columns.to))
        .for_each_init(Vec::new, |wide, (output, gradient)| {
            wide.clear();
            wide.resize(rows.from * columns.to, 0.0_f32);
            for (row, place) in gradient.chunks_exact(columns.to).zip(&row_places) {
                for (number, weight) in
                    [(place.low, 1.0 - place.weight), (place.high, place.weight)]
                {
                    let line = &mut wide[number * columns.to..(number + 1) * columns.to];
                    for (sum, value) in line.iter_mut().zip(row) {
                        *sum += weight * value;
                    }
                }
            }
            let lines = wide.chunks_exact(columns.to);
            for (output, line) in output.chunks_exact_mut(columns.from).zip(lines) {
                for (value, place) in line.iter().zip(&column_places) {
                    output[place.low] += (1.0 - place.weight) * value;
                    output[place.high] += place.weight * value;
                }
            }
        });
    output
}
