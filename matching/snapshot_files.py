"""Snapshots as folders of `.npy` files: whole or not read at all, and memory-mapped, so that all workers share them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from matching import whereabouts
from matching.snapshot import PayTable, Rows, Snapshot, fields_of
from matching.titles import Cells, TitleColumn
from matching.whereabouts import WhereTable

MANIFEST = "manifest.json"
_CELL_PARTS = ("starts", "rows", "values", "squares")


class SnapshotBroken(ValueError):
    """Raised for a folder that holds no whole snapshot."""


def write_snapshot(snapshot: Snapshot, folder: Path) -> None:
    """Write a snapshot to a folder that does not exist yet; nobody sees it before it is whole.

    Somebody else who wrote the same folder meanwhile keeps it.
    """
    unfinished = folder.with_name(f".{folder.name}.{uuid4().hex}")
    unfinished.mkdir(parents=True)
    try:
        sizes = {}
        for name, array in _list_arrays(snapshot).items():
            path = unfinished / f"{name}.npy"
            with path.open("wb") as file:
                np.save(file, array, allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
            sizes[path.name] = path.stat().st_size
        manifest = {"version": snapshot.version, "sizes": sizes, "names": _list_names(snapshot)}
        (unfinished / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        unfinished.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def read_snapshot(folder: Path) -> Snapshot:
    """Read a snapshot memory-mapped; raises SnapshotBroken when the folder does not hold a whole one."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        for name, size in manifest["sizes"].items():
            if (folder / name).stat().st_size != size:
                raise SnapshotBroken(f"{name} has not the size it was written with")
        arrays = {
            # As plain arrays on the same memory: every cut of a memmap costs as much as a small sum.
            name.removesuffix(".npy"): np.asarray(np.load(folder / name, mmap_mode="r", allow_pickle=False))
            for name in manifest["sizes"]
        }
        return _assemble(manifest["version"], arrays, manifest["names"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SnapshotBroken(f"{folder.name} holds no whole snapshot: {error}") from error


def _list_arrays(snapshot: Snapshot) -> dict[str, NDArray[Any]]:
    """Give every array of a snapshot by the name of its file."""
    arrays = {f"rows.{name}": array for name, array in fields_of(snapshot.rows).items()}
    arrays |= {f"pays.{name}": array for name, array in fields_of(snapshot.pays).items()}
    arrays |= {f"wheres.{name}": getattr(snapshot.wheres, name) for name in whereabouts.ARRAYS}
    arrays["titles.placed"] = snapshot.titles.placed
    for name in ("votes", "weights"):
        cells = getattr(snapshot.titles, name)
        arrays |= {f"titles.{name}.{part}": getattr(cells, part) for part in _CELL_PARTS}
    return arrays


def _list_names(snapshot: Snapshot) -> dict[str, list[str]]:
    """Give every list of texts of a snapshot."""
    return {
        "terms": list(snapshot.terms),
        "currencies": list(snapshot.currencies),
        "industries": list(snapshot.industries),
        "seniorities": list(snapshot.seniorities),
        "wheres": list(snapshot.wheres.names),
        "title_words": list(snapshot.titles.words),
        "title_heads": list(snapshot.titles.heads),
        "title_terms": list(snapshot.titles.terms),
    }


def _assemble(version: str, arrays: Mapping[str, NDArray[Any]], names: Mapping[str, list[str]]) -> Snapshot:
    cells = {
        name: Cells(**{part: arrays[f"titles.{name}.{part}"] for part in _CELL_PARTS})
        for name in ("votes", "weights")
    }
    return Snapshot(
        version=version,
        rows=Rows(**{field.name: arrays[f"rows.{field.name}"] for field in fields(Rows)}),
        terms=names["terms"],
        titles=TitleColumn(
            words=names["title_words"],
            heads=names["title_heads"],
            placed=arrays["titles.placed"],
            terms=names["title_terms"],
            **cells,
        ),
        pays=PayTable(**{field.name: arrays[f"pays.{field.name}"] for field in fields(PayTable)}),
        wheres=WhereTable(
            names=names["wheres"], **{name: arrays[f"wheres.{name}"] for name in whereabouts.ARRAYS}
        ),
        currencies=names["currencies"],
        industries=names["industries"],
        seniorities=names["seniorities"],
    )
