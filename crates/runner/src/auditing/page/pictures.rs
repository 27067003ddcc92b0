//! The pictures of a place: the image alone, and with its label and the suggestion as contours.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use audit::place::Kind;
use data::{Case, Dataset, LabelMap, read_label_image};
use maud::{Markup, html};

use crate::auditing::folder::{PlaceRow, SUGGESTED};
use crate::auditing::images::{Slice, all_cases, for_each_slice, slice_name};
use crate::auditing::place_pixels::PlacePixels;
use crate::auditing::surroundings::{around, image_part, label_part};
use crate::drawing::window::Window;
use crate::error::RunnerError;
use crate::page::figure;
use crate::page::picture::{Packed, Stroke, TRUTH, contour, contours, drawn_image, drawn_labels};

/// The longer side of a picture, in pixels.
const LONGEST: usize = 256;

/// The packed pictures of a place.
#[derive(Default)]
pub(super) struct PlacePictures {
    pictures: Vec<(Packed, &'static str)>,
}

impl PlacePictures {
    pub(super) fn bytes(&self) -> usize {
        self.pictures
            .iter()
            .map(|(picture, _)| picture.bytes())
            .sum()
    }

    pub(super) fn figures(&self, description: &str) -> Vec<Markup> {
        let figures = self.pictures.iter();
        figures
            .map(|(picture, caption)| figure(picture, description, &html! { (caption) }))
            .collect()
    }
}

/// Draws places, one case in memory at a time.
pub(super) struct Pictures<'a> {
    folder: &'a Path,
    dataset: &'a Dataset,
    cases: Vec<Case>,
    /// The case and the slice of each image.
    places: BTreeMap<String, usize>,
    last: Option<(PathBuf, Vec<Slice>)>,
}

impl<'a> Pictures<'a> {
    pub(super) fn new(folder: &'a Path, dataset: &'a Dataset) -> Self {
        Self {
            folder,
            dataset,
            cases: all_cases(dataset),
            places: BTreeMap::new(),
            last: None,
        }
    }

    pub(super) fn of(&mut self, place: &PlaceRow) -> Result<PlacePictures, RunnerError> {
        let case = self.case(&place.image)?;
        if self
            .last
            .as_ref()
            .is_none_or(|(image, _)| *image != case.image)
        {
            let mut slices = Vec::new();
            for_each_slice(self.dataset, &case, |slice| {
                slices.push(slice);
                Ok(())
            })?;
            self.last = Some((case.image.clone(), slices));
        }
        let slices = self
            .last
            .as_ref()
            .map_or(&[][..], |(_, slices)| &slices[..]);
        let Some(slice) = slices.iter().find(|slice| slice.name == place.image) else {
            return Err(unknown(self.dataset, &place.image));
        };
        let path = self
            .folder
            .join(SUGGESTED)
            .join(format!("{}.png", place.image));
        let suggested = if place.kind == Kind::Image && !path.exists() {
            None
        } else {
            Some(read_label_image(&path)?)
        };
        let suggested = suggested.map(|suggested| self.only(place, &slice.labels, &suggested));
        draw(slice, suggested.transpose()?.as_ref(), place)
    }

    /// The label with the suggestions of this place alone.
    fn only(
        &self,
        place: &PlaceRow,
        labels: &LabelMap,
        suggested: &LabelMap,
    ) -> Result<LabelMap, RunnerError> {
        let mut only = labels.clone();
        let fits = [suggested.height, suggested.width] == [labels.height, labels.width]
            && place.x1 <= labels.width
            && place.y1 <= labels.height;
        if !fits {
            return Err(unknown(self.dataset, &place.image));
        }
        let pixels = PlacePixels::new(place, &self.dataset.class_names);
        for pixel in pixels.indices(labels.width, &labels.classes, &suggested.classes) {
            only.classes[pixel] = suggested.classes[pixel];
        }
        Ok(only)
    }

    fn case(&mut self, image: &str) -> Result<Case, RunnerError> {
        if self.places.is_empty() {
            for (index, case) in self.cases.iter().enumerate() {
                let slices = self.dataset.slice_count(case)?;
                for slice in 0..slices {
                    self.places
                        .insert(slice_name(&case.stem, slice, slices), index);
                }
            }
        }
        let index = self.places.get(image);
        index
            .map(|index| self.cases[*index].clone())
            .ok_or_else(|| unknown(self.dataset, image))
    }
}

fn unknown(dataset: &Dataset, image: &str) -> RunnerError {
    RunnerError::mismatch(
        format!("an image '{image}' of the same size"),
        "none",
        "run the audit again",
    )
    .at(dataset.root.display())
}

fn draw(
    slice: &Slice,
    suggested: Option<&LabelMap>,
    place: &PlaceRow,
) -> Result<PlacePictures, RunnerError> {
    let size = [slice.image.height, slice.image.width];
    let part = around(size, [place.x0, place.y0, place.x1, place.y1]);
    let values = &slice.image.values;
    let plane = slice.image.height * slice.image.width;
    let is_grey = values
        .chunks_exact(plane)
        .all(|other| other == &values[..plane]);
    let image = if is_grey {
        image_part(
            &Window::of_slices([&slice.image].into_iter()).apply(&slice.image),
            part,
        )
    } else {
        image_part(&slice.image, part)
    };
    let labels = label_part(&slice.labels, part);
    let plain = drawn_image(&image, LONGEST);
    let drawn = if let Some(suggested) = suggested {
        contours(&image, &labels, &label_part(suggested, part), LONGEST)
    } else {
        let mut drawn = plain.clone();
        let labels = drawn_labels(&labels, LONGEST);
        contour(&mut drawn, &labels, TRUTH, Stroke::Solid);
        drawn
    };
    let caption = if suggested.is_some() {
        "label and suggestion"
    } else {
        "label"
    };
    Ok(PlacePictures {
        pictures: vec![
            (Packed::new(&plain)?, "image"),
            (Packed::new(&drawn)?, caption),
        ],
    })
}
