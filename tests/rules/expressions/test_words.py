"""Expressions as people read them."""

import pytest

from domain.text import Text
from rules.expressions.parsing import parse
from rules.expressions.tree import Unusable
from rules.expressions.words import Measured, expression_words

POINTS = {
    "value": Measured(Text("supply air", "送风温度"), "degC"),
    "sp": Measured(Text("set point", "设定值"), "degC"),
    "flow": Measured(Text("flow", "流量"), "m3/h"),
    "power": Measured(Text("power", "功率"), "kW"),
    "ratio": Measured(Text("ratio", "比值"), "1"),
    "fan": Measured(Text("fan", "风机"), "1", (("0", Text("off", "关")), ("1", Text("on", "开")))),
    "mode": Measured(
        Text("mode", "模式"),
        "1",
        (("0", Text("off", "停")), ("1", Text("heating", "制热")), ("2", Text("cooling", "制冷"))),
    ),
    "damper": Measured(Text("heating and cooling damper", "冷或热风阀"), "%"),
    "diff": Measured(Text("supply - return", "送回风温差 (K)"), "K"),
}


def said(expression: str) -> tuple[str, str]:
    units = {name: point.unit for name, point in POINTS.items()}
    found = expression_words(parse(expression, units, "UTC").tree, list(POINTS.values()))
    return found.en, found.zh


