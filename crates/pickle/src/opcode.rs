//! The supported opcodes, by their names in Python's `pickletools`.

macro_rules! opcodes {
    ($($name:ident $text:literal = $code:literal,)*) => {
        /// One opcode.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Opcode {
            $($name,)*
        }

        impl Opcode {
            /// The opcode with this number, if it is supported.
            pub(crate) fn from_code(code: u8) -> Option<Self> {
                match code {
                    $($code => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// Its name.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

opcodes! {
    Mark "MARK" = b'(',
    Stop "STOP" = b'.',
    Pop "POP" = b'0',
    PopMark "POP_MARK" = b'1',
    Dup "DUP" = b'2',
    Float "FLOAT" = b'F',
    Int "INT" = b'I',
    BinInt "BININT" = b'J',
    BinInt1 "BININT1" = b'K',
    Long "LONG" = b'L',
    BinInt2 "BININT2" = b'M',
    None "NONE" = b'N',
    PersId "PERSID" = b'P',
    BinPersId "BINPERSID" = b'Q',
    Reduce "REDUCE" = b'R',
    String "STRING" = b'S',
    BinString "BINSTRING" = b'T',
    ShortBinString "SHORT_BINSTRING" = b'U',
    Unicode "UNICODE" = b'V',
    BinUnicode "BINUNICODE" = b'X',
    Append "APPEND" = b'a',
    Build "BUILD" = b'b',
    Global "GLOBAL" = b'c',
    Dict "DICT" = b'd',
    EmptyDict "EMPTY_DICT" = b'}',
    Appends "APPENDS" = b'e',
    Get "GET" = b'g',
    BinGet "BINGET" = b'h',
    LongBinGet "LONG_BINGET" = b'j',
    List "LIST" = b'l',
    EmptyList "EMPTY_LIST" = b']',
    Put "PUT" = b'p',
    BinPut "BINPUT" = b'q',
    LongBinPut "LONG_BINPUT" = b'r',
    SetItem "SETITEM" = b's',
    Tuple "TUPLE" = b't',
    EmptyTuple "EMPTY_TUPLE" = b')',
    SetItems "SETITEMS" = b'u',
    BinFloat "BINFLOAT" = b'G',
    BinBytes "BINBYTES" = b'B',
    ShortBinBytes "SHORT_BINBYTES" = b'C',
    Proto "PROTO" = 0x80,
    NewObj "NEWOBJ" = 0x81,
    Tuple1 "TUPLE1" = 0x85,
    Tuple2 "TUPLE2" = 0x86,
    Tuple3 "TUPLE3" = 0x87,
    NewTrue "NEWTRUE" = 0x88,
    NewFalse "NEWFALSE" = 0x89,
    Long1 "LONG1" = 0x8a,
    Long4 "LONG4" = 0x8b,
    ShortBinUnicode "SHORT_BINUNICODE" = 0x8c,
    BinUnicode8 "BINUNICODE8" = 0x8d,
    BinBytes8 "BINBYTES8" = 0x8e,
    EmptySet "EMPTY_SET" = 0x8f,
    AddItems "ADDITEMS" = 0x90,
    FrozenSet "FROZENSET" = 0x91,
    NewObjEx "NEWOBJ_EX" = 0x92,
    StackGlobal "STACK_GLOBAL" = 0x93,
    Memoize "MEMOIZE" = 0x94,
    Frame "FRAME" = 0x95,
    ByteArray8 "BYTEARRAY8" = 0x96,
}
