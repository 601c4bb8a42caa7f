"""The document of a policy: what a profile says, for those whom it governs, as a page or as Markdown.

`building` puts the parts together, `page` and `markdown` write them down; what stands in a part is worked out in
`offices`, `paths` and `calendar`.
"""

from __future__ import annotations

from alpr_policy.questions.documents.building import policy_document
from alpr_policy.questions.documents.markdown import policy_markdown
from alpr_policy.questions.documents.page import policy_page
from alpr_policy.questions.documents.parts import PolicyDocument

__all__ = ["PolicyDocument", "policy_document", "policy_markdown", "policy_page"]
