"""A department's first files: a profile with the sections to fill, expected answers that hold, and what to do next.

`topics` are the questions, `drafts` the answers, `writing` the files, `proving` tries them before anybody has them;
`usual` is what is proposed.
"""

from __future__ import annotations

from alpr_policy.questions.drafting.drafts import Draft, Extra
from alpr_policy.questions.drafting.proving import DraftError, DraftFiles, files_of
from alpr_policy.questions.drafting.topics import Topic, topics
from alpr_policy.questions.drafting.usual import usual

__all__ = ["Draft", "DraftError", "DraftFiles", "Extra", "Topic", "files_of", "topics", "usual"]
