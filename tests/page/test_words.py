"""The page's words: both languages say everything, and what the API names is named as in the glossary."""

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_origin

import msgspec
import pytest
from msgspec import Struct

from domain.readings import Readings
from domain.record import Body, ConfigurationChanged, MonitorGap
from domain.units import SIGNS
from tests.architecture.glossary import BAN_COLUMNS, rows
from tests.architecture.source_tree import PAGE, ROOT, page_files

WORDS = ROOT / PAGE / "words"
KINDS = ("page", "phone", "terms", "compared", "records")
CHINESE = re.compile(r"[\u4e00-\u9fff\uff00-\uffef]")


def table(name: str) -> dict[str, str]:
    """A table's body is JSON after `export default`."""
    text = (WORDS / f"{name}.js").read_text(encoding="utf-8")
    body = text[text.index("export default ") + len("export default ") :].rstrip().removesuffix(";")
    found = json.loads(body, object_pairs_hook=unrepeated)
    assert isinstance(found, dict)
    return found


def unrepeated(pairs: list[tuple[str, str]]) -> dict[str, str]:
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"written twice: {sorted(key for key in keys if keys.count(key) > 1)}"
    return dict(pairs)


@pytest.mark.parametrize("kind", KINDS)
def test_both_languages_say_everything(kind: str) -> None:
    en, zh = table(f"en_{kind}"), table(f"zh_{kind}")
    assert list(en) == list(zh)
    for key, words in en.items():
        assert words.strip(), key
        assert not CHINESE.search(words), f"{key} is Chinese in the English table: {words}"
        assert CHINESE.search(zh[key]), f"{key} is not Chinese: {zh[key]}"
        assert set(re.findall(r"{\w+}", words)) == set(re.findall(r"{\w+}", zh[key])), (
            f"{key}: other things are filled in"
        )


def test_what_the_api_names_is_named_as_in_the_glossary() -> None:
    command = [sys.executable, "scripts/page_terms.py", "--check"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (0, "")


def test_no_word_is_one_that_we_do_not_use() -> None:
    banned = {
        word.strip(" `").replace("_", " ")
        for row in rows(ROOT, BAN_COLUMNS)
        if row.cells["not in"] == "anywhere"
        for word in row.cells["not"].split(",")
    }
    assert len(banned) > 10
    found = [
        (key, word)
        for name in (f"en_{kind}" for kind in KINDS)
        for key, words in table(name).items()
        for word in banned
        if re.search(rf"\b{word}s?\b", words.lower())
    ]
    assert found == []


def used() -> dict[str, Path]:
    """Keys that modules of the page write out whole."""
    found = {}
    for path in page_files(ROOT):
        if path.suffix == ".js" and "words" not in path.parts:
            for key in re.findall(r'"([a-z_]+\.[a-z_]+)"', (ROOT / path).read_text(encoding="utf-8")):
                found[key] = path
    return found


def test_every_sentence_that_a_module_asks_for_is_there() -> None:
    known = set().union(*(table(f"en_{kind}") for kind in KINDS))
    missing = {key: str(path) for key, path in used().items() if key not in known}
    assert missing == {}


def test_every_sentence_is_asked_for() -> None:
    # These are put together from a state that the API or the connection names.
    composed = {
        "banner",
        "devices",
        "tours",
        "alarm",
        "alarms",
        "attention",
        "doors",
        "outbox",
        "incident",
        "figures",
        "report",
    }
    said = [*table("en_page"), *(key for key in table("en_phone") if not key.startswith("phone.state_"))]
    idle = [key for key in said if key not in used() and key.split(".")[0] not in composed]
    assert idle == []


def test_the_numbers_that_rules_compare_are_called_in_both_languages() -> None:
    sources = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "rules" / "kinds").glob("*.py"))]
    told = {name for text in sources for name in re.findall(r'\("([a-z ]+)", (?:unit|"s"|"")\)', text)}
    told |= {name for text in sources for name in re.findall(r'_UNUSABLE: Final = "([a-z ]+)"', text)}
    of_vigil = (path.read_text(encoding="utf-8") for path in sorted((ROOT / "rules" / "undecided").glob("*words.py")))
    told |= {name for text in of_vigil for name in re.findall(r'"(\w+)": float\(', text)}
    told |= {"low", "high", "low_low", "high_high"}
    assert {"difference", "change", "latest reading unusable", "undecided", "machines"} < told
    for words in ("en_compared", "zh_compared"):
        assert {f"compared.{name.replace(' ', '_')}" for name in told} - set(table(words)) == set()


def test_units_read_as_in_the_texts_of_the_engine() -> None:
    text = (ROOT / PAGE / "format" / "number.js").read_text(encoding="utf-8")
    found = re.search(r"const UNITS = (\{.*?\n\});", text, re.DOTALL)
    assert found is not None
    assert json.loads(found[1]) == dict(SIGNS)


def fact_names(record: type[Struct]) -> Iterator[str]:
    """The names of a record's fields, and of the fields of what stands in them."""
    for field in msgspec.structs.fields(record):
        yield field.name
        # A list of things is told as text.
        for kind in () if get_origin(field.type) is tuple else (field.type, *get_args(field.type)):
            if inspect.isclass(kind) and issubclass(kind, Struct):
                yield from fact_names(kind)


def test_records_and_what_stands_in_them_are_called_in_both_languages() -> None:
    records = set(get_args(Body))
    types = {str(record.__struct_config__.tag) for record in records}
    # What `api.evidence` says of those that it does not spell out, of bytes, and of what is true or not.
    named = {"digest", "readings", "start", "end", "size", "true", "false"}
    named |= {name for record in records - {Readings, ConfigurationChanged, MonitorGap} for name in fact_names(record)}
    assert len(types) > 30
    assert {"door", "credential", "latitude", "with_dependents"} < named
    for words in ("en_records", "zh_records"):
        known = set(table(words))
        assert {f"record.{name}" for name in types} | {f"fact.{name}" for name in named} == known
