"""JSON that was written by hand: mended where its meaning is plain, else left as it is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.feeds.json_mending import mend_json
from matching.feeds.json_objects import mend_object

documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("broken", "meant"),
    [
        ('{"a": 1,}', {"a": 1}),
        ('{"a": [1, 2, ], }', {"a": [1, 2]}),
        ('{"a": "x" "b": "y"}', {"a": "x", "b": "y"}),
        ('{"a": {"b": 1}\n "c": 2}', {"a": {"b": 1}, "c": 2}),
        ('{"a": [{"b": 1} {"b": 2}]}', {"a": [{"b": 1}, {"b": 2}]}),
        ('{,"a": 1,, "b": 2}', {"a": 1, "b": 2}),
        ('{"a": 1, // the first\n "b": /* none */ null}', {"a": 1, "b": None}),
        ('{"url": "https://x.example//y, z", "a": "// no comment, {not} [an] object ,"}', None),
    ],
)
def test_commas_and_comments_are_mended(broken, meant):
    assert json.loads(mend_json(broken)) == (json.loads(broken) if meant is None else meant)


@pytest.mark.parametrize(
    "broken", ['{"a": "never closed}', '{"a": 1', '{"a" 1}', "{'a': 1}", '{"a": "x\\"}', ""]
)
def test_what_cannot_be_mended_for_sure_stays_broken(broken):
    with pytest.raises(json.JSONDecodeError):
        json.loads(mend_json(broken))
    assert mend_object(broken.encode()) == broken.encode()


@given(documents)
def test_what_is_whole_says_the_same_afterwards(document):
    assert json.loads(mend_json(json.dumps(document))) == document
    assert json.loads(mend_json(json.dumps(document, indent=1, ensure_ascii=False))) == document


@given(documents, st.data())
def test_one_comma_taken_out_between_values_is_put_back(document, data):
    text = json.dumps({"a": document, "b": [document, document]}, indent=0)
    commas = [at for at in range(len(text)) if text[at] == "," and text[at + 1 : at + 2] == "\n"]
    at = data.draw(st.sampled_from(commas))
    assert json.loads(mend_json(text[:at] + text[at + 1 :])) == json.loads(text)
