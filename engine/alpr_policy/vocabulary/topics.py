"""What a council asks about, each topic as the acts, kinds of statement, data and duties that belong to it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One matter of a policy. A duty belongs to it by its task or by what it follows; `keeping` takes in retention.

    `data` narrows `keeping` to some classes of data; empty means all.
    """

    title: str
    actions: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    keeping: bool = False
    holds: bool = False
    duties: bool = False
    data: tuple[str, ...] = ()


# In the order in which a profile is told.
TOPICS: dict[str, Topic] = {
    "access": Topic(
        title="Who may get in, and how", actions=("role.assign", "access.grant", "access.use", "credential.share")
    ),
    "training": Topic(
        title="Training",
        actions=("training.record",),
        tasks=("refresher_training", "tell_users"),
        events=("training_completed",),
    ),
    "readers": Topic(
        title="Readers and deployments",
        actions=("read.capture", "device.install", "device.operate", "device.repair", "deployment.start"),
        tasks=("check_camera_aim", "equipment_check", "document_damage", "record_deployment", "secure_equipment"),
        events=("device_fault_seen", "device_damaged", "vehicle_left"),
    ),
    "alerts": Topic(
        title="Alerts and hits",
        actions=("alert.subscribe", "alert.deliver"),
        tasks=("set_alert_profile", "preserve_hit", "record_disposition"),
        events=("hit_acted_on",),
    ),
    "stops": Topic(title="Stops", actions=("stop.start",), tasks=("verify_status",)),
    "entries": Topic(
        title="Hot lists and entries",
        actions=("hotlist.load", "hotlist.request", "hotlist.add", "hotlist.change", "hotlist.remove"),
        tasks=("load_hotlist", "keep_entry_current", "update_entry", "log_entry"),
        events=("entry_stale",),
    ),
    "searches": Topic(
        title="Searches and other use of data", actions=("search.request", "search.run", "data.use", "data.export")
    ),
    "sharing": Topic(
        title="Sharing",
        actions=("data.share",),
        tasks=("log_dissemination", "record_request_and_results", "keep_request", "submit_to_repository"),
    ),
    "retention": Topic(
        title="How long data stays",
        actions=("data.store", "data.purge", "data.set_period"),
        tasks=("purge",),
        keeping=True,
    ),
    "holds": Topic(title="What keeps data from being deleted", tasks=("preserve_hit", "book_evidence"), holds=True),
    "logs": Topic(
        title="Records of what was done",
        actions=("log.write",),
        tasks=("log_transaction", "log_entry", "log_dissemination"),
        keeping=True,
        data=("query_log", "system_log", "audit_record", "share_request"),
    ),
    "audits": Topic(title="Audits, reviews and other duties", actions=("duty.complete",), duties=True),
}
