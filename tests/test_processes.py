"""Work shared out among processes: results in order, errors as by plain calls, nothing lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path

import pytest

import renai.processes
import shared_work
from fork_server import to_heed_signals
from renai.processes import share_out
from waiting import LIMIT, unless_it_hangs, until


@pytest.fixture(params=[1, 3])
def count(request, monkeypatch):
    monkeypatch.setattr(renai.processes, "processors", lambda: request.param)
    return request.param


def test_results_come_in_the_order_of_shares(count):
    pids = share_out(shared_work.with_process, range(7))
    assert [number for number, _ in pids] == list(range(7))
    assert len({pid for _, pid in pids}) <= count
    assert (os.getpid() in {pid for _, pid in pids}) == (count == 1)


def test_nothing_to_do(count):
    assert share_out(str, []) == []


def test_an_error_is_raised_as_by_a_plain_call(count):
    with pytest.raises(ZeroDivisionError):
        share_out(shared_work.divide_by_less_three, range(7))


def test_what_a_killed_process_leaves_is_done_here(count):
    work = partial(shared_work.square_or_be_killed, os.getpid())
    assert share_out(work, range(7)) == [number * number for number in range(7)]


def test_a_pool_that_breaks_before_it_has_everything_leaves_nothing_undone(monkeypatch):
    monkeypatch.setattr(renai.processes, "processors", lambda: 2)
    submit, given = ProcessPoolExecutor.submit, []

    def submit_or_break(self, work, share):
        given.append(share)
        if len(given) == 3:
            raise BrokenProcessPool
        return submit(self, work, share)

    monkeypatch.setattr(ProcessPoolExecutor, "submit", submit_or_break)
    assert share_out(abs, range(-4, 0)) == [4, 3, 2, 1]


def test_no_process_waits_for_a_lock_that_a_thread_held_when_it_was_started(monkeypatch):
    monkeypatch.setattr(renai.processes, "processors", lambda: 2)
    with shared_work.LOCK:
        assert unless_it_hangs(lambda: share_out(shared_work.when_free, range(3))) == [0, 1, 2]


SHARING = """
import renai.processes, shared_work
from renai.cli.interrupts import interrupts_end, interrupts_raise
from renai.processes import share_out
if __name__ == "__main__":
    renai.processes.processors = lambda: 2
    interrupts_end()
    interrupts_raise()
    try:
        share_out(shared_work.block, range(5))
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_to_this_process_alone_ends_those_that_work_for_it(number):
    process = subprocess.Popen(
        [sys.executable, "-c", SHARING],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=to_heed_signals(),
    )
    workers = [int(process.stdout.readline()) for _ in range(2)]
    try:
        process.send_signal(number)
        out, err = process.communicate(timeout=LIMIT)
        if number == signal.SIGKILL:
            assert out == ""
        else:
            assert (out, err) == ("interrupted\n", "")
        assert "Traceback" not in err
        until(lambda: not any(map(is_alive, workers)))
    finally:
        for pid in (process.pid, *workers):
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        process.communicate()


TOLD_TO_END_WHILE_IT_STARTS_ANOTHER = """
import os, signal, sys
from multiprocessing import util
import shared_work
from renai.cli.interrupts import interrupts_end, interrupts_raise
from renai.processes import share_out

start, number = util.spawnv_passfds, int(sys.argv[1])

def start_and_be_told(path, args, fds):
    pid = start(path, args, fds)
    if any("spawn_main" in str(arg) for arg in args):
        os.kill(os.getpid(), number)
    return pid

if __name__ == "__main__":
    import renai.processes
    renai.processes.processors = lambda: 2
    util.spawnv_passfds = start_and_be_told
    interrupts_end()
    interrupts_raise()
    try:
        share_out(shared_work.square_or_be_killed, range(5))
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_no_process_is_left_half_started_by_a_signal(number):
    assert said_by("-c", TOLD_TO_END_WHILE_IT_STARTS_ANOTHER, str(int(number))) == (
        "interrupted\n",
        "",
    )


CTRL_C_WHILE_IMPORTING = """
import os, signal
from renai.processes import share_out

if __name__ == "__main__":
    import renai.processes
    renai.processes.processors = lambda: 2
    print(share_out(abs, range(-3, 0)))
else:
    os.kill(os.getpid(), signal.SIGINT)
"""


def test_a_process_heeds_ctrl_c_when_it_has_started_and_not_before(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(CTRL_C_WHILE_IMPORTING)
    # Both end by it, and what they leave is done by the first.
    assert said_by(program) == ("[3, 2, 1]\n", "")


def test_a_process_that_has_started_ends_by_ctrl_c(monkeypatch):
    monkeypatch.setattr(renai.processes, "processors", lambda: 2)
    work = partial(shared_work.process_after_ctrl_c, os.getpid())
    assert share_out(work, range(3)) == [os.getpid()] * 3


def said_by(*program):
    """What a program in Python writes to standard output and standard error."""
    ended = subprocess.run(
        [sys.executable, *program],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        preexec_fn=to_heed_signals(),
        check=False,
    )
    return ended.stdout, ended.stderr


def is_alive(pid):
    """Whether a process is there and has not ended; nobody may have asked for its exit code."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
