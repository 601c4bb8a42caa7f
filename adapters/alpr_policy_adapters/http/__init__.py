"""The policy decision point over HTTP: OpenID AuthZEN 1.0, and a native API beside it."""

from __future__ import annotations

from alpr_policy_adapters.http.app import application
from alpr_policy_adapters.http.authzen import Asking
from alpr_policy_adapters.http.judging import Answer, Deciding, Keeper
from alpr_policy_adapters.http.limits import Limits, Refusal
from alpr_policy_adapters.http.openapi import openapi, openapi_text
from alpr_policy_adapters.http.register import Register, Resource, read_register
from alpr_policy_adapters.http.running import Binding, serve
from alpr_policy_adapters.http.service import Caller, Service
from alpr_policy_adapters.http.tokens import SCOPES, Token, TokenFile, new_token, read_tokens, revoke_token

__all__ = [
    "SCOPES",
    "Answer",
    "Asking",
    "Binding",
    "Caller",
    "Deciding",
    "Keeper",
    "Limits",
    "Refusal",
    "Register",
    "Resource",
    "Service",
    "Token",
    "TokenFile",
    "application",
    "new_token",
    "openapi",
    "openapi_text",
    "read_register",
    "read_tokens",
    "revoke_token",
    "serve",
]
