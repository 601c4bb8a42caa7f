"""Keys, checkpoints and proofs, as an outsider meets them: with files and a public key, and without the ledger."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.ledger_kit import AT, duty, opened

from alpr_policy_adapters.ledger import (
    Checkpoint,
    Ledger,
    LedgerKeyError,
    ProofError,
    SigningKey,
    export,
    make_checkpoint,
    make_key,
    prove_growth,
    prove_row,
    read_checkpoint,
    read_key,
    verify,
    verify_proof,
)
from alpr_policy_adapters.ledger.canonical import commitment
from alpr_policy_adapters.ledger.checkpoints import hash_of_shown
from alpr_policy_adapters.ledger.merkle import included

pytest.importorskip("sqlalchemy", reason="needs the extra: pip install 'alpr-policy[ledger]'")
pytest.importorskip("cryptography", reason="needs the extra: pip install 'alpr-policy[ledger]'")


@pytest.fixture
def signed(tmp_path: Path) -> tuple[Ledger, SigningKey, Checkpoint, Checkpoint]:
    """Return a ledger with two checkpoints."""
    ledger, key = opened(str(tmp_path / "ledger.db")), make_key(tmp_path / "key")
    ledger.append([duty(number) for number in range(5)])
    first = make_checkpoint(ledger, key, AT)
    ledger.append([duty(number) for number in range(4)])
    return ledger, key, first, make_checkpoint(ledger, key, AT)


Signed = tuple[Ledger, SigningKey, Checkpoint, Checkpoint]


def test_every_row_is_proven_offline(signed: Signed) -> None:
    """Each row that a checkpoint saw is proven by plain data, which shows no personal value."""
    ledger, key, first, second = signed
    for checkpoint in (first, second):
        for seq in range(1, checkpoint.size + 1):
            proof = json.loads(json.dumps(prove_row(ledger, seq, checkpoint)))
            shown = verify_proof(proof, key.public)
            assert shown.row is not None
            assert seq == shown.row["seq"]
            assert "officer" not in json.dumps(proof)


def test_growth_is_proven_offline(signed: Signed) -> None:
    """Two checkpoints of one ledger are proven to be one the beginning of the other."""
    ledger, key, first, second = signed
    proof = json.loads(json.dumps(prove_growth(ledger, first, second)))

    assert "the ledger of 11 rows begins with that of 6, unchanged" == verify_proof(proof, key.public).what


def _deep() -> Any:
    value: Any = 1
    for _ in range(400):
        value = [value]
    return value


def _leaves(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    return [way] if inside is None else [one for name, held in inside for one in _leaves(held, (*way, name))]


ODD = (10**5_000, -1, 2**61, float("nan"), [[]] * 3, {"x": None}, "\ud800", True, _deep())


def _with(proof: Any, way: tuple[Any, ...], value: Any) -> Any:
    altered = inside = copy.deepcopy(proof)
    for name in way[:-1]:
        inside = inside[name]
    inside[way[-1]] = value
    return altered


def test_a_proof_that_was_altered_shows_nothing(signed: Signed) -> None:
    """Whatever is changed in a proof, it no longer holds."""
    ledger, key, first, second = signed
    for proof in (prove_row(ledger, 3, second), prove_growth(ledger, first, second)):
        for way in _leaves(proof):
            value = proof
            for name in way:
                value = value[name]
            near = value + 1 if isinstance(value, int) else f"{value}0" if isinstance(value, str) else "x"
            for other in (near, *ODD):
                with pytest.raises(ProofError):
                    verify_proof(_with(proof, way, other), key.public)


@pytest.mark.parametrize("raw", [None, [], {}, {"form": "alpr-policy ledger proof 1"}, "x", {"form": 1, "path": {}}])
def test_what_is_no_proof_is_refused(raw: Any) -> None:
    """Data of any other shape is no proof and no checkpoint, and no reason for a crash."""
    with pytest.raises(ProofError):
        verify_proof(raw)
    with pytest.raises(ProofError):
        read_checkpoint(raw)


def test_another_key_is_not_trusted(signed: Signed, tmp_path: Path) -> None:
    """A checkpoint that somebody else signed is sound by itself, and refused where another key is pinned."""
    ledger, key, _, second = signed
    other = make_key(tmp_path / "other")

    assert second == read_checkpoint(second.to_wire())
    assert second == read_checkpoint(second.to_wire(), key.public)
    with pytest.raises(ProofError, match="another key"):
        read_checkpoint(second.to_wire(), other.public)
    assert ["ledger-checkpoint"] * 2 == [one.code for one in verify(ledger, pinned=other.public).findings]


def test_a_checkpoint_of_another_ledger_is_told(signed: Signed, tmp_path: Path) -> None:
    """A checkpoint of another ledger speaks against this one, and proves nothing of it."""
    _, _, first, _ = signed
    other = opened(str(tmp_path / "other.db"))
    other.append([duty(number) for number in range(9)])
    (found,) = verify(other, [first]).findings

    assert "is of another ledger" == found.message
    with pytest.raises(ProofError):
        prove_row(other, 2, first)


def test_export_is_checked_by_itself(signed: Signed) -> None:
    """Each exported line holds what shows that it is in the ledger, its personal values too where they are wanted."""
    ledger, _, _, second = signed
    head, *lines = json.loads(json.dumps(list(export(ledger, checkpoint=second, personal=True))))
    bare = list(export(ledger, checkpoint=second))

    assert second.size == len(lines)
    for line in lines:
        path = tuple(bytes.fromhex(node) for node in line["path"])
        assert line["hash"] == hash_of_shown(line)
        assert included(bytes.fromhex(line["hash"]), line["seq"] - 1, head["size"], path, bytes.fromhex(head["root"]))
        for pointer, (sort, held) in line["commitments"].items():
            one = line["personal"][pointer]
            assert (sort, held) == (one["sort"], commitment(one["key"], json.dumps(one["value"])))
    assert not any("personal" in one for one in bare)


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    """A key is made once, read back as it was made, and a file that is there is left alone."""
    made = make_key(tmp_path / "key")

    assert made.public == read_key(tmp_path / "key").public
    assert 0o600 == (tmp_path / "key").stat().st_mode & 0o777
    with pytest.raises(LedgerKeyError, match="is there already"):
        make_key(tmp_path / "key")


def test_keys_that_cannot_be_used(tmp_path: Path) -> None:
    """A key that others may read, that is none, or that is not there is refused with the reason."""
    make_key(tmp_path / "key").sign(b"")
    (tmp_path / "key").chmod(0o640)
    (tmp_path / "text").write_text("no key")
    (tmp_path / "text").chmod(0o600)
    told = []
    for name in ("key", "text", "none", "."):
        with pytest.raises(LedgerKeyError) as error:
            read_key(tmp_path / name)
        told.append(error.value.diagnostics[0].message.rpartition(" ")[2])

    assert [f"`{tmp_path / 'key'}`", "key", "directory", "directory"] == told
