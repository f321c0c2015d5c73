"""Ask memory for rows before they are needed: the ties of a large town live all over it.

Reading what a tie shows waits for memory, a handful of ties at a time. A request beforehand waits
for nothing: a block of residents asks for all its ties at once and finds them in the cache. A
request changes no number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload
from numba.np.arrayobj import make_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

FAR = 65_536
"""Rows from which a table no longer lies near the processor, so that requests are worth their
while.
"""
AHEAD = 32
"""Rows between a request and its use, where rows are used one by one."""
TO_READ, SOON, DATA = 0, 2, 1
"""What LLVM's request takes: not to write, for the second cache, not a program."""


def ask_for(table: NDArray[Any], row: int) -> None:
    """Request the beginning of a row of a contiguous table (n, columns), or a number of a column
    (n,); in plain Python, nothing.
    """
    del table, row


def _write_request(_context: Any, table: Any, row: Any) -> Any:
    def generate(context: Any, builder: Any, _signature: Any, given: Any) -> Any:
        array = make_array(table)(context, builder, value=given[0])
        first = context.cast(builder, given[1], row, types.intp)
        # Of a table the beginning of the row: what ties show of one person fits a line of cache.
        first = (
            first if table.ndim == 1 else builder.mul(first, builder.extract_value(array.shape, 1))
        )
        address, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [address, number, number, number])
        request = builder.module.declare_intrinsic("llvm.prefetch", [address], kind)
        place = builder.bitcast(builder.gep(array.data, [first]), address)
        builder.call(request, [place, number(TO_READ), number(SOON), number(DATA)])
        return context.get_dummy_value()

    return types.void(table, row), generate


_prefetch: Any = intrinsic(_write_request)


@overload(ask_for, inline="always")
def _ask_for(table: Any, row: Any) -> Any:
    def request(table: Any, row: Any) -> Any:
        return _prefetch(table, row)

    return request if table.ndim and row else None
