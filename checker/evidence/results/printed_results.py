"""The model's results in the output of a program: scores and confusion matrices, in any layout.

Numbers are parsed and never compared as text. A layout that other tables share (rows of numbers without brackets)
counts only where a word or a header beside it identifies a confusion matrix.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence

from checker.course import Course
from checker.evidence.text.lines import Numbers
from checker.facts.job import Finished
from checker.facts.main_script import Matrix, Printed
from checker.facts.target_classes import TWO_CLASSES, TargetClasses

_LONGEST_OUTPUT = 400_000
_LONGEST_LINE = 2_000
_MOST = 200
_AROUND = 400
"""The number of characters that are searched for the brackets of a matrix."""
_NUMBER = r"[-+]?\d++(?:\.\d*+)?+(?:[eE][-+]?\d++)?+"
_LEAST_OF_MEANS, _MOST_OF_MEANS = 20, 10_000
"""The maximum number of rows in a mean of several matrices."""
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_WRAPPED = re.compile(r"\b(?:np\.|numpy\.)?(?:u?int|float)\d*\(\s*(" + _NUMBER + r")\s*\)")
_RULES = re.compile(r"[|│┃║]")

_BETWEEN = r"(?:\s++(?:[,;]\s*+)?+|[,;]\s*+)"
_PAIR = rf"[\[(]\s*+({_NUMBER}){_BETWEEN}({_NUMBER})\s*+(?:,\s*+)?[\])]"
_BRACKETED = re.compile(rf"{_PAIR}\s*+(?:[,;]\s*+)?{_PAIR}")
_BRACKETED_ROW = re.compile(rf"[\[(]\s*+({_NUMBER}(?:{_BETWEEN}{_NUMBER})++)\s*+(?:,\s*+)?+[\])]")
_BETWEEN_ROWS = re.compile(r"\s*+(?:[,;]\s*+)?+")
_NUMBERS = re.compile(_NUMBER)
_FOUR = re.compile(rf"(?:^|[\[(:=]|(?<!\s)\s)\s*+({_NUMBER})" + rf"[,;\s]\s*+({_NUMBER})" * 3 + r"\s*+(?:[\])]|$)")

_LABELS = {
    "tn": r"TN|VN|true[ _-]?neg(?:ative)?s?|vrais?[ _-]?n[ée]g(?:atif)?s?",
    "fp": r"FP|false[ _-]?pos(?:itive)?s?|faux[ _-]?pos(?:itif)?s?",
    "fn": r"FN|false[ _-]?neg(?:ative)?s?|faux[ _-]?n[ée]g(?:atif)?s?",
    "tp": r"TP|VP|true[ _-]?pos(?:itive)?s?|vrais?[ _-]?pos(?:itif)?s?",
}
_GAP = r"[^\w\n+-]{0,40}(?:\(\s*(?:TN|VN|FP|FN|TP|VP)\s*\)[^\w\n+-]{0,40})?"
_AFTER = {
    cell: re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_]){_GAP}({_NUMBER})", re.IGNORECASE)
    for cell, words in _LABELS.items()
}
_BEFORE = {
    cell: re.compile(rf"(?<![\w.])({_NUMBER})[ ]+(?:{words})(?![^\W_])", re.IGNORECASE)
    for cell, words in _LABELS.items()
}

_HINT = re.compile(
    r"confusion|matri[xc]|pr[ée]di[ct]|pr[ée]v|actual|r[ée][ae]l|observ|\btrue\b|\bvrai|\bclass[ée]|\b[tv][np]\b",
    re.IGNORECASE,
)
_TOKEN = re.compile(rf"(?<![\w.,])({_NUMBER})(?![\w.]*[A-Za-z_])(?=$|[\s,;:\])}}%])")
_ROW = re.compile(rf"(?<![\w.,])(?:{_NUMBER}[\s,;]++){{1,8}}{_NUMBER}[\s\])]*+$")
_SCORE_WORD = re.compile(
    r"score|accura|pr[ée]cision|exactitude|perf|taux|f1|auc|recall|rappel|bonne|correct|r[ée]ussi|justesse|qualit[ée]",
    re.IGNORECASE,
)
_AMOUNT = re.compile(r"(?<![\w.,])(\d+(?:[.,]\d+)?(?:[eE]-?\d+)?)\s*(%|pour ?cents?\b|per ?cent\b)?(?![\w])")


def parse_results(finished: Finished, course: Course) -> Printed:
    """The scores and matrices that a run wrote to its output or its log."""
    return read_printed(finished.output + "\n" + finished.errors, course.data.target_classes)


def read_printed(output: str, classes: TargetClasses = TWO_CLASSES) -> Printed:
    """The scores (as shares from 0 to 1) and the confusion matrices in *output*, the most certain first.

    Where the target has more than two *classes*, these are matrices of all of them or, where there is none, of two.
    """
    plain = _plain(output)
    lines = plain.split("\n")
    matrices: tuple[Matrix, ...] = ()
    if classes.number > 2:
        matrices = _unique((*_bracketed_of_all(plain, classes), *_tables_of_all(lines, classes)))
    if not matrices:
        matrices = _unique((*_bracketed(plain), *_labelled(plain), *_tables(lines), *_flat(lines)))
    taken = {line for matrix in matrices for line in range(matrix.line, matrix.line + len(matrix.as_printed))}
    return Printed(scores=tuple(_scores(lines, taken))[:_MOST], matrices=matrices)


def _plain(output: str) -> str:
    shown = _ANSI.sub("", output[-_LONGEST_OUTPUT:]).replace("\r\n", "\n").replace("\r", "\n")
    shown = shown.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
    shown = "\n".join(line[:_LONGEST_LINE] for line in shown.split("\n"))
    return _RULES.sub(" ", _WRAPPED.sub(r"\1", shown))


def _matrix(numbers: Iterable[str], line: int, *, means: bool = False) -> Matrix | None:
    """The matrix of four numbers; None where they cannot be one. With *means*, the counts may be a mean of several
    matrices.
    """
    a, b, c, d = (float(number) for number in numbers)
    matrix = Matrix(((a, b), (c, d)), line)
    if means and min(a, b, c, d) >= 0 and _LEAST_OF_MEANS <= matrix.total <= _MOST_OF_MEANS:
        return matrix
    return matrix if _plausible(matrix) else None


def _plausible(matrix: Matrix) -> bool:
    """True for counts, and for shares that add up to one (or to a hundred) by row, by column or in total."""
    (a, b), (c, d) = matrix.cells
    cells = (a, b, c, d)
    if any(cell < 0 or cell > 1e7 for cell in cells) or matrix.total == 0:
        return False
    if all(cell == int(cell) for cell in cells) and matrix.total > 2:
        return True
    sums = ((a + b, c + d), (a + c, b + d), (matrix.total, matrix.total))
    return any(all(abs(part - whole) <= 0.03 * whole for part in pair) for pair in sums for whole in (1, 100))


def _unique(matrices: Iterable[Matrix | None]) -> tuple[Matrix, ...]:
    unique: dict[tuple[tuple[float, ...], ...], Matrix] = {}
    for matrix in matrices:
        if matrix is not None and len(unique) < _MOST:
            unique.setdefault(matrix.as_printed, matrix)
    return tuple(unique.values())


def _bracketed(plain: str) -> Iterator[Matrix | None]:
    numbers = Numbers(plain)
    for match in _BRACKETED.finditer(plain):
        begin, end = match.span()
        before = plain[max(0, begin - _AROUND) : begin].rstrip()[-1:]
        after = plain[end : end + _AROUND].lstrip(" ,;\n")[:1]
        if before in tuple("[(") and after in tuple("])"):
            yield _matrix(match.groups(), numbers.at(begin), means=True)


def _bracketed_of_all(plain: str, classes: TargetClasses) -> Iterator[Matrix | None]:
    """Matrices of all classes as rows of numbers in brackets, one directly after the other, in brackets themselves."""
    numbers = Numbers(plain)
    rows: list[re.Match[str]] = []
    for match in _BRACKETED_ROW.finditer(plain):
        if rows and not _BETWEEN_ROWS.fullmatch(plain, rows[-1].end(), match.start()):
            rows.clear()
        rows.append(match)
        cells = [_NUMBERS.findall(row[1]) for row in rows[-classes.number :]]
        if [len(row) for row in cells] != [classes.number] * classes.number:
            continue
        begin = rows[-classes.number].start()
        before = plain[max(0, begin - _AROUND) : begin].rstrip()[-1:]
        after = plain[match.end() : match.end() + _AROUND].lstrip(" ,;\n")[:1]
        if before in tuple("[(") and after in tuple("])"):
            yield _of_all(cells, numbers.at(begin), classes, means=True)


def _of_all(
    cells: Sequence[Sequence[str]],
    line: int,
    classes: TargetClasses,
    *,
    place: int | None = None,
    means: bool = False,
) -> Matrix | None:
    """The matrix of the *cells* of all classes; None where they cannot be one."""
    folded = classes.folded([[float(number) for number in row] for row in cells], line, place)
    if min(map(min, folded.rows)) < 0:
        return None
    if means and _LEAST_OF_MEANS <= folded.total <= _MOST_OF_MEANS:
        return folded
    return folded if _plausible(folded) else None


def _labelled(plain: str) -> Iterator[Matrix | None]:
    numbers = Numbers(plain)
    for patterns in (_AFTER, _BEFORE):
        matches = {cell: list(pattern.finditer(plain)) for cell, pattern in patterns.items()}
        for four in zip(matches["tn"], matches["fp"], matches["fn"], matches["tp"], strict=False):
            line = min(numbers.at(match.start()) for match in four)
            yield _matrix((match[1] for match in four), line)


def _tables(lines: list[str]) -> Iterator[Matrix | None]:
    """Matrices as two consecutive rows of numbers, with or without names of rows and columns, and margins."""
    rows = [(number, line, _row(line)) for number, line in enumerate(lines, start=1) if line.strip(" -=+:─━┄═╪┼")]
    for place, (number, line, first) in enumerate(rows[:-1]):
        second_number, second_line, second = rows[place + 1]
        if len(first) != len(second) or not 2 <= len(first) <= 4 or second_number - number > 2:
            continue
        above = [text for _, text, _ in rows[max(0, place - 5) : place]]
        header = _header(above)
        hinted = any(_HINT.search(text) for text in (*above, line, second_line))
        names = (first[0], second[0]) in {("0", "1"), ("1", "0")}
        if len(first) == 2:
            around = [rows[other][2] for other in (place - 1, place + 2) if 0 <= other < len(rows)]
            alone = all(len(row) != 2 for row in around)
            bare = not names and alone and not re.search(r"[^\W\d_]|\(", line + second_line)
            if hinted or bare or _same_names(above, line, second_line):
                yield _matrix((*first, *second), number)
        elif len(first) == 3 and names and (hinted or header in (["0", "1"], ["1", "0"])):
            yield _matrix((*first[1:], *second[1:]), number)
        elif hinted or header in (["0", "1"], ["1", "0"]):
            margins = all(float(row[-3]) + float(row[-2]) == float(row[-1]) for row in (first, second))
            if margins and (len(first) == 3 or names):
                yield _matrix((*first[-3:-1], *second[-3:-1]), number)


def _tables_of_all(lines: list[str], classes: TargetClasses) -> Iterator[Matrix | None]:
    """Matrices of all classes as consecutive rows of numbers, with or without names and margins."""
    rows = [(number, line, _row(line)) for number, line in enumerate(lines, start=1) if line.strip(" -=+:─━┄═╪┼")]
    size = classes.number
    digits = [str(number) for number in range(size)]
    for place in range(len(rows) - size + 1):
        block = rows[place : place + size]
        widths = {len(numbers) for _, _, numbers in block}
        width = widths.pop()
        if widths or not size <= width <= size + 2 or block[-1][0] - block[0][0] > 2 * size:
            continue
        above = [text for _, text, _ in rows[max(0, place - 5) : place]]
        words = [_ROW.sub("", text).strip() for _, text, _ in block]
        labels = _labels_in(words, classes)
        names = [numbers[0] for _, _, numbers in block]
        is_numbered = names in (digits, list(classes.labels)) and width > size
        first = int(is_numbered)
        cells = [numbers[first : first + size] for _, _, numbers in block]
        sums = [float(numbers[-1]) for _, _, numbers in block] if width == first + size + 1 else None
        has_margins = sums is not None and all(
            math.isclose(sum(map(float, row)), whole) for row, whole in zip(cells, sums, strict=True)
        )
        if width > first + size and not has_margins:
            continue
        around = [rows[other][2] for other in (place - 1, place + size) if 0 <= other < len(rows)]
        is_bare = not any(words) and all(len(row) != width or row == digits for row in around) and cells[0] != digits
        hinted = any(_HINT.search(text) for text in (*above, *(text for _, text, _ in block)))
        if labels or is_numbered or is_bare or (hinted and cells[0] != digits):
            at = labels.index(classes.positive) if labels else None
            yield _of_all(cells, block[0][0], classes, place=at)


def _labels_in(words: Sequence[str], classes: TargetClasses) -> list[str]:
    """The labels of the classes at the ends of these *words*, one in each; empty where that is not so."""
    longest_first = sorted(classes.labels, key=len, reverse=True)
    found = [next((label for label in longest_first if each.endswith(label)), "") for each in words]
    return found if sorted(found) == sorted(classes.labels) else []


def _header(above: list[str]) -> list[str]:
    """The column names, where these are numbers. pandas may write the name of the rows on a line below them."""
    if len(above) > 1 and not _row(above[-1]) and len(above[-1].split()) == 1:
        return _row(above[-2])
    return _row(above[-1]) if above else []


def _same_names(above: list[str], line: str, second_line: str) -> bool:
    """True where rows and columns have the same two names."""
    names = [_ROW.sub("", each).strip() for each in (line, second_line)]
    columns = [" ".join(each.split()) for each in above[-2:]]
    return all(names) and names[0] != names[1] and any(each.endswith(" ".join(names)) for each in columns)


def _row(line: str) -> list[str]:
    """The numbers at the end of a line, separated only by blanks; none for a line with brackets."""
    if "[[" in line or "]]" in line or "((" in line:
        return []
    match = _ROW.search(line)
    return _TOKEN.findall(match[0]) if match else []


def _flat(lines: list[str]) -> Iterator[Matrix | None]:
    """Matrices as four numbers in a row, such as ``confusion_matrix(…).ravel()`` gives."""
    for number, line in enumerate(lines, start=1):
        match = _FOUR.search(line)
        if match and _HINT.search(" ".join(lines[max(0, number - 3) : number])):
            yield _matrix(match.groups(), number)


def _scores(lines: list[str], taken: set[int]) -> Iterator[float]:
    for number, line in enumerate(lines, start=1):
        if number in taken and not _SCORE_WORD.search(line):
            continue
        amounts = list(_AMOUNT.finditer(line))
        named = bool(_SCORE_WORD.search(line))
        if not named and len(amounts) != 1:
            continue
        for amount in amounts:
            value = float(amount[1].replace(",", "."))
            fraction = "." in amount[1] or "," in amount[1] or "e" in amount[1].lower()
            if amount[2] and value <= 100:
                yield value / 100
            elif fraction and value <= 1:
                yield value
            elif named and fraction and value <= 100:
                yield value / 100
