"""From frames and payloads to decisions: the only place where plates, payloads, hot lists and policies meet.

frame ─▶ reads ─▶ hits ─▶ requests (capture, alert, stop) ─▶ one decision per department ─▶ sinks
"""

from alpr_policy_adapters.pipeline.batch import judge_received, run, steps_of
from alpr_policy_adapters.pipeline.cameras import CameraFeed, camera_feeds
from alpr_policy_adapters.pipeline.history import History, Window, historical_hits
from alpr_policy_adapters.pipeline.judge import Decider, Judge, now, seen_or
from alpr_policy_adapters.pipeline.lookout import Lookout, told_before
from alpr_policy_adapters.pipeline.service import Capacity, Ending, Pipeline
from alpr_policy_adapters.pipeline.setting import SETTING_KEYS, Setting, load_setting, newer_known
from alpr_policy_adapters.pipeline.sources import Arrived, Frame, Source, engine_reader, pictures
from alpr_policy_adapters.pipeline.step import LOG_VERSION, PERSONAL_PATHS, Step, log_lines

__all__ = [
    "LOG_VERSION",
    "PERSONAL_PATHS",
    "SETTING_KEYS",
    "Arrived",
    "CameraFeed",
    "Capacity",
    "Decider",
    "Ending",
    "Frame",
    "History",
    "Judge",
    "Lookout",
    "Pipeline",
    "Setting",
    "Source",
    "Step",
    "Window",
    "camera_feeds",
    "engine_reader",
    "historical_hits",
    "judge_received",
    "load_setting",
    "log_lines",
    "newer_known",
    "now",
    "pictures",
    "run",
    "seen_or",
    "steps_of",
    "told_before",
]
