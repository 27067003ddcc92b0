//! What the cases of a data set show, be they photographs, volumes or arrays: the ending of a file's name says which.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::dataset::Dataset;
use crate::dataset::case::Case;
use crate::dataset::case_files::{Format, array_labels, extent, nifti_labels, remarked, same_size};
use crate::dataset::layouts::acdc::arrays::IMAGE;
use crate::dataset::layouts::layout_named;
use crate::error::DataError;
use crate::formats::nifti::read::{read_volume, read_volume_grid};
use crate::formats::npz::read_npz_volume;
use crate::formats::photograph::{Photograph, read_picture};
use crate::formats::tiff_samples::has_more_pages;
use crate::images::case_image::CaseImage;
use crate::images::homogenise::homogenise;
use crate::images::label_map::LabelMap;
use crate::images::label_volume::LabelVolume;
use crate::images::picture::Picture;
use crate::images::resize::{resize_labels, resize_picture};
use crate::images::volume::VolumeExtent;
use crate::labels::label_note::LabelNote;
use crate::labels::label_values::interpret::Interpretation;
use crate::labels::raw_labels::RawLabels;
use crate::options::split::Split;

/// Labels, and what is worth saying of which file.
type Remarked = (LabelVolume, Vec<(PathBuf, String)>);

impl Dataset {
    /// The extent of the volume of a case; nothing of a photograph. Reads the header alone.
    ///
    /// # Errors
    ///
    /// The header cannot be read.
    pub fn volume_extent(&self, case: &Case) -> Result<Option<VolumeExtent>, DataError> {
        extent(&case.image)
    }

    /// Towards what the columns, rows and slices of a split's volumes count, such as `LPS`, each once; nothing of
    /// photographs, and of arrays, which do not say it. Reads headers alone.
    ///
    /// # Errors
    ///
    /// A header cannot be read.
    pub fn orientations(&self, split: Split) -> Result<BTreeSet<String>, DataError> {
        let cases = self.cases(split).par_iter();
        cases
            .filter(|case| Format::of(&case.image) == Format::Nifti)
            .map(|case| Ok(read_volume_grid(&case.image)?.orientation()))
            .collect()
    }

    /// How many images a case is to training: the slices of its volume, or 1. Reads the volume's header alone.
    ///
    /// # Errors
    ///
    /// The header cannot be read.
    pub fn slice_count(&self, case: &Case) -> Result<usize, DataError> {
        Ok(extent(&case.image)?.map_or(1, |extent| extent.shape[0]))
    }

    /// How many images a split is to training.
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

    /// Reads a photograph, or a volume with its values in 0..=1, at its own size, and evens out its structures, slice by
    /// slice, where `data.homogenise` says so.
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

