from domain.problem import Problem


def test_a_problem_says_where_what_and_what_to_do() -> None:
    problem = Problem(("doors", 3, "zone"), "zone 'x' is not configured", "Add it.")
    assert (problem.path, problem.message, problem.remedy) == tuple(problem)
