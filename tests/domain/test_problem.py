from domain.problem import Problem, out_of_span, unknown


def test_an_unknown_name_is_told_with_some_that_are_known() -> None:
    assert unknown("gat", ["gate", "roof"], ("stops", 0), "checkpoint") == (
        ("stops", 0),
        "checkpoint 'gat' is not configured",
        "Did you mean 'gate'? Otherwise add it, or name one of: gate, roof.",
    )
    assert unknown("x9", ["gate", "roof"], (), "checkpoint").remedy == "Add it, or name one of: gate, roof."
    assert unknown("gat", [], (), "checkpoint").remedy.endswith("none is configured.")


def test_a_number_out_of_bounds() -> None:
    assert out_of_span(("grace_seconds",), -1.0, "0 or more") == (
        ("grace_seconds",),
        "grace_seconds is -1",
        "Give 0 or more.",
    )


def test_a_problem_says_where_what_and_what_to_do() -> None:
    problem = Problem(("doors", 3, "zone"), "zone 'x' is not configured", "Add it.")
    assert (problem.path, problem.message, problem.remedy) == tuple(problem)
