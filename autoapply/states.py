"""The states of an application and the steps between them; the database refuses every other step (its trigger holds the same table)."""

from __future__ import annotations

STEPS: dict[str, tuple[str, ...]] = {
    "queued": ("preparing", "cancelled"),
    "preparing": ("review", "parked", "cancelled"),
    "parked": ("preparing", "cancelled"),
    # Back to preparing: what would be sent has changed, so what was approved no longer counts.
    "review": ("held", "preparing", "cancelled"),
    "held": ("submitting", "preparing", "cancelled"),
    # Back to queued: certain that nothing left the house.
    "submitting": ("submitted", "failed", "unknown", "queued"),
    # Only on the receiver's proof or a person's word.
    "unknown": ("submitted", "failed", "queued"),
    "submitted": ("withdrawn",),
    "failed": (),
    "withdrawn": (),
    "cancelled": (),
}
"""Each state with those that may follow it: product.md A5, the way back of A10, and the way back to preparing."""

BEFORE_SENDING = ("queued", "preparing", "parked", "review", "held")
"""States in which cancelling is exact."""

FREE = ("failed", "cancelled")
"""States that hold no slot of the week; all others do."""

LEASED = ("preparing", "submitting")
"""States in which one worker holds the application until its lease ends."""
