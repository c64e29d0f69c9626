"""A right answer for every task of our suites, under the task's name."""

import hashlib
import itertools
import json
import math
import re
import statistics
from collections import Counter
from datetime import date, datetime


def discounted_price(price, percent):
    return round(price * (100 - percent) / 100, 2)


def boxes_needed(items, capacity):
    return math.ceil(items / capacity)


def celsius_to_fahrenheit(celsius):
    return celsius * 9 / 5 + 32


def split_seconds(seconds):
    return seconds // 3600, seconds // 60 % 60, seconds % 60


def count_vowels(text):
    return sum(char in "aeiou" for char in text.lower())


def initials(name):
    return "".join(f"{word[0].upper()}." for word in name.split())


def is_palindrome(text):
    kept = [char.lower() for char in text if char.isalnum()]
    return kept == kept[::-1]


def squeeze_spaces(text):
    return " ".join(text.split())


def fizzbuzz_word(number):
    return ("fizz" * (number % 3 == 0) + "buzz" * (number % 5 == 0)) or str(number)


def triangle_kind(a, b, c):
    shortest, middle, longest = sorted((a, b, c))
    if shortest + middle <= longest:
        return "invalid"
    return {1: "equilateral", 2: "isosceles", 3: "scalene"}[len({a, b, c})]


def letter_grade(score):
    for least, grade in ((90, "A"), (80, "B"), (70, "C")):
        if score >= least:
            return grade
    return "F"


def collatz_steps(number):
    steps = 0
    while number != 1:
        number = number * 3 + 1 if number % 2 else number // 2
        steps += 1
    return steps


def second_largest(numbers):
    distinct = sorted(set(numbers))
    return distinct[-2] if len(distinct) > 1 else None


def chunk(items, size):
    return [items[start : start + size] for start in range(0, len(items), size)]


def rotate_right(items, k):
    split = len(items) - k % len(items) if items else 0
    return items[split:] + items[:split]


def unique_ignoring_case(texts):
    first = {}
    for text in texts:
        first.setdefault(text.lower(), text)
    return list(first.values())


def word_counts(text):
    return dict(Counter(text.lower().split()))


def in_exactly_one(left, right):
    return set(left) ^ set(right)


def invert_dict(mapping):
    inverted = {}
    for key, value in mapping.items():
        inverted.setdefault(value, []).append(key)
    return inverted


def add_up_dicts(left, right):
    return {key: left.get(key, 0) + right.get(key, 0) for key in {**left, **right}}


def digit_sum(number):
    return sum(map(int, str(abs(number))))


def fibonacci(n):
    current, following = 0, 1
    for _ in range(n):
        current, following = following, current + following
    return current


def flatten(nested):
    flat = []
    for item in nested:
        flat += flatten(item) if isinstance(item, list) else [item]
    return flat


def prime_factors(number):
    factors, divisor = [], 2
    while number > 1:
        while number % divisor == 0:
            factors.append(divisor)
            number //= divisor
        divisor += 1
    return factors


def safe_divide(dividend, divisor):
    if divisor == 0:
        raise ValueError("division by zero")
    return dividend / divisor


def to_int_or(text, default=0):
    try:
        return int(text)
    except ValueError:
        return default


def withdraw(balance, amount):
    if not 0 < amount <= balance:
        raise ValueError(amount)
    return balance - amount


def check_password(password):
    if len(password) < 8 or not any(char.isdigit() for char in password):
        raise ValueError("too weak")
    return True


def mean_without_none(numbers):
    left = [number for number in numbers if number is not None]
    return sum(left) / len(left) if left else None


def kind_of(value):
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "other"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "text"
    return "list" if isinstance(value, list) else "other"


def first_not_none(items):
    return next((item for item in items if item is not None), None)


def parse_flag(text):
    return {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}.get(text.lower())


def days_between(first, second):
    return abs((date.fromisoformat(first) - date.fromisoformat(second)).days)


def parse_pairs(line):
    pairs = (pair.split("=", 1) for pair in line.split(",") if pair.strip())
    return {key.strip(): value.strip() for key, value in pairs}


def iso_date(text):
    return datetime.strptime(text, "%d/%m/%Y").date().isoformat()


