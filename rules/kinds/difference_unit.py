"""The unit of a difference of two values."""


def difference_unit(unit: str) -> str:
    """The unit in which two values of this unit differ: kelvin for degrees Celsius, else the same."""
    return "K" if unit == "degC" else unit
