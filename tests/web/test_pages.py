"""What the page asks for, and gets, without a browser."""

import pytest

from waiting import until

ORIGIN = "http://127.0.0.1:4321"


def post(client, path, **values):
    return client.post(path, json=values, headers={"Origin": ORIGIN})


def plan(client):
    return client.get("/api/rows").json()


def new_names(client):
    shown = plan(client)
    name, new_name = shown["columns"].index("name"), shown["columns"].index("new_name")
    return {row[name]: row[new_name] for row in shown["rows"]}


def choose(client, numbers, choice, revision=None):
    shown = plan(client)
    return post(
        client,
        "/api/choose",
        scan=shown["scan"],
        revision=shown["revision"] if revision is None else revision,
        rows=numbers,
        choice=choice,
    )


def test_a_skipped_file_gives_its_name_to_the_next(session_client):
    wanted = "Ada Quill - On Tides (1999)"
    assert new_names(session_client) == {
        "a.pdf": f"{wanted}.pdf",
        "b.pdf": f"{wanted} (2).pdf",
        "c.pdf": "Ada Quill - Of Salt (1999).pdf",
    }
    choose(session_client, [0], "skipped")
    assert new_names(session_client)["b.pdf"] == f"{wanted}.pdf"


def test_a_name_that_has_changed_meanwhile_is_not_accepted(session_client):
    before = plan(session_client)["revision"]
    choose(session_client, [0], "skipped")
    assert choose(session_client, [1, 2], "accepted", before).json() == {"refused": [1]}


def test_what_is_left_out_changes_a_name_only_with_a_word_about_it(session_client, books):
    choose(session_client, [1], "accepted")
    ready = post(session_client, "/api/prepare", scan=plan(session_client)["scan"]).json()
    assert ready["files"] == 1
    assert [one["new_name"] for one in ready["changed"]] == ["Ada Quill - On Tides (1999).pdf"]
    assert sorted(path.name for path in books.iterdir()) == ["a.pdf", "b.pdf", "c.pdf"]


def test_a_plan_that_nobody_was_shown_is_not_carried_out(session_client, books):
    scan = plan(session_client)["scan"]
    choose(session_client, [2], "accepted")
    ready = post(session_client, "/api/prepare", scan=scan).json()
    choose(session_client, [0], "accepted")  # in another tab
    answer = post(session_client, "/api/apply", scan=scan, digest=ready["digest"])
    assert answer.status_code == 409
    assert sorted(path.name for path in books.iterdir()) == ["a.pdf", "b.pdf", "c.pdf"]


def test_what_changed_since_the_plan_keeps_its_name(session_client, books):
    scan = plan(session_client)["scan"]
    choose(session_client, [0, 2], "accepted")
    ready = post(session_client, "/api/prepare", scan=scan).json()
    (books / "c.pdf").write_bytes(b"something else")
    post(session_client, "/api/apply", scan=scan, digest=ready["digest"])
    until(lambda: not (books / "a.pdf").exists())
    until(lambda: any(row[6] == "refused" for row in plan(session_client)["rows"]))
    assert (books / "c.pdf").read_bytes() == b"something else"
    (run,) = session_client.get("/api/runs").json()["runs"]
    assert (run["renamed"], run["folder"]) == (1, str(books))


def test_a_corrected_field_makes_the_name_at_once_and_is_kept(session_client):
    scan = plan(session_client)["scan"]
    post(session_client, "/api/correct", scan=scan, row=2, field="title", text="Of Sugar")
    assert new_names(session_client)["c.pdf"] == "Ada Quill - Of Sugar (1999).pdf"
    wrong = post(session_client, "/api/correct", scan=scan, row=2, field="year", text="soon")
    assert wrong.status_code == 400
    post(session_client, "/api/scan")
    until(lambda: plan(session_client)["scan"] != scan and plan(session_client)["rows"])
    assert new_names(session_client)["c.pdf"] == "Ada Quill - Of Sugar (1999).pdf"


def test_a_field_that_there_is_not_is_refused(session_client):
    scan = plan(session_client)["scan"]
    answer = post(session_client, "/api/correct", scan=scan, row=0, field="evidence", text="x")
    assert answer.status_code == 400
    assert "no field" in answer.json()["error"]


def test_nothing_but_files_of_the_scan_can_be_asked_for(session_client):
    scan = plan(session_client)["scan"]
    assert session_client.get(f"/api/files/{scan}/0").status_code == 200
    for address in (
        f"/api/files/{scan}/3",
        "/api/files/an-earlier-scan/0",
        f"/pages/{scan}/3/0/small",
    ):
        assert session_client.get(address).status_code == 409
    for address in ("/static/../app.py", "/static/%2e%2e/app.py", "/static//etc/passwd"):
        assert session_client.get(address).status_code == 404


def test_a_page_is_pictured_in_the_sandbox_once(session_client):
    scan = plan(session_client)["scan"]
    first = session_client.get(f"/pages/{scan}/0/0/small")
    assert first.content.startswith(b"\xff\xd8")
    assert first.headers["x-pages"] == "1"
    assert session_client.get(f"/pages/{scan}/0/0/small").content == first.content
    assert session_client.get(f"/pages/{scan}/0/7/small").status_code == 204


def test_no_page_weighs_more_than_150_kilobytes(session_client):
    page = session_client.get("/").text
    static = ("page", "changes", "table", "rows", "stage", "panel", "review")
    files = [f"/static/{name}.js" for name in static] + ["/static/style.css", "/static/icon.svg"]
    weight = len(page) + sum(len(session_client.get(name).content) for name in files)
    assert weight < 150_000


@pytest.mark.parametrize("path", ["/", "/history"])
def test_no_page_has_a_script_or_style_in_it(session_client, path):
    page = session_client.get(path).text
    assert " style=" not in page
    assert "<style" not in page
    assert " onclick" not in page


def pruning(client, **agreed):
    chosen = {"days": 0, "megabytes": 0, "provider": "offline", "model": "", "layer": ""}
    return post(client, "/api/prune", **chosen, **agreed)


def kept(tmp_path):
    return sorted(path for path in (tmp_path / "cache" / "metadata").rglob("*") if path.is_file())


def test_nothing_is_dropped_but_what_was_shown_and_agreed_to(session_client, tmp_path):
    before, shown = kept(tmp_path), pruning(session_client).json()
    assert shown["entries"] == len(before) > 0
    before[0].unlink()
    refused = pruning(session_client, agreed=shown["digest"])
    assert refused.status_code == 400
    assert "changed meanwhile" in refused.json()["error"]
    assert kept(tmp_path) == before[1:]
    again = pruning(session_client).json()
    assert pruning(session_client, agreed=again["digest"]).status_code == 200
    assert kept(tmp_path) == []


def test_what_is_known_of_some_content_is_forgotten_only_when_agreed_to(session_client, tmp_path):
    name = kept(tmp_path)[0].name
    digest = name.split("_")[1]
    assert "would go" in post(session_client, "/api/forget", digest=digest).json()["html"]
    assert kept(tmp_path)[0].name == name
    post(session_client, "/api/forget", digest=digest, agreed=True)
    assert name not in {path.name for path in kept(tmp_path)}
    assert post(session_client, "/api/forget", digest="../../etc/passwd").status_code == 400
