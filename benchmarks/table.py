"""The rows of the table and how it is printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import ge, le
from typing import Final

OK: Final = "ok"
MISSED: Final = "MISSED"

_COLUMNS: Final = ("", "no-op aiohttp", "bare Bolt", "pycasbin", "Sluice", "to Bolt", "target", "")
_SIGNS: Final[dict[str, Callable[[float, float], bool]]] = {"<=": le, ">=": ge}


@dataclass(frozen=True, slots=True)
class Target:
    """What a number should be; `sign` is `<=` or `>=`."""

    sign: str
    value: float

    def met(self, value: float) -> bool:
        """Whether this number is as it should be."""
        return _SIGNS[self.sign](value, self.value)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. With a `ratio` (Sluice to bare Bolt) the target is about that, else about `sluice`."""

    what: str
    sluice: float
    target: Target | None = None
    no_op: float | None = None
    bolt: float | None = None
    ratio: float | None = None
    casbin: float | None = None

    def cells(self) -> Sequence[str]:
        """What stands in each column."""
        times = "x" if self.ratio is not None else ""
        wanted = f"{self.target.sign} {self.target.value:g}{times}" if self.target else ""
        ratio = f"{self.ratio:.2f}x" if self.ratio is not None else ""
        peers = (_number(self.no_op), _number(self.bolt), _number(self.casbin))
        return (self.what, *peers, _number(self.sluice), ratio, wanted, self.verdict)

    @property
    def verdict(self) -> str:
        """`ok`, `MISSED`, or nothing where there is no target."""
        if self.target is None:
            return ""
        return OK if self.target.met(self.sluice if self.ratio is None else self.ratio) else MISSED


def _number(value: float | None) -> str:
    """Three digits that count."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def lines(rows: Iterable[Row]) -> list[str]:
    """The table as text, columns aligned."""
    cells = [_COLUMNS, *(row.cells() for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_COLUMNS))]
    return ["  ".join([row[0].ljust(widths[0]), *_right(row[1:], widths[1:])]).rstrip() for row in cells]


def _right(cells: Sequence[str], widths: Sequence[int]) -> Iterable[str]:
    return (cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
