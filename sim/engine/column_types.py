"""How compiled loops see a table of columns: as one address, behind which a list of addresses and
shapes stands.

Numba takes a tuple of sixty arrays apart at every call and hands some five hundred numbers on: ten
microseconds that a small town feels each week, and most of the compilation. A loop that takes a
table gets the address of a list instead, and fetches from it the columns that it uses. The compiler
is told what only the model knows: the list never changes, and no two columns share memory, so that
many rows can be worked on at once. Rows are counted from 0 and never from the end: loops do not
look for that.
"""

from __future__ import annotations

import operator
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from weakref import WeakKeyDictionary
from zlib import crc32

import numpy as np
from llvmlite import ir
from numba import from_dtype, types
from numba.core.cgutils import raw_memcpy
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    intrinsic,
    lower_builtin,
    lower_getattr_generic,
    models,
    overload,
    register_model,
    unbox,
)
from numba.np.arrayobj import (
    getitem_array_tuple,
    getitem_arraynd_intp,
    make_array,
    populate_array,
    setitem_array,
)
from numba.np.numpy_support import as_dtype

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_DIMENSIONS = 3
WORDS = 1 + MOST_DIMENSIONS
"""What the list holds for a column: its address and its shape."""
_LIST = ir.IntType(8).as_pointer().as_pointer()
_TITLES: set[str] = set()
_SCOPES: WeakKeyDictionary[Any, dict[str, tuple[Any, Any]]] = WeakKeyDictionary()
"""By module that is being compiled and column: what accesses to the column touch, and what they do
not.
"""


class Field(NamedTuple):
    """One column, as the compiler knows it."""

    name: str
    dtype: types.Type
    dimensions: int


class Table(types.Type):
    """The type of a table in compiled loops."""

    def __init__(self, title: str, fields: tuple[Field, ...]) -> None:
        self.title = title
        self.fields = fields
        self.place = {field.name: k for k, field in enumerate(fields)}
        # The name carries a checksum of the columns: a table that gained one is another type, and
        # code that was compiled for the old one is not used for it.
        super().__init__(name=f"{title}-{crc32(repr(fields).encode()):08x}")

    def column(self, name: str) -> Column:
        """The type of a column."""
        return Column(self, self.fields[self.place[name]])


class Column(types.Array):
    """The type of a column: an array that shares no memory with the others of its table."""

    def __init__(self, table: Table, field: Field) -> None:
        self.table = table
        self.field = field
        super().__init__(field.dtype, field.dimensions, "C", name=f"{table.name}.{field.name}")

    @property
    def key(self) -> Any:
        """What makes two types the same."""
        return (*super().key, self.table, self.field)


# One type for each shape of table: types that are equal but not the same would compile every loop
# anew.
@cache
def describe_table(title: str, fields: tuple[tuple[str, str, int], ...]) -> Table:
    """The type of a table of that title with those columns: name, dtype as a string, dimensions."""
    _TITLES.add(title)
    return Table(
        title,
        tuple(
            Field(name, from_dtype(np.dtype(dtype)), dimensions)
            for name, dtype, dimensions in fields
        ),
    )


@register_model(Table)
class _TableModel(models.PrimitiveModel):
    """A table is the address of its list."""

    def __init__(self, manager: object, table: Table) -> None:
        super().__init__(manager, table, _LIST)


register_model(Column)(models.ArrayModel)


@unbox(Table)
def _hand_over(_table: Table, table: Any, c: Any) -> NativeValue:
    number = c.pyapi.object_getattr_string(table, "address")
    # An address as a Python number: the cheapest thing to hand over that needs no look into the
    # object.
    address = c.pyapi.long_as_voidptr(number)
    c.pyapi.decref(number)
    return NativeValue(c.builder.bitcast(address, _LIST))


@infer_getattr
class _TypeColumns(AttributeTemplate):
    key = Table

    def generic_resolve(self, table: Table, name: str) -> Any:
        return table.column(name) if name in table.place else None


@lower_getattr_generic(Table)
def _take_column(context: Any, builder: Any, table: Table, listed: Any, name: str) -> Any:
    """A column as an array, its address and shape fetched from the list."""
    column = table.column(name)
    first = table.place[name] * WORDS
    # "Invariant" lets the compiler fetch an address once for a whole loop. It holds because a
    # table's columns cannot be replaced (see `Columns`).
    always = builder.module.add_metadata([])
    words = []
    for k in range(1 + column.ndim):
        word = builder.load(builder.gep(listed, [context.get_constant(types.intp, first + k)]))
        word.set_metadata("invariant.load", always)
        words.append(word)
    size = as_dtype(column.dtype).itemsize
    shape = [builder.ptrtoint(word, context.get_value_type(types.intp)) for word in words[1:]]
    strides = [context.get_constant(types.intp, size)]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    array = make_array(column)(context, builder)
    address = builder.bitcast(words[0], array.data.type)
    populate_array(
        array,
        data=address,
        shape=shape,
        strides=strides,
        itemsize=context.get_constant(types.intp, size),
        # No owner: the table outlives the loop, and counting references costs a sixth of a small
        # town's week.
        meminfo=None,
    )
    return array._getvalue()


def _take_apart(index: Any) -> tuple[Any, ...]:
    return tuple(cast("Any", index)) if isinstance(index, types.BaseTuple) else (index,)


