from rules.patrol_news import StopChange, StopNews


def test_news_of_a_visit_says_nothing_of_a_miss() -> None:
    news = StopNews(change=StopChange.VISITED, site="s", tour="t", checkpoint="a", at=1, cause=2)
    assert (news.due_at, news.missed_at, news.correction) == (0, 0, None)
