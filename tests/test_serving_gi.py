"""gi itself against `gi emulator`, and a server that is killed or loaded."""

import random
from pathlib import Path

import orjson

from tests.bench import killed
from tests.bench.load import Taken, load, table
from tests.emulating import KEY, emulating
from tests.processes import environment, run

TABLE = """\
streams                  2
events                   40 (20/s)
seconds                  2.0, CPU of the server 1.0
first event, the latest  0.50 s
memory of the server     26 MiB, at its peak 30
failures                 1
"""


def test_gi_from_end_to_end(tmp_path: Path) -> None:
    with emulating(tmp_path, "--require-key", "--log", "log") as running:
        env = environment(tmp_path, GEMINI_API_KEY=KEY, GI_BASE_URL=running.url)

        def gi(*argv: str, code: int = 0) -> str:
            return run(*argv, env=env, cwd=tmp_path, code=code).out.decode()

        assert gi("create", "--session", "s", "Count from 1 to 3") == "1, 2, 3.\n"
        assert "the last one was: Count" in gi("continue", "--session", "s", "Hi")
        (tmp_path / "notes.csv").write_text("day,visits\n1,20\n")
        id = gi("files", "upload", "notes.csv").strip()
        assert "document (text/csv)" in gi("create", "-i", id, "What is it?")
        once = ("research", "--once", "job", "-o", "report.md", "x")
        assert (gi(*once), gi(*once)) == ("", "")
        assert (tmp_path / "report.md").read_text().startswith("# Emulated report\n")
        assert gi("image", "a fox", "-o", "fox.jpg") == "fox.jpg\n"
        started = gi("create", "--background", "--detach", "Later").strip()
        assert gi("wait", started) == "This is an emulated answer to: Later\n"
        gi("cancel", started, code=1)
        gi("delete", started)
        refused = {**env, "GEMINI_API_KEY": "invalid"}
        run("create", "x", env=refused, cwd=tmp_path, code=3)
    log = [orjson.loads(line) for line in (tmp_path / "log").read_bytes().splitlines()]
    jobs = [each for each in log if each["path"] == "/v1beta/interactions"]
    assert [each["method"] for each in jobs] == ["POST"] * 7


def test_what_a_client_has_seen_outlives_a_kill(tmp_path: Path) -> None:
    chance, state = random.Random(1), tmp_path / "state.db"  # noqa: S311
    rounds = [killed.play(chance, state) for _ in range(3)]
    assert [each.lost for each in rounds] == [[]] * 3
    assert sum(each.seen for each in rounds) > 3 * killed.CLIENTS / 2
    assert sum(each.cut for each in rounds) > 0


def test_streams_at_once_are_whole(tmp_path: Path) -> None:
    taken = load(40, 100, "--fault", "slow=1", "--state", str(tmp_path / "state.db"))
    assert (taken.events, taken.failures) == (40 * 100, [])
    assert taken.peak < 4 * taken.idle or not taken.idle


def test_the_table_of_a_load() -> None:
    taken = Taken(2, 40, ["20 events came"], 2.0, 0.5, 26.0, 30.0, 1.0)
    assert table(taken) == TABLE
