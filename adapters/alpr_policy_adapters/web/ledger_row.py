"""One row of the ledger in full: the decision in words, what it holds, what was purged, its hash and its proof."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from nicegui import ui
from nicegui.element import Element

from alpr_policy_adapters.ledger import Checkpoint, Ledger, Row
from alpr_policy_adapters.web.desk import Desk, told
from alpr_policy_adapters.web.frame import heading, tell
from alpr_policy_adapters.web.ledger_asking import (
    Proof,
    among,
    checkpoints_in,
    decision_in,
    proof_of,
    purges_told,
    row_of,
)
from alpr_policy_adapters.web.ledger_proving import Given
from alpr_policy_adapters.web.shown import decision_shown, reasons_shown
from alpr_policy_adapters.web.wide import pre

NOW = "what the ledger holds now"


async def row_shown(desk: Desk, ledger: Ledger, seq: int, place: Element, given: Given, *, personal: bool) -> None:
    """Draw a row into `place`; raises Refusal and LedgerError."""
    own = among(desk.service, desk.caller("audit"))
    row = await desk.thread(row_of, ledger, seq, own)
    kept = await desk.thread(checkpoints_in, ledger)
    if place.is_deleted:
        return
    place.clear()
    with place:
        _draw(desk, ledger, row, personal=personal, checkpoints={**_named(kept), **given.named()})
    place.run_method("scrollIntoView")


def _named(kept: tuple[tuple[int, Checkpoint], ...]) -> dict[str, Checkpoint]:
    return {f"the checkpoint of row {seq}, {one.size:,} rows, {one.at[:19]}": one for seq, one in kept}


def _draw(desk: Desk, ledger: Ledger, row: Row, *, personal: bool, checkpoints: dict[str, Checkpoint]) -> None:
    heading(f"Row {row.seq:,}: {row.kind.value.replace('_', ' ')}")
    ui.label(f"Happened {_time(row.happened)}, written {_time(row.written)}").classes("quiet")
    about = ", ".join((*row.departments, *([f"case {row.case[0]}, step {row.case[1]}"] if row.case else [])))
    if about:
        ui.label(about)
    decision = decision_in(row, personal=personal)
    if decision is not None:
        decision_shown(decision)
        reasons_shown(decision, confidential=True)
    elif "decision" in row.body:
        ui.label("Without what is left out of it, the decision cannot be put into words.").classes("quiet")
    for line in purges_told(row):
        ui.label(line).classes("m-purged")
    if not personal and row.personal:
        told_apart = f"{len(row.personal)} personal values are not shown."
        ui.label(told_apart).classes("quiet m-hidden")
    with ui.expansion("The row as JSON").classes("w-full fine"):
        text = json.dumps(row.to_wire(personal=personal), indent=2, ensure_ascii=False)
        pre(text).classes("m-row-json")
    heading("That it is there", 3)
    ui.label(f"Its hash: {row.hash}").classes("place text-sm break-all m-hash")
    ui.label(f"The row before it: {row.previous}").classes("place text-sm break-all quiet")
    _proof(desk, ledger, row, {NOW: None, **{n: one for n, one in checkpoints.items() if one.size >= row.seq}})


def _time(moment: Any) -> str:
    return f"{moment.isoformat(sep=' ', timespec='seconds')[:19]} UTC"


def _proof(desk: Desk, ledger: Ledger, row: Row, choices: dict[str, Checkpoint | None]) -> None:
    last = [*choices][-1 if len(choices) == 1 else 1]
    with ui.row().classes("items-center gap-3"):
        chosen = ui.select(list(choices), value=last, label="Proven for").props("outlined dense").classes("m-for")
        chosen.style("min-width: 16rem; max-width: 100%")
        prove = ui.button("Prove it").props("outline no-caps").classes("m-prove")
    shown = ui.element("div").props("role=status").classes("w-full m-proof")

    async def proven() -> None:
        desk.caller("audit")
        proof = await desk.thread(proof_of, ledger, row, choices[chosen.value])
        if not shown.is_deleted:
            shown.clear()
            with shown:
                _proof_shown(proof, row.seq)

    prove.on_click(told(tell)(proven))


def _proof_shown(proof: Proof, seq: int) -> None:
    ui.label(("It holds: " if proof.holds else "It does not hold: ") + proof.says).classes("font-bold m-holds")
    ui.label(f"Root: {proof.root}").classes("place text-sm break-all")
    ui.label(f"Hashes on the way: {len(proof.path)}").classes("quiet text-sm")
    if proof.wire is not None:
        text = json.dumps(proof.wire, indent=2) + "\n"
        button = ui.button("The proof (JSON)", icon="download",
                           on_click=partial(ui.download.content, text, f"proof-{seq}.json"))  # fmt: skip
        button.props("outline no-caps dense").classes("px-2 m-take-proof")
        ui.label("`alpr-policy ledger check-proof` checks it without any ledger.").classes("quiet text-sm")
    else:
        ui.label("For others to check it, take a checkpoint that they were given.").classes("quiet text-sm")
