from tests.builders import a_decision, a_plan, a_prediction


def test_an_ordinary_ticket_has_no_categories():
    ordinary = a_decision("general")
    assert ordinary.ordinary
    assert ordinary.categories == ()


def test_the_primary_category_stands_before_the_secondary_ones():
    decision = a_decision("privacy", secondary=("fraud_scam",))
    assert decision.categories == ("privacy", "fraud_scam")


def test_a_score_is_found_by_its_category_or_not_at_all():
    prediction = a_prediction(privacy=0.9, fraud_scam=0.6)
    assert prediction.score_of("fraud_scam").probability == 0.6
    assert prediction.score_of("copyright") is None


def test_a_plan_without_actions_is_empty_even_when_something_was_dropped():
    assert a_plan(actions=(), dropped=("tag ts_privacy: a person removed it",)).empty
    assert not a_plan().empty
