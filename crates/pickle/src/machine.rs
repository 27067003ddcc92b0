//! The stack machine.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::error::{Fault, PickleError};
use crate::opcode::Opcode;
use crate::scalar::scalar;
use crate::source::Source;
use crate::stack::{Stack, bounded};
use crate::text::{number, utf8};
use crate::value::{Index, Made, Node, ObjectNode, Pickle};

/// The newest protocol.
const PROTOCOL: u8 = 5;

// Values that exist once.
const NONE: Index = 0;
const FALSE: Index = 1;
const TRUE: Index = 2;
const EMPTY_TUPLE: Index = 3;

struct Machine<'a> {
    source: Source<'a>,
    nodes: Vec<Node<'a>>,
    stack: Stack,
    memo: HashMap<u32, Index>,
}

impl<'a> Pickle<'a> {
    /// Reads a pickle from the front of `bytes`.
    ///
    /// # Errors
    ///
    /// The first opcode that is unknown, finds values of the wrong type, or needs more values than there are or than
    /// [`MAX_VALUES`](crate::MAX_VALUES).
    pub fn parse(bytes: &'a [u8]) -> Result<Self, PickleError> {
        let mut machine = Machine {
            source: Source::new(bytes),
            nodes: vec![
                Node::None,
                Node::Bool(false),
                Node::Bool(true),
                Node::Tuple(Vec::new()),
            ],
            stack: Stack::default(),
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
            let Some(opcode) = Opcode::from_code(code) else {
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

/// The name of an opcode that exists but is not supported; the number of any other.
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
    /// Executes one opcode; returns the root at the end.
    fn step(&mut self, opcode: Opcode) -> Result<Option<Index>, Fault> {
        match opcode {
            Opcode::Stop => {
                let root = self.stack.pop()?;
                return Ok(Some(root));
            }
            Opcode::Proto => {
                let protocol = self.source.byte()?;
                if protocol > PROTOCOL {
                    let expected = format!("protocol 0 to {PROTOCOL}");
                    return Err(Fault::new(expected, protocol.to_string()));
                }
            }
            // Frames only matter for reading from a stream.
            Opcode::Frame => drop(self.source.array::<8>()?),
            Opcode::Mark => self.stack.mark()?,
            Opcode::Pop => self.stack.drop_top()?,
            Opcode::PopMark => drop(self.stack.pop_to_mark()?),
            Opcode::Dup => {
                let top = self.stack.top()?;
                self.stack.push(top)?;
            }
            Opcode::Get | Opcode::BinGet | Opcode::LongBinGet => self.get(opcode)?,
            Opcode::Put | Opcode::BinPut | Opcode::LongBinPut | Opcode::Memoize => {
                self.put(opcode)?;
            }
            Opcode::None => self.stack.push(NONE)?,
            Opcode::NewTrue => self.stack.push(TRUE)?,
            Opcode::NewFalse => self.stack.push(FALSE)?,
            Opcode::EmptyTuple => self.stack.push(EMPTY_TUPLE)?,
            Opcode::Append
            | Opcode::Appends
            | Opcode::AddItems
            | Opcode::SetItem
            | Opcode::SetItems
            | Opcode::Build => self.change(opcode)?,
            Opcode::Reduce | Opcode::NewObj | Opcode::NewObjEx => {
                let node = self.object(opcode)?;
                self.push_new(node)?;
            }
            Opcode::Global => {
                let module = self.line_of_text("the name of a module")?;
                let name = self.line_of_text("the name of a function or class")?;
                self.push_new(Node::Global { module, name })?;
            }
            Opcode::StackGlobal => {
                let (name, module) = (self.stack.pop()?, self.stack.pop()?);
                for index in [module, name] {
                    let node = &self.nodes[index as usize];
                    if !matches!(node, Node::Text(_)) {
                        return Err(Fault::new("two texts", type_name(node)));
                    }
                }
                self.push_new(Node::Global { module, name })?;
            }
            Opcode::PersId => {
                let id = self.line_of_text("a persistent id")?;
                self.push_new(Node::PersistentId(id))?;
            }
            Opcode::BinPersId => {
                let id = self.stack.pop()?;
                self.push_new(Node::PersistentId(id))?;
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
                self.push_new(node)?;
            }
            _ => {
                let node = scalar(&mut self.source, opcode)?;
                self.push_new(node)?;
            }
        }
        Ok(None)
    }

    fn container(&mut self, opcode: Opcode) -> Result<Node<'a>, Fault> {
        Ok(match opcode {
            Opcode::List => Node::List(self.stack.pop_to_mark()?),
            Opcode::EmptyList => Node::List(Vec::new()),
            Opcode::Tuple => Node::Tuple(self.stack.pop_to_mark()?),
            Opcode::Tuple1 => Node::Tuple(self.stack.pop_last(1)?),
            Opcode::Tuple2 => Node::Tuple(self.stack.pop_last(2)?),
            Opcode::Tuple3 => Node::Tuple(self.stack.pop_last(3)?),
            Opcode::EmptySet => Node::Set(Vec::new()),
            Opcode::FrozenSet => Node::Set(self.stack.pop_to_mark()?),
            Opcode::Dict => Node::Dict(pairs(self.stack.pop_to_mark()?)?),
            _ => Node::Dict(Vec::new()),
        })
    }

    /// A call that Python would make.
    fn object(&mut self, opcode: Opcode) -> Result<Node<'a>, Fault> {
        let keywords = (opcode == Opcode::NewObjEx)
            .then(|| self.stack.pop())
            .transpose()?;
        let (arguments, callable) = (self.stack.pop()?, self.stack.pop()?);
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

    /// An opcode that changes the value below its arguments on the stack, and leaves it there.
    fn change(&mut self, opcode: Opcode) -> Result<(), Fault> {
        let given = match opcode {
            Opcode::Append | Opcode::Build => self.stack.pop_last(1)?,
            Opcode::SetItem => self.stack.pop_last(2)?,
            _ => self.stack.pop_to_mark()?,
        };
        let top = self.stack.top()?;
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
        self.stack.push(value)
    }

    fn put(&mut self, opcode: Opcode) -> Result<(), Fault> {
        bounded(self.memo.len(), "memoised values")?;
        let key = if opcode == Opcode::Memoize {
            self.memo.len() as u32
        } else {
            self.key(opcode)?
        };
        let top = self.stack.top()?;
        self.memo.insert(key, top);
        Ok(())
    }

    /// The number of a memoised value.
    fn key(&mut self, opcode: Opcode) -> Result<u32, Fault> {
        match opcode {
            Opcode::BinGet | Opcode::BinPut => Ok(self.source.byte()?.into()),
            Opcode::LongBinGet | Opcode::LongBinPut => Ok(u32::from_le_bytes(self.source.array()?)),
            _ => number(self.source.take_line()?, "the number of a memoised value"),
        }
    }

    /// Adds a line's text as a value, and returns its number.
    fn line_of_text(&mut self, what: &str) -> Result<Index, Fault> {
        let line = utf8(self.source.take_line()?, what)?;
        self.add(Node::Text(Cow::Borrowed(line)))
    }

    /// Adds a value, and returns its number.
    fn add(&mut self, node: Node<'a>) -> Result<Index, Fault> {
        bounded(self.nodes.len(), "values")?;
        self.nodes.push(node);
        Ok((self.nodes.len() - 1) as Index)
    }

    /// Adds a value and pushes it onto the stack.
    fn push_new(&mut self, node: Node<'a>) -> Result<(), Fault> {
        let index = self.add(node)?;
        self.stack.push(index)
    }
}

fn pairs(values: Vec<Index>) -> Result<Vec<[Index; 2]>, Fault> {
    let (pairs, rest) = values.as_chunks::<2>();
    if !rest.is_empty() {
        let found = format!("{} values", values.len());
        return Err(Fault::new("a value for every key", found));
    }
    Ok(pairs.to_vec())
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
