//! The stack machine.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::error::{Fault, PickleError};
use crate::opcode::Opcode;
use crate::source::Source;
use crate::text::{number, quoted, unescaped, utf8};
use crate::value::{Index, Made, Node, ObjectNode, Pickle};

/// The most values that a pickle may make, and the most that may wait on its stack: far above what any file of weights or
/// labels needs, and some 70 MiB at most.
pub const MAX_VALUES: usize = 500_000;

/// The newest protocol.
const PROTOCOL: u8 = 5;

// Values that need no more than one of their kind.
const NONE: Index = 0;
const FALSE: Index = 1;
const TRUE: Index = 2;
const EMPTY_TUPLE: Index = 3;

struct Machine<'a> {
    source: Source<'a>,
    nodes: Vec<Node<'a>>,
    stack: Vec<Index>,
    /// Heights of the stack at the open marks.
    marks: Vec<usize>,
    memo: HashMap<u32, Index>,
}

impl<'a> Pickle<'a> {
    /// Reads a pickle from the front of `bytes`.
    ///
    /// # Errors
    ///
    /// The first opcode that is unknown, finds other values than it works on, or asks for more than there is or than
    /// [`MAX_VALUES`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, PickleError> {
        let mut machine = Machine {
            source: Source::new(bytes),
            nodes: vec![
                Node::None,
                Node::Bool(false),
                Node::Bool(true),
                Node::Tuple(Vec::new()),
            ],
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
        };
        loop {
            let position = machine.source.position;
            let placed = |opcode: &str, fault: Fault| PickleError {
                position,
                opcode: opcode.to_string(),
                expected: fault.expected,
                found: fault.found,
            };
            let code = machine
                .source
                .byte()
                .map_err(|_| placed("STOP", Fault::new("the end of a pickle", "no more bytes")))?;
            let Some(opcode) = Opcode::of(code) else {
                let fault = Fault::new("an opcode that NumPy and PyTorch write", "another");
                return Err(placed(&name_of_unknown(code), fault));
            };
            let done = machine
                .step(opcode)
                .map_err(|fault| placed(opcode.name(), fault))?;
            if let Some(root) = done {
                return Ok(Self {
                    nodes: machine.nodes,
                    root,
                    end: machine.source.position,
                });
            }
        }
    }
}

/// Opcodes that exist and are not read, by name; others by number.
fn name_of_unknown(code: u8) -> String {
    let name = match code {
        b'i' => "INST",
        b'o' => "OBJ",
        0x82 => "EXT1",
        0x83 => "EXT2",
        0x84 => "EXT4",
        0x97 => "NEXT_BUFFER",
        0x98 => "READONLY_BUFFER",
        _ => return format!("0x{code:02x}"),
    };
    name.to_string()
}

