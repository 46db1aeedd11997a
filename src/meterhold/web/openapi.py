"""The OpenAPI description: FastAPI's own, and the bodies that the handlers read by themselves."""

from typing import Any

from fastapi import APIRouter, FastAPI, Response
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from meterhold.documents.approval import ApprovalDocument
from meterhold.documents.exchange import ExchangeDocument
from meterhold.documents.installation import RegistryDocument
from meterhold.documents.keys import KeyDocument, RotationDocument, SigningKeyDocument
from meterhold.documents.limits import LimitsDocument
from meterhold.documents.order import OrderDocument
from meterhold.documents.requests import (
    AcknowledgeDocument,
    AttentionDocument,
    InhibitDocument,
    LockDocument,
    VerifyDocument,
    WitnessDocument,
    WrongfulDocument,
)
from meterhold.documents.weather import ForecastsDocument, MoratoriumDocument
from meterhold.web.bodies import json

_REF = "#/components/schemas/{model}"
_DOCUMENTS = (
    OrderDocument,
    RegistryDocument,
    AttentionDocument,
    AcknowledgeDocument,
    ApprovalDocument,
    LimitsDocument,
    InhibitDocument,
    KeyDocument,
    RotationDocument,
    SigningKeyDocument,
    LockDocument,
    VerifyDocument,
    WitnessDocument,
    ExchangeDocument,
    WrongfulDocument,
    ForecastsDocument,
    MoratoriumDocument,
)


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """Describe a body that is read as this document."""
    schema = {"$ref": _REF.format(model=model.__name__)}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def body_of_text(*media_types: str) -> dict[str, Any]:
    """Describe a body of lines."""
    content = {media_type: {"schema": {"type": "string"}} for media_type in media_types}
    return {"requestBody": {"required": True, "content": content}}


def describe(app: FastAPI) -> dict[str, Any]:
    """Draw up the description."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        _, definitions = models_json_schema([(model, "validation") for model in _DOCUMENTS], ref_template=_REF)
        components = schema.setdefault("components", {})
        components["schemas"] = components.get("schemas", {}) | definitions["$defs"]
        components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer", "bearerFormat": "mh_..."}}
        schema["security"] = [{"key": []}]
        app.openapi_schema = schema
    return app.openapi_schema


def openapi_router(app: FastAPI) -> APIRouter:
    """Build the route of the description."""
    router = APIRouter()

    @router.get("/openapi.json", include_in_schema=False)
    async def openapi() -> Response:
        """Describe this API."""
        return json(describe(app))

    return router