@pytest.mark.parametrize(
    ("expression", "en", "zh"),
    [
        ("value - sp > 5", "supply air - set point > 5 K", "送风温度 - 设定值 > 5 K"),
        ("value >= 30", "supply air ≥ 30 °C", "送风温度 ≥ 30 °C"),
        ("30 < value", "30 °C < supply air", "30 °C < 送风温度"),
        ("value > sp + 2", "supply air > set point + 2 K", "送风温度 > 设定值 + 2 K"),
        ("flow + 1 > 3", "flow + 1 m³/h > 3 m³/h", "流量 + 1 m³/h > 3 m³/h"),
        ("flow * 2 > 10", "flow × 2 > 10 m³/h", "流量 × 2 > 10 m³/h"),
        ("power / flow > 0.3", "power / flow > 0.3", "功率 / 流量 > 0.3"),
        ("flow / 50 > 0.3 and ratio < 1", "flow / 50 > 0.3 m³/h and ratio < 1", "流量 / 50 > 0.3 m³/h 且 比值 < 1"),
        ("power != 3", "power ≠ 3 kW", "功率 ≠ 3 kW"),
        ("fan > 0", "fan is on", "风机为“开”"),
        ("fan == 0 and flow > 5", "fan is off and flow > 5 m³/h", "风机为“关” 且 流量 > 5 m³/h"),
        ("not fan > 0", "fan is off", "风机为“关”"),
        ("fan >= 0", "fan ≥ 0", "风机 ≥ 0"),
        ("fan != mode", "fan ≠ mode", "风机 ≠ 模式"),
        (
            "mode > 0 and flow < 5",
            "(mode is heating or cooling) and flow < 5 m³/h",
            "（模式为“制热”或“制冷”） 且 流量 < 5 m³/h",
        ),
        ("mode > 0", "mode is heating or cooling", "模式为“制热”或“制冷”"),
        ("not flow < 5", "flow ≥ 5 m³/h", "流量 ≥ 5 m³/h"),
        ("not (flow < 5 or fan > 0)", "not (flow < 5 m³/h or fan is on)", "非（流量 < 5 m³/h 或 风机为“开”）"),
        ("flow < 5 for 10 min", "flow < 5 m³/h for 10 min", "流量 < 5 m³/h 持续 10 分钟"),
        (
            "(flow < 5 or power > 1) for 1 h",
            "(flow < 5 m³/h or power > 1 kW) for 1 h",
            "（流量 < 5 m³/h 或 功率 > 1 kW） 持续 1 小时",
        ),
        (
            "flow < 5 or power > 1 and fan > 0",
            "flow < 5 m³/h or (power > 1 kW and fan is on)",
            "流量 < 5 m³/h 或 （功率 > 1 kW 且 风机为“开”）",
        ),
        ("0 < flow < 5", "0 m³/h < flow < 5 m³/h", "0 m³/h < 流量 < 5 m³/h"),
        (
            "0 < flow <= 5 and fan > 0",
            "0 m³/h < flow ≤ 5 m³/h and fan is on",
            "0 m³/h < 流量 ≤ 5 m³/h 且 风机为“开”",
        ),
        ("5 > flow and flow < 9", "5 m³/h > flow and flow < 9 m³/h", "5 m³/h > 流量 且 流量 < 9 m³/h"),
        ("abs(value - sp) > 2", "|supply air - set point| > 2 K", "|送风温度 - 设定值| > 2 K"),
        (
            "flow - (flow - power * flow) > 1",
            "flow - (flow - power × flow) > 1 m³/h",
            "流量 - （流量 - 功率 × 流量） > 1 m³/h",
        ),
        ("(flow + 2) * 3 > -flow", "(flow + 2 m³/h) × 3 > -flow", "（流量 + 2 m³/h） × 3 > -流量"),
        (
            "max(flow, 3, 5) > 4",
            "highest of (flow, 3 m³/h, 5 m³/h) > 4 m³/h",
            "（流量，3 m³/h，5 m³/h）中的最大值 > 4 m³/h",
        ),
        ("min(value, sp) < 4", "lowest of (supply air, set point) < 4 °C", "（送风温度，设定值）中的最小值 < 4 °C"),
        ("avg(value, 5 min) > 30", "average of supply air over 5 min > 30 °C", "送风温度的 5 分钟平均值 > 30 °C"),
        ("spread(value, 1 h) < 0.1", "spread of supply air over 1 h < 0.1 K", "送风温度的 1 小时极差 < 0.1 K"),
        (
            "lowest(flow - 1, 5 min) > 3",
            "lowest of (flow - 1 m³/h) over 5 min > 3 m³/h",
            "（流量 - 1 m³/h）的 5 分钟最小值 > 3 m³/h",
        ),
        (
            "avg(flow, 5 min) - avg(flow, 1 h) > 2",
            "(average of flow over 5 min) - (average of flow over 1 h) > 2 m³/h",
            "（流量的 5 分钟平均值） - （流量的 1 小时平均值） > 2 m³/h",
        ),
        ("change(flow, 10 min) < 0", "change of flow over 10 min < 0 m³/h", "流量的 10 分钟变化 < 0 m³/h"),
        ("highest(power, 30 s) > 9", "highest of power over 30 s > 9 kW", "功率的 30 秒最大值 > 9 kW"),
        ("previous(flow) > flow", "previous flow > flow", "流量上次读数 > 流量"),
        ("silent(flow, 10 min)", "no usable value of flow for 10 min", "流量已 10 分钟无可用测值"),
        (
            "time_to(flow, 0, 30 min) < 1800",
            "time until flow reaches 0 m³/h (pace of 30 min) < 30 min",
            "流量到达 0 m³/h 的时间（按 30 分钟趋势） < 30 分钟",
        ),
        (
            "count(flow > 5, 1 h) >= 3",
            "times within 1 h that (flow > 5 m³/h) ≥ 3",
            "1 小时内出现“流量 > 5 m³/h”的次数 ≥ 3",
        ),
        (
            "hours('mon-fri 08:00-18:00') and fan > 0",
            "within mon-fri 08:00-18:00 and fan is on",
            "在 周一至周五 08:00-18:00 内 且 风机为“开”",
        ),
        ("damper > 5", "“heating and cooling damper” > 5 %", "“冷或热风阀” > 5 %"),
        ("diff - 1 > 5", "“supply - return” - 1 K > 5 K", "“送回风温差 (K)” - 1 K > 5 K"),
    ],
)
def test_an_expression_reads_with_names_units_and_states(expression: str, en: str, zh: str) -> None:
    assert said(expression) == (en, zh)


def test_what_nobody_writes_has_no_words() -> None:
    with pytest.raises(TypeError, match="Unusable is no part of an expression that people write"):
        expression_words(Unusable(0), list(POINTS.values()))
