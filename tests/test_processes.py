"""Work shared out among processes: results in order, errors as by plain calls, nothing lost."""

from __future__ import annotations

import os
import signal
import threading

import pytest

import renai.processes
from renai.processes import processors, share_out


@pytest.fixture(params=[1, 2, 3])
def count(request, monkeypatch):
    monkeypatch.setattr(renai.processes, "processors", lambda: request.param)
    return request.param


def test_results_come_in_the_order_of_shares(count):
    pids = share_out(lambda number: (number, os.getpid()), range(7))
    assert [number for number, _ in pids] == list(range(7))
    assert len({pid for _, pid in pids}) == count
    assert (os.getpid() in {pid for _, pid in pids}) == (count == 1)


def test_nothing_to_do(count):
    assert share_out(str, []) == []


def test_an_error_is_raised_as_by_a_plain_call(count):
    with pytest.raises(ZeroDivisionError):
        share_out(lambda number: 1 // (number - 3), range(7))


def test_what_a_killed_process_leaves_is_done_here(count):
    here = os.getpid()

    def work(number):
        if number == 1 and os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return number * number

    assert share_out(work, range(7)) == [number * number for number in range(7)]


def test_no_fork_beside_other_threads():
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    try:
        assert processors() == 1
    finally:
        ended.set()
        thread.join()
