"""Commands carry who, with which roles, and what they looked at."""

from domain.commands import AcknowledgeAlarm, Disposition


def test_a_command_expects_no_version_unless_it_says_so() -> None:
    command = AcknowledgeAlarm(id="c1", actor="op-1", alarm="alarm-1")
    assert (command.expected_version, command.roles, command.comment) == (None, (), "")


def test_dispositions_are_the_ones_of_the_trade() -> None:
    assert [str(each) for each in Disposition] == ["real", "false", "nuisance", "test", "drill", "unknown"]
