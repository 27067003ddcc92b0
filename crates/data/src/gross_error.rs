//! Spoils a label as a whole: with that of another image, shifted, mirrored, empty, or with a structure of the wrong class.

pub(crate) mod plan;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::f64::consts::TAU;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::corruption::GrossError;
use crate::images::label_volume::LabelVolume;
use crate::images::resize::resize_labels;

/// A spoilt label agrees with the original to a Dice below this: what changes less is no gross error.
const AGREEMENT: f64 = 0.8;

/// Tries of a shift that leaves most of the label inside the image.
const TRIES: usize = 20;

/// Spoils the labels of an image or volume in the way `wanted` or, if that changes too little (a mirrored circle), in another.
/// `other` is the label of another image, `classes` the number of classes with the background. Returns the labels and what was
/// done; none for empty labels.
pub(crate) fn spoil(
    labels: &LabelVolume,
    wanted: GrossError,
    other: Option<&LabelVolume>,
    classes: usize,
    random: &mut ChaCha8Rng,
) -> Option<(LabelVolume, GrossError)> {
    let first = GrossError::ALL.iter().position(|kind| *kind == wanted)?;
    let kinds = GrossError::ALL.iter().cycle().skip(first);
    kinds.take(GrossError::ALL.len()).find_map(|&kind| {
        let spoilt = match kind {
            GrossError::OtherImage => vec![other_image(labels, other?)],
            GrossError::Shifted => vec![shifted(labels, random)?],
            GrossError::Mirrored => {
                let first = random.random_bool(0.5);
                vec![mirrored(labels, first), mirrored(labels, !first)]
            }
            GrossError::Empty => vec![with_classes(labels, vec![0; labels.classes.len()])],
            GrossError::WrongGrade => vec![wrong_grade(labels, classes, random)?],
        };
        let mut spoilt = spoilt.into_iter();
        let spoilt = spoilt.find(|spoilt| agreement(labels, spoilt) < AGREEMENT)?;
        Some((spoilt, kind))
    })
}

/// Dice over all foreground classes: twice the pixels with the same class, as a fraction of the foreground of both; 1 if both are
/// empty.
pub(crate) fn agreement(one: &LabelVolume, other: &LabelVolume) -> f64 {
    let foreground =
        |labels: &LabelVolume| labels.classes.iter().filter(|class| **class > 0).count();
    let pairs = one.classes.iter().zip(&other.classes);
    let same = pairs
        .filter(|(one, other)| one == other && **one > 0)
        .count();
    match foreground(one) + foreground(other) {
        0 => 1.0,
        both => 2.0 * same as f64 / both as f64,
    }
}

fn with_classes(labels: &LabelVolume, classes: Vec<u8>) -> LabelVolume {
    LabelVolume {
        shape: labels.shape,
        classes,
    }
}

/// The labels of another image, at the size of this one; each slice gets that at the same relative height.
fn other_image(labels: &LabelVolume, other: &LabelVolume) -> LabelVolume {
    let [slices, height, width] = labels.shape;
    let slice = |index| resize_labels(&other.slice(index * other.shape[0] / slices), height, width);
    LabelVolume::of_slices((0..slices).map(slice))
}

/// Every slice moved by the same distance in the same direction; background comes in. None if no try leaves half of it inside.
fn shifted(labels: &LabelVolume, random: &mut ChaCha8Rng) -> Option<LabelVolume> {
    let [_, height, width] = labels.shape;
    let scale = height.min(width) as f64 / 128.0;
    let foreground = |classes: &[u8]| classes.iter().filter(|class| **class > 0).count();
    let before = foreground(&labels.classes);
    (0..TRIES).find_map(|_| {
        let distance = random.random_range(10.0..=40.0) * scale;
        let direction = random.random_range(0.0..TAU);
        let down = (distance * direction.sin()).round() as i64;
        let right = (distance * direction.cos()).round() as i64;
        let mut moved = vec![0; labels.classes.len()];
        for (index, class) in labels.classes.iter().enumerate() {
            let (place, slice) = (index % (height * width), index / (height * width));
            let row = (place / width) as i64 + down;
            let column = (place % width) as i64 + right;
            if (0..height as i64).contains(&row) && (0..width as i64).contains(&column) {
                moved[(slice * height + row as usize) * width + column as usize] = *class;
            }
        }
        (2 * foreground(&moved) >= before).then(|| with_classes(labels, moved))
    })
}

fn mirrored(labels: &LabelVolume, across: bool) -> LabelVolume {
    let [_, height, width] = labels.shape;
    let mut classes = labels.classes.clone();
    if across {
        classes.chunks_exact_mut(width).for_each(<[u8]>::reverse);
    } else {
        for (from, to) in labels
            .classes
            .chunks_exact(height * width)
            .zip(classes.chunks_exact_mut(height * width))
        {
            for (from, to) in from
                .chunks_exact(width)
                .rev()
                .zip(to.chunks_exact_mut(width))
            {
                to.copy_from_slice(from);
            }
        }
    }
    with_classes(labels, classes)
}

/// The class with the most pixels becomes another one. None if there is no other.
fn wrong_grade(
    labels: &LabelVolume,
    classes: usize,
    random: &mut ChaCha8Rng,
) -> Option<LabelVolume> {
    let mut counts: BTreeMap<u8, usize> = BTreeMap::new();
    let known = labels
        .classes
        .iter()
        .filter(|class| (1..classes).contains(&usize::from(**class)));
    for class in known {
        *counts.entry(*class).or_default() += 1;
    }
    let (&largest, _) = counts.iter().max_by_key(|(_, count)| **count)?;
    let others: Vec<u8> = (1..classes)
        .filter_map(|class| u8::try_from(class).ok())
        .filter(|class| *class != largest)
        .collect();
    if others.is_empty() {
        return None;
    }
    let wrong = others[random.random_range(0..others.len())];
    let change = |class: &u8| if *class == largest { wrong } else { *class };
    Some(with_classes(
        labels,
        labels.classes.iter().map(change).collect(),
    ))
}
