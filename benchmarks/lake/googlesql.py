"""Selects in the reference implementation of GoogleSQL, the language of BigQuery: PyPI's `zetasql`.

It holds tables in memory, and what one select gives can be the table of the next.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any


class GoogleSql:
    """Tables by their names, and selects from them."""

    def __init__(self) -> None:
        api, core, types = (import_module(f"zetasql.{name}") for name in ("api", "core", "types"))
        # Values that are structs or null are lost in the classes that the package wraps around messages.
        self._messages = import_module("zetasql.wasi._pb2.zetasql.local_service.local_service_pb2")
        self._client = core.ZetaSqlLocalService.get_instance().wasm_client
        language = types.LanguageOptions.maximum_features()
        functions = types.ZetaSQLBuiltinFunctionOptions(language_options=language)
        self._language = language.to_proto()
        self._catalog = api.CatalogBuilder("logs").with_builtin_functions(functions).build().to_proto()
        self._tables: dict[str, tuple[list[Any], Any]] = {}

    def put_texts(self, table: str, column: str, texts: list[str]) -> None:
        """A table of one column of texts."""
        columns, rows = self._run(f"select '' as {column}")
        rows.ClearField("table_data")
        for text in texts:
            rows.table_data.row.add().cell.add().string_value = text
        self._tables[table] = (columns, rows)

    def make(self, table: str, select: str) -> None:
        """A table, or a view, of what a select gives."""
        self._tables[table] = self._run(select)

    def rows(self, table: str) -> list[dict[str, Any]]:
        columns, content = self._tables[table]
        names = [column.name for column in columns]
        return [dict(zip(names, map(_value, row.cell), strict=True)) for row in content.table_data.row]

    def _run(self, select: str) -> tuple[list[Any], Any]:
        request = self._messages.EvaluateQueryRequest(sql=select)
        request.options.language_options.CopyFrom(self._language)
        request.simple_catalog.CopyFrom(self._catalog)
        for name, (columns, content) in self._tables.items():
            if re.search(rf"\b{name}\b", select):
                table = request.simple_catalog.table.add(name=name)
                for column in columns:
                    table.column.add(name=column.name).type.CopyFrom(column.type)
                request.table_content[name].CopyFrom(content)
        answer = self._client.call_grpc_func(
            "ZetaSqlLocalService_EvaluateQuery", request, self._messages.EvaluateQueryResponse
        )
        return list(answer.prepared.columns), answer.content


def _value(cell: Any) -> Any:
    kind = cell.WhichOneof("value")
    match kind:
        case None:
            return None
        case "array_value":
            return [_value(element) for element in cell.array_value.element]
        case "struct_value":
            return tuple(_value(field) for field in cell.struct_value.field)
        case "timestamp_value":
            moment = cell.timestamp_value
            since_1970 = timedelta(seconds=moment.seconds, microseconds=moment.nanos // 1000)
            return (datetime(1970, 1, 1, tzinfo=UTC) + since_1970).replace(tzinfo=None)
    return getattr(cell, kind)
