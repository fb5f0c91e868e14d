"""A run that is stopped leaves nothing under its name, and what was there before as it was."""

import signal
import subprocess
import sys
import time

import pytest

import p2p
from p2p import Scenario
from p2p.base.errors import FileInvalid
from p2p.running import default_folder
from tests.running import ONE_DAY, few, fingerprint


def stop(what, done, total):
    if what == "running" and done >= 64:
        raise KeyboardInterrupt


def test_an_interrupted_run_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        p2p.run(ONE_DAY, tmp_path / "out", progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_run_leaves_earlier_results_as_they_were(tmp_path):
    earlier = few(tmp_path / "out")
    before = fingerprint(earlier.folder)
    with pytest.raises(KeyboardInterrupt):
        p2p.run(ONE_DAY, tmp_path / "out", progress=stop)
    assert fingerprint(earlier.folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    few(tmp_path / "out", seed=8)
    assert fingerprint(earlier.folder) != before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def killed(folder, by):
    """The exit code of a long run that is killed after it has begun, and what it said."""
    command = [sys.executable, "-m", "p2p", "run", "--set", "clock.days=3000", "--set", "results.report=false", "--out", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as run:
        try:
            end = time.monotonic() + 120
            while not list(folder.parent.glob(f".{folder.name}.*")):
                assert run.poll() is None, run.stderr.read()
                assert time.monotonic() < end
                time.sleep(0.05)
            time.sleep(0.2)
            run.send_signal(by)
            said = run.stderr.read()
            return run.wait(timeout=60), said
        finally:
            run.kill()


def test_a_terminated_run_cleans_up(tmp_path):
    code, said = killed(tmp_path / "out", signal.SIGTERM)
    assert code == 130
    assert said.splitlines()[-1] == "p2p: stopped; nothing was left half-written"
    assert list(tmp_path.iterdir()) == []


def test_a_killed_run_leaves_earlier_results_as_they_were(tmp_path):
    earlier = few(tmp_path / "out")
    before = fingerprint(earlier.folder)
    code, _ = killed(tmp_path / "out", signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert fingerprint(earlier.folder) == before


def refused(out, match):
    with pytest.raises(FileInvalid, match=match):
        few(out)


def test_a_folder_that_is_something_else_is_refused(tmp_path):
    other = tmp_path / "photos"
    other.mkdir()
    (other / "holiday.jpg").write_text("x")
    refused(other, "is there and is no results folder")
    (other / "run.json").write_text('{"mine": 1}')  # another program's
    refused(other, "is there and is no results folder")
    (other / "run.json").write_text("[1]")
    refused(other, "is there and is no results folder")
    refused(other / "holiday.jpg", "is there and is no results folder")
    assert sorted(path.name for path in other.iterdir()) == ["holiday.jpg", "run.json"]


def test_a_folder_that_can_not_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    refused(tmp_path / "file" / "out", "can't be written")
    refused(tmp_path / ("x" * 300), "can't be")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_empty_folder_is_used(tmp_path):
    (tmp_path / "out").mkdir()
    assert few(tmp_path / "out").run["status"] == "done"


def test_a_long_name_becomes_a_short_folder():
    assert len(default_folder(Scenario(name="a very long name " * 50)).name) <= 100
    assert str(default_folder(Scenario(name="Straße / ../x"))) == "results/stra_e_x"
    assert str(default_folder(Scenario(name="..."))) == "results/run"
