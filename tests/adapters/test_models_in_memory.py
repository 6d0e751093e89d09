"""The models that a process has loaded are found, also when they were frozen."""

import gc

from renai.embedders.loaded import models_in_memory


class Model:
    """What counts as a model, by the package that its class says it is from."""

    __module__ = "fastembed.text"


def found(model):
    return [it for it in models_in_memory() if it is model]


def test_a_model_is_found_once():
    model = Model()
    assert found(model) == [model]
    gc.freeze()  # as servers do that fork
    assert found(model) == [model]
    assert found(model) == [model]
    later = Model()
    assert found(later) == [later]
    gc.freeze()
    assert found(later) == [later]
    assert found(model) == [model]


def test_what_cannot_be_referred_to_weakly_is_found_all_the_same():
    class Unreferable:
        __module__ = "fastembed.text"
        __slots__ = ("__dict__",)

    model = Unreferable()
    gc.freeze()
    assert found(model) == [model]


def test_a_frozen_model_that_is_gone_is_not_found():
    model = Model()
    gc.freeze()
    assert found(model)
    before = len(models_in_memory())
    del model
    assert len(models_in_memory()) == before - 1


def test_a_model_is_found_although_more_that_was_frozen_is_gone():
    gone = [[it] for it in range(100_000)]
    gc.freeze()
    models_in_memory()
    del gone
    model = Model()
    gc.freeze()
    assert found(model) == [model]


def test_what_is_frozen_is_looked_at_once_though_some_of_it_is_gone():
    gone = [[it] for it in range(1000)]
    gc.freeze()
    models_in_memory()
    of_a_call = Model()
    del gone
    assert found(of_a_call) == [of_a_call]
    assert any(it is of_a_call for it in gc.get_objects()), "nobody froze it"


def test_a_model_is_found_once_also_when_nothing_is_frozen_any_more():
    model = Model()
    gc.freeze()
    assert found(model) == [model]
    gc.unfreeze()
    try:
        assert found(model) == [model]
    finally:
        gc.freeze()