impl<'a> Machine<'a> {
    /// Carries one opcode out; gives the root at the end.
    fn step(&mut self, opcode: Opcode) -> Result<Option<Index>, Fault> {
        match opcode {
            Opcode::Stop => {
                let root = self.pop()?;
                return Ok(Some(root));
            }
            Opcode::Proto => {
                let protocol = self.source.byte()?;
                if protocol > PROTOCOL {
                    let expected = format!("protocol 0 to {PROTOCOL}");
                    return Err(Fault::new(expected, protocol.to_string()));
                }
            }
            // How the bytes were cut up for reading says nothing of what they mean.
            Opcode::Frame => drop(self.source.array::<8>()?),
            Opcode::Mark => {
                bounded(self.marks.len(), "open marks")?;
                self.marks.push(self.stack.len());
            }
            // A mark without values above it counts as the top of the stack.
            Opcode::Pop if self.marks.last() == Some(&self.stack.len()) => drop(self.marks.pop()),
            Opcode::Pop => drop(self.pop()?),
            Opcode::PopMark => drop(self.pop_to_mark()?),
            Opcode::Dup => {
                let top = self.top()?;
                self.push(top)?;
            }
            Opcode::Get | Opcode::BinGet | Opcode::LongBinGet => self.get(opcode)?,
            Opcode::Put | Opcode::BinPut | Opcode::LongBinPut | Opcode::Memoize => {
                self.put(opcode)?;
            }
            Opcode::None => self.push(NONE)?,
            Opcode::NewTrue => self.push(TRUE)?,
            Opcode::NewFalse => self.push(FALSE)?,
            Opcode::EmptyTuple => self.push(EMPTY_TUPLE)?,
            Opcode::Append
            | Opcode::Appends
            | Opcode::AddItems
            | Opcode::SetItem
            | Opcode::SetItems
            | Opcode::Build => self.change(opcode)?,
            Opcode::Reduce | Opcode::NewObj | Opcode::NewObjEx => {
                let node = self.object(opcode)?;
                self.make(node)?;
            }
            Opcode::Global => {
                let module = self.line_of_text("the name of a module")?;
                let name = self.line_of_text("the name of a function or class")?;
                self.make(Node::Global { module, name })?;
            }
            Opcode::StackGlobal => {
                let (name, module) = (self.pop()?, self.pop()?);
                for index in [module, name] {
                    let node = &self.nodes[index as usize];
                    if !matches!(node, Node::Text(_)) {
                        return Err(Fault::new("two texts", type_name(node)));
                    }
                }
                self.make(Node::Global { module, name })?;
            }
            Opcode::PersId => {
                let id = self.line_of_text("a persistent id")?;
                self.make(Node::PersistentId(id))?;
            }
            Opcode::BinPersId => {
                let id = self.pop()?;
                self.make(Node::PersistentId(id))?;
            }
            Opcode::List
            | Opcode::EmptyList
            | Opcode::Tuple
            | Opcode::Tuple1
            | Opcode::Tuple2
            | Opcode::Tuple3
            | Opcode::EmptySet
            | Opcode::FrozenSet
            | Opcode::Dict
            | Opcode::EmptyDict => {
                let node = self.container(opcode)?;
                self.make(node)?;
            }
            scalar => {
                let node = self.scalar(scalar)?;
                self.make(node)?;
            }
        }
        Ok(None)
    }

