"""Batches are full, however few texts each thread has, and nobody waits for ever."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from forks import exit_code, fork
from renai.embeddings.packer import Packer
from renai.errors import VectorError
from waiting import LIMIT, unless_it_hangs, until


class Model:
    """Gives each text the number that it is; remembers its batches."""

    def __init__(self):
        self.batches = []
        self.entered = threading.Event()
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.before = lambda batch: None

    def __call__(self, texts):
        self.batches.append(texts)
        self.entered.set()
        assert self.may_go_on.wait(LIMIT)
        self.before(texts)
        return [[float(text), 1.0] for text in texts]


@pytest.fixture
def model():
    return Model()


def packer_of(model, max_batch, linger=LIMIT):
    return Packer(model, dimension=2, max_batch=max_batch, linger=linger)


@pytest.fixture
def in_threads():
    with ThreadPoolExecutor(8) as pool:
        yield lambda call, *several: [pool.submit(call, each) for each in several]


def answers(futures):
    return [future.result(LIMIT) for future in futures]


def waiting(packer, count):
    """Wait until so many texts wait."""
    until(lambda: sum(len(r.texts) - r.taken for r in list(packer._waiting)) == count)


def test_texts_of_several_threads_fill_one_batch(model, in_threads):
    packer = packer_of(model, max_batch=4)
    found = answers(in_threads(packer.pack, ["1"], ["2"], ["3"], ["4"]))
    assert [answer.vectors[0, 0] for answer in found] == [1, 2, 3, 4]
    assert [sorted(batch) for batch in model.batches] == [["1", "2", "3", "4"]]


def test_a_lone_text_does_not_wait_longer_than_it_may(model):
    packer = packer_of(model, max_batch=4, linger=0)
    assert unless_it_hangs(lambda: packer.pack(["5"])).vectors.tolist() == [[5, 1]]


def test_many_texts_take_several_batches_and_keep_their_order(model):
    vectors, error = packer_of(model, max_batch=2, linger=0).pack(["1", "2", "3", "4", "5"])
    assert error is None
    assert vectors.dtype == np.float32
    assert vectors[:, 0].tolist() == [1, 2, 3, 4, 5]
    assert model.batches == [["1", "2"], ["3", "4"], ["5"]]


def test_what_came_during_a_batch_is_in_the_next(model, in_threads):
    """And the texts of one call may be in both."""
    packer = packer_of(model, max_batch=3)
    model.may_go_on.clear()
    first = in_threads(packer.pack, ["1", "2", "3", "4"])
    assert model.entered.wait(LIMIT)
    second = in_threads(packer.pack, ["5", "6"])
    waiting(packer, 3)
    model.may_go_on.set()
    assert [answer.vectors[:, 0].tolist() for answer in answers(first + second)] == [
        [1, 2, 3, 4],
        [5, 6],
    ]
    assert model.batches == [["1", "2", "3"], ["4", "5", "6"]]


def test_a_model_that_is_free_again_waits_for_a_full_batch(model, in_threads, monkeypatch):
    """Texts that came while it was busy, and for long, are no reason to hurry."""
    late, clock = [0.0], time.monotonic
    monkeypatch.setattr("renai.embeddings.packer.time.monotonic", lambda: clock() + late[0])
    packer = packer_of(model, max_batch=2, linger=100.0)
    model.may_go_on.clear()
    first = in_threads(packer.pack, ["1", "2"])
    assert model.entered.wait(LIMIT)
    second = in_threads(packer.pack, ["3"])
    waiting(packer, 1)
    late[0] = 101.0
    model.may_go_on.set()
    answers(first)
    third = in_threads(packer.pack, ["4"])
    answers(second + third)
    assert model.batches == [["1", "2"], ["3", "4"]]


def test_an_error_reaches_everyone_in_the_batch_and_nobody_else(model, in_threads):
    packer = packer_of(model, max_batch=2)

    def fail(batch):
        raise OSError("no answer")

    model.before = fail
    errors = [answer.error for answer in answers(in_threads(packer.pack, ["1"], ["2"]))]
    assert [str(error) for error in errors] == ["no answer"] * 2
    model.before = lambda batch: None
    assert [answer.error for answer in answers(in_threads(packer.pack, ["1"], ["2"]))] == [None] * 2


def test_after_an_error_no_more_of_the_call_is_computed(model):
    def fail(batch):
        if "3" in batch:
            raise OSError("no answer")

    model.before = fail
    packer = packer_of(model, max_batch=2, linger=0)
    vectors, error = packer.pack(["1", "2", "3", "4", "5", "6"])
    assert str(error) == "no answer"
    assert vectors[:, 0].tolist() == [1, 2]
    assert model.batches == [["1", "2"], ["3", "4"]]
    assert packer.pack(["7"]).error is None


@pytest.mark.parametrize("leaves", [KeyboardInterrupt, SystemExit])
def test_if_the_thread_that_computes_is_interrupted_another_one_does(model, in_threads, leaves):
    packer = packer_of(model, max_batch=3)

    def leave(batch):
        model.before = lambda batch: None
        raise leaves

    model.before = leave
    model.may_go_on.clear()

    def interrupted(texts):
        try:
            return packer.pack(texts)
        except leaves:
            return None

    first = in_threads(interrupted, ["1", "2", "3", "4"])
    assert model.entered.wait(LIMIT)
    second = in_threads(interrupted, ["5", "6", "7"])
    waiting(packer, 4)
    model.may_go_on.set()
    (gone,), (answer,) = answers(first), answers(second)
    assert gone is None
    assert answer.vectors[:, 0].tolist() == [5, 6, 7]
    assert model.batches == [["1", "2", "3"], ["5", "6", "7"]]


@pytest.mark.parametrize("answer", [[[1.0, 2.0, 3.0]], [[1.0]], [], np.zeros(2)])
def test_what_is_no_vector_of_the_dimension_is_an_error(answer):
    packer = Packer(lambda texts: answer, dimension=2, max_batch=4, linger=0)
    assert isinstance(packer.pack(["1"]).error, VectorError)


def test_no_text_needs_no_model(model):
    vectors, error = packer_of(model, max_batch=2).pack([])
    assert (vectors.shape, error, model.batches) == ((0, 2), None, [])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_child_of_a_fork_waits_for_no_thread_of_its_parent(model, in_threads):
    packer = packer_of(model, max_batch=1)
    model.may_go_on.clear()
    computing = in_threads(packer.pack, ["1"])
    assert model.entered.wait(LIMIT)

    def packs():
        model.may_go_on = threading.Event()
        model.may_go_on.set()
        return packer.pack(["2"]).vectors.tolist() == [[2, 1]]

    child = fork(packs)
    model.may_go_on.set()
    assert exit_code(child) == 0
    assert answers(computing)[0].vectors.tolist() == [[1, 1]]
