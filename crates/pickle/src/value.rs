//! The values of a pickle.

use std::borrow::Cow;
use std::fmt;

/// Number of a value within its pickle.
pub(crate) type Index = u32;

/// A value, which refers to others by their numbers.
#[derive(Clone, Debug)]
pub(crate) enum Node<'a> {
    None,
    Bool(bool),
    Int(i64),
    BigInt(Cow<'a, [u8]>),
    Float(f64),
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
    ByteString(Cow<'a, [u8]>),
    List(Vec<Index>),
    Tuple(Vec<Index>),
    Set(Vec<Index>),
    Dict(Vec<[Index; 2]>),
    Global { module: Index, name: Index },
    PersistentId(Index),
    Object(Box<ObjectNode>),
}

/// A call and what was done to its result.
#[derive(Clone, Debug)]
pub(crate) struct ObjectNode {
    pub(crate) made: Made,
    pub(crate) callable: Index,
    pub(crate) arguments: Index,
    pub(crate) keywords: Option<Index>,
    pub(crate) state: Option<Index>,
    pub(crate) items: Vec<Index>,
    pub(crate) entries: Vec<[Index; 2]>,
}

/// How Python would create an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// By calling a function (`REDUCE`).
    ByCall,
    /// By a class's `__new__` (`NEWOBJ`, `NEWOBJ_EX`).
    ByNew,
}

/// A pickle; its strings are in the bytes from which it was read.
pub struct Pickle<'a> {
    pub(crate) nodes: Vec<Node<'a>>,
    pub(crate) root: Index,
    pub(crate) end: usize,
}

impl Pickle<'_> {
    /// The value that the program leaves on the stack.
    #[must_use]
    pub fn root(&self) -> Value<'_> {
        self.value(self.root)
    }

    /// Length of the pickle in bytes; others may follow.
    #[must_use]
    pub fn end(&self) -> usize {
        self.end
    }

    /// Every value in order of creation, whether another refers to it or not, as for a search for forbidden names.
    pub fn values(&self) -> impl Iterator<Item = Value<'_>> {
        (0..self.nodes.len()).map(|index| self.value(index as Index))
    }

    fn value(&self, index: Index) -> Value<'_> {
        Value {
            nodes: &self.nodes,
            index,
        }
    }
}

impl fmt::Debug for Pickle<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Pickle of {} values", self.nodes.len())
    }
}

/// One value of a pickle; as cheap as a reference.
#[derive(Clone, Copy)]
pub struct Value<'p> {
    nodes: &'p [Node<'p>],
    index: Index,
}

/// The kind of a value.
#[derive(Clone, Copy, Debug)]
pub enum Kind<'p> {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An integer beyond 64 bits: two's complement, little-endian.
    BigInt(&'p [u8]),
    /// A floating-point number.
    Float(f64),
    /// Text.
    Text(&'p str),
    /// Bytes.
    Bytes(&'p [u8]),
    /// Python 2's `str`: bytes, or text in an unknown encoding.
    ByteString(&'p [u8]),
    /// A list; see [`Value::items`].
    List,
    /// A tuple; see [`Value::items`].
    Tuple,
    /// A set; see [`Value::items`].
    Set,
    /// A dictionary; see [`Value::entries`].
    Dict,
    /// The name of a class or a function.
    Global {
        /// Its module.
        module: &'p str,
        /// Its name within the module.
        name: &'p str,
    },
    /// The name of something outside the pickle.
    PersistentId(Value<'p>),
    /// An object that Python would create by a call; nothing was called here.
    Object(Object<'p>),
}

/// A call that was not made, and what was to be done with its result. Items and entries to be added to it are those of its
/// value.
#[derive(Clone, Copy)]
pub struct Object<'p> {
    nodes: &'p [Node<'p>],
    node: &'p ObjectNode,
}

impl<'p> Object<'p> {
    /// How it would be created.
    #[must_use]
    pub fn made(&self) -> Made {
        self.node.made
    }

    /// What would be called, usually a [`Kind::Global`].
    #[must_use]
    pub fn callable(&self) -> Value<'p> {
        self.value(self.node.callable)
    }

    /// Its arguments, usually a [`Kind::Tuple`].
    #[must_use]
    pub fn arguments(&self) -> Value<'p> {
        self.value(self.node.arguments)
    }

    /// Its keyword arguments, a [`Kind::Dict`], if any.
    #[must_use]
    pub fn keywords(&self) -> Option<Value<'p>> {
        self.node.keywords.map(|index| self.value(index))
    }

    /// The argument of its `__setstate__`, if any (`BUILD`).
    #[must_use]
    pub fn state(&self) -> Option<Value<'p>> {
        self.node.state.map(|index| self.value(index))
    }

    /// Module and name of what would be called, if it is a [`Kind::Global`].
    #[must_use]
    pub fn function(&self) -> Option<(&'p str, &'p str)> {
        match self.callable().kind() {
            Kind::Global { module, name } => Some((module, name)),
            _ => None,
        }
    }

    fn value(&self, index: Index) -> Value<'p> {
        Value {
            nodes: self.nodes,
            index,
        }
    }
}