    /// A number, text or bytes that stand in the source itself.
    fn scalar(&mut self, opcode: Opcode) -> Result<Node<'a>, Fault> {
        let source = &mut self.source;
        Ok(match opcode {
            Opcode::Int => match source.line()? {
                b"00" => Node::Bool(false),
                b"01" => Node::Bool(true),
                line => Node::Int(number(line, "a whole number of 64 bits")?),
            },
            Opcode::BinInt1 => Node::Int(source.byte()?.into()),
            Opcode::BinInt2 => Node::Int(u16::from_le_bytes(source.array()?).into()),
            Opcode::BinInt => Node::Int(i32::from_le_bytes(source.array()?).into()),
            Opcode::Long => {
                let line = source.line()?;
                let line = line.strip_suffix(b"L").unwrap_or(line);
                let value: i128 = number(line, "a whole number of 128 bits")?;
                i64::try_from(value).map_or_else(
                    |_| Node::BigInt(Cow::Owned(value.to_le_bytes().to_vec())),
                    Node::Int,
                )
            }
            Opcode::Long1 => long(source.counted::<1>()?),
            Opcode::Long4 => long(source.counted::<4>()?),
            Opcode::Float => Node::Float(number(source.line()?, "a floating-point number")?),
            Opcode::BinFloat => Node::Float(f64::from_be_bytes(source.array()?)),
            Opcode::String => Node::ByteString(quoted(source.line()?)?),
            Opcode::BinString => Node::ByteString(Cow::Borrowed(source.counted::<4>()?)),
            Opcode::ShortBinString => Node::ByteString(Cow::Borrowed(source.counted::<1>()?)),
            Opcode::Unicode => Node::Text(unescaped(source.line()?)?),
            Opcode::ShortBinUnicode => text(source.counted::<1>()?)?,
            Opcode::BinUnicode => text(source.counted::<4>()?)?,
            Opcode::BinUnicode8 => text(source.counted::<8>()?)?,
            Opcode::ShortBinBytes => Node::Bytes(Cow::Borrowed(source.counted::<1>()?)),
            Opcode::BinBytes => Node::Bytes(Cow::Borrowed(source.counted::<4>()?)),
            Opcode::BinBytes8 | Opcode::ByteArray8 => {
                Node::Bytes(Cow::Borrowed(source.counted::<8>()?))
            }
            other => unreachable!("`step` has dealt with {}", other.name()),
        })
    }

    fn container(&mut self, opcode: Opcode) -> Result<Node<'a>, Fault> {
        Ok(match opcode {
            Opcode::List => Node::List(self.pop_to_mark()?),
            Opcode::EmptyList => Node::List(Vec::new()),
            Opcode::Tuple => Node::Tuple(self.pop_to_mark()?),
            Opcode::Tuple1 => Node::Tuple(self.pop_last(1)?),
            Opcode::Tuple2 => Node::Tuple(self.pop_last(2)?),
            Opcode::Tuple3 => Node::Tuple(self.pop_last(3)?),
            Opcode::EmptySet => Node::Set(Vec::new()),
            Opcode::FrozenSet => Node::Set(self.pop_to_mark()?),
            Opcode::Dict => Node::Dict(pairs(self.pop_to_mark()?)?),
            _ => Node::Dict(Vec::new()),
        })
    }

    /// A call that Python would make.
    fn object(&mut self, opcode: Opcode) -> Result<Node<'a>, Fault> {
        let keywords = (opcode == Opcode::NewObjEx)
            .then(|| self.pop())
            .transpose()?;
        let (arguments, callable) = (self.pop()?, self.pop()?);
        let node = &self.nodes[callable as usize];
        if !matches!(node, Node::Global { .. } | Node::Object(_)) {
            return Err(Fault::new("a function or class to call", type_name(node)));
        }
        let made = if opcode == Opcode::Reduce {
            Made::ByCall
        } else {
            Made::ByNew
        };
        Ok(Node::Object(Box::new(ObjectNode {
            made,
            callable,
            arguments,
            keywords,
            state: None,
            items: Vec::new(),
            entries: Vec::new(),
        })))
    }

    /// What changes the value below the top of the stack, and leaves it there.
    fn change(&mut self, opcode: Opcode) -> Result<(), Fault> {
        let given = match opcode {
            Opcode::Append | Opcode::Build => self.pop_last(1)?,
            Opcode::SetItem => self.pop_last(2)?,
            _ => self.pop_to_mark()?,
        };
        let top = self.top()?;
        let node = &mut self.nodes[top as usize];
        match (opcode, node) {
            (Opcode::Append | Opcode::Appends, Node::List(items))
            | (Opcode::AddItems, Node::Set(items)) => items.extend(given),
            (Opcode::Append | Opcode::Appends | Opcode::AddItems, Node::Object(object)) => {
                object.items.extend(given);
            }
            (Opcode::SetItem | Opcode::SetItems, Node::Dict(entries)) => {
                entries.extend(pairs(given)?);
            }
            (Opcode::SetItem | Opcode::SetItems, Node::Object(object)) => {
                object.entries.extend(pairs(given)?);
            }
            (Opcode::Build, Node::Object(object)) if object.state.is_none() => {
                object.state = given.first().copied();
            }
            (Opcode::Build, node) => {
                return Err(Fault::new("an object without a state", type_name(node)));
            }
            (Opcode::SetItem | Opcode::SetItems, node) => {
                return Err(Fault::new("a dict or an object", type_name(node)));
            }
            (Opcode::AddItems, node) => {
                return Err(Fault::new("a set or an object", type_name(node)));
            }
            (_, node) => return Err(Fault::new("a list or an object", type_name(node))),
        }
        Ok(())
    }

    fn get(&mut self, opcode: Opcode) -> Result<(), Fault> {
        let key = self.key(opcode)?;
        let value = self.memo.get(&key).copied();
        let value = value.ok_or_else(|| {
            let known = self.memo.len();
            Fault::new(
                format!("one of the {known} memoised values"),
                key.to_string(),
            )
        })?;
        self.push(value)
    }

    fn put(&mut self, opcode: Opcode) -> Result<(), Fault> {
        bounded(self.memo.len(), "memoised values")?;
        let key = if opcode == Opcode::Memoize {
            self.memo.len() as u32
        } else {
            self.key(opcode)?
        };
        let top = self.top()?;
        self.memo.insert(key, top);
        Ok(())
    }

    /// The number of a memoised value.
    fn key(&mut self, opcode: Opcode) -> Result<u32, Fault> {
        match opcode {
            Opcode::BinGet | Opcode::BinPut => Ok(self.source.byte()?.into()),
            Opcode::LongBinGet | Opcode::LongBinPut => Ok(u32::from_le_bytes(self.source.array()?)),
            _ => number(self.source.line()?, "the number of a memoised value"),
        }
    }

    /// The number of a line's text.
    fn line_of_text(&mut self, what: &str) -> Result<Index, Fault> {
        let line = utf8(self.source.line()?, what)?;
        self.add(Node::Text(Cow::Borrowed(line)))
    }

    /// Makes a value.
    fn add(&mut self, node: Node<'a>) -> Result<Index, Fault> {
        bounded(self.nodes.len(), "values")?;
        self.nodes.push(node);
        Ok((self.nodes.len() - 1) as Index)
    }

    /// Makes a value and puts it onto the stack.
    fn make(&mut self, node: Node<'a>) -> Result<(), Fault> {
        let index = self.add(node)?;
        self.push(index)
    }

    fn push(&mut self, index: Index) -> Result<(), Fault> {
        bounded(self.stack.len(), "values on the stack")?;
        self.stack.push(index);
        Ok(())
    }

    /// What lies above the last open mark, which no opcode but those that close it may reach below.
    fn above_mark(&self) -> usize {
        self.stack.len() - self.marks.last().copied().unwrap_or_default()
    }

    fn top(&self) -> Result<Index, Fault> {
        match self.stack.last() {
            Some(&index) if self.above_mark() > 0 => Ok(index),
            _ => Err(Fault::new("a value on the stack", "none")),
        }
    }

    fn pop(&mut self) -> Result<Index, Fault> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn pop_last(&mut self, count: usize) -> Result<Vec<Index>, Fault> {
        let there = self.above_mark();
        if there < count {
            let expected = format!("{count} values on the stack");
            return Err(Fault::new(expected, there.to_string()));
        }
        Ok(self.stack.split_off(self.stack.len() - count))
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Index>, Fault> {
        let mark = self.marks.pop();
        let mark = mark.ok_or_else(|| Fault::new("an open mark", "none"))?;
        // Exactly as long as it needs to be, which `Vec::split_off` does not promise.
        let values = self.stack[mark..].to_vec();
        self.stack.truncate(mark);
        Ok(values)
    }
}

