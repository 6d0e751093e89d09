"""What is refused before any cluster is touched, and what is said without Ray."""

import subprocess
import sys

import pytest
import ray
import ray.data

import renai.ray
from renai import Recipe
from renai.errors import ConfigurationError, UsageError


class Untouched(ray.data.Dataset):
    """A dataset of which nothing may be wanted."""

    def __init__(self):
        pass

    def __del__(self):
        pass


RIGHT = {
    "ds": Untouched(),
    "column": "text",
    "embedder": dict,
    "store": "redis://nowhere.invalid",
    "recipe": Recipe("m"),
    "dimension": 8,
}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"ds": [1]}, "a dataset of Ray Data"),
        ({"recipe": "m"}, "a Recipe"),
        ({"embedder": 3}, "makes an embedder in the actor"),
        ({"column": ""}, "column is the name"),
        ({"into": None}, "into is the name"),
        ({"into": "text"}, "are both 'text'"),
        ({"store": 3}, "the URL of a store"),
        ({"store": []}, "without a URL"),
        ({"store": ["redis://a", None]}, "the URL of a store"),
        ({"dimension": 0}, "dimension is a whole number"),
        ({"dimension": True}, "dimension is a whole number"),
        ({"max_batch": 2.5}, "max_batch is a whole number"),
        ({"rows_per_call": -1}, "rows_per_call is a whole number"),
        ({"actors": 0}, "actors is a whole number"),
        ({"calls_at_once": "4"}, "calls_at_once is a whole number"),
        ({"linger": -1}, "linger is a number of seconds"),
        ({"linger": float("nan")}, "linger is a number of seconds"),
    ],
)
def test_wrong_arguments(wrong, said):
    with pytest.raises(UsageError, match=said):
        renai.ray.embed(**(RIGHT | wrong))
    assert not ray.is_initialized()


@pytest.mark.parametrize(
    ("store", "said"),
    [
        ("memory://", "memory:// is in the memory of one process"),
        ("file:///srv/vectors", "file:// is a folder of one machine"),
        ("sqlite:///v.sqlite", "sqlite:// is a file of one machine"),
        (["redis://a", "sqlite:///v.sqlite"], "sqlite:// is a file of one machine"),
        ("nothing://a", "no store for nothing://"),
        ("vectors", "no store"),
    ],
)
def test_stores_that_are_none_for_a_cluster(store, said):
    with pytest.raises(ConfigurationError, match=said):
        renai.ray.embed(**(RIGHT | {"store": store}))
    assert not ray.is_initialized()


@pytest.mark.parametrize("lacking", ["ray", pytest.param("pandas", marks=pytest.mark.long)])
def test_without_the_extra_one_line_says_what_to_install(lacking):
    program = f"import sys; sys.modules[{lacking!r}] = None; import renai.ray"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.stderr.splitlines()[-1] == (
        "ImportError: this needs Ray and Arrow, which are missing: pip install 'renai[ray]'"
    )
