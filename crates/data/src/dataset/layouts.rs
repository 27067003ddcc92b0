//! The layouts of data sets on disk, by their names.

pub(crate) mod acdc;
pub(crate) mod bamsi;
pub(crate) mod fasu;
pub(crate) mod folder;
pub(crate) mod nnunet;

use crate::dataset::layout::Layout;
use crate::dataset::layouts::acdc::Acdc;
use crate::dataset::layouts::bamsi::Bamsi;
use crate::dataset::layouts::fasu::Fasu;
use crate::dataset::layouts::folder::Folder;
use crate::dataset::layouts::nnunet::Nnunet;
use crate::options::layout_name::LayoutName;

/// The layout of a name.
pub(crate) fn layout_named(name: LayoutName) -> &'static dyn Layout {
    match name {
        LayoutName::Acdc => &Acdc,
        LayoutName::Bamsi => &Bamsi,
        LayoutName::Fasu => &Fasu,
        LayoutName::Folder => &Folder,
        LayoutName::Nnunet => &Nnunet,
    }
}
