"""Neutral names change what a bug is called, never what it asks or how it fails."""

import ast
import re

import pytest

from debugarena.benchmark import Bug, Sandbox, load_bugs
from debugarena.benchmark.dataset.anonymise import anonymise
from debugarena.benchmark.dataset.yaml_file import parse_bug
from debugarena.benchmark.grading.grade import grade_codes

BUGS = load_bugs()


def test_every_bug_behaves_the_same_under_neutral_names(sandbox: Sandbox) -> None:
    neutral = [anonymise(bug) for bug in BUGS]
    fixed = list(grade_codes(sandbox, [(bug, bug.fixed_code) for bug in neutral]))
    assert [g.bug_id for g in fixed if not g.solved] == []
    renamed = grade_codes(sandbox, [(bug, bug.buggy_code) for bug in neutral])
    original = grade_codes(sandbox, [(bug, bug.buggy_code) for bug in BUGS])
    for one, other in zip(renamed, original, strict=True):
        assert one.verdict.passed == other.verdict.passed, one.bug_id


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.bug_id)
def test_no_word_of_the_old_names_is_left(bug: Bug) -> None:
    neutral = anonymise(bug)
    assert neutral.bug_id == bug.bug_id
    assert neutral.content_hash != bug.content_hash
    assert bug.entry_point not in re.findall(r"\w+", neutral.buggy_code + neutral.fixed_code)
    assert f"`{bug.entry_point}" not in neutral.task
    node = next(
        node
        for node in ast.parse(bug.fixed_code).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == bug.entry_point
    )
    functions = node.body if isinstance(node, ast.ClassDef) else [node]
    old = {a.arg for f in functions if isinstance(f, ast.FunctionDef) for a in f.args.args} - {"self"}
    assert not old & set(re.findall(r"`(\w+)`", neutral.task))


def test_strings_attributes_and_foreign_keywords_keep_their_names() -> None:
    bug = parse_bug(
        """
id: python/specimen
title: t
language: python
difficulty: easy
category: wrong-operator
entry_point: rank
task: Sort `rows` by `key` as `rank(rows, key)` does; a row is a list.
hint: h
buggy: |
  def rank(rows, key):
      # rank the `rows`
      self_key = {"key": key}
      return sorted(rows, key=lambda row: row.key if False else row[key])[1:]
fixed: |
  def rank(rows, key):
      '''Rank `rows` by `key`.'''
      def one(key):
          return rank([], key=key) and f"{key}"
      return sorted(rows, key=lambda row: row[key])
tests:
  - {args: [[[2], [1]], 0], expected: [[1], [2]]}
  - {args: [[]], kwargs: {key: 0}, expected: [], hidden: true}
""",
        "specimen.yaml",
    )
    neutral = anonymise(bug)
    assert neutral.task == "Sort `arg_1` by `arg_2` as `solution_1(arg_1, arg_2)` does; a row is a list."
    assert "sorted(arg_1, key=lambda row: row.key if False else row[arg_2])" in neutral.buggy_code
    assert '{"key": arg_2}' in neutral.buggy_code
    assert "'''Rank `arg_1` by `arg_2`.'''" in neutral.fixed_code
    assert 'return solution_1([], arg_2=arg_2) and f"{arg_2}"' in neutral.fixed_code
    assert neutral.tests[1].calls[0].kwargs == {"arg_2": 0}