    /// Reads what a case shows and its labels; those of a photograph are one slice.
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
    /// photograph is never whole in memory as numbers, unless it is homogenised.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn load_resized(
        &self,
        case: &Case,
        [height, width]: [usize; 2],
    ) -> Result<Vec<(Picture, LabelMap)>, DataError> {
        if self.homogenise <= 0.0 && Format::of(&case.image) == Format::Picture {
            let picture = Photograph::read(&case.image)?.resized(height, width);
            let labels = self.load_labels(case)?;
            return Ok(vec![(picture, resize_labels(&labels, height, width))]);
        }
        let (image, labels) = self.load(case)?;
        let slices = image.slices().enumerate().map(|(index, slice)| {
            let labels = resize_labels(&labels.slice(index), height, width);
            (resize_picture(&slice, height, width), labels)
        });
        Ok(slices.collect())
    }

    /// The photograph of a case as it was decoded; nothing of a volume, which is read all the same.
    ///
    /// # Errors
    ///
    /// As [`load_image`](Self::load_image).
    pub(crate) fn photograph(&self, case: &Case) -> Result<Option<Photograph>, DataError> {
        match Format::of(&case.image) {
            Format::Picture => Photograph::read(&case.image).map(Some),
            Format::Nifti | Format::Arrays => self.image_as_stored(case).map(|_| None),
        }
    }

    fn image_as_stored(&self, case: &Case) -> Result<CaseImage, DataError> {
        let path = &case.image;
        let (mut volume, raw) = match Format::of(path) {
            Format::Picture => return read_picture(path).map(CaseImage::Picture),
            Format::Nifti => (read_volume(path)?, true),
            Format::Arrays => read_npz_volume(path, &IMAGE)?,
        };
        if raw {
            volume.normalise(self.volume_normalise);
        }
        Ok(CaseImage::Volume(volume))
    }

    /// Reads a case's labels, and what is worth saying of how its files were read that could be read in another way: of a
    /// file, what stands behind its name and a colon.
    ///
    /// # Errors
    ///
    /// As [`load_label_volume`](Self::load_label_volume).
    pub fn load_labels_remarked(&self, case: &Case) -> Result<Remarked, DataError> {
        let (labels, mut remarks) = self.label_volume(case, &case.labels)?;
        if Format::of(&case.image) == Format::Picture && has_more_pages(&case.image) {
            remarks.extend(remarked(&case.image, [LabelNote::FirstPage]));
        }
        Ok((labels, remarks))
    }

    /// Reads what a training would fail on: a case's labels with their clean truth, and with `image` what it shows. Gives
    /// what is worth saying, as [`load_labels_remarked`](Self::load_labels_remarked).
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn examine(&self, case: &Case, image: bool) -> Result<Vec<(PathBuf, String)>, DataError> {
        let (_, remarks) = self.load_labels_remarked(case)?;
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
    /// The file cannot be read, lies elsewhere or has another shape than the image, or holds values without a class.
    pub fn load_label_volume(&self, case: &Case) -> Result<LabelVolume, DataError> {
        self.label_volume(case, &case.labels)
            .map(|(labels, _)| labels)
    }

    /// Reads a case's clean truth, if there is one.
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

    /// Reads a photograph, as [`load_image`](Self::load_image) does.
    ///
    /// # Errors
    ///
    /// As there, and for a volume.
    pub fn load_picture(&self, case: &Case) -> Result<Picture, DataError> {
        match self.load_image(case)? {
            CaseImage::Picture(picture) => Ok(picture),
            CaseImage::Volume(_) => Err(DataError::new(
                &case.image,
                "a photograph",
                "a volume",
                "give the folder of a data set of photographs",
            )),
        }
    }

    /// Reads a case's labels.
    ///
    /// # Errors
    ///
    /// The file cannot be read, its size is not the image's, or it holds values without a class.
    pub fn load_labels(&self, case: &Case) -> Result<LabelMap, DataError> {
        self.labels(case, &case.labels)
    }

    /// Reads a case's clean truth, if there is one.
    ///
    /// # Errors
    ///
    /// As [`load_labels`](Self::load_labels).
    pub fn load_clean(&self, case: &Case) -> Result<Option<LabelMap>, DataError> {
        case.clean
            .as_deref()
            .map(|path| self.labels(case, path))
            .transpose()
    }

    fn labels(&self, case: &Case, path: &Path) -> Result<LabelMap, DataError> {
        self.interpret(case, path)
            .map(|interpretation| interpretation.map)
    }

    /// The labels of a photograph, and how they were read.
    fn interpret(&self, case: &Case, path: &Path) -> Result<Interpretation, DataError> {
        let layout = layout_named(self.kind);
        let raw = layout.read_labels(path, &|size| same_size(case, path, size))?;
        self.values.interpret(&raw, path)
    }

    fn label_volume(&self, case: &Case, path: &Path) -> Result<Remarked, DataError> {
        let (shape, values, mut remarks) = match Format::of(path) {
            Format::Picture => {
                let Interpretation { map, notes } = self.interpret(case, path)?;
                return Ok((map.into(), remarked(path, notes)));
            }
            Format::Nifti => nifti_labels(case, path)?,
            Format::Arrays => array_labels(case, path)?,
        };
        let [slices, rows, columns] = shape;
        let raw = RawLabels::of_values(slices * rows, columns, values);
        let Interpretation { map, notes } = self.values.interpret(&raw, path)?;
        remarks.extend(remarked(path, notes));
        let classes = map.classes;
        Ok((LabelVolume { shape, classes }, remarks))
    }
}