def human_size(size):
    if size < 1024:
        return f"{size} B"
    for unit in ("KB", "MB", "GB"):
        size /= 1024
        if size < 1024 or unit == "GB":
            return f"{size:.1f} {unit}"
    raise AssertionError


def binary_search(numbers, target):
    low, high = 0, len(numbers) - 1
    while low <= high:
        middle = (low + high) // 2
        if numbers[middle] == target:
            return middle
        if numbers[middle] < target:
            low = middle + 1
        else:
            high = middle - 1
    return -1


def merge_intervals(intervals):
    merged = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return merged


def brackets_balanced(text):
    partner = {")": "(", "]": "[", "}": "{"}
    still_open = []
    for char in text:
        if char in partner.values():
            still_open.append(char)
        elif char in partner and (not still_open or still_open.pop() != partner[char]):
            return False
    return not still_open


def run_length_encode(text):
    return "".join(f"{char}{len(list(run))}" for char, run in itertools.groupby(text))


def median(numbers):
    return statistics.median(numbers)


def sha256_hex(text):
    return hashlib.sha256(text.encode()).hexdigest()


def total_price(text):
    return sum(item.get("price", 0) for item in json.loads(text))


def distinct_permutations(text):
    return sorted({"".join(letters) for letters in itertools.permutations(text)})


def split_bill(total, percent, people):
    return round(total * (100 + percent) / 100 / people, 2)


def leap_year(year):
    return year % 400 == 0 or (year % 4 == 0 and year % 100 != 0)


def caesar_shift(text, k):
    def shifted(char):
        if not (char.isascii() and char.isalpha()):
            return char
        first = ord("a" if char.islower() else "A")
        return chr((ord(char) - first + k) % 26 + first)

    return "".join(map(shifted, text))


def longest_common_prefix(strings):
    first, last = min(strings, default=""), max(strings, default="")
    return first[: next((i for i, char in enumerate(first) if char != last[i]), len(first))]


def snake_case(name):
    return "".join(f"_{char}" if char.isupper() and index else char for index, char in enumerate(name)).lower()


def ticket_price(age):
    return 0 if age < 6 else 6 if age < 18 or age >= 65 else 12


def rock_paper_scissors(first, second):
    moves = ["rock", "paper", "scissors"]
    return (moves.index(first) - moves.index(second)) % 3


def move_zeros(numbers):
    return sorted(numbers, key=lambda number: number == 0)


def running_totals(numbers):
    return list(itertools.accumulate(numbers))


def interleave(first, second):
    missing = object()
    pairs = itertools.zip_longest(first, second, fillvalue=missing)
    return [item for pair in pairs for item in pair if item is not missing]


def group_by_length(words):
    groups = {}
    for word in words:
        groups.setdefault(len(word), []).append(word)
    return groups


def dict_difference(old, new):
    missing = object()
    return {key for key in old.keys() | new.keys() if old.get(key, missing) != new.get(key, missing)}


def to_binary(number):
    return f"{number:b}"


def is_perfect(number):
    return sum(divisor for divisor in range(1, number) if number % divisor == 0) == number


def nesting_depth(items):
    return 1 + max((nesting_depth(item) for item in items if isinstance(item, list)), default=0)


def get_path(nested, path):
    for part in path.split("."):
        nested = nested[part]
    return nested


def parse_percentage(text):
    if not text.endswith("%"):
        raise ValueError(text)
    return float(text[:-1]) / 100


def repeat_text(text, times, separator=", "):
    if times < 0:
        raise ValueError(times)
    return separator.join([text] * times)


def longest_string(items):
    return max((item for item in items if item is not None), key=len, default=None)


def only_numbers(items):
    return [item for item in items if type(item) in (int, float)]


def weekday_name(day):
    return date.fromisoformat(day).strftime("%A")


def format_duration(seconds):
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def two_sum(numbers, target):
    pairs = itertools.combinations(enumerate(numbers), 2)
    return next(((i, j) for (i, a), (j, b) in pairs if a + b == target), None)


def matrix_transpose(matrix):
    return [list(column) for column in zip(*matrix, strict=True)]


def most_common_words(text, n):
    counts = Counter(text.lower().split())
    return sorted(counts, key=lambda word: (-counts[word], word))[:n]


def extract_numbers(text):
    return [int(digits) for digits in re.findall(r"[0-9]+", text)]
