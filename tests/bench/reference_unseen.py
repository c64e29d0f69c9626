"""A right answer for every task of the suite ``unseen``, under the task's name."""

import csv
import datetime
import io
import itertools
import math
import re
import statistics
from collections import Counter
from decimal import Decimal


def scale_ingredient(amount, servings, wanted):
    return amount / servings * wanted


def range_sum(a, b):
    return sum(range(a, b + 1))


def percent_change(old, new):
    return round((new - old) / old * 100, 1)


def reverse_each_word(s):
    return " ".join(w[::-1] for w in s.split(" "))


def all_unique(s):
    s = s.lower()
    return len(set(s)) == len(s)


def group_characters(text, n, sep="-"):
    return sep.join(text[i : i + n] for i in range(0, len(text), n))


def season_of_month(m):
    if not 1 <= m <= 12:
        return "unknown"
    return ["winter", "spring", "summer", "autumn"][m % 12 // 3]


def judge_guess(secret, guess):
    if guess == secret:
        return "correct"
    if abs(guess - secret) <= 3:
        return "close"
    return "too low" if guess < secret else "too high"


def run_commands(commands):
    total = 0
    for c in commands:
        if c == "stop":
            break
        if c == "reset":
            total = 0
        else:
            op, n = c.split()
            total += int(n) if op == "add" else -int(n)
    return total


def step_differences(xs):
    return [b - a for a, b in itertools.pairwise(xs)]


def drop_every_nth(xs, n):
    return [x for i, x in enumerate(xs, 1) if i % n]


def is_ascending(xs):
    return all((a <= b for a, b in itertools.pairwise(xs)))


def people_per_city(people):
    return dict(Counter(p["city"] for p in people))


def overlap_ratio(a, b):
    a, b = (set(a), set(b))
    return len(a & b) / len(a | b) if a | b else 1.0


def keys_by_value(d):
    return sorted(d, key=lambda k: (-d[k], k))


def primes_below(n):
    return [p for p in range(2, n) if all(p % d for d in range(2, math.isqrt(p) + 1))]


def ways_to_climb(n):
    a, b, c = (0, 0, 1)
    for _ in range(n):
        a, b, c = (b, c, a + b + c)
    return c


def reverse_integer(n):
    r = int(str(abs(n))[::-1])
    return -r if n < 0 else r


def checked_factorial(n):
    if not isinstance(n, int):
        raise TypeError("not an int")
    if n < 0:
        raise ValueError("negative")
    return math.factorial(n)


def hex_to_rgb(s):
    if not re.fullmatch("#[0-9a-fA-F]{6}", s):
        raise ValueError("not a color")
    return tuple(int(s[i : i + 2], 16) for i in (1, 3, 5))


def sum_valid(strings):
    total = 0
    for s in strings:
        try:
            x = float(s)
        except ValueError:
            continue
        total += x
    return total


def smaller_known(a, b):
    if a is None:
        return b
    if b is None:
        return a
    return min(a, b)


def drop_empty_entries(d):
    return {k: v for k, v in d.items() if v is not None and v != ""}


def same_type(xs):
    return len(set(map(type, xs))) <= 1


def age_on(birth, day):
    b, d = (tuple(map(int, x.split("-"))) for x in (birth, day))
    return d[0] - b[0] - (d[1:] < b[1:])


def add_days(date, n):
    return (datetime.date.fromisoformat(date) + datetime.timedelta(days=n)).isoformat()


def format_phone(text):
    d = re.sub("[^0-9]", "", text)
    return f"({d[:3]}) {d[3:6]}-{d[6:]}" if len(d) == 10 else None


def roman_to_int(s):
    v = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}[c] for c in s]
    return sum((-x if i + 1 < len(v) and x < v[i + 1] else x for i, x in enumerate(v)))


def majority_element(xs):
    for v, n in Counter(xs).items():
        if n * 2 > len(xs):
            return v
    return None


def edit_distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        prev, row[0] = (row[0], i)
        for j, y in enumerate(b, 1):
            prev, row[j] = (row[j], min(row[j] + 1, row[j - 1] + 1, prev + (x != y)))
    return row[-1]


def exact_total(prices):
    return str(sum(map(Decimal, prices), Decimal("0.00")))


def population_stdev(xs):
    return round(float(statistics.pstdev(xs)), 2)


def read_csv_text(text):
    return [dict(r) for r in csv.DictReader(io.StringIO(text))]
