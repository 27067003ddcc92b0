//! The encoders: from an image to maps at several scales.

pub(crate) mod maxvit;
pub(crate) mod pvt;
pub(crate) mod resnet;
pub(crate) mod unet;
