"""`paintover token …`: made once, listed by what is kept, revoked."""

from __future__ import annotations

from pathlib import Path

from render_server.api.token import Holder, Tokens
from tests.cli.test_looks import refused, told


def test_a_token_is_told_once_and_opens_its_show_until_it_is_revoked(tmp_path: Path) -> None:
    made = told("token", "new", "--show", "hero", "--data", tmp_path)
    tokens = Tokens("the server's own", tmp_path / "tokens")
    assert tokens.holder(made["token"]) == Holder("hero")
    assert tokens.holder("the server's own") == Holder(None)
    assert tokens.holder(made["token"][:-1]) is None and tokens.holder("") is None
    listed = told("token", "list", "--data", tmp_path)["tokens"]
    assert [(each["id"], each["show"]) for each in listed] == [(made["id"], "hero")]
    assert made["token"] not in str(listed)
    assert told("token", "revoke", made["id"], "--data", tmp_path)["show"] == "hero"
    assert tokens.holder(made["token"]) is None
    assert told("token", "list", "--data", tmp_path)["tokens"] == []


def test_a_token_goes_into_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    made = told("token", "new", "--show", "hero", "--out", tmp_path / "hero.token", "--data", tmp_path)
    assert "token" not in made and (tmp_path / "hero.token").stat().st_mode & 0o077 == 0
    assert Tokens("own", tmp_path / "tokens").holder((tmp_path / "hero.token").read_text().strip()) == Holder("hero")


def test_names_that_are_none_and_tokens_that_are_not_there(tmp_path: Path) -> None:
    for show in ("", "Hero", "../x", "hero+1", "a" * 65, "hero/wash"):
        assert "show-name" in refused("token", "new", "--show", show, "--data", tmp_path)
    for id in ("00000000", "../token", "*"):
        assert "token-unknown" in refused("token", "revoke", id, "--data", tmp_path)
    assert not list(tmp_path.rglob("*.json"))
