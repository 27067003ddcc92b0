//! Loads the images and labels of cases, be they photographs, volumes or arrays: the file extension decides.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::dataset::Dataset;
use crate::dataset::case::Case;
use crate::dataset::case_files::{
    Format, Remarked, array_labels, extent, nifti_labels, remarks_on, same_size,
};
use crate::dataset::layouts::acdc::arrays::IMAGE;
use crate::dataset::layouts::layout_named;
use crate::error::DataError;
use crate::formats::nifti::read::{read_volume, read_volume_grid};
use crate::formats::npz::read_npz_volume;
use crate::formats::photograph::{Photograph, read_image};
use crate::formats::tiff_samples::has_more_pages;
use crate::images::case_image::CaseImage;
use crate::images::homogenise::homogenise;
use crate::images::label_map::LabelMap;
use crate::images::label_volume::LabelVolume;
use crate::images::planar_image::PlanarImage;
use crate::images::resize::{resize_image, resize_labels};
use crate::images::volume::VolumeExtent;
use crate::labels::label_note::LabelNote;
use crate::labels::label_values::LabelValues;
use crate::labels::label_values::interpret::Interpretation;
use crate::labels::raw_labels::RawLabels;
use crate::options::split::Split;

impl Dataset {
    /// The extent of the volume of a case; `None` for a photograph. Reads only the header.
    ///
    /// # Errors
    ///
    /// The header cannot be read.
    pub fn volume_extent(&self, case: &Case) -> Result<Option<VolumeExtent>, DataError> {
        extent(&case.image)
    }

    /// The distinct directions of the columns, rows and slices of a split's volumes, such as `LPS`; none for photographs
    /// and for arrays, which do not state them. Reads only headers.
    ///
    /// # Errors
    ///
    /// A header cannot be read.
    pub fn orientations(&self, split: Split) -> Result<BTreeSet<String>, DataError> {
        let cases = self.cases(split).par_iter();
        cases
            .filter(|case| Format::from_path(&case.image) == Format::Nifti)
            .map(|case| Ok(read_volume_grid(&case.image)?.orientation()))
            .collect()
    }

    /// Number of training images of a case: the slices of its volume, or 1. Reads only the header of the volume.
    ///
    /// # Errors
    ///
    /// The header cannot be read.
    pub fn slice_count(&self, case: &Case) -> Result<usize, DataError> {
        Ok(extent(&case.image)?.map_or(1, |extent| extent.shape[0]))
    }

    /// Number of training images of a split.
    ///
    /// # Errors
    ///
    /// As [`slice_count`](Self::slice_count).
    pub fn image_count(&self, split: Split) -> Result<usize, DataError> {
        self.cases(split)
            .par_iter()
            .map(|case| self.slice_count(case))
            .sum()
    }

    /// Reads a photograph, or a volume with its values in 0..=1, at its own size, and blurs its structures slice by slice
    /// if `data.homogenise` is set.
    ///
    /// # Errors
    ///
    /// The file cannot be read; with `data.homogenise` also as [`load_label_volume`](Self::load_label_volume).
    pub fn load_image(&self, case: &Case) -> Result<CaseImage, DataError> {
        if self.homogenise > 0.0 {
            return Ok(self.load(case)?.0);
        }
        self.image_as_stored(case)
    }

    /// Reads the image and the labels of a case; those of a photograph are one slice.
    ///
    /// # Errors
    ///
    /// As [`load_image`](Self::load_image) and [`load_label_volume`](Self::load_label_volume).
    pub fn load(&self, case: &Case) -> Result<(CaseImage, LabelVolume), DataError> {
        let mut image = self.image_as_stored(case)?;
        let labels = self.load_label_volume(case)?;
        if self.homogenise > 0.0 {
            image.change_slices(|index, slice| {
                homogenise(slice, &labels.slice(index), self.homogenise, self.ignore);
            });
        }
        Ok((image, labels))
    }

