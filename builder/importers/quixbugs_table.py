"""What the QuixBugs programs should do, in our words and completely enough to imply their tests, and what kind of
mistake each one holds, according to its diff."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class QuixBugsProgram:
    """unordered: the tests take the items of the result in any order. last_is_tolerance: the stated value may be off
    by the last argument."""

    category: str
    task: str
    unordered: bool = False
    last_is_tolerance: bool = False


PROGRAMS = {
    "bitcount": QuixBugsProgram(
        "wrong-operator",
        "Return how many ones the binary form of the non-negative integer `n` has.",
    ),
    "bucketsort": QuixBugsProgram(
        "wrong-variable",
        "Return a new list of the integers of `arr` in ascending order; all of them are at least 0 and below `k`.",
    ),
    "find_first_in_sorted": QuixBugsProgram(
        "off-by-one",
        "Return the lowest index at which the value `x` stands in the ascending list `arr`, or -1 if it is not there.",
    ),
    "find_in_sorted": QuixBugsProgram(
        "off-by-one",
        "Return an index at which the value `x` stands in the ascending list `arr`, or -1 if it is not there. Of "
        "several it is the one that a binary search meets first which halves the range [start, end) at "
        "start + (end - start) // 2.",
    ),
    "flatten": QuixBugsProgram(
        "wrong-type",
        "Yield everything in the nested list `arr` that is not itself a list, from left to right.",
    ),
    "gcd": QuixBugsProgram(
        "wrong-variable",
        "Return the greatest integer that divides both of the non-negative integers `a` and `b`; with `b` 0 that is "
        "`a`.",
    ),
    "get_factors": QuixBugsProgram(
        "recursion-base-case",
        "Return the prime factors of the integer `n`, at least 1, in ascending order, each as often as it divides `n`; "
        "1 has none.",
    ),
    "hanoi": QuixBugsProgram(
        "wrong-variable",
        "Solve the towers of Hanoi: return the list of moves, as tuples (from peg, to peg), that brings `height` discs "
        "from the peg `start` to the peg `end` in the usual recursive way. The pegs are 1, 2 and 3. Where `start` and "
        "`end` are the same, the lower of the other two is the helper.",
    ),
    "is_valid_parenthesization": QuixBugsProgram(
        "missing-step",
        "Return whether the parentheses in the string `parens`, which holds nothing else, are properly nested and all "
        "of them closed.",
    ),
    "kheapsort": QuixBugsProgram(
        "wrong-traversal",
        "Yield the integers of `arr`, all different and none more than `k` places from where it belongs, in ascending "
        "order.",
    ),
    "knapsack": QuixBugsProgram(
        "wrong-operator",
        "Return the greatest total value of a choice of `items`, which are pairs of weight and value, whose weights "
        "add up to at most `capacity`. Each item can be taken once.",
    ),
    "kth": QuixBugsProgram(
        "missing-step",
        "Return the item of the list of integers `arr` that would stand at index `k`, counted from 0, if it were "
        "sorted.",
    ),
    "lcs_length": QuixBugsProgram(
        "off-by-one",
        "Return the length of the longest run of neighbouring characters that occurs in both strings `s` and `t`.",
    ),
    "levenshtein": QuixBugsProgram(
        "wrong-state-update",
        "Return the least number of single characters to insert, delete or replace that turns the string `source` into "
        "`target`.",
    ),
    "lis": QuixBugsProgram(
        "wrong-state-update",
        "Return the length of the longest strictly ascending subsequence, not necessarily of neighbours, of the list "
        "`arr` of different integers.",
    ),
    "longest_common_subsequence": QuixBugsProgram(
        "missing-step",
        "Return the longest string whose characters occur in both `a` and `b` in this order, not necessarily as "
        "neighbours. Equal first characters are always taken. Else the answer without the first character of `b` is "
        "preferred to the one without that of `a` if both are equally long.",
    ),
    "max_sublist_sum": QuixBugsProgram(
        "missing-step",
        "Return the greatest sum of neighbouring items of the list of integers `arr`; no items, with the sum 0, count "
        "too.",
    ),
    "mergesort": QuixBugsProgram(
        "recursion-base-case",
        "Return the integers of the list `arr` in ascending order.",
    ),
    "next_palindrome": QuixBugsProgram(
        "off-by-one",
        "`digit_list` holds the decimal digits of a number that reads the same from both ends. Return the digits of "
        "the next greater such number as a list.",
    ),
    "next_permutation": QuixBugsProgram(
        "wrong-condition",
        "Return, as a new list, the permutation of the different integers in `perm` that comes next in lexicographic "
        "order; `perm` is not the last.",
    ),
    "pascal": QuixBugsProgram(
        "off-by-one",
        "Return the first `n` rows of Pascal's triangle as a list of lists, `n` being at least 1.",
    ),
    "possible_change": QuixBugsProgram(
        "recursion-base-case",
        "Return in how many ways coins of the values in `coins`, each used any number of times, add up to `total`; 1 "
        "way for 0 and none for a negative total.",
    ),
    "powerset": QuixBugsProgram(
        "missing-step",
        "Return a list of all sublists of the list `arr` of different items, among them the empty and the full one. "
        "Each keeps the order of `arr`; the sublists come in any order.",
        unordered=True,
    ),
    "quicksort": QuixBugsProgram(
        "wrong-operator",
        "Return a new list of the integers of `arr` in ascending order.",
    ),
    "rpn_eval": QuixBugsProgram(
        "wrong-variable",
        "Return the value of the arithmetic in reverse Polish notation that the list `tokens` holds: floats, and the "
        'operators "+", "-", "*" and "/", each applied to the two values before it in their order.',
    ),
    "shunting_yard": QuixBugsProgram(
        "missing-step",
        'Return the list of `tokens` of an infix term, integers and the operators "+", "-", "*" and "/", in '
        "reverse Polish notation. Multiplication and division bind more closely; equals go from left to right.",
    ),
    "sieve": QuixBugsProgram(
        "wrong-condition",
        "Return all prime numbers up to and including `max`, a positive integer, in ascending order.",
    ),
    "sqrt": QuixBugsProgram(
        "wrong-condition",
        "Return an approximate square root of `x`, at least 1, by Newton's method: start from `x / 2`, replace "
        "`approx` by `0.5 * (approx + x / approx)`, and stop as soon as its square is within `epsilon` of `x`.",
        last_is_tolerance=True,
    ),
    "subsequences": QuixBugsProgram(
        "recursion-base-case",
        "Return all ascending lists of `k` different integers that are at least `a` and below `b`, in lexicographic "
        "order; `k` is positive.",
    ),
    "to_base": QuixBugsProgram(
        "wrong-state-update",
        "Return the positive integer `num` written in base `b`, from 2 to 36, with the digits 0 to 9 and A to Z.",
    ),
    "wrap": QuixBugsProgram(
        "missing-step",
        "Return a list of lines that together are the string `text`, none longer than `cols` characters. While more is "
        "left than fits, the line ends before the last space among the next `cols + 1` characters, or after `cols` "
        "characters if there is no such space; the space begins the next line. The rest is the last line.",
    ),
}