def _are_rows(column: Column, index: Any) -> bool:
    """Whether an index names one element."""
    parts = _take_apart(index)
    # Slices and arrays as index go Numba's own way, with its checks.
    return len(parts) == column.ndim and all(isinstance(part, types.Integer) for part in parts)


def _find_element(
    context: Any, builder: Any, column: Column, array: Any, index: Any, given: Any
) -> Any:
    """Address of one element: its rows are counted from 0, so that none needs to be looked at."""
    parts = [(index, given)]
    if isinstance(index, types.BaseTuple):
        parts = [
            (kind, builder.extract_value(given, d)) for d, kind in enumerate(_take_apart(index))
        ]
    column_array = make_array(column)(context, builder, value=array)
    place = None
    for d, (kind, part) in enumerate(parts):
        row = context.cast(builder, part, kind, types.intp)
        place = (
            row
            if place is None
            else builder.add(builder.mul(place, builder.extract_value(column_array.shape, d)), row)
        )
    return builder.gep(column_array.data, [place], inbounds=True)


def _set_apart(builder: Any, instruction: Any, column: Column) -> None:
    """Say that an access to one column touches no other column, of its own table or of another."""
    module = builder.module
    known = _SCOPES.setdefault(module, {})
    if column.name not in known:
        table = column.table
        # Two families of scopes: columns of one table are apart, and tables of different classes
        # are.
        within = module.add_metadata([ir.MetaDataString(module, f"columns of {table.name}")])
        among = module.add_metadata([ir.MetaDataString(module, "tables")])
        own = {
            name: module.add_metadata([ir.MetaDataString(module, f"{table.name}.{name}"), within])
            for name in table.place
        }
        tables = {
            title: module.add_metadata([ir.MetaDataString(module, title), among])
            for title in sorted(_TITLES)
        }
        # Two tables of one class may be given to a loop at once, so nothing is said about these.
        others = [scope for name, scope in own.items() if name != column.field.name]
        others += [scope for title, scope in tables.items() if title != table.title]
        known[column.name] = (
            module.add_metadata([own[column.field.name], tables[table.title]]),
            module.add_metadata(others),
        )
    mine, others = known[column.name]
    instruction.set_metadata("alias.scope", mine)
    instruction.set_metadata("noalias", others)


def _read(context: Any, builder: Any, signature: Any, given: Any) -> Any:
    column, index = signature.args
    if not _are_rows(column, index):
        several = isinstance(index, types.BaseTuple)
        return (getitem_array_tuple if several else getitem_arraynd_intp)(
            context, builder, signature, given
        )
    value = builder.load(_find_element(context, builder, column, given[0], index, given[1]))
    _set_apart(builder, value, column)
    return value


def _write(context: Any, builder: Any, signature: Any, given: Any) -> None:
    column, index, kind = signature.args
    if not _are_rows(column, index):
        setitem_array(context, builder, signature, given)
        return
    value = context.cast(builder, given[2], kind, column.dtype)
    _set_apart(
        builder,
        builder.store(value, _find_element(context, builder, column, given[0], index, given[1])),
        column,
    )


for _index in (types.Integer, types.BaseTuple):
    lower_builtin(operator.getitem, Column, _index)(_read)
    lower_builtin(operator.setitem, Column, _index, types.Any)(_write)


def copies_rows(*names: str) -> Callable[[Any, int, Any, int], None]:
    """What writes row `k` of a table into row `i` of another of its class, whose rows are as wide:
    the columns of these names, all where none are given.

    A hundred lines in a loop, and as many calls of NumPy without one, that a dozen newcomers need
    for their columns.
    """

    def copy_row(into: Any, i: int, table: Any, k: int) -> None:
        """Copy a row."""
        for name in names or table.names():
            getattr(into, name)[i] = getattr(table, name)[k]

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        """The copy of each column, one after the other."""
        for name in names or signature.args[1].place:
            _copy_cells(context, builder, signature.args[1].column(name), given)
        return context.get_dummy_value()

    def copy_cells(_context: Any, into: Any, table: Any, _i: Any, _k: Any) -> Any:
        """What the copy takes and gives, and how it is written."""
        return types.void(into, table, types.intp, types.intp), generate

    copied: Any = intrinsic(copy_cells)

    def write_copy(into: Any, i: Any, table: Any, k: Any) -> Any:
        """What loops call for it; nothing where two tables are of different classes."""

        def copy(into: Any, i: Any, table: Any, k: Any) -> Any:
            copied(into, table, i, k)

        return copy if isinstance(table, Table) and into == table and i and k else None

    overload(copy_row)(write_copy)
    return copy_row


def _copy_cells(context: Any, builder: Any, column: Column, given: Any) -> None:
    """Copy what stands in one row of a column: `given` are two tables and two rows."""
    into, table, *rows = given
    width = context.get_constant(types.intp, 1)
    arrays = [
        make_array(column)(
            context,
            builder,
            value=_take_column(context, builder, column.table, listed, column.field.name),
        )
        for listed in (into, table)
    ]
    for d in range(1, column.ndim):
        width = builder.mul(width, builder.extract_value(arrays[1].shape, d))
    there, here = (
        builder.gep(array.data, [builder.mul(row, width)])
        for array, row in zip(arrays, rows, strict=True)
    )
    size = as_dtype(column.dtype).itemsize
    raw_memcpy(builder, there, here, width, size)