/// Shows the callable without its arguments, which may contain the object itself.
impl fmt::Debug for Object<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.function() {
            Some((module, name)) => write!(formatter, "{module}.{name}(…)"),
            None => formatter.write_str("(…)(…)"),
        }
    }
}

impl<'p> Value<'p> {
    /// The kind of the value.
    #[must_use]
    pub fn kind(self) -> Kind<'p> {
        match self.node() {
            Node::None => Kind::None,
            Node::Bool(value) => Kind::Bool(*value),
            Node::Int(value) => Kind::Int(*value),
            Node::BigInt(bytes) => Kind::BigInt(bytes),
            Node::Float(value) => Kind::Float(*value),
            Node::Text(text) => Kind::Text(text),
            Node::Bytes(bytes) => Kind::Bytes(bytes),
            Node::ByteString(bytes) => Kind::ByteString(bytes),
            Node::List(_) => Kind::List,
            Node::Tuple(_) => Kind::Tuple,
            Node::Set(_) => Kind::Set,
            Node::Dict(_) => Kind::Dict,
            Node::Global { module, name } => Kind::Global {
                module: self.other(*module).as_str().unwrap_or_default(),
                name: self.other(*name).as_str().unwrap_or_default(),
            },
            Node::PersistentId(id) => Kind::PersistentId(self.other(*id)),
            Node::Object(node) => Kind::Object(Object {
                nodes: self.nodes,
                node,
            }),
        }
    }

    /// Identifies the value, for callers that follow references, which may be cyclic.
    #[must_use]
    pub fn identity(self) -> u32 {
        self.index
    }

    /// The name of its type in Python, for messages.
    #[must_use]
    pub fn type_name(self) -> String {
        match self.kind() {
            Kind::None => "None".into(),
            Kind::Bool(_) => "bool".into(),
            Kind::Int(_) | Kind::BigInt(_) => "int".into(),
            Kind::Float(_) => "float".into(),
            Kind::Text(_) | Kind::ByteString(_) => "str".into(),
            Kind::Bytes(_) => "bytes".into(),
            Kind::List => "list".into(),
            Kind::Tuple => "tuple".into(),
            Kind::Set => "set".into(),
            Kind::Dict => "dict".into(),
            Kind::Global { module, name } => format!("{module}.{name}"),
            Kind::PersistentId(_) => "persistent id".into(),
            Kind::Object(object) => format!("{object:?}"),
        }
    }

    /// The value of a bool.
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        match self.kind() {
            Kind::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The value of an integer of 64 bits; `None` for a bool.
    #[must_use]
    pub fn as_i64(self) -> Option<i64> {
        match self.kind() {
            Kind::Int(value) => Some(value),
            _ => None,
        }
    }

    /// Text, or Python 2's `str` if it is UTF-8.
    #[must_use]
    pub fn as_str(self) -> Option<&'p str> {
        match self.kind() {
            Kind::Text(text) => Some(text),
            Kind::ByteString(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// Bytes, or Python 2's `str`.
    #[must_use]
    pub fn as_bytes(self) -> Option<&'p [u8]> {
        match self.kind() {
            Kind::Bytes(bytes) | Kind::ByteString(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The items of a list, a tuple or a set, or those added to an [`Object`]; empty for any other value.
    pub fn items(self) -> impl ExactSizeIterator<Item = Value<'p>> + DoubleEndedIterator + Clone {
        let items: &[Index] = match self.node() {
            Node::List(items) | Node::Tuple(items) | Node::Set(items) => items,
            Node::Object(node) => &node.items,
            _ => &[],
        };
        items.iter().map(move |&index| self.other(index))
    }

    /// The entries of a dictionary, or those set in an [`Object`], in order; empty for any other value. The last entry of a key
    /// is the valid one.
    pub fn entries(
        self,
    ) -> impl ExactSizeIterator<Item = (Value<'p>, Value<'p>)> + DoubleEndedIterator + Clone {
        let entries: &[[Index; 2]] = match self.node() {
            Node::Dict(entries) => entries,
            Node::Object(node) => &node.entries,
            _ => &[],
        };
        entries
            .iter()
            .map(move |&[key, value]| (self.other(key), self.other(value)))
    }

    /// The entry with this name, by a linear search.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Value<'p>> {
        self.entries()
            .rev()
            .find(|(known, _)| known.as_str() == Some(key))
            .map(|(_, value)| value)
    }

    fn node(self) -> &'p Node<'p> {
        &self.nodes[self.index as usize]
    }

    fn other(self, index: Index) -> Self {
        Self { index, ..self }
    }
}

/// Shows the value without its contents, which may contain the value again.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            Kind::PersistentId(_) => formatter.write_str("PersistentId"),
            kind => kind.fmt(formatter),
        }
    }
}
