"""An expression as people read it, made from its tree, so that what is said is what is judged.

Points have the names that the site gives them, numbers the unit of what they meet, states their names. Where a name
could be read as part of the expression it stands in quotes.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import eq, ge, gt, le, lt, ne
from typing import Final

from msgspec import Struct

from domain.instant import from_seconds
from domain.text import Text, same
from rules.expressions.measures import BARE, DERIVED, difference, like, measure_of, tree_measure
from rules.expressions.tree import (
    Binary,
    Compare,
    Count,
    Lasting,
    Logic,
    Node,
    Not,
    Number,
    Previous,
    Silent,
    TimeTo,
    Unary,
    Value,
    Window,
    Within,
)
from rules.wording import hours_words, quantity, span

_OR, _AND, _LASTING, _COMPARE, _PHRASE, _SUM, _PRODUCT, _WHOLE = range(8)
"""How closely what is said belongs together; what binds looser than its place allows stands in parentheses."""

_HOLDS: Final[Mapping[str, Callable[[float, float], bool]]] = {"<": lt, "<=": le, ">": gt, ">=": ge, "==": eq, "!=": ne}
_SIGNS: Final = {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠", "*": "×"}
_CONTRARY: Final = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}
_LOGIC: Final = {"and": Text("and", "且"), "or": Text("or", "或")}
_EXTREMES: Final = {"min": Text("lowest", "最小值"), "max": Text("highest", "最大值")}
_WINDOWS: Final = {
    "avg": Text("average of {of} over {span}", "{of}的 {span}平均值"),
    "lowest": Text("lowest of {of} over {span}", "{of}的 {span}最小值"),
    "highest": Text("highest of {of} over {span}", "{of}的 {span}最大值"),
    "spread": Text("spread of {of} over {span}", "{of}的 {span}极差"),
    "change": Text("change of {of} over {span}", "{of}的 {span}变化"),
}
_TIME_TO: Final = Text("time until {of} reaches {limit} (pace of {span})", "{of}到达 {limit} 的时间（按 {span}趋势）")
_COUNT: Final = Text("times within {span} that ({of})", "{span}内出现“{of}”的次数")
_SILENT: Final = Text("no usable value of {of} for {span}", "{of}已 {span}无可用测值")
_LASTS: Final = Text("{of} for {span}", "{of} 持续 {span}")
_IN_HOURS: Final = Text("within {hours}", "在 {hours} 内")
_READS_AS_PART: Final = re.compile(r"[<>=≤≥≠×(),，；（）“”|]|(?:^|\s)[-+*/](?:\s|$)|(?i:\b(?:and|or|not|is)\b)|[且或]")


class Measured(Struct, frozen=True, gc=False):
    """A point as an expression names it: its name within a sentence, its unit, and what its values are called."""

    name: Text
    unit: str
    states: tuple[tuple[str, Text], ...] = ()


class _Said(Struct, frozen=True):
    """Part of an expression in words, and how closely these belong together."""

    text: Text
    binds: int

    def within(self, least: int) -> Text:
        """The words where only what binds at least so closely needs no parentheses."""
        return self.text if self.binds >= least else Text(f"({self.text.en})", f"（{self.text.zh}）")


def expression_words(tree: Node, points: Sequence[Measured]) -> Text:
    """What a tree over these points (by slot) says."""
    return _Speaker(points).said(tree).text


class _Speaker:
    def __init__(self, points: Sequence[Measured]) -> None:
        self._points = points
        self._measures = [measure_of(point.unit) for point in points]
        self._names = [Text(_clear(point.name.en), _clear(point.name.zh)) for point in points]

    def said(self, node: Node) -> _Said:
        match node:
            case Logic():
                return self._logic(node)
            case Compare():
                return self._comparison(node)
            case Not(of=Compare(how=how, left=left, right=right)):
                return self._comparison(Compare(_CONTRARY[how], left, right))  # type: ignore[arg-type]
            case Not(of=of):
                said = self.said(of).text
                return _Said(Text(f"not ({said.en})", f"非（{said.zh}）"), _WHOLE)
            case Lasting(of=of, span=lasted):
                return _Said(_filled(_LASTS, of=self.said(of).within(_COMPARE), span=span(lasted)), _LASTING)
            case Silent(slot=slot, span=lasted):
                return _Said(_filled(_SILENT, of=self._names[slot], span=span(lasted)), _LASTING)
            case Within(hours=hours):
                return _Said(_filled(_IN_HOURS, hours=hours_words(hours)), _COMPARE)
            case _:
                return self._number(node)

    def _logic(self, node: Logic) -> _Said:
        """All that `and` joins, or `or`; two comparisons that share their middle are one, as on paper."""
        parts: list[_Said] = []
        before: Compare | None = None
        for each in _joined(node, node.how):
            chained = self._chained(before, each) if node.how == "and" else None
            if chained is None:
                parts.append(self.said(each))
            else:
                parts[-1] = chained
            before = each if isinstance(each, Compare) and chained is None else None
        # People do not remember which of the two binds closer.
        said = [each.within(_LASTING) for each in parts]
        word = _LOGIC[node.how]
        text = Text(f" {word.en} ".join(each.en for each in said), f" {word.zh} ".join(each.zh for each in said))
        return _Said(text, (_AND if node.how == "and" else _OR) if len(parts) > 1 else parts[0].binds)

    def _chained(self, one: Compare | None, other: Node) -> _Said | None:
        if one is None or not isinstance(other, Compare) or one.right != other.left or one.how[0] != other.how[0]:
            return None
        if one.how[0] not in "<>" or isinstance(one.right, Number):
            return None
        left, middle, right = one.left, one.right, other.right
        measure = self._common(left, middle, right)
        words = [self._beside(each, measure) for each in (left, middle, right)]
        signs = [_SIGNS.get(each.how, each.how) for each in (one, other)]
        return _Said(_in_line([words[0], same(signs[0]), words[1], same(signs[1]), words[2]]), _COMPARE)

    def _comparison(self, node: Compare) -> _Said:
        state = self._state(node)
        if state is not None:
            return state
        measure = self._common(node.left, node.right)
        left, right = (self._beside(each, measure) for each in (node.left, node.right))
        return _Said(_in_line([left, same(_SIGNS.get(node.how, node.how)), right]), _COMPARE)

    def _state(self, node: Compare) -> _Said | None:
        """Which states of a point are meant; None where it names none, or all or none of them are."""
        if not isinstance(node.left, Value) or not isinstance(node.right, Number):
            return None
        states = self._points[node.left.slot].states
        found = [name for value, name in states if _HOLDS[node.how](float(value), node.right.value)]
        if not found or len(found) == len(states):
            return None
        name = self._names[node.left.slot]
        en, zh = " or ".join(each.en for each in found), "或".join(f"“{each.zh}”" for each in found)
        return _Said(Text(f"{name.en} is {en}", f"{name.zh}为{zh}"), _COMPARE if len(found) == 1 else _OR)

    def _number(self, node: Node) -> _Said:
        match node:
            case Value(slot=slot):
                return _Said(self._names[slot], _WHOLE)
            case Previous(slot=slot):
                name = self._names[slot]
                return _Said(Text(f"previous {name.en}", f"{name.zh}上次读数"), _PHRASE)
            case Number(value=value):
                return _Said(same(quantity(value, "")), _WHOLE)
            case Unary(how="abs", of=of):
                said = self.said(of).text
                return _Said(Text(f"|{said.en}|", f"|{said.zh}|"), _WHOLE)
            case Unary(of=of):
                said = self.said(of).within(_WHOLE)
                return _Said(Text(f"-{said.en}", f"-{said.zh}"), _PRODUCT)
            case Binary(how="min" | "max" as how):
                return self._extreme(node, how)
            case Binary():
                return self._arithmetic(node)
            case _:
                return self._over_time(node)

    def _over_time(self, node: Node) -> _Said:
        match node:
            case Window(how=how, of=of, span=lasted):
                return _Said(_filled(_WINDOWS[how], of=self.said(of).within(_WHOLE), span=span(lasted)), _PHRASE)
            case Count(of=of, span=lasted):
                return _Said(_filled(_COUNT, of=self.said(of).text, span=span(lasted)), _PHRASE)
            case TimeTo(of=of, limit=limit, span=lasted):
                reached = self._beside(limit, self._measure(of))
                text = _filled(_TIME_TO, of=self.said(of).within(_WHOLE), limit=reached, span=span(lasted))
                return _Said(text, _PHRASE)
            case _:
                msg = f"{type(node).__name__} is no part of an expression that people write: give it words here"
                raise TypeError(msg)

    def _arithmetic(self, node: Binary) -> _Said:
        is_sum = node.how in {"+", "-"}
        left, right = node.left, node.right
        least = _SUM if is_sum else _PRODUCT
        words = [self.said(left).within(least), self.said(right).within(least + 1)]
        if is_sum:
            # A number is added in the unit of what it is added to; a factor has none.
            words = [
                self._in_unit(each, difference(self._measure(other))) if isinstance(each, Number) else said
                for each, other, said in zip((left, right), (right, left), words, strict=True)
            ]
        return _Said(_in_line([words[0], same(_SIGNS.get(node.how, node.how)), words[1]]), least)

    def _extreme(self, node: Binary, how: str) -> _Said:
        measure = self._measure(node)
        said = [self._beside(each, measure) for each in _joined(node, how)]
        words = _EXTREMES[how]
        en, zh = ", ".join(each.en for each in said), "，".join(each.zh for each in said)
        return _Said(Text(f"{words.en} of ({en})", f"（{zh}）中的{words.zh}"), _PHRASE)

    def _beside(self, node: Node, measure: str) -> Text:
        """A side of a comparison: a plain number takes the unit of the other side."""
        return self._in_unit(node, measure) if isinstance(node, Number) else self.said(node).within(_PHRASE)

    def _in_unit(self, node: Number, measure: str) -> Text:
        if measure == "s" and node.value > 0:
            return span(from_seconds(node.value))
        return same(quantity(node.value, "" if measure == DERIVED else measure))

    def _common(self, *nodes: Node) -> str:
        """The measure of things that are compared; that they go together was seen when the expression was read."""
        return reduce(lambda found, node: like(found, self._measure(node)) or found, nodes, BARE)

    def _measure(self, node: Node) -> str:
        return tree_measure(node, self._measures)


def _joined(node: Node, how: str) -> list[Node]:
    """The operands of an operator that is written again and again, in their order."""
    if isinstance(node, Logic | Binary) and node.how == how:
        return [*_joined(node.left, how), *_joined(node.right, how)]
    return [node]


def _in_line(words: Sequence[Text]) -> Text:
    return Text(" ".join(each.en for each in words), " ".join(each.zh for each in words))


def _filled(words: Text, **told: Text) -> Text:
    return Text(
        words.en.format(**{name: each.en for name, each in told.items()}),
        words.zh.format(**{name: each.zh for name, each in told.items()}),
    )


def _clear(name: str) -> str:
    """A name that cannot be taken for a part of the expression."""
    return f"“{name}”" if _READS_AS_PART.search(name) else name
