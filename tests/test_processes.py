"""Work shared out among processes: results in order, errors as by plain calls, nothing lost."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial

import pytest

import renai.processes
import shared_work
from renai.processes import share_out
from waiting import unless_it_hangs


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
