//! The messages of event files, by their published field numbers (`event.proto` and `summary.proto`): only what is written here.

use prost::Message;

/// One entry of a file. Of `file_version`, `summary` and `session_log`, an event has one.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Event {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    pub(crate) wall_time: f64,
    /// The epoch.
    #[prost(int64, tag = "2")]
    pub(crate) step: i64,
    /// The version of the format, in the first event of a file.
    #[prost(string, optional, tag = "3")]
    pub(crate) file_version: Option<String>,
    /// Values of this step.
    #[prost(message, optional, tag = "5")]
    pub(crate) summary: Option<Summary>,
    /// The start of a process, from whose step on earlier events no longer count.
    #[prost(message, optional, tag = "7")]
    pub(crate) session_log: Option<SessionLog>,
}

/// Values of one step.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Summary {
    /// The values.
    #[prost(message, repeated, tag = "1")]
    pub(crate) values: Vec<Value>,
}

/// A number or an image.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Value {
    /// Its name; what stands before the first `/` is its group.
    #[prost(string, tag = "1")]
    pub(crate) tag: String,
    /// The number.
    #[prost(float, optional, tag = "2")]
    pub(crate) scalar: Option<f32>,
    /// The image.
    #[prost(message, optional, tag = "4")]
    pub(crate) image: Option<Image>,
}

/// An image as a file.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Image {
    /// Rows.
    #[prost(int32, tag = "1")]
    pub(crate) height: i32,
    /// Columns.
    #[prost(int32, tag = "2")]
    pub(crate) width: i32,
    /// Number of channels.
    #[prost(int32, tag = "3")]
    pub(crate) colorspace: i32,
    /// The bytes of a PNG file.
    #[prost(bytes = "vec", tag = "4")]
    pub(crate) encoded_image_string: Vec<u8>,
}

/// What a process does.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct SessionLog {
    /// 1: it starts.
    #[prost(int32, tag = "1")]
    pub(crate) status: i32,
}

impl SessionLog {
    /// The start of a process.
    pub(crate) fn start() -> Self {
        Self { status: 1 }
    }
}

impl Value {
    /// A number.
    pub(crate) fn number(tag: impl Into<String>, value: f64) -> Self {
        Self {
            tag: tag.into(),
            scalar: Some(value as f32),
            image: None,
        }
    }

    /// An RGB image, as the bytes of its PNG file.
    pub(crate) fn image(tag: impl Into<String>, [height, width]: [u32; 2], png: Vec<u8>) -> Self {
        Self {
            tag: tag.into(),
            scalar: None,
            image: Some(Image {
                height: height as i32,
                width: width as i32,
                colorspace: 3,
                encoded_image_string: png,
            }),
        }
    }
}