fn bounded(count: usize, what: &str) -> Result<(), Fault> {
    if count < MAX_VALUES {
        return Ok(());
    }
    Err(Fault::new(format!("at most {MAX_VALUES} {what}"), "more"))
}

fn pairs(values: Vec<Index>) -> Result<Vec<[Index; 2]>, Fault> {
    let (pairs, rest) = values.as_chunks::<2>();
    if !rest.is_empty() {
        let found = format!("{} values", values.len());
        return Err(Fault::new("a value for every key", found));
    }
    Ok(pairs.to_vec())
}

fn text(bytes: &[u8]) -> Result<Node<'_>, Fault> {
    utf8(bytes, "text").map(|text| Node::Text(Cow::Borrowed(text)))
}

/// A whole number in two's complement, little end first, of any length; none at all is 0.
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

fn type_name(node: &Node<'_>) -> &'static str {
    match node {
        Node::None => "None",
        Node::Bool(_) => "a bool",
        Node::Int(_) | Node::BigInt(_) => "an int",
        Node::Float(_) => "a float",
        Node::Text(_) => "text",
        Node::Bytes(_) => "bytes",
        Node::ByteString(_) => "a byte string",
        Node::List(_) => "a list",
        Node::Tuple(_) => "a tuple",
        Node::Set(_) => "a set",
        Node::Dict(_) => "a dict",
        Node::Global { .. } => "the name of a function or class",
        Node::PersistentId(_) => "a persistent id",
        Node::Object(_) => "an object",
    }
}
