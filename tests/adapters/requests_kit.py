"""What the tests of access requests share: two departments, a clock that can be set, dialogues told step by step."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import yaml
from tests.adapters.cli_kit import PROGRAM, environment
from tests.adapters.http_kit import REGISTER, ask
from tests.adapters.ledger_kit import opened

from alpr_policy import LivePolicyDecisionPoint
from alpr_policy_adapters.cli.serving import Kept
from alpr_policy_adapters.http import Asking, Deciding, Register, Resource, Service, TokenFile, new_token
from alpr_policy_adapters.ledger import Ledger, recompute, verify

FILES = Path(__file__).parent / "server_files"
DEPARTMENTS = ("haven", "harbor")
SECONDS = 60
START = dt.datetime(2026, 5, 4, 16, 0, tzinfo=dt.UTC)
TABLE: dict[str, Any] = yaml.safe_load((FILES / "requests.yaml").read_text(encoding="utf-8"))
Send = Callable[..., httpx.Response]


def prepared(folder: Path, now: dt.datetime) -> dict[str, str]:
    """Put policies, a ledger and tokens into a folder; return tokens by scope and departments, as `decide harbor`."""
    (folder / "policies").mkdir()
    for name in DEPARTMENTS:
        shutil.copy(FILES / f"{name}.yaml", folder / "policies" / f"{name}.yaml")
    opened(str(folder / "ledger.db")).close()
    found = {}
    for scope in ("decide", "approve"):
        for names in (*((one,) for one in DEPARTMENTS), DEPARTMENTS):
            text, _ = new_token(folder / "tokens.json", scopes=[scope], departments=names, now=now)
            found[f"{scope} {' '.join(names)}"] = text
    return found


class World:
    """A server in this process, with a clock that can be set and a ledger that outlasts it."""

    def __init__(self, folder: Path, *, changes: bool = True) -> None:
        """Begin in an empty folder; without `changes` the profiles stay as they are, and are read once for all."""
        self.folder, self.now, self.changes = folder, START, changes
        self.listed = dict(REGISTER.by_type["device"])
        self.tokens = prepared(folder, START)
        self.restart()

    def restart(self) -> None:
        """Let go of all that is kept in memory."""
        if hasattr(self, "served"):
            self.served.ended()
        self.point = live(self.folder / "policies") if self.changes else unchanged()
        keeper = Kept(str(self.folder / "ledger.db"), self.point, clock=lambda: self.now)
        asking = Asking(Deciding(self.point, keeper=keeper), lambda: self.now, Register({"device": self.listed}))
        tokens = TokenFile(self.folder / "tokens.json", lambda: self.now)
        url = "https://policy.example.org"
        self.served = Service(asking, departments=DEPARTMENTS, tokens=tokens, public_url=url)

    def close(self) -> None:
        """End the server; its ledger must be whole, and what was decided under changing texts be derived again."""
        self.served.ended()
        whole(str(self.folder / "ledger.db"), derived=self.changes)

    def change(self, old: str, new: str, name: str = "harbor") -> None:
        """Change the text of a profile, and have it taken up."""
        change(self.folder, old, new, name)
        assert self.point.reload()

    def send(self, who: str, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Send one request with the token of a scope and departments."""
        return sent(lambda *a, **k: ask(self.served, *a, **k), self.tokens[who], method, path, body, headers)


