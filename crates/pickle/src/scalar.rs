//! Numbers, strings and bytes that are in the source itself.

use std::borrow::Cow;

use crate::error::Fault;
use crate::opcode::Opcode;
use crate::source::Source;
use crate::text::{number, quoted, unescaped, utf8};
use crate::value::Node;

/// A number, string or bytes that are in the source itself.
pub(crate) fn scalar<'a>(source: &mut Source<'a>, opcode: Opcode) -> Result<Node<'a>, Fault> {
    Ok(match opcode {
        Opcode::Int => match source.take_line()? {
            b"00" => Node::Bool(false),
            b"01" => Node::Bool(true),
            line => Node::Int(number(line, "an integer of 64 bits")?),
        },
        Opcode::BinInt1 => Node::Int(source.byte()?.into()),
        Opcode::BinInt2 => Node::Int(u16::from_le_bytes(source.array()?).into()),
        Opcode::BinInt => Node::Int(i32::from_le_bytes(source.array()?).into()),
        Opcode::Long => {
            let line = source.take_line()?;
            let line = line.strip_suffix(b"L").unwrap_or(line);
            let value: i128 = number(line, "an integer of 128 bits")?;
            i64::try_from(value).map_or_else(
                |_| Node::BigInt(Cow::Owned(value.to_le_bytes().to_vec())),
                Node::Int,
            )
        }
        Opcode::Long1 => long(source.counted::<1>()?),
        Opcode::Long4 => long(source.counted::<4>()?),
        Opcode::Float => Node::Float(number(source.take_line()?, "a floating-point number")?),
        Opcode::BinFloat => Node::Float(f64::from_be_bytes(source.array()?)),
        Opcode::String => Node::ByteString(quoted(source.take_line()?)?),
        Opcode::BinString => Node::ByteString(Cow::Borrowed(source.counted::<4>()?)),
        Opcode::ShortBinString => Node::ByteString(Cow::Borrowed(source.counted::<1>()?)),
        Opcode::Unicode => Node::Text(unescaped(source.take_line()?)?),
        Opcode::ShortBinUnicode => text(source.counted::<1>()?)?,
        Opcode::BinUnicode => text(source.counted::<4>()?)?,
        Opcode::BinUnicode8 => text(source.counted::<8>()?)?,
        Opcode::ShortBinBytes => Node::Bytes(Cow::Borrowed(source.counted::<1>()?)),
        Opcode::BinBytes => Node::Bytes(Cow::Borrowed(source.counted::<4>()?)),
        Opcode::BinBytes8 | Opcode::ByteArray8 => {
            Node::Bytes(Cow::Borrowed(source.counted::<8>()?))
        }
        other => unreachable!("the machine handles {}", other.name()),
    })
}

fn text(bytes: &[u8]) -> Result<Node<'_>, Fault> {
    utf8(bytes, "text").map(|text| Node::Text(Cow::Borrowed(text)))
}

/// A little-endian integer in two's complement of any length; no bytes are 0.
fn long(bytes: &[u8]) -> Node<'_> {
    let negative = bytes.last().is_some_and(|&last| last >= 0x80);
    let padding = if negative { 0xff } else { 0 };
    let (low, high) = bytes.split_at(bytes.len().min(8));
    let mut eight = [padding; 8];
    eight[..low.len()].copy_from_slice(low);
    let value = i64::from_le_bytes(eight);
    if high.iter().all(|&byte| byte == padding) && (value < 0) == negative {
        Node::Int(value)
    } else {
        Node::BigInt(Cow::Borrowed(bytes))
    }
}
