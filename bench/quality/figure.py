"""One measured figure of one reader, as it stands in the table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """What a reader reached: on which data (with its number of rows), by which measure, and the least it must reach.

    `value` and `target` are on the same scale (a share is 0-1); `target` is None where a figure is only reported. `seen`
    says whether the rows were looked at while the reader was made ("unseen" rows tell what generalizes).
    """

    reader: str
    data: str
    rows: int
    measure: str
    value: float
    target: float | None = None
    seen: str = "unseen"

    @property
    def reached(self) -> bool:
        """Tell whether the figure is at or above its target; one without a target always is."""
        return self.target is None or self.value >= self.target
