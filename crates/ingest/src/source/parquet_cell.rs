//! Parquet columns as cells.
//!
//! The types are those that follow from the Parquet schema alone; the Arrow
//! schema some writers embed is ignored, so a file reads the same whoever
//! wrote it.

use super::cell::Cell;
use super::header::CellType;
use arrow_array::cast::AsArray;
use arrow_array::types as t;
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};
use tracehound_model::Amount;

/// What cells of this type can hold.
pub(crate) fn cell_type(kind: &DataType) -> CellType {
    match kind {
        DataType::Utf8 => CellType::Text,
        DataType::Binary | DataType::FixedSizeBinary(_) => CellType::Bytes,
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64 => CellType::Integer,
        DataType::Decimal128(_, 0..) | DataType::Decimal256(_, 0..) => CellType::Decimal,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => CellType::Float,
        DataType::Timestamp(..) | DataType::Date32 => CellType::Time,
        DataType::Boolean => CellType::Boolean,
        _ => CellType::Other,
    }
}

/// One column of a batch, its type looked up once.
pub(crate) enum ColumnView<'a> {
    Utf8(&'a arrow_array::StringArray),
    Binary(&'a arrow_array::BinaryArray),
    Fixed(&'a arrow_array::FixedSizeBinaryArray),
    Int8(&'a arrow_array::Int8Array),
    Int16(&'a arrow_array::Int16Array),
    Int32(&'a arrow_array::Int32Array),
    Int64(&'a arrow_array::Int64Array),
    UInt8(&'a arrow_array::UInt8Array),
    UInt16(&'a arrow_array::UInt16Array),
    UInt32(&'a arrow_array::UInt32Array),
    UInt64(&'a arrow_array::UInt64Array),
    Decimal128(&'a arrow_array::Decimal128Array, u8),
    Decimal256(&'a arrow_array::Decimal256Array, u8),
    Boolean(&'a arrow_array::BooleanArray),
    Date(&'a arrow_array::Date32Array),
    Seconds(&'a arrow_array::TimestampSecondArray),
    Millis(&'a arrow_array::TimestampMillisecondArray),
    Micros(&'a arrow_array::TimestampMicrosecondArray),
    Nanos(&'a arrow_array::TimestampNanosecondArray),
    Float(&'a ArrayRef),
    Other,
}

impl<'a> ColumnView<'a> {
    pub(crate) fn new(array: &'a ArrayRef) -> Self {
        match array.data_type() {
            DataType::Utf8 => Self::Utf8(array.as_string()),
            DataType::Binary => Self::Binary(array.as_binary()),
            DataType::FixedSizeBinary(_) => Self::Fixed(array.as_fixed_size_binary()),
            DataType::Int8 => Self::Int8(array.as_primitive::<t::Int8Type>()),
            DataType::Int16 => Self::Int16(array.as_primitive::<t::Int16Type>()),
            DataType::Int32 => Self::Int32(array.as_primitive::<t::Int32Type>()),
            DataType::Int64 => Self::Int64(array.as_primitive::<t::Int64Type>()),
            DataType::UInt8 => Self::UInt8(array.as_primitive::<t::UInt8Type>()),
            DataType::UInt16 => Self::UInt16(array.as_primitive::<t::UInt16Type>()),
            DataType::UInt32 => Self::UInt32(array.as_primitive::<t::UInt32Type>()),
            DataType::UInt64 => Self::UInt64(array.as_primitive::<t::UInt64Type>()),
            DataType::Decimal128(_, scale @ 0..) => {
                Self::Decimal128(array.as_primitive::<t::Decimal128Type>(), scale.unsigned_abs())
            }
            DataType::Decimal256(_, scale @ 0..) => {
                Self::Decimal256(array.as_primitive::<t::Decimal256Type>(), scale.unsigned_abs())
            }
            DataType::Boolean => Self::Boolean(array.as_boolean()),
            DataType::Date32 => Self::Date(array.as_primitive::<t::Date32Type>()),
            DataType::Timestamp(TimeUnit::Second, _) => {
                Self::Seconds(array.as_primitive::<t::TimestampSecondType>())
            }
            DataType::Timestamp(TimeUnit::Millisecond, _) => {
                Self::Millis(array.as_primitive::<t::TimestampMillisecondType>())
            }
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                Self::Micros(array.as_primitive::<t::TimestampMicrosecondType>())
            }
            DataType::Timestamp(TimeUnit::Nanosecond, _) => {
                Self::Nanos(array.as_primitive::<t::TimestampNanosecondType>())
            }
            DataType::Float16 | DataType::Float32 | DataType::Float64 => Self::Float(array),
            _ => Self::Other,
        }
    }

    /// The cell of a row of the batch.
    pub(crate) fn cell(&self, row: usize) -> Cell<'a> {
        match self {
            Self::Utf8(a) => known(*a, row, || text(a.value(row))),
            Self::Binary(a) => known(*a, row, || bytes(a.value(row))),
            Self::Fixed(a) => known(*a, row, || bytes(a.value(row))),
            Self::Int8(a) => known(*a, row, || whole(a.value(row).into())),
            Self::Int16(a) => known(*a, row, || whole(a.value(row).into())),
            Self::Int32(a) => known(*a, row, || whole(a.value(row).into())),
            Self::Int64(a) => known(*a, row, || whole(a.value(row))),
            Self::UInt8(a) => known(*a, row, || Cell::Unsigned(a.value(row).into())),
            Self::UInt16(a) => known(*a, row, || Cell::Unsigned(a.value(row).into())),
            Self::UInt32(a) => known(*a, row, || Cell::Unsigned(a.value(row).into())),
            Self::UInt64(a) => known(*a, row, || Cell::Unsigned(a.value(row))),
            Self::Decimal128(a, scale) => known(*a, row, || {
                let value = a.value(row);
                let digits = Amount::from_u128(value.unsigned_abs());
                Cell::Decimal { negative: value < 0, digits, scale: *scale }
            }),
            Self::Decimal256(a, scale) => known(*a, row, || {
                let value = a.value(row);
                let negative = value.is_negative();
                let digits = Amount::from_le_bytes(value.wrapping_abs().to_le_bytes());
                Cell::Decimal { negative, digits, scale: *scale }
            }),
            Self::Boolean(a) => known(*a, row, || Cell::Boolean(a.value(row))),
            Self::Date(a) => known(*a, row, || Cell::Seconds(i64::from(a.value(row)) * 86_400)),
            Self::Seconds(a) => known(*a, row, || Cell::Seconds(a.value(row))),
            Self::Millis(a) => known(*a, row, || Cell::Seconds(a.value(row).div_euclid(1_000))),
            Self::Micros(a) => known(*a, row, || Cell::Seconds(a.value(row).div_euclid(1_000_000))),
            Self::Nanos(a) => {
                known(*a, row, || Cell::Seconds(a.value(row).div_euclid(1_000_000_000)))
            }
            Self::Float(a) => known(*a, row, || Cell::Float),
            Self::Other => Cell::Missing,
        }
    }
}

fn known<'a>(array: &dyn Array, row: usize, value: impl FnOnce() -> Cell<'a>) -> Cell<'a> {
    if array.is_null(row) { Cell::Missing } else { value() }
}

fn text(text: &str) -> Cell<'_> {
    match text.trim_ascii() {
        "" => Cell::Missing,
        text => Cell::Text(text),
    }
}

/// Some writers leave out that a column is text: its bytes are then
/// hexadecimal digits or a name, which no 20 or 32 raw bytes look like.
fn bytes(bytes: &[u8]) -> Cell<'_> {
    match bytes {
        [] => Cell::Missing,
        [b'0', b'x' | b'X', digits @ ..]
            if bytes.len() > 2 && digits.iter().all(u8::is_ascii_hexdigit) =>
        {
            std::str::from_utf8(bytes).map_or(Cell::Bytes(bytes), Cell::Text)
        }
        _ => Cell::Bytes(bytes),
    }
}

fn whole<'a>(value: i64) -> Cell<'a> {
    u64::try_from(value).map_or(Cell::Negative(value), Cell::Unsigned)
}
