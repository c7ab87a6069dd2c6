import csv
import json
import sys
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from matching.models import Job, JobRun, JobSource
from personas.row_security import WORKER_ROLE
from tests.roles import as_role


@pytest.fixture(autouse=True)
def worker(db):
    with as_role(WORKER_ROLE):
        yield


@pytest.fixture
def jsonl(tmp_path):
    def write(*records, name="board.jsonl"):
        path = tmp_path / name
        path.write_text("\n".join(each if isinstance(each, str) else json.dumps(each) for each in records))
        return path

    return write


def run(*args, **options):
    out, err = StringIO(), StringIO()
    call_command("ingest_jobs", *map(str, args), stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def nurse(number=1, **change):
    return {"external_id": str(number), "title": f"Nurse {number}"} | change


def test_ingest_jobs_prints_figures_and_rejected_lines(jsonl):
    path = jsonl(nurse(), "{broken", nurse(2, salary_min=5))

    out, err = run(path)

    assert out.splitlines() == [
        f"{path} → board (complete)",
        "  read                3",
        "  new                 1",
        "  changed             0",
        "  unchanged           0",
        "  merged              0",
        "  closed              0",
        "  rejected            2",
        "  board.jsonl line 2 · Not JSON: Expecting property name enclosed in double quotes at character 2.",
        "  board.jsonl line 3 · currency · Pay is stated without its currency. Write USD, EUR …",
    ]
    assert err == ""


def test_ingest_jobs_twice_changes_nothing(jsonl):
    path = jsonl(nurse(), nurse(2))
    run(path)

    out, _err = run(path)

    assert "  new                 0\n  changed             0\n  unchanged           2" in out


def test_ingest_jobs_names_source_kind_and_attribution(jsonl):
    run(jsonl(nurse()), "--source", "Old ads", "--kind", "archive", "--attribution", "By the city")

    source = JobSource.objects.get()
    assert (source.name, source.kind, source.attribution) == ("Old ads", "archive", "By the city")
    assert Job.objects.get().source == source


def test_ingest_jobs_prints_fifty_rejected_lines_and_writes_all(jsonl, tmp_path):
    path = jsonl(nurse(), *({"external_id": f"={n}", "title": ""} for n in range(60)))
    target = tmp_path / "rejections.csv"

    out, _err = run(path, "--rejections", target)

    rows = list(csv.DictReader(target.read_text().splitlines()))
    assert out.count("· title ·") == 50
    assert "… and 10 more, stored with the run; --rejections FILE writes all of them." in out
    assert len(rows) == 60
    assert rows[0] | {"payload_hash": ""} == {
        "file": "board.jsonl",
        "line": "2",
        "external_id": "'=0",
        "field": "title",
        "reason": "Missing. A posting needs one.",
        "payload_hash": "",
    }


def test_ingest_jobs_goes_on_after_a_file_it_does_not_understand(jsonl, tmp_path):
    (tmp_path / "letter.pdf").write_bytes(b"%PDF-1.7")

    out, err = run(tmp_path / "letter.pdf", tmp_path / "missing.csv", jsonl(nurse()))

    assert "letter.pdf is none of the files that are understood: JSONL" in err
    assert "missing.csv cannot be opened: No such file or directory." in err
    assert "  new                 1" in out


@pytest.mark.parametrize("content", ["%PDF-1.7", "", "{broken}", "title,company\nNurse,Acme\n"])
def test_ingest_jobs_fails_when_nothing_could_be_read(tmp_path, content):
    path = tmp_path / "file"
    path.write_text(content)

    with pytest.raises(CommandError, match=r"No posting could be read\."):
        run(path)


def test_ingest_jobs_says_what_a_header_lacks_and_leaves_the_run_failed(jsonl, tmp_path):
    path = tmp_path / "ads.csv"
    path.write_text("title,company\nNurse,Acme\n")

    out, err = run(path, jsonl(nurse()))

    assert "ads.csv: The header row lacks external_id." in err
    assert f"{path} → ads (failed)" in out
    assert JobRun.objects.get(source__name="ads").outcome == JobRun.Outcome.FAILED


def test_ingest_jobs_refuses_a_source_of_another_kind(jsonl):
    path = jsonl(nurse())
    run(path, "--kind", "archive")

    with pytest.raises(CommandError, match="No posting could be read"):
        run(path)

    assert Job.objects.count() == 1


def test_ingest_jobs_shows_a_bar_on_a_terminal_alone(jsonl, capsys, monkeypatch):
    class Terminal(StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    path = jsonl(nurse())
    run(path)
    quiet = capsys.readouterr().err
    monkeypatch.setattr(sys, "stderr", terminal)

    run(path)

    assert quiet == ""
    assert "board.jsonl" in terminal.getvalue()
