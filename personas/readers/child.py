"""The process in which a résumé is parsed: little memory, little time, no file to write, no network, one answer.

It is started afresh for each file, imports neither settings nor models, reads the file from its input and writes one JSON object.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
import traceback
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import PurePath
from typing import Any

from personas.readers.lines import Sheet
from personas.readers.refusals import Refusal, UploadRefused
from personas.readers.structure.document import read_document

OPEN_FILES = 64
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
"""Flags of unshare(2)."""
CLOSED = (
    *("socket.", "subprocess.", "ctypes.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system"),
    *(
        "os.chmod",
        "os.chown",
        "os.link",
        "os.mkdir",
        "os.remove",
        "os.rename",
        "os.rmdir",
        "os.symlink",
        "os.truncate",
    ),
)
"""Beginnings of the audit events (PEP 578) of what a reader never does."""
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
READERS = {
    "pdf": ("personas.readers.pdf", "read_pdf"),
    "docx": ("personas.readers.docx", "read_docx"),
    "txt": ("personas.readers.text", "read_text"),
    "json": ("personas.readers.json_resume", "read_json_resume"),
    "page": ("personas.readers.pdf_page", "draw_page"),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one reading may cost: seconds of processor, seconds in all, bytes of memory."""

    cpu_seconds: int = 10
    wall_seconds: int = 15
    memory_bytes: int = 512 * 1024 * 1024


def main() -> None:
    """Read a file from standard input and write the answer to standard output.

    The command line ends with the kind of the file and the three limits.
    """
    kind, *limits = sys.argv[-4:]
    limit_process(Limits(*map(int, limits)))
    reader = reader_for(kind)
    close_network()
    content = sys.stdin.buffer.read()
    sys.stdout.buffer.write(answer_for(reader, content))
    sys.stdout.buffer.flush()
    # Nothing is left to tidy, and taking a large document apart again would cost time.
    os._exit(0)


def limit_process(limits: Limits) -> None:
    """Set the limits that the kernel keeps: CPU, memory (Linux), files, wall time by an alarm, no core dump of a résumé."""
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(limits.wall_seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    # macOS refuses or ignores a limit on address space; there the CPU and wall limits stand alone.
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))


def close_network() -> None:
    """Leave the network: by a namespace without interfaces where the kernel lets us, and by an audit hook everywhere.

    The hook stops Python code (sockets, programs, files opened to write); the namespace also stops compiled code.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        # Without the right to it (many containers) the call fails and the hook is the only wall.
        libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)
    sys.addaudithook(_refuse_outside)


def _refuse_outside(event: str, arguments: tuple[Any, ...]) -> None:
    if event.startswith(CLOSED):
        raise PermissionError(event)
    if event == "open" and arguments[2] & WRITING:
        raise PermissionError(event)


def reader_for(kind: str) -> Callable[[bytes], Any]:
    """The reader of a kind; only its own libraries are loaded, because those of PDF alone take a quarter of a second.

    "page 3" draws the third page of a PDF.
    """
    kind, _, page = kind.partition(" ")
    module, name = READERS[kind]
    reader: Callable[..., Any] = getattr(import_module(module), name)
    return partial(reader, number=int(page)) if page else reader


def answer_for(reader: Callable[[bytes], Any], content: bytes) -> bytes:
    """What the reader found, or the reason why not, as a JSON object."""
    try:
        return _written(_read(reader, content))
    except UploadRefused as refused:
        return _written({"refused": refused.code.value, "facts": refused.facts})
    except MemoryError:
        return _written({"refused": Refusal.TOO_MUCH_MEMORY.value, "facts": {}})
    except Exception as error:
        # A broken file reaches the blind spots of the libraries as any error there is: where is told, for the log;
        # what the error says is not, because it may quote the résumé.
        return _written({"refused": Refusal.DAMAGED.value, "facts": {}, "fault": _place_of(error)})


def _written(answer: dict[str, Any]) -> bytes:
    return json.dumps(answer, ensure_ascii=False).encode()


def _read(reader: Callable[[bytes], Any], content: bytes) -> dict[str, Any]:
    found = reader(content)
    if isinstance(found, bytes):
        return {"image": b64encode(found).decode()}
    if isinstance(found, Sheet):
        document, unplaced = read_document(found.lines)
        sheet = found
    else:
        document, sheet = found
        unplaced = ()
    return {
        "text": sheet.text,
        "document": document,
        "unplaced": unplaced,
        "pages_without_text": sheet.pages_without_text,
        "pages": sheet.pages,
    }


def _place_of(error: BaseException) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {PurePath(frame.filename).name}:{frame.lineno}"


if __name__ == "__main__":
    main()
