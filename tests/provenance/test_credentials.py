"""Content credentials, for real: signed with a studio's own certificate, on a still and on a movie, and broken by one changed byte."""

from __future__ import annotations

import sys
from pathlib import Path

import imageio
import pytest

from render_server.provenance.credentials import add_credentials, read_credentials
from render_server.provenance.evidence import Evidence
from render_server.provenance.metadata import read_record, without_credentials
from render_server.provenance.record import SOURCE_TYPE
from render_server.provenance.signing import ensure_key, sign
from render_server.provenance.verify import UNTOUCHED, verify_frame
from shot_format.blobs import sha256
from shot_format.errors import FormatError, MissingError
from shot_format.messages import Proof, ProvenFrame, Recipe
from tests.provenance.certificates import make_studio
from tests.provenance.test_verify import frame, picture

pytest.importorskip("c2pa")


@pytest.fixture
def still(tmp_path: Path) -> Path:
    path = tmp_path / "painted.0001.png"
    path.write_bytes(frame(1))
    return path


@pytest.fixture
def movie(tmp_path: Path) -> Path:
    imageio.mimwrite(tmp_path / "painted.mp4", [picture(number)[:48] for number in range(8)], fps=8)
    return tmp_path / "painted.mp4"


def test_a_still_is_signed_and_stays_the_frame_it_was(tmp_path: Path, still: Path) -> None:
    studio, root = make_studio(tmp_path / "studio")
    signed = tmp_path / "out" / still.name
    add_credentials(still, signed, studio, read_record(still.read_bytes()))
    found = read_credentials(signed, root)
    assert found is not None and found.state == "Trusted" and found.issuer == "A Studio for Tests" and not found.problems
    assert found.source_type == SOURCE_TYPE and found.record is not None and found.record["recipe"]["look"] == "hero/wash@3"
    assert without_credentials(signed.read_bytes()) == still.read_bytes() != signed.read_bytes()
    listed = Evidence("a list", (ProvenFrame(1, sha256(still.read_bytes())),))
    assert verify_frame(signed, [listed]).verdict == UNTOUCHED


def test_a_movie_is_signed_with_the_list_of_its_frames(tmp_path: Path, movie: Path) -> None:
    studio, root = make_studio(tmp_path / "studio")
    proof = sign(ensure_key(tmp_path / "signing.key"), Proof("job", "shot", Recipe("oil@1"), (ProvenFrame(1, "ab" * 32),)))
    add_credentials(movie, tmp_path / "out" / movie.name, studio, proof)
    found = read_credentials(tmp_path / "out" / movie.name, root)
    assert found is not None and found.state == "Trusted" and found.record is not None
    assert found.record["signature"] == proof.signature


def test_who_is_not_trusted_is_told(tmp_path: Path, still: Path) -> None:
    studio, _ = make_studio(tmp_path / "studio")
    _, other = make_studio(tmp_path / "other", "Another Studio")
    add_credentials(still, tmp_path / "out" / still.name, studio, read_record(still.read_bytes()))
    found = read_credentials(tmp_path / "out" / still.name, other)
    assert found is not None and found.state != "Trusted"


def test_one_changed_byte_is_told(tmp_path: Path, still: Path, movie: Path) -> None:
    studio, root = make_studio(tmp_path / "studio")
    for path in (still, movie):
        signed = tmp_path / "out" / path.name
        add_credentials(path, signed, studio, read_record(still.read_bytes()))
        data = bytearray(signed.read_bytes())
        data[len(data) * 3 // 4] ^= 1
        signed.write_bytes(data)
        found = read_credentials(signed, root)
        assert found is not None and found.state == "Invalid" and any("ash.mismatch" in problem for problem in found.problems)


def test_what_has_none_and_what_cannot_be_signed(tmp_path: Path, still: Path) -> None:
    assert read_credentials(still) is None
    studio, root = make_studio(tmp_path / "studio")
    (tmp_path / "frame.exr").write_bytes(b"v/1\x01")
    with pytest.raises(FormatError, match="credentials-kind"):
        add_credentials(tmp_path / "frame.exr", tmp_path / "out.exr", studio, None)
    studio.key.write_bytes(b"-----BEGIN PRIVATE KEY-----\nnothing\n-----END PRIVATE KEY-----\n")
    with pytest.raises(FormatError, match="credentials-refused"):
        add_credentials(still, tmp_path / "out" / still.name, studio, read_record(still.read_bytes()))
    assert not list((tmp_path / "out").iterdir())


def test_without_the_extra_it_says_what_to_install(still: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "c2pa", None)
    with pytest.raises(MissingError, match=r"paintover\[credentials\]"):
        read_credentials(still)