    /// Reads a case at the size `[height, width]`: a photograph, or the slices of a volume, each with its labels. A
    /// photograph is never converted to f32 as a whole, unless it is homogenised.
    ///
    /// The values are f32 in 0..=1. Batches round them to 8 bits (`images::sample::Sample`); prediction
    /// does not use this function and is not rounded.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn load_resized(
        &self,
        case: &Case,
        [height, width]: [usize; 2],
    ) -> Result<Vec<(PlanarImage, LabelMap)>, DataError> {
        if self.homogenise <= 0.0 && Format::from_path(&case.image) == Format::Photograph {
            let image = Photograph::read(&case.image)?.resized(height, width);
            let labels = self.load_labels(case)?;
            return Ok(vec![(image, resize_labels(&labels, height, width))]);
        }
        let (image, labels) = self.load(case)?;
        let slices = image.slices().enumerate().map(|(index, slice)| {
            let labels = resize_labels(&labels.slice(index), height, width);
            (resize_image(&slice, height, width), labels)
        });
        Ok(slices.collect())
    }

    /// The decoded photograph of a case; `None` for a volume, which is read nevertheless.
    ///
    /// # Errors
    ///
    /// As [`load_image`](Self::load_image).
    pub(crate) fn photograph(&self, case: &Case) -> Result<Option<Photograph>, DataError> {
        match Format::from_path(&case.image) {
            Format::Photograph => Photograph::read(&case.image).map(Some),
            Format::Nifti | Format::Arrays => self.image_as_stored(case).map(|_| None),
        }
    }

    fn image_as_stored(&self, case: &Case) -> Result<CaseImage, DataError> {
        let path = &case.image;
        let (mut volume, raw) = match Format::from_path(path) {
            Format::Photograph => return read_image(path).map(CaseImage::Photograph),
            Format::Nifti => (read_volume(path)?, true),
            Format::Arrays => read_npz_volume(path, &IMAGE)?,
        };
        if raw {
            volume.normalise(self.volume_normalise);
        }
        Ok(CaseImage::Volume(volume))
    }

    /// Reads a case's labels, and remarks on ambiguous files: for each file, text to follow its name and a colon.
    ///
    /// # Errors
    ///
    /// As [`load_label_volume`](Self::load_label_volume).
    pub(crate) fn load_labels_with_remarks(&self, case: &Case) -> Result<Remarked, DataError> {
        let (labels, mut remarks) = self.label_volume(case, &case.labels)?;
        if Format::from_path(&case.image) == Format::Photograph && has_more_pages(&case.image) {
            remarks.extend(remarks_on(&case.image, [LabelNote::FirstPage]));
        }
        Ok((labels, remarks))
    }

    /// Reads everything that could make a training fail: the labels of a case, its clean labels, and with `image` also its
    /// image. Returns remarks on ambiguous files: for each file, text to follow its name and a colon.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn examine(&self, case: &Case, image: bool) -> Result<Vec<(PathBuf, String)>, DataError> {
        let (_, remarks) = self.load_labels_with_remarks(case)?;
        self.load_clean_volume(case)?;
        if image {
            self.photograph(case)?;
        }
        Ok(remarks)
    }

    /// Reads a case's labels; those of a photograph are one slice.
    ///
    /// # Errors
    ///
    /// The file cannot be read, its position or shape differs from that of the image, or it contains values without a
    /// class.
    pub fn load_label_volume(&self, case: &Case) -> Result<LabelVolume, DataError> {
        self.label_volume(case, &case.labels)
            .map(|(labels, _)| labels)
    }

    /// Reads labels of a case from another file than its own, which has the same format and class numbers.
    ///
    /// # Errors
    ///
    /// As [`load_label_volume`](Self::load_label_volume).
    pub fn load_labels_from(&self, case: &Case, path: &Path) -> Result<LabelVolume, DataError> {
        self.label_volume(case, path).map(|(labels, _)| labels)
    }

    /// Reads a case's clean labels, if there are any.
    ///
    /// # Errors
    ///
    /// As [`load_label_volume`](Self::load_label_volume).
    pub fn load_clean_volume(&self, case: &Case) -> Result<Option<LabelVolume>, DataError> {
        let clean = case.clean.as_deref();
        let labels = clean
            .map(|path| self.label_volume(case, path))
            .transpose()?;
        Ok(labels.map(|(labels, _)| labels))
    }

    /// Reads a case's labels.
    ///
    /// # Errors
    ///
    /// The file cannot be read, its size differs from that of the image, or it contains values without a class.
    pub fn load_labels(&self, case: &Case) -> Result<LabelMap, DataError> {
        if case.masks.is_empty() {
            return Ok(self.interpret(case, &case.labels, &self.values)?.map);
        }
        Ok(self.masks_together(case)?.0.slice(0))
    }

    /// The labels of a photograph, and notes on how they were read.
    fn interpret(
        &self,
        case: &Case,
        path: &Path,
        values: &LabelValues,
    ) -> Result<Interpretation, DataError> {
        let layout = layout_named(self.kind);
        let raw = layout.read_labels(path, &|size| same_size(case, path, size))?;
        values.interpret(&raw, path)
    }

    fn label_volume(&self, case: &Case, path: &Path) -> Result<Remarked, DataError> {
        if path == case.labels && !case.masks.is_empty() {
            return self.masks_together(case);
        }
        self.label_file(case, path, &self.values)
    }

    /// Reads one file of labels of a case.
    pub(super) fn label_file(
        &self,
        case: &Case,
        path: &Path,
        values: &LabelValues,
    ) -> Result<Remarked, DataError> {
        let (shape, stored, mut remarks) = match Format::from_path(path) {
            Format::Photograph => {
                let Interpretation { map, notes } = self.interpret(case, path, values)?;
                return Ok((map.into(), remarks_on(path, notes)));
            }
            Format::Nifti => nifti_labels(case, path)?,
            Format::Arrays => array_labels(case, path)?,
        };
        let [slices, rows, columns] = shape;
        let raw = RawLabels::of_values(slices * rows, columns, stored);
        let Interpretation { map, notes } = values.interpret(&raw, path)?;
        remarks.extend(remarks_on(path, notes));
        let classes = map.classes;
        Ok((LabelVolume { shape, classes }, remarks))
    }
}