class Process:
    """A server as a process of its own, which is killed rather than ended; its clock is that of the machine."""

    def __init__(self, folder: Path, *words: str) -> None:
        """Begin in an empty folder."""
        self.folder, self.words = folder, words
        self.tokens = prepared(folder, dt.datetime.now(dt.UTC))
        listed = [{"type": one.type, "id": one.id, "properties": one.properties} for one in REGISTER.of_type("device")]
        (folder / "register.yaml").write_text(yaml.safe_dump({"resources": listed}), encoding="utf-8")
        self.process: subprocess.Popen[bytes] | None = None
        self.restart()

    def restart(self) -> None:
        """Kill the server, and begin another one on the same ledger."""
        self.kill()
        command = [*PROGRAM, "serve", "--port", "0", "--policies", str(self.folder / "policies"), "--no-log"]
        command += [word for name in DEPARTMENTS for word in ("--profile", name)]
        command += ["--tokens", str(self.folder / "tokens.json"), "--ledger", str(self.folder / "ledger.db")]
        command += ["--register", str(self.folder / "register.yaml")]
        self.process = subprocess.Popen(
            [*command, *self.words], env=environment(), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        assert self.process.stderr is not None
        self.url = str(json.loads(self.process.stderr.readline())["url"])
        self.client = httpx.Client(base_url=self.url, trust_env=False, timeout=SECONDS)
        self._until(self._is_ready)

    def kill(self) -> None:
        """Kill the server with all that it forked, if it runs."""
        if self.process is not None:
            assert self.process.stderr is not None
            self.process.send_signal(signal.SIGTERM if "--workers" in self.words else signal.SIGKILL)
            self.process.wait(SECONDS)
            self.process.stderr.close()
            self.client.close()
            self.process = None

    def close(self) -> None:
        """Kill the server; its ledger must be whole, and every decision in it the one that is derived again."""
        self.kill()
        whole(str(self.folder / "ledger.db"))

    def change(self, old: str, new: str, name: str = "harbor") -> None:
        """Change the text of a profile, and wait until it is taken up."""
        assert self.process is not None
        before = self._loaded()
        change(self.folder, old, new, name)
        self.process.send_signal(signal.SIGHUP)
        self._until(lambda: self._loaded() != before)

    def send(self, who: str, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Send one request with the token of a scope and departments."""
        return sent(self.client.request, self.tokens[who], method, path, body, headers)

    def _loaded(self) -> str:
        return str(self.send("decide harbor", "GET", "/v1/profiles").json()["loaded_at"])

    def _is_ready(self) -> bool:
        try:
            return self.client.get("/ready").status_code == 200
        except httpx.TransportError:
            return False

    def _until(self, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < end, "it did not come about in time"
            time.sleep(0.02)


def change(folder: Path, old: str, new: str, name: str) -> None:
    """Change the text of a profile in a folder."""
    path = folder / "policies" / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def live(folder: Path) -> LivePolicyDecisionPoint:
    """Return the decision point of both departments by the texts in a folder."""
    return LivePolicyDecisionPoint(folder, departments=DEPARTMENTS)


@cache
def unchanged() -> LivePolicyDecisionPoint:
    """Return the decision point of both departments by the texts as they stand beside the table."""
    return LivePolicyDecisionPoint(*(FILES / f"{name}.yaml" for name in DEPARTMENTS), departments=DEPARTMENTS)


def whole(place: str, *, derived: bool = True) -> None:
    """Hold that a ledger is whole, and that every decision in it is the one that is derived again."""
    ledger = Ledger.open(place)
    assert verify(ledger).is_whole
    if derived:
        again = recompute(ledger)
        assert (0, 0) == (len(again.different), len(again.not_recomputable))
    ledger.close()


def sent(send: Send, token: str, method: str, path: str, body: Any, headers: Mapping[str, str]) -> httpx.Response:
    """Send JSON, or nothing, with a token."""
    more: dict[str, Any] = {} if body is None else {"json": body}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return send(method, path, headers={"Authorization": f"Bearer {token}", **named}, **more)


class Talk:
    """One dialogue: what was asked, denied, requested and approved so far, with whoever answers (`world.send`)."""

    def __init__(self, world: Any, base: str = "export", departments: str = "harbor") -> None:
        """Talk about one of the acts of the table."""
        self.world, self.departments = world, departments
        self.question: dict[str, Any] = TABLE["acts"][base]
        self.denial: dict[str, Any] = {}
        self.task, self.before = "", ""
        self.approval: dict[str, Any] = {}

    def ask(self, change: Mapping[str, Any] | None = None, departments: str | None = None) -> dict[str, Any]:
        """Evaluate the act, and remember how a denial is named."""
        body = {**self.question, **(change or {})}
        answer = self.world.send(f"decide {departments or self.departments}", "POST", "/access/v1/evaluation", body)
        assert 200 == answer.status_code, answer.text
        found: dict[str, Any] = answer.json()
        context = found["context"]
        if "access_request" in context:
            keys = {"evaluation_id": context["evaluation_id"], "evaluated_at": context["evaluated_at"]}
            self.denial = {**keys, "expires_at": context["access_request"]["expires_at"]}
        return found

    def request(
        self, change: Mapping[str, Any] | None = None, departments: str | None = None, **headers: str
    ) -> httpx.Response:
        """Ask for what the last denial lacks."""
        body = {**self.question, "denial": self.denial, **(change or {})}
        body = {key: value for key, value in body.items() if value is not None}
        who = f"decide {departments or self.departments}"
        answer: httpx.Response = self.world.send(who, "POST", "/access/v1/requests", body, **headers)
        if answer.status_code in (201, 202):
            self.task = answer.json()["task"]["id"]
            self.before = self.before or self.task
            self._approved(answer)
        return answer

    def look(self, departments: str | None = None) -> httpx.Response:
        """Look at how the request stands."""
        who = f"decide {departments or self.departments}"
        answer: httpx.Response = self.world.send(who, "GET", f"/access/v1/requests/{self.task}")
        self._approved(answer)
        return answer

    def _approved(self, answer: httpx.Response) -> None:
        if answer.status_code < 300 and "result" in answer.json():
            self.approval = answer.json()["result"]["approval"]

    def event(self, event: Mapping[str, Any], case: str = "") -> httpx.Response:
        """Take an event into the case, as whoever approves where it takes that."""
        who = f"{'approve' if event['kind'] in ('approval', 'check') else 'decide'} {self.departments}"
        answer: httpx.Response = self.world.send(who, "POST", f"/v1/cases/{case or self.task}/events", dict(event))
        return answer

    def exception(self, given: Mapping[str, Any]) -> None:
        """Have an exception granted, in a case of its own."""
        wish = {"kind": "opened", "by": "dora", "action": given["topic"], "topic": given["topic"]}
        grant = {"kind": "approval", "decision": "granted", "scope": {"requester.id": "bob"}, **given}
        for event in (wish, grant):
            answer = self.event(event, "exception-1")
            assert answer.status_code == 200 and answer.json()["refused"] is None, answer.text

    def redeem(
        self,
        change: Mapping[str, Any] | None = None,
        departments: str | None = None,
        approval: Any = None,
    ) -> dict[str, Any]:
        """Evaluate again, with the approval."""
        whole = {**self.question, **(change or {})}
        shown = approval if approval is not None else self.approval or {"id": f"apr_{self.task}"}
        whole["context"] = {**(whole.get("context") or {}), "approval": shown}
        answer = self.world.send(f"decide {departments or self.departments}", "POST", "/access/v1/evaluation", whole)
        assert 200 == answer.status_code, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def cancel(self, body: Any = None) -> httpx.Response:
        """Take the request back."""
        path = f"/access/v1/requests/{self.task}/cancel"
        answer: httpx.Response = self.world.send(f"decide {self.departments}", "POST", path, body)
        return answer


def seen(answer: httpx.Response) -> dict[str, Any]:
    """Return what a dialogue may expect of an answer about a request."""
    data = answer.json() if "json" in answer.headers["content-type"] else {}
    task = data.get("task", {})
    progress = task.get("progress", {})
    return {
        "status": answer.status_code,
        "error": str(data.get("type", "about:blank")).rpartition(":")[2].replace("blank", "") or None,
        "task": task.get("status"),
        "step": [progress[key] for key in ("current_step", "total_steps")] if progress else None,
        "awaiting": progress.get("awaiting"),
        "links": sorted(task.get("links", {})),
        "result": data.get("result", {}).get("mode"),
        "until": data.get("result", {}).get("approval", {}).get("approved_until"),
        "refused": (data.get("refused") or {}).get("code"),
    }


def judged(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a dialogue may expect of an evaluation."""
    context = found["context"]
    return {
        "decision": found["decision"],
        "outcome": context.get("outcome"),
        "reason": context.get("reason"),
        "next": context.get("next_action"),
        "offered": "access_request" in context,
        "obligations": [one["type"] for one in context.get("obligations", [])],
        "unsupported": context.get("unsupported_obligations"),
        "approval": context.get("approval", {}).get("id", "")[:4] or None,
    }


def span(text: str) -> dt.timedelta:
    """Read `3 hours`."""
    number, unit = text.split()
    return dt.timedelta(**{unit if unit.endswith("s") else unit + "s": int(number)})


def told(dialogue: Mapping[str, Any], world: Any) -> list[tuple[int, dict[str, Any], dict[str, Any]]]:
    """Hold a dialogue; return for each step its number, what was expected and what was seen of it."""
    talk = Talk(world, dialogue.get("act", "export"), dialogue.get("departments", "harbor"))
    found = []
    for number, line in enumerate(dialogue["talk"], start=1):
        step = dict(line)
        expected = step.pop("gives", {})
        ((kind, given),) = step.items()
        answer = _step(talk, world, kind, given)
        found.append((number, expected, {key: answer.get(key) for key in expected}))
    return found


def _step(talk: Talk, world: Any, kind: str, given: Any) -> dict[str, Any]:
    more = dict(given) if isinstance(given, dict) else {}
    who = more.pop("as", None)
    match kind:
        case "ask":
            return judged(talk.ask(more, who))
        case "request":
            key = more.pop("key", None)
            return seen(talk.request(more, who, **({"Idempotency_Key": key} if key else {})))
        case "look":
            return seen(talk.look(who))
        case "event":
            return seen(talk.event(more))
        case "redeem":
            approval = more.pop("approval", None)
            return judged(talk.redeem(more, who, approval))
        case "cancel":
            return seen(talk.cancel(given))
        case "same" | "other":
            assert (kind == "same") is (talk.task == talk.before)
            talk.before = talk.task
        case "exception":
            talk.exception(given)
        case "end_exception":
            talk.event({"kind": "approval", "decision": "ended", "by": "alice", "role": "chief"}, "exception-1")
        case "stretch":
            end = dt.datetime.fromisoformat(talk.denial["expires_at"]) + span(given)
            talk.denial["expires_at"] = end.isoformat()
        case "wait":
            world.now += span(given)
        case "restart":
            world.restart()
        case "policy":
            world.change(more["was"], more["is"], more.get("of", "harbor"))
        case "register":
            world.listed["d-1"] = Resource("device", "d-1", more)
        case _:
            raise AssertionError(kind)
    return {}
