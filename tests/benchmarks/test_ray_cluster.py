"""What kills cost on a cluster of three nodes; that each row comes once, the drivers check."""

import pytest

pytest.importorskip("ray", reason="pip install 'renai[ray]' to run this")

from ray_cluster import reports


@pytest.mark.long
def test_whoever_is_killed_pays_for_what_was_in_flight_at_most(tmp_path):
    *_, kills = reports(tmp_path, 60_000)
    assert [figure.what.rpartition(" ")[2] for figure in kills.figures] == ["driver", "node"]
    assert all(figure.reached for figure in kills.figures), kills.rows
