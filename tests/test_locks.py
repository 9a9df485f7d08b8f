"""One lock over the files of answers, held by one process and one thread at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from stagekansen_lib.errors import InputError
from stagekansen_lib.project.locks import answers_locked

HOLD = """
import sys, time
from pathlib import Path
from stagekansen_lib.project.locks import answers_locked
with answers_locked("import wave_1", Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""
COUNT = """
import sys
from pathlib import Path
from stagekansen_lib.project.locks import answers_locked
folder = Path(sys.argv[1])
for _ in range(25):
    with answers_locked("count", folder, tell=lambda _: None):
        number = int((folder / "number").read_text())
        (folder / "number").write_text(str(number + 1))
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    started = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "held\n"
    return started


def test_whoever_waits_is_told_what_for_and_goes_on_when_it_is_done(tmp_path: Path) -> None:
    other, told = holder(tmp_path), []

    def tell(text: str) -> None:
        told.append(text)
        assert other.stdin is not None
        other.stdin.close()  # and so the other ends

    with answers_locked("withdraw", tmp_path, tell=tell):
        assert other.wait(20) == 0
    assert other.stdout is not None
    other.stdout.close()
    assert len(told) == 1
    assert told[0].startswith(f"Waiting for 'import wave_1' (process {other.pid} on ")


def test_a_lock_that_does_not_come_free_is_an_error_that_names_its_holder(tmp_path: Path) -> None:
    other = holder(tmp_path)
    with (
        pytest.raises(InputError, match="'import wave_1'"),
        answers_locked("withdraw", tmp_path, tell=lambda _: None, longest=0.2),
    ):
        pass
    other.communicate("")


@pytest.mark.skipif(os.name == "nt", reason="a process of Windows is ended in another way")
def test_a_holder_that_is_killed_holds_nothing(tmp_path: Path) -> None:
    other = holder(tmp_path)
    other.send_signal(signal.SIGKILL)
    other.wait(20)
    with answers_locked("withdraw", tmp_path, tell=lambda text: pytest.fail(text)):
        pass
    other.communicate()


def test_processes_that_count_at_once_lose_no_number(tmp_path: Path) -> None:
    (tmp_path / "number").write_text("0")
    running = [subprocess.Popen([sys.executable, "-c", COUNT, str(tmp_path)]) for _ in range(4)]
    assert [each.wait(60) for each in running] == [0, 0, 0, 0]
    assert (tmp_path / "number").read_text() == "100"


def test_threads_take_turns_too(tmp_path: Path) -> None:
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        with answers_locked("work", tmp_path):
            inside += 1
            most = max(most, inside)
            time.sleep(0.01)
            inside -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(20)
    assert most == 1


def test_who_holds_the_lock_may_take_it_again(tmp_path: Path) -> None:
    with answers_locked("release", tmp_path), answers_locked("read", tmp_path):
        assert (tmp_path / ".answers.holder").exists()
    assert not (tmp_path / ".answers.holder").exists()


def test_an_error_inside_lets_the_lock_go(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), answers_locked("divide", tmp_path):
        _ = 1 / 0
    holder(tmp_path).communicate("")


def test_a_place_that_cannot_be_written_in_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(InputError, match="Answers cannot be changed here"), answers_locked("import", tmp_path / "file"):
        pass
