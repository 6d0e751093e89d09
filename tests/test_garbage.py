"""Python's search for garbage rests while very many lists are made, and goes on afterwards."""

import gc
import threading

import numpy as np
import pytest

from forks import exit_code, fork
from renai.embedders.answers import lists_of
from renai.garbage import not_looked_for


@pytest.fixture(autouse=True)
def _search_goes_on():
    assert gc.isenabled()
    yield
    gc.enable()


def test_it_rests_until_the_last_one_is_done():
    with not_looked_for():
        with not_looked_for():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_another_thread_ends_nobodys_rest():
    inside, leave = threading.Event(), threading.Event()

    def rest():
        with not_looked_for():
            inside.set()
            leave.wait()

    thread = threading.Thread(target=rest)
    thread.start()
    inside.wait()
    with not_looked_for():
        leave.set()
        thread.join()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_an_error_ends_it():
    with pytest.raises(ValueError, match="oops"), not_looked_for():
        raise ValueError("oops")
    assert gc.isenabled()


def test_who_has_switched_the_search_off_keeps_it_off():
    gc.disable()
    with not_looked_for():
        pass
    assert not gc.isenabled()


def test_a_child_of_a_fork_does_not_inherit_the_rest():
    with not_looked_for():
        child = fork(gc.isenabled)
    assert exit_code(child) == 0


def test_no_garbage_is_looked_for_while_lists_are_made():
    searches = []
    gc.callbacks.append(lambda phase, info: searches.append(gc.isenabled()))
    try:
        lists = lists_of(np.ones((5000, 2), np.float32))
        made = len(searches)
        gc.collect()
    finally:
        gc.callbacks.pop()
    assert lists == [[1.0, 1.0]] * 5000
    assert made <= 2  # before the lists, or after them
    assert len(searches) > made
